// LANGUAGE.md 6: a mutex is held by one at a time, however many want it, and all of them get it.
#include "parts/test.h"

enum { GOROUTINES = 50, ROUNDS = 2000 };

static go_mutex m;
static go_waitgroup wg;
static long counter, inside;

static void work(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        go_mutex_lock(&m);
        CHECK_EQ(++inside, 1);
        long seen = counter;
        if ((i + (int)(intptr_t)arg) % 64 == 0)
            go_yield();
        counter = seen + 1;
        inside--;
        go_mutex_unlock(&m);
    }
    go_waitgroup_done(&wg);
}

int main(void)
{
    go_waitgroup_add(&wg, GOROUTINES);
    for (intptr_t i = 0; i < GOROUTINES; i++)
        start(work, (void *)i);
    go_waitgroup_wait(&wg);
    CHECK_EQ(counter, GOROUTINES * ROUNDS);
}
