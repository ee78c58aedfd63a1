# SIGQUIT prints the traces of all goroutines, also of those that are running, and ends with
# status 2, with each compiler and under `gocc run`, and in the background of a script too.
cat >busy.gc <<'END'
#include <stdio.h>
static volatile int n;
static void spin(void)
{
    for (;;)
        n++;
}
int main(void)
{
    go { select {} }
    go {
        puts("ready");
        fflush(stdout);
        spin();
    }
    chan<int> c = make(chan<int>);
    return <-c;
}
END

# quits COMMAND…: runs it, sends SIGQUIT when it is ready, compares
quits() {
    perl -e '
        use strict;
        $SIG{QUIT} = $ENV{INHERITED} // "DEFAULT";
        pipe(my $read, my $write);
        my $pid = fork;
        if ($pid == 0) { open STDOUT, ">&", $write; open STDERR, ">", "err"; exec @ARGV; exit 127 }
        close $write;
        my $line = <$read>;
        my $used = 0; # ticks: it computes, having left the call that printed
        while ($used < 20) {
            open my $stat, "<", "/proc/$pid/stat" or exit 1;
            $used = (split " ", <$stat>)[13];
        }
        kill QUIT => $pid;
        waitpid $pid, 0;
        exit($? == 2 << 8 ? 0 : 1);
    ' "$@" || { echo "$*: wrong status" >&2; cat err >&2; exit 1; }
    for text in '^SIGQUIT: quit$' '^goroutine 1 \[chan receive\]:$' '^main(...)$' \
        'busy\.gc:17' '\[select (no cases)\]:$' '^main\.func1(...)$' 'busy\.gc:10' \
        '^goroutine [0-9]* \[running\]:$' '^spin(...)$' 'busy\.gc:[56]' '^main\.func2(...)$' \
        '^created by main in goroutine 1$'; do
        grep -q "$text" err || { echo "$*: no line $text" >&2; cat err >&2; exit 1; }
    done
}

for cc in gcc clang tcc; do
    "$GOCC" --cc=$cc busy.gc -o busy
    GOMAXPROCS=2 quits ./busy
done
GOMAXPROCS=2 quits "$GOCC" run busy.gc
# A shell without job control ignores it for what runs in the background.
INHERITED=IGNORE GOMAXPROCS=2 quits ./busy
