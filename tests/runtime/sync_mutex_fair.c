// LANGUAGE.md 6 (Go's sync.Mutex): who waits for a mutex gets it although others take it again
// and again in between.
#include "parts/test.h"

static go_mutex m;
static int stop, greedy_ends;

static void greedy(void *arg)
{
    (void)arg;
    while (!LOAD(stop)) {
        go_mutex_lock(&m);
        int64_t end = go_now() + 100 * GO_MICROSECOND;
        while (go_now() < end)
            ;
        go_mutex_unlock(&m);
    }
    ADD(greedy_ends, 1);
}

int main(void)
{
    start(greedy, NULL);
    start(greedy, NULL);
    for (int i = 0; i < 20; i++) {
        go_sleep(100 * GO_MICROSECOND);
        go_mutex_lock(&m);
        go_mutex_unlock(&m);
    }
    STORE(stop, 1);
    EVENTUALLY(LOAD(greedy_ends) == 2);
}
