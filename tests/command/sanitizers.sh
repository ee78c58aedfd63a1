# LANGUAGE.md 7: -race finds a data race between goroutines and none where a channel orders them;
# -fsanitize=address finds a use after free in a goroutine, with the .gc line.
# timeout: 240
cat >race.gc <<'END'
#include <stdio.h>
int main(int argc, char **argv)
{
    (void)argv;
    int shared = 0;
    chan<void> done = make(chan<void>);
    for (range 2) {
        go {
            for (int i = 0; i < 1000; i++) {
                shared++;
                if (argc > 1)
                    go_yield();
            }
            done <- {};
        }
        if (argc == 1)
            <-done;
    }
    if (argc > 1)
        for (range 2)
            <-done;
    printf("%d\n", argc > 1 ? 0 : shared);
    go_release(done);
}
END
cat >after.gc <<'END'
#include <stdlib.h>
int main(void)
{
    chan<int> c = make(chan<int>);
    int *p = malloc(sizeof *p);
    go {
        free(p);
        int v = *p;
        c <- v;
    }
    return <-c;
}
END
# names FILE:LINE: clang's sanitizers get lines from llvm-symbolizer, and print addresses without it.
names() {
    [ $cc = clang ] && ! command -v llvm-symbolizer >/dev/null || grep -q "$1" err
}
for cc in gcc clang; do
    "$GOCC" --cc=$cc -race -g race.gc -o race
    [ "$(GOMAXPROCS=2 ./race)" = 2000 ]
    # Whether the two meet is a matter of time: once in 20 runs is certain.
    found=0
    for i in $(seq 20); do
        GOMAXPROCS=2 ./race now >out 2>err || found=$?
        [ $found = 0 ] || break
    done
    [ $found = 66 ] && grep -q 'data race' err && names race.gc:10 || { echo "$cc: race"; cat err; exit 1; }
    "$GOCC" --cc=$cc -fsanitize=address -g after.gc -o after
    got=0
    ./after 2>err || got=$?
    [ $got != 0 ] && grep -q heap-use-after-free err && names after.gc:8 || { echo "$cc: address"; cat err; exit 1; }
done
for option in -race -fsanitize=address; do
    got=0
    "$GOCC" --cc=tcc $option after.gc 2>err || got=$?
    [ $got = 2 ]
done
