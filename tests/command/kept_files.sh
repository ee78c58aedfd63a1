# LANGUAGE.md 7: what cc keeps beside its output (-save-temps, --coverage, -gsplit-dwarf, -fstack-usage)
# stands for a .gc file where gcc puts it for a C file, and the rewritten C with it as NAME.gc.c.
# timeout: 120
mkdir c gc
echo 'int main(void) { return 0; }' >c/f.c
echo 'int main(void) { chan<int> c = make(chan<int>, 1); c <- 0; return <-c; }' >gc/f.gc
left()
{
    find "$1" -type f ! -name 'f.c' ! -name 'f.gc' | sed "s|^$1/||" | sort
    find "$1" -type f ! -name 'f.c' ! -name 'f.gc' -delete
}
same()
{
    mkdir -p c/out gc/out
    (cd c && gcc "${@//.gc/.c}")
    (cd gc && "$GOCC" --cc=gcc "$@")
    left c >want
    left gc >all
    grep -v '\.gc\.c$' all >got
    diff want got || { echo "$*"; exit 1; }
    case $* in *save-temps*) grep -qx "${rewritten-f.gc.c}" all || { cat all; exit 1; } ;; esac
}
export TMPDIR=$PWD/tmp
mkdir tmp
same -c f.gc -o out/k.o
same -save-temps -c f.gc
same -save-temps -c f.gc -o k.o
same -save-temps -S f.gc
same -save-temps f.gc
same -save-temps f.gc -o prog
same -save-temps=cwd f.gc -o out/prog
rewritten=out/f.gc.c
same -save-temps=obj -c f.gc -o out/k.o
same -save-temps=obj f.gc -o out/prog
for options in --coverage '-g -gsplit-dwarf' -fstack-usage -fdump-tree-optimized; do
    # shellcheck disable=SC2086
    for output in '' '-c' '-c -o out/k.o' '-o prog' '-o out/prog.exe'; do
        same $options f.gc $output
    done
done
for cc in gcc clang tcc; do
    (cd gc && "$GOCC" --cc=$cc -save-temps f.gc && gcc -w -I"$TOP/include" -c f.gc.c && ls f.gc.c >../ls)
    left gc >/dev/null
done
[ -z "$(ls tmp)" ]

# A count of the lines of the .gc file.
cd gc
"$GOCC" --cc=gcc --coverage f.gc -o prog
./prog
gcov prog-f.gcda >report
grep -q "^File 'f.gc'" report
grep -q '1:    1:int main' f.gc.gcov
