// A goroutine that computes for ever without a call leaves a thousand others running, also on
// one processor, with no pause of 100 ms, and keeps running itself. (A busy machine makes pauses of
// its own: those of a plain thread beside them are allowed for.)
#include "parts/check.h"

#include <pthread.h>
#include <sched.h>

static volatile long turns;
static int done;
static int64_t longest, machines;

static void hog(void *args)
{
    (void)args;
    for (;;)
        turns++;
}

static void worker(void *args)
{
    (void)args;
    for (int i = 0; i < 20; i++)
        sleep_for(1000000);
    raise_by_one(&done);
}

static void watcher(void *args)
{
    (void)args;
    int64_t last = go__now();
    while (__atomic_load_n(&done, __ATOMIC_RELAXED) < 1000) {
        go_yield();
        int64_t now = go__now();
        if (now - last > longest)
            longest = now - last;
        last = now;
    }
    raise_by_one(&done);
}

static void *plain(void *arg)
{
    (void)arg;
    int64_t last = go__now();
    while (__atomic_load_n(&done, __ATOMIC_RELAXED) < 1001) {
        sched_yield();
        int64_t now = go__now();
        if (now - last > machines)
            machines = now - last;
        last = now;
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    check(pthread_create(&thread, NULL, plain, NULL) == 0, "no thread");
    for (int i = 0; i < 1000; i++)
        start(worker, i);
    start(watcher, 0);
    start(hog, 0);
    wait_until(&done, 1001);
    pthread_join(thread, NULL);
    printf("longest pause %.1f ms, the machine's %.1f ms\n", (double)longest / 1e6,
           (double)machines / 1e6);
    check(longest < 100000000 + 4 * machines, "%.1f ms, the machine's %.1f ms",
          (double)longest / 1e6, (double)machines / 1e6);
    long before = turns;
    int64_t until = go__now() + 5000000000;
    while (turns == before && go__now() < until)
        sleep_for(1000000);
    check(turns != before, "the hog stands still");
    return 0;
}
// not: tsan asan valgrind (measures time)
