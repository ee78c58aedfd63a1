// LANGUAGE.md 6: wait groups that come and go: every wait returns, after everything that was
// waited for, and the group's memory may be reused at once.
//
// Planted and found: a done that takes the queue's lock before it looks whether anybody waits
// (freed memory); a wait that announces itself before it is in the list (hangs); a wake that
// subtracts its waiters after making them ready (misuse panic).
// env: MALLOC_PERTURB_=165
// timeout: 60
#include "../runtime/parts/stress.h"

#include <pthread.h>

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
    else // let the last done and the wait meet, on two processors
        for (volatile int spins = (int)stress_random(seed, 3000); spins > 0; spins--)
            ;
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

// A thread of the system waits, and runs as soon as it is made ready; the last of it and of the
// other waiter frees the group.
struct two {
    struct group group;
    int left;
};

static void wait_free(struct two *t)
{
    go_waitgroup_wait(&t->group.wg);
    CHECK_EQ(LOAD(t->group.done), 2);
    if (ADD(t->left, -1) == 0)
        free(t);
}

static void *wait_thread(void *arg)
{
    go_chan(struct two *) c = arg;
    bool ok;
    for (struct two *t; t = go_recv_ok(c, &ok), ok;)
        wait_free(t);
    go_release(c);
    return NULL;
}

static void with_thread(go_chan(struct two *) c)
{
    struct two *t = calloc(1, sizeof(*t));
    t->left = 2;
    go_waitgroup_add(&t->group.wg, 2);
    go_send(c, t);
    start(work, &t->group);
    start(work, &t->group);
    wait_free(t);
}

static go_waitgroup all;

static void run_group(void *arg)
{
    uint64_t seed = (uint64_t)(intptr_t)arg;
    struct group own = {0};
    go_chan(struct two *) c = go_make(struct two *, 0);
    pthread_t id;
    CHECK_EQ(pthread_create(&id, NULL, wait_thread, go_retain(c)), 0);
    pthread_detach(id);
    while (stress_time_left()) {
        for (int i = 0; i < 20; i++)
            round_of(&seed);
        with_thread(c);
        reuse(&own, &seed);
    }
    go_close(c);
    go_release(c);
    go_waitgroup_done(&all);
}

int main(void)
{
    go_waitgroup_add(&all, GROUPS);
    for (intptr_t i = 0; i < GROUPS; i++)
        start(run_group, (void *)(i + 1));
    go_waitgroup_wait(&all);
}
