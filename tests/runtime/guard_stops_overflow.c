// A goroutine that runs out of stack hits the guard page below it, with either kind of guard; it
// does not run into its neighbour's stack.
// not: valgrind (no stack for handlers there)
// status: 2
// stderr-match: runtime: goroutine stack exceeds \d+-byte limit
// stderr: fatal error: stack overflow
// stderr-match: goroutine \d+ \[running\]:
// stderr: burn(...)
// stderr-match: \.\.\.\d+ frames elided\.\.\.
// stderr: burn(...)
// stderr-match: created by .* in goroutine 1
#include "parts/check.h"

static volatile int deepest = 1 << 30;

static int burn(int depth)
{
    volatile char frame[512];
    frame[0] = (char)depth;
    return depth < deepest ? burn(depth + 1) + frame[0] : 0;
}

static void overflow(void *args)
{
    (void)args;
    printf("%d\n", burn(0));
}

static void neighbour(void *args)
{
    (void)args;
    go__park(NULL, NULL, GO__WAIT_CHAN_RECV, NULL);
}

int main(void)
{
    for (int i = 0; i < 4; i++)
        start(neighbour, i);
    go_yield();
    start(overflow, 0);
    sleep_for(5000000000);
    return 0;
}
