// LANGUAGE.md 6: go_once_do calls its function once, and returns to nobody before that has ended;
// a panic in it counts as having ended.
#include "parts/test.h"

enum { N = 30 };

static go_once once;
static int n_calls, ended, n_returned;

static void call(void *self)
{
    (void)self;
    ADD(n_calls, 1);
    go_sleep(2 * GO_MILLISECOND);
    STORE(ended, 1);
}

static void use(void *arg)
{
    CLOSURE(f, call);
    (void)arg;
    go_once_do(&once, f);
    CHECK_EQ(LOAD(ended), 1);
    ADD(n_returned, 1);
}

static void fail(void *self)
{
    (void)self;
    ADD(n_calls, 1);
    gocc_panic("failed");
}

static go_once other;

static void use_failing(void *arg)
{
    CLOSURE(f, fail);
    (void)arg;
    go_once_do(&other, f);
}

int main(void)
{
    for (int i = 0; i < N; i++)
        start(use, NULL);
    EVENTUALLY(LOAD(n_returned) == N);
    CHECK_EQ(n_calls, 1);
    must_panic(use_failing, NULL, "failed");
    use_failing(NULL);
    CHECK_EQ(n_calls, 2);
}
