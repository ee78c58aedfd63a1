# README (checks): valgrind knows the stacks of goroutines: memcheck reports nothing for programs that switch, wait, end and start again on them, and still finds what is wrong.
# docs/tour.md: with the suppressions that come along no leak is reported but the program's own.
# timeout: 240
check() { # STATUS FILE.gc
    local got=0
    "$GOCC" -g -O1 "$2" -o program
    GOMAXPROCS=2 valgrind -q --error-exitcode=99 --fair-sched=try ./program >out 2>err || got=$?
    [ $got = "$1" ] || { echo "$2: status $got, expected $1"; head -30 err; exit 1; }
    [ "$1" != 0 ] || [ ! -s err ] || { echo "$2:"; head -30 err; exit 1; }
}
for test in chan_unbuffered net_echo context_tree capture_kinds time_after; do
    check 0 "$TOP/tests/run/$test.gc"
done
cat >wrong.gc <<'EOF'
#include <stdio.h>
int main(void)
{
    chan<int> c = make(chan<int>);
    go {
        volatile int numbers[4];
        if (numbers[2] > 0)
            puts("positive");
        c <- 1;
    }
    return <-c > 5;
}
EOF
check 99 wrong.gc
grep -q 'uninitialised' err && grep -q 'wrong.gc:7' err || { cat err; exit 1; }
cat >leak.gc <<'EOF'
#include <stdio.h>
int main(int argc, char **argv)
{
    chan<int> signals = make(chan<int>, 1), c = make(chan<int>);
    (void)argv;
    go_signal_notify(signals, 10, 0);
    for (i := range 20)
        go {
            go_sleep(2 * GO_MILLISECOND);
            c <- i;
        }
    for (range 20)
        <-c;
    go_signal_stop(signals);
    go_release(signals);
    if (argc == 1)
        go_release(c);
    c = NULL;
}
EOF
"$GOCC" -g leak.gc -o leak
leaks() {
    GOMAXPROCS=4 valgrind -q --leak-check=full --error-exitcode=99 --fair-sched=try \
        --suppressions="$TOP/runtime/valgrind.supp" ./leak "$@" 2>err
}
leaks || { cat err; exit 1; }
[ ! -s err ] || { cat err; exit 1; }
! leaks forgotten
grep -q ' lost in' err && grep -q 'leak.gc:4' err || { cat err; exit 1; }
