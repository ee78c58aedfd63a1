# LANGUAGE.md 7: the options of the -M family do for a .gc file what gcc does for the same C file: the
# same rules in the same files, which name the .gc file and its headers and nothing of ours.
# timeout: 120
mkdir -p c/sub gc/sub
for dir in c gc; do
    echo '#define K 1' >$dir/k.h
    echo '#define S 1' >"$dir/sub/s p.h"
    printf '#include "s p.h"\n#include "../k.h"\n#include <stddef.h>\nint g(void) { return S + K; }\n' >$dir/plain
    cp $dir/plain $dir/sub/b.c
done
printf '#include "k.h"\n#include <stddef.h>\nint main(void) { return K; }\n' >c/a.c
printf '#include "k.h"\n#include <stddef.h>\nint main(void) { go { }; return K; }\n' >gc/a.gc
{ cat gc/plain; echo 'void h(chan<int> c) { c <- 1; }'; } >gc/sub/b.gc
rm c/plain gc/plain gc/sub/b.c

# What is left after a command, and its rules on one line each, with a.c for a.gc.
left()
{
    (
        cd "$1"
        shift
        "$@" >stdout 2>stderr || { echo "$*: status $?"; cat stderr; }
        find . -type f ! -name '*.gc' ! -name '*.c' ! -name '*.h' | sort
        find . -type f \( -name '*.d' -o -name '*.dep' -o -name stdout \) | sort | while read -r file; do
            echo "$file:"
            perl -0pe 's/\\\n//g; s/\.gc\b/.c/g; s/: ?/ : /g; s/ +/ /g' "$file" |
                perl -ne 'print join(" ", sort split), "\n"'
        done
        find . -type f ! -name '*.gc' ! -name '*.c' ! -name '*.h' -delete
    )
}
same()
{
    left c gcc "${@//.gc/.c}" >c.left
    left gc "$GOCC" --cc=$cc "$@" >gc.left
    diff c.left gc.left >differences || { echo "--cc=$cc $*"; cat differences; exit 1; }
}
for cc in gcc clang; do
    same -MMD -c a.gc
    same -MMD -c a.gc sub/b.gc
    same -MMD -c sub/b.gc -o sub/x.o
    same -MMD -MF x.dep -c a.gc
    same -MMD -MFx.dep -c a.gc
    same -MMD -MF - -c a.gc
    same -MMD -MP -MT 'a b' -c sub/b.gc
    same -MMD -MQ 'a b$' -MT other -c sub/b.gc
    same -MMD -c a.gc -o 'x y.o'
    same -MMD -S a.gc -o k.s
    same -MMD -S sub/b.gc
    same -MMD -E a.gc -o k.i
    same -MMD a.gc -o prog
    same -MMD a.gc -o prog.exe
    same -MMD -fsyntax-only a.gc
    same -MM a.gc
    same -MM a.gc sub/b.gc
    same -MM sub/b.gc -MF x.dep
    same -MM a.gc -o x.dep
    same -MM -MMD a.gc
    same -MM -MP -MT t sub/b.gc
    same -Wp,-MMD,x.dep -c a.gc
    same -Wp,-MMD,x.dep,-MT,t,-DX=1 -c a.gc
    left gc "$GOCC" --cc=$cc -MD -c a.gc >gc.left
    grep -q 'stddef.h.* a.c a.o k.h' gc.left
    "$GOCC" --cc=$cc -M gc/a.gc | grep -q gocc.h
done

# Several units that share a file of rules: none is lost (gcc keeps the last one).
cd gc
for cc in gcc clang tcc; do
    cp sub/b.gc b2.gc
    sed -i 's/"s p.h"/"sub\/s p.h"/; s/..\/k.h/k.h/; s/g(void)/g2(void)/; s/h(chan/h2(chan/' b2.gc
    echo 'int plain(void) { return 0; }' >plain.c
    "$GOCC" --cc=$cc -MMD a.gc b2.gc plain.c -o prog
    for file in a.gc b2.gc plain.c; do
        grep -q "^prog: $file" prog.d
    done
    "$GOCC" --cc=$cc -MMD -c a.gc plain.c
    grep -q '^plain.o: plain.c' plain.d
    "$GOCC" --cc=$cc -MM a.gc | grep -q 'a.o: a.gc'
    rm -f ./*.o ./*.d prog
done

# make: a header that changes remakes what includes it and nothing else.
cat >Makefile <<'END'
CFLAGS = -MMD -MP
prog: a.o b2.o
	$(CC) $^ -o $@
%.o: %.gc
	$(CC) $(CFLAGS) -c $< -o $@
-include a.d b2.d
END
make -s CC="$GOCC" prog
make -q CC="$GOCC" prog
touch -d '1 minute' 'sub/s p.h'
[ "$(make -n CC=cc prog)" = "$(printf 'cc -MMD -MP -c b2.gc -o b2.o\ncc a.o b2.o -o prog')" ]
make -s CC="$GOCC" prog
touch -d '2 minutes' k.h
[ "$(make -n CC=cc prog | wc -l)" = 3 ]
rm 'sub/s p.h' # -MP: a header that is gone is no error for make
sed -i '/s p.h/d; s/return S/return 2/' b2.gc
make -s CC="$GOCC" prog
