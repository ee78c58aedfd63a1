# LANGUAGE.md 7: GOCC_DEBUG=leak=1 prints every goroutine that is left, however many, and none of those that were told to end and only need to run for that.
cat >leak.gc <<'EOF'
#include <stdio.h>
int main(int argc, char **argv)
{
    chan<void> done = make(chan<void>), never = make(chan<void>);
    (void)argv;
    for (range 50)
        go { <-done; };
    for (range argc > 1 ? 50 : 0)
        go { <-never; };
    for (go_metrics m = {0}; m.on_channels < 50; go_metrics_read(&m)) // until they wait
        go_yield();
    close(done);
    puts("out");
}
EOF
"$GOCC" leak.gc -o leak
for procs in 1 2; do
    GOMAXPROCS=$procs GOCC_DEBUG=leak=1 ./leak 2>err
    [ ! -s err ] || { echo "who was told to end is reported:"; head err; exit 1; }
    GOMAXPROCS=$procs GOCC_DEBUG=leak=1 ./leak more 2>err
    head -1 err | grep -x 'goroutine leak: 50 still there at exit' || { head err; exit 1; }
    [ "$(grep -c '^goroutine [0-9]* \[chan receive\]:$' err)" = 50 ] || { cat err; exit 1; }
done
