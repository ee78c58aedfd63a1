# LANGUAGE.md 7: -c, -S, -E and -o mean what they mean to cc, for one file and for several.
mkdir sub
echo 'int one(void) { return 1; }' >one.gc
echo 'int two(void) { return 2; }' >sub/two.gc
echo 'int three(void) { return 3; }' >three.c
cat >main.gc <<'END'
#include <stdio.h>
int one(void), two(void), three(void);
int main(void)
{
    printf("%d\n", one() + two() + three());
    return 4;
}
END
for cc in gcc clang tcc; do
    "$GOCC" --cc=$cc -c one.gc sub/two.gc three.c
    ls one.o two.o three.o
    "$GOCC" --cc=$cc main.gc one.o two.o three.o -o linked
    [ "$(./linked || echo $?)" = "$(printf '6\n4')" ]
    "$GOCC" --cc=$cc main.gc one.gc sub/two.gc three.c
    [ "$(./a.out || echo $?)" = "$(printf '6\n4')" ]
    rm one.o two.o three.o linked a.out
done
"$GOCC" -c sub/two.gc -o named.o
[ -e named.o ]
[ ! -e two.o ]
"$GOCC" -S one.gc
grep -q one: one.s
"$GOCC" -E one.gc | grep -q 'return 1'
"$GOCC" -c one.gc two.gc -o x.o && exit 1
[ $? = 2 ]
