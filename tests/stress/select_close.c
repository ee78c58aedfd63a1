// LANGUAGE.md 5: channels are closed and released by others while selects wait on them, win or
// lose on them: a select that blocks keeps its channels until it ends.
//
// Planted and found: a select that does not count in its channels (freed memory is locked); a
// taker that leaves its winner's count in the channel (leak, seen as growing memory); an orphan
// that is freed when the first of two selects leaves.
// env: MALLOC_PERTURB_=165
// timeout: 60
#include "../runtime/parts/stress.h"

enum { GROUPS = 4, SELECTS = 3, CHANNELS = 3 };

struct group {
    go_chan(int) c[CHANNELS];
    int waiting;
    go_waitgroup wg;
};

// Owns nothing. Channels stand in several cases; a timer loses.
static void borrow(void *arg)
{
    struct group *g = arg;
    struct gocc_case k[2 * CHANNELS];
    int value = -1, n = 0;
    int64_t t;
    for (int i = 0; i < CHANNELS; i++) {
        k[n++] = gocc_case_recv(g->c[i], &value);
        if (i)
            k[n++] = gocc_case_recv(g->c[i], &value);
    }
    k[n++] = gocc_case_recv_release(go_after(GO_HOUR), &t);
    int chosen = gocc_select(k, n, false);
    CHECK(chosen >= 0 && chosen < n - 1);
    CHECK_EQ(value, 5);
    go_waitgroup_done(&g->wg);
}

// A send to a select has returned: the select was chosen, and needs nobody's ownership to come
// out, although the channels that it lost on are gone.
static void borrow_round(struct group *g, uint64_t *seed)
{
    go_chan(int) c[CHANNELS];
    for (int i = 0; i < CHANNELS; i++)
        c[i] = g->c[i] = go_make(int, 0);
    int n = 1 + (int)stress_random(seed, SELECTS);
    go_waitgroup_add(&g->wg, n);
    for (int i = 0; i < n; i++)
        start(borrow, g);
    if (stress_random(seed, 2))
        go_yield();
    for (int i = 0; i < n; i++)
        go_send(c[stress_random(seed, CHANNELS)], 5);
    for (int i = 0; i < CHANNELS; i++)
        go_release(c[i]);
    go_waitgroup_wait(&g->wg);
}

static void own(void *arg)
{
    struct group *g = arg;
    go_chan(int) a = go_retain(g->c[0]), b = go_retain(g->c[1]);
    int v;
    struct gocc_case k[] = {gocc_case_recv(a, &v), gocc_case_recv(b, &v), gocc_case_recv(b, &v)};
    ADD(g->waiting, 1);
    int i = gocc_select(k, 3, false);
    CHECK(!k[i].ok || v == 5);
    go_release(a);
    go_release(b);
    go_waitgroup_done(&g->wg);
}

static void own_round(struct group *g, uint64_t *seed)
{
    g->waiting = 0;
    g->c[0] = go_make(int, 0);
    g->c[1] = go_make(int, 0);
    go_waitgroup_add(&g->wg, SELECTS);
    for (int i = 0; i < SELECTS; i++)
        start(own, g);
    while (LOAD(g->waiting) != SELECTS)
        go_yield();
    int first = (int)stress_random(seed, 2);
    while (go_try_send(g->c[first], 5) && stress_random(seed, 2))
        ;
    go_close(g->c[first]);
    go_release(g->c[first]);
    go_close(g->c[!first]);
    go_release(g->c[!first]);
    go_waitgroup_wait(&g->wg);
}

static go_waitgroup all;

static void run_group(void *arg)
{
    uint64_t seed = (uint64_t)(intptr_t)arg;
    struct group *g = calloc(1, sizeof(*g));
    while (stress_time_left()) {
        borrow_round(g, &seed);
        own_round(g, &seed);
    }
    free(g);
    go_waitgroup_done(&all);
}

int main(void)
{
    int64_t before = heap_bytes();
    go_waitgroup_add(&all, GROUPS);
    for (intptr_t i = 0; i < GROUPS; i++)
        start(run_group, (void *)(i + 1));
    go_waitgroup_wait(&all);
    CHECK(heap_bytes() - before < 4 << 20);
}
