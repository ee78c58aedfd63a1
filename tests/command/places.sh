# LANGUAGE.md 7: messages of the C compiler, line markers, __FILE__ and debug information name the .gc
# file as the command line does, with each compiler; what is temporary shows nowhere.
# timeout: 120
mkdir -p sub/deep
printf '#define N 1\n' >sub/near.h
printf '#define N 2\n' >near.h # not what "near.h" means in sub/f.gc
printf '#pragma once\n#include "inner.h"\nstatic inline chan<int> one(void) { return make(chan<int>, INNER); }\n' >sub/deep/chans.gh
printf '#define INNER 1\n' >sub/deep/inner.h
printf '#error not this one\n' >inner.h
cat >sub/f.gc <<'END'
#include "near.h"
#include "deep/chans.gh"
#include <stdio.h>
#include <time.h>
#define NEAR "near.h"
#include NEAR
int main(void)
{
    chan<int> c = one();
    c <- N;
    printf("%s:%d %s %d\n", __FILE__, __LINE__, __func__, <-c);
    return (int)(clock() * 0);
}
END
printf '#error not this one\n' >time.h # not what <time.h> means
absolute=$PWD/sub/f.gc
for name in sub/f.gc ./sub/f.gc "$absolute"; do
    for cc in gcc clang tcc; do
        [ $cc = tcc ] && sed -i '/NEAR/d' sub/f.gc # tcc finds what a macro names in -I only
        line=$(grep -n __FILE__ sub/f.gc | cut -d: -f1)
        "$GOCC" --cc=$cc -g "$name" -o f
        [ "$(./f)" = "$name:$line main 1" ] || { echo "--cc=$cc $name: $(./f)"; exit 1; }
        "$GOCC" --cc=$cc -E "$name" >out
        grep -q "^# [0-9]* \"$name\"" out
        "$GOCC" --cc=$cc -E "$name" -o out2
        cmp out out2
        "$GOCC" --cc=$cc -g -c "$name" -o f.o
        strings -a f.o >>out
        ! grep -e "${TMPDIR:-/tmp}/gocc-" out
        cp f.o first.o
        "$GOCC" --cc=$cc -g -c "$name" -o f.o
        cmp f.o first.o
    done
    [ "$("$GOCC" run "$name")" = "$name:$line main 1" ]
    sed -i 's/#include <time.h>/&\n#define NEAR "near.h"\n#include NEAR/' sub/f.gc
done

# What only the C compiler finds wrong.
printf 'void f(chan<int> c)\n{\n    c <- 1;\n    int unused;\n}\n' >sub/warned.gc
for cc in gcc clang; do
    "$GOCC" --cc=$cc -Wall -c sub/warned.gc -o warned.o 2>err
    grep -q '^sub/warned.gc:4:9: warning: unused variable' err
    ! grep -q 'gocc-' err
done
printf 'void f(chan<int> c)\n{\n    c <- 1;\n    int x;\n    return;\n    __asm__("" : "=nonsense"(x));\n}\n' >sub/asm.gc
"$GOCC" --cc=tcc -c sub/asm.gc -o asm.o 2>err && exit 1
grep -q '^sub/asm.gc:6: error: ' err
