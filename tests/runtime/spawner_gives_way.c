// A goroutine that only starts others, and never blocks, is made to give way to them: they do not
// pile up without limit.
// env: GOMAXPROCS=1
#include "parts/check.h"

static int n_ran;

static void one(void *args)
{
    (void)args;
    raise_by_one(&n_ran);
}

int main(void)
{
    int64_t until = go__now() + 500000000;
    int n = 0, most = 0;
    while (go__now() < until) {
        start(one, 0);
        n++;
        int behind = n - __atomic_load_n(&n_ran, __ATOMIC_RELAXED);
        if (behind > most)
            most = behind;
    }
    printf("%d started, at most %d of them waited\n", n, most);
    check(__atomic_load_n(&n_ran, __ATOMIC_RELAXED) > 0, "none ran while they were started");
    check(most < n, "all of them waited");
    wait_until(&n_ran, n);
    return 0;
}
// not: tsan (30,000 goroutines take it a minute)
