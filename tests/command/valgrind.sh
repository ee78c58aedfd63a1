# README (checks): valgrind knows the stacks of goroutines: memcheck reports nothing for programs that switch, wait, end and start again on them, and still finds what is wrong.
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
