// A thousand blocking calls of 5 ms, bracketed by go_enter_blocking and go_exit_blocking, do not
// run one after another; errno survives the bracket.
#include "parts/check.h"

#include <errno.h>
#include <time.h>

static int done;

// Not inlined: compilers keep errno's address across a call that changes the thread.
static __attribute__((noinline)) int errno_now(void)
{
    __asm__ volatile("" ::: "memory");
    return errno;
}
static __attribute__((noinline)) void errno_set(int value)
{
    __asm__ volatile("" ::: "memory");
    errno = value;
}

static void blocker(void *args)
{
    struct timespec five = {0, 5000000};
    go_enter_blocking();
    nanosleep(&five, NULL);
    errno_set((int)word_of(args));
    go_exit_blocking();
    check(errno_now() == word_of(args), "%d in %d", errno_now(), (int)word_of(args));
    raise_by_one(&done);
}

int main(void)
{
    int64_t begin = go__now();
    for (int i = 0; i < 1000; i++)
        start(blocker, i);
    wait_until(&done, 1000);
    double ms = (double)(go__now() - begin) / 1e6;
    printf("1,000 times 5 ms in %.1f ms\n", ms);
    check(ms < 2500, "%.1f ms", ms);
    return 0;
}
// not: tsan valgrind (measures time)
