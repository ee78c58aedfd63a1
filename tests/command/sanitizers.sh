# LANGUAGE.md 7: -race finds a data race between goroutines and none where a channel orders them;
# -fsanitize=address finds a use after free in a goroutine, with the .gc line; faults are panics under both.
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
# Faults and panics are recovered under both as without them, any number of times: the sanitizers
# keep stacks of calls, or marks on the stack, that a recovered panic has to put in order.
cat >recovered.gc <<'EOF'
#include <stdio.h>
static int *volatile nothing;
static volatile int zero;
static int fails(int how)
{
    volatile char local[64];
    local[how] = 1;
    if (how == 0)
        return *nothing;
    if (how == 1)
        return 100 / zero;
    panic("%d", local[how]);
}
static int recovers(int how)
{
    defer {
        if (recover())
            return 1;
    }
    return fails(how);
}
int main(void)
{
    chan<int> c = make(chan<int>);
    go {
        int n = 0;
        for (i := range 150000)
            n += recovers(i % 100 < 2 ? i % 100 : 2);
        c <- n;
    }
    printf("%d\n", <-c);
    fails(0);
}
EOF
for cc in gcc clang; do
    for option in -race -fsanitize=address; do
        "$GOCC" --cc=$cc $option -g recovered.gc -o recovered
        got=0
        ./recovered >out 2>err || got=$?
        [ "$got $(cat out)" = '2 150000' ] && [ "$(head -1 err)" = \
            'panic: runtime error: invalid memory address or nil pointer dereference' ] &&
            grep -q 'recovered.gc:9' err || { echo "$cc $option: $got"; cat out; head -20 err; exit 1; }
        export ASAN_OPTIONS=handle_segv=2 TSAN_OPTIONS=handle_segv=2
        ! ./recovered >out 2>err
        unset ASAN_OPTIONS TSAN_OPTIONS
        grep -q 'Sanitizer: SEGV' err || { echo "$cc $option: handle_segv"; head -20 err; exit 1; }
    done
done
