#!/bin/bash
# LANGUAGE.md 7: -std= means what it means to cc, and a file with constructs needs C99 or later.
set -eu

cat >go.gc <<'END'
#include <stddef.h>

int main(void)
{
    chan<int> c = make(chan<int>, 1);

    for (i := range 1)
        c <- i;
    return <-c;
}
END
cat >plain.gc <<'END'
int main(void)
{
    /* no construct */
    return 0;
}
END
for std in -ansi -std=c89 -std=c90 -std=iso9899:1990 -std=gnu89 -std=gnu90; do
    for command in '' run emit; do
        status=0
        $GOCC $command $std go.gc >said 2>&1 || status=$?
        test $status = 1
        head -1 said | grep -qx "go\.gc:5:5: error: gocc's extensions need C99 or later, and '$std' asks for C90"
    done
    $GOCC $std plain.gc -o plain
    ./plain
done
for std in -std=c99 -std=gnu99 -std=c11 -std=c17 -std=gnu17 -std=c2x '-ansi -std=c99'; do
    for cc in gcc clang; do
        $GOCC --cc=$cc $std -Wall -Werror go.gc -o go
        ./go
    done
done
