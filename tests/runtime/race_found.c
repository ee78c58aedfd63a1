// The thread sanitizer reports a race of two goroutines, also when they run on one thread one
// after the other on the same stack.
// lib: tsan
// env: GOMAXPROCS=1
// status: 66
// stderr-match: .*WARNING: ThreadSanitizer: data race.*
#include "parts/check.h"

static int shared, done;

static void racer(void *args)
{
    (void)args;
    shared++;
    __atomic_store_n(&done, 1, __ATOMIC_RELAXED);
}

int main(void)
{
    start(racer, 0);
    start(racer, 1);
    while (go_num_goroutine() > 1)
        go_yield();
    return 0;
}
