// LANGUAGE.md 6: go_sleep waits at least that long, and not much longer; others run meanwhile.
#include "parts/test.h"

static int n_woken;
static int64_t woken_at[10];

static void sleeper(void *arg)
{
    intptr_t i = (intptr_t)arg;
    go_sleep((10 - i) * 5 * GO_MILLISECOND);
    woken_at[i] = go_now();
    ADD(n_woken, 1);
}

int main(void)
{
    static const go_duration d[] = {0, -5, GO_MICROSECOND, 100 * GO_MICROSECOND,
                                    20 * GO_MILLISECOND};
    for (int i = 0; i < LENGTH(d); i++) {
        int64_t begin = go_now();
        go_sleep(d[i]);
        int64_t took = go_now() - begin;
        CHECK(took >= d[i]);
        CHECK(took < d[i] + 200 * GO_MILLISECOND);
    }
    int64_t begin = go_now();
    for (intptr_t i = 0; i < 10; i++)
        start(sleeper, (void *)i);
    EVENTUALLY(LOAD(n_woken) == 10);
    for (int i = 0; i < 10; i++)
        CHECK(woken_at[i] - begin >= (10 - i) * 5 * GO_MILLISECOND);
    CHECK(go_now() - begin < 400 * GO_MILLISECOND); // together, not one after the other
}
