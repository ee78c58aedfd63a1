# LANGUAGE.md 6: threads that the system refuses, under a process limit, lose no goroutine: the program goes on with those it has.
# timeout: 120
cat >p.gc <<'EOF'
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static void block(void) // unknown to the rewriter: the thread blocks
{
    struct timespec t = {0, 2000000};
    syscall(SYS_nanosleep, &t, NULL);
}
int main(int argc, char **argv)
{
    chan<int> c = make(chan<int>), sums = make(chan<int>);
    (void)argv;
    for (i := range 30)
        go {
            if (i % 3 == 0)
                block();
            else if (i % 3 == 1)
                go_sleep(GO_MILLISECOND);
            c <- i;
        }
    for (int locked = argc > 1; locked; locked = 0)
        go {
            go_lock_thread();
            for (range 50) {
                c <- 0;
                go_yield();
            }
            go_unlock_thread();
            sums <- 0;
        }
    int sum = 0;
    for (int i = 0; i < (argc > 1 ? 80 : 30); i++)
        sum += <-c;
    if (argc > 1)
        sum += <-sums;
    printf("%d\n", sum);
}
EOF
"$GOCC" p.gc -o p
if [ "$(id -u)" = 0 ]; then # root has no limit: a user without any process
    as='setpriv --reuid=64321 --regid=64321 --clear-groups'
    used=0
    chmod o+x . ..
else
    as=
    used=$(find /proc/[0-9]*/task -mindepth 1 -maxdepth 1 -user "$(id -u)" 2>/dev/null | wc -l)
fi
for procs in 1 2 8; do
    for threads in 1 2 3 4 6; do
        for locked in '' locked; do
            # Bound to a thread that waits, a goroutine needs another beside the monitor's.
            [ -n "$locked" ] && [ $threads -lt 3 ] && continue
            got=$(GOMAXPROCS=$procs timeout 20 $as prlimit --nproc=$((used + threads)) ./p $locked 2>&1) || true
            [ "$got" = 435 ] || { echo "GOMAXPROCS=$procs, $threads threads, $locked: $got"; exit 1; }
        done
    done
done
# Where no thread is left for anyone, it says so.
got=0
GOMAXPROCS=1 timeout 20 $as prlimit --nproc=$((used + 1)) ./p locked 2>err || got=$?
[ $got = 2 ] && grep -q 'fatal error: no thread to run goroutines' err || { cat err; exit 1; }
