# gdb stops in a closure by .gc line, shows it under Go's name, prints captured variables and
# channels, and lists goroutines; it finds the script for that by itself.
unset GOMAXPROCS
cat >session.gc <<'END'
#include <stdio.h>

struct job { int id; char name[8]; };

static void twice(chan<int> out, int times)
{
    int total = 0;
    func<void(int)> add = func(int k) {
        total += k;
        out <- total;
    };
    for (int i = 0; i < times; i++) {
        go func(int by) {
            add(by + i);
        }(10);
    }
    chan<struct job> jobs = make(chan<struct job>, 4);
    jobs <- {.id = 7, .name = "seven"};
    close(jobs);
    printf("%d\n", <-out);
    printf("%d\n", <-out);
}

int main(void)
{
    twice(make(chan<int>), 2);
    return 0;
}
END
"$GOCC" -g session.gc -o session
export GOMAXPROCS=1

# session COMMAND…: runs gdb with these; what it printed is in `out`
session() {
    local args=() command
    for command in "$@"; do
        args+=(-ex "$command")
    done
    gdb -q -batch -nx -iex "add-auto-load-safe-path $TOP/runtime" -iex 'set width 0' \
        -iex 'set debuginfod enabled off' "${args[@]}" ./session >out 2>&1 || true
}

# says TEXT…: lines with these texts follow each other, others may stand between
says() {
    local text rest
    rest=$(cat out)
    for text in "$@"; do
        case $rest in
        *"$text"*) rest=${rest#*"$text"} ;;
        *)
            echo "gdb does not say, or not in this order: $text" >&2
            cat out >&2
            exit 1
            ;;
        esac
    done
}

# A line of a closure is in the closure alone, after the captured values are in place.
session 'break session.gc:10' 'info breakpoints' 'run' 'backtrace' 'print out' 'print total' \
    'print *total' 'print k' 'next'


says 'Breakpoint 1 at' 'session.gc, line 10.' \
    'session.gc:10' \
    '#0  twice.func1 (' 'k=11) at ' 'session.gc:10' \
    '#1 ' ' in twice.func2 (' 'session.gc:14' \
    '= chan<int> 0/0, receiving: goroutine 1' \
    '= @0x' ': 11' \
    '= 11' '= 11'

# Closures and channels of structs.
session 'break session.gc:20' 'run' 'print add' 'print jobs' 'print out' 'info locals'
says '= func<void(int)> twice.func1 {out = chan<int> 0/0, total = @0x' ': 0}' \
    '= chan<struct job> 1/4 {{id = 7, name = "seven\000\000"}}, closed' \
    '= chan<int> 0/0'

# Goroutines: those that stopped, and the one that runs.
session 'break session.gc:9' 'run' 'info goroutines' 'goroutine 1 bt' 'goroutine 1 up' 'goroutine 99 bt' \
    'print $_thread' 'generate-core-file core'
says '1 [chan receive] main' '[runnable] twice.func2' '* ' '[running] twice.func2' \
    'twice (' 'at ' 'session.gc:20' 'in main () at ' 'session.gc:26' \
    "No goroutine '99'"

# The same from a core file.
gdb -q -batch -nx -iex "add-auto-load-safe-path $TOP/runtime" -iex 'set width 0' \
    -ex 'info goroutines' -ex 'goroutine 1 bt' ./session core >out 2>&1
says '1 [chan receive] main' 'in twice (' 'session.gc:20' 'in main () at '

# After `make install` gdb loads the script from its own place, which is safe to it.
make -s -C "$TOP" install PREFIX="$PWD/usr" >/dev/null 2>&1
usr/bin/gocc -g session.gc -o session
gdb -q -batch -nx -iex "set auto-load safe-path $PWD/usr/share/gdb/auto-load" \
    -ex 'help goroutine' ./session >out 2>&1
says 'Run a command in a goroutine'
