// A goroutine that computes without calls after everything was idle for a while does not hold up
// the others: whoever ends the idleness wakes the monitor, which sleeps without limit then.
#include "parts/test.h"

static int stop, others;

static void hog(void *arg)
{
    (void)arg;
    go_sleep(400 * GO_MILLISECOND);
    while (!LOAD(stop))
        ;
}

static void other(void *arg)
{
    (void)arg;
    go_sleep(450 * GO_MILLISECOND);
    ADD(others, 1);
}

int main(void)
{
    int procs = go_max_procs(0);
    for (int i = 0; i < procs; i++)
        start(hog, NULL);
    for (int i = 0; i < 20; i++)
        start(other, NULL);
    go_sleep(500 * GO_MILLISECOND);
    EVENTUALLY(LOAD(others) == 20);
    STORE(stop, 1);
}
