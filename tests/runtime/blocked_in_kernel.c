// A goroutine that sleeps in the kernel without having told the runtime holds up no other.
#include "parts/check.h"

#include <time.h>

static int done, back;

static void blocker(void *args)
{
    (void)args;
    struct timespec second = {1, 0};
    nanosleep(&second, NULL);
    raise_by_one(&back);
}

static void worker(void *args)
{
    (void)args;
    for (int i = 0; i < 10; i++)
        go_yield();
    raise_by_one(&done);
}

int main(void)
{
    int64_t begin = go__now();
    for (int i = 0; i < 1000; i++)
        start(worker, i);
    for (int i = 0; i < 4; i++)
        start(blocker, i);
    wait_until(&done, 1000);
    double ms = (double)(go__now() - begin) / 1e6;
    printf("1,000 others after %.1f ms\n", ms);
    check(ms < 900, "they waited for the sleepers");
    wait_until(&back, 4);
    ms = (double)(go__now() - begin) / 1e6;
    check(ms < 1900, "the sleepers ran one after another: %.1f ms", ms);
    return 0;
}
// not: tsan valgrind (measures time)
