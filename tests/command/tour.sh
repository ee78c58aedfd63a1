# docs/tour.md: every program of the tour compiles without a warning and prints what the page says; its
# Makefile builds a project of .c and .gc files.
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

mkdir project
cd project
awk '/^```make$/ { on = 1; next } /^```$/ { on = 0 } on' "$TOP/docs/tour.md" >Makefile
echo 'int square(int x); void work(void);' >util.h
echo 'int square(int x) { return x * x; }' >util.c
printf '#include "util.h"\nint main(void) { work(); }\n' >main.c
cat >work.gc <<'END'
#include "util.h"
#include <stdio.h>
void work(void)
{
    chan<int> c = make(chan<int>);
    go { c <- square(5); }
    printf("%d\n", <-c);
}
END
PATH="$(dirname "$GOCC"):$PATH" make -s
[ "$(./prog)" = 25 ]
