// LANGUAGE.md 6: wait returns when the count is zero, for every goroutine that waits; a group
// may be used again, and be gone as soon as wait has returned.
// timeout: 120
#include "parts/test.h"

static int n_waited;

static void wait(void *arg)
{
    go_waitgroup_wait(arg);
    ADD(n_waited, 1);
}

static void done(void *arg)
{
    go_waitgroup_done(arg);
}

int main(void)
{
    go_waitgroup wg = {0};
    go_waitgroup_wait(&wg); // at zero: at once
    for (int round = 0; round < 3; round++) {
        n_waited = 0;
        go_waitgroup_add(&wg, 3);
        struct test_call *a = must_block(wait, &wg), *b = must_block(wait, &wg);
        go_waitgroup_done(&wg);
        go_waitgroup_add(&wg, -1);
        settle();
        CHECK_EQ(LOAD(n_waited), 0);
        go_waitgroup_done(&wg);
        must_go_on(a);
        must_go_on(b);
    }
    for (int i = 0; i < 20000; i++) {
        go_waitgroup *own = calloc(1, sizeof(*own));
        go_waitgroup_add(own, 2);
        start(done, own);
        start(done, own);
        go_waitgroup_wait(own);
        memset(own, 0xff, sizeof(*own));
        free(own);
    }
}
