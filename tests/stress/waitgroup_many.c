// LANGUAGE.md 6: wait groups that come and go: every wait returns, after everything that was
// waited for, and the group's memory may be reused at once.
//
// Planted and found: a done that takes the queue's lock before it looks whether anybody waits
// (freed memory); a wait that announces itself before it is in the list (hangs); a wake that
// subtracts its waiters after making them ready (misuse panic).
// env: MALLOC_PERTURB_=165
// timeout: 60
#include "../runtime/parts/stress.h"

enum { GROUPS = 6 };

struct group {
    go_waitgroup wg;
    int left, done;
};

static void work(void *arg)
{
    struct group *g = arg;
    ADD(g->done, 1);
    go_waitgroup_done(&g->wg);
}

static void round_of(uint64_t *seed)
{
    struct group *g = calloc(1, sizeof(*g));
    int n = 1 + (int)stress_random(seed, 6);
    g->left = n;
    go_waitgroup_add(&g->wg, n);
    for (int i = 0; i < n; i++)
        start(work, g);
    if (stress_random(seed, 2))
        go_yield();
    go_waitgroup_wait(&g->wg);
    CHECK_EQ(LOAD(g->done), n);
    free(g);
}

// Several wait; the group is used again as soon as all have returned.
static void several(void *arg)
{
    struct group *g = arg;
    go_waitgroup_wait(&g->wg);
    CHECK(LOAD(g->done) >= 3);
    ADD(g->left, -1);
}

static void reuse(struct group *g, uint64_t *seed)
{
    g->done = 0;
    g->left = 4;
    go_waitgroup_add(&g->wg, 3);
    for (int i = 0; i < 4; i++)
        start(several, g);
    if (stress_random(seed, 2))
        go_yield();
    for (int i = 0; i < 3; i++)
        start(work, g);
    while (LOAD(g->left))
        go_yield();
}

static go_waitgroup all;

static void run_group(void *arg)
{
    uint64_t seed = (uint64_t)(intptr_t)arg;
    struct group own = {0};
    while (stress_time_left()) {
        for (int i = 0; i < 20; i++)
            round_of(&seed);
        reuse(&own, &seed);
    }
    go_waitgroup_done(&all);
}

int main(void)
{
    go_waitgroup_add(&all, GROUPS);
    for (intptr_t i = 0; i < GROUPS; i++)
        start(run_group, (void *)(i + 1));
    go_waitgroup_wait(&all);
}
