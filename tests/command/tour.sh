# docs/tour.md: every program of the tour compiles without a warning and prints what the page says.
# timeout: 240
set -eu
mkdir run
"$TOP/tests/course/extract" "$TOP/docs/tour.md" run
set -- run/*.gc
[ $# -ge 14 ]
export PROCS="${PROCS:-1 8}"
[ -n "${THOROUGH:-}" ] || export BACKENDS="${BACKENDS:-gcc run}"
for program; do
    "$TOP/tests/one" "$program" || { tail -12 "$program"; exit 1; }
done
