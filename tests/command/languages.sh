# LANGUAGE.md 7: -x says of the files behind it what they are, until -x none; `-` is standard input;
# -x c leaves a .gc file one, and standard input plain C.
printf '#!/usr/bin/env -S gocc run\n#include <stdio.h>\nint two(void), three(void), four(void);\nint main(void) { chan<int> c = make(chan<int>, 1); c <- two(); printf("%%s %%d %%d\\n", __FILE__, __LINE__, <-c + three() + four()); }\n' >main.txt
echo 'int two(void) { chan<int> c = make(chan<int>, 1); c <- 2; return <-c; }' >two.gc
cp two.gc two.txt
echo 'int three(void) { int go = 3; return go; }' >three.c
cp three.c three.txt
cat >four.s <<'END'
        .globl  four
four:   mov     $4, %eax
        ret
        .section .note.GNU-stack
END
cp four.s four.txt
for cc in gcc clang tcc; do
    gocc() { "$GOCC" --cc=$cc "$@"; }
    gocc -x gocc main.txt -x none two.gc three.c four.s -o mixed
    [ "$(./mixed)" = 'main.txt 4 9' ]
    gocc -xgocc main.txt two.txt -xc three.txt -x assembler four.txt -o mixed
    [ "$(./mixed)" = 'main.txt 4 9' ]
    gocc three.c -x c two.gc three.txt -x gocc main.txt -x none four.s -c 2>err || [ $cc != gcc ]
    gocc -x c two.gc -x none three.c four.s -x gocc main.txt -x none -o mixed
    [ "$(./mixed)" = 'main.txt 4 9' ]
    gocc -c -x gocc main.txt two.txt -x c three.txt -x none four.s
    gocc main.o two.o three.o four.o -o linked
    [ "$(./linked)" = 'main.txt 4 9' ]
    rm -f ./*.o mixed linked

    gocc -x gocc - two.gc three.c -x none four.s -o mixed <main.txt
    [ "$(./mixed)" = '<stdin> 4 9' ]
    gocc -x gocc -c - <two.gc
    nm stdin.o | grep -q two
    gocc -x gocc -E - <two.gc | grep -q '^# 1 "<stdin>"'
    gocc -x gocc -fsyntax-only - <two.gc
    [ "$(gocc -x gocc -MM - <two.gc)" = 'stdin.o: -' ]
    echo 'int f(void) { return nowhere; }' | gocc -x gocc -c - 2>err && exit 1
    grep -q '^<stdin>:1:.* error: ' err
    gocc -x c -c - -o plain.o <three.c
    gocc -x c -c - -o plain.o <two.gc 2>err && exit 1
    rm -f ./*.o mixed
done
"$GOCC" -x c++ -fsyntax-only three.txt # whatever the compiler knows
[ "$("$GOCC" -E -x c - <three.c)" = "$(gcc -E -x c - <three.c)" ]
# Units that come from one file, and several of one name.
mkdir a b
echo 'int a(void) { chan<int> c = 0; return !c; }' >a/same.gc
echo 'int b(void) { chan<int> c = 0; return !c; }' >b/same.gc
echo 'int a(void), b(void); int main(void) { return a() + b() - 2; }' >main.c
"$GOCC" main.c a/same.gc b/same.gc
./a.out
