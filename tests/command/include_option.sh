#!/bin/bash
# LANGUAGE.md 0, 7: macros of a header of -include or -imacros may hold constructs; a header that holds
# some outside of macros is named by #include.
set -eu

cat >macros.h <<'END'
#define START(x) go { x; }
#define GET(c) <-c
END
cat >main.gc <<'END'
int main(void)
{
    chan<int> c = make(chan<int>);
    START(c <- 0)
    return GET(c);
}
END
for option in -include -imacros; do
    for cc in gcc clang tcc; do
        [ $cc$option != tcc-imacros ] || continue
        $GOCC --cc=$cc $option macros.h main.gc -o main
        ./main
    done
done
$GOCC run -include macros.h main.gc

cat >only.gc <<'END'
int main(void)
{
    START((void)0)
    return 0;
}
END
$GOCC -include macros.h only.gc -o main
./main

echo 'typedef chan<int> ints;' >types.h
echo 'ints c;' >types.gc
status=0
$GOCC -include types.h -c types.gc 2>said || status=$?
test $status = 1
head -1 said | grep -qx 'types\.h:1:9: error: gocc does not rewrite the headers of -include: name this one by #include'
test ! -e types.o
