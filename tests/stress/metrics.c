// LANGUAGE.md 6: while goroutines come, go, and wait at channels and mutexes that are freed under way,
// others start and stop the measuring, name channels, copy the rows and take traces of all: nothing
// that is gone is touched, and what is measured stays within what is possible.
//
// Planted and found: a channel that is freed without telling its row (lengths of freed memory).
// Found in 5 s: a row taken for good that was read out of a channel freed meanwhile (faults).
// env: MALLOC_PERTURB_=165
// timeout: 90
#include "../runtime/parts/stress.h"

#include <gocc/metrics.h>
#include <gocc/sync.h>

enum { PAIRS = 6, VALUES = 20 };

static go_waitgroup wg;
static int64_t begun;

struct link {
    go_chan(int) c;
    go_mutex *mutex;
};

static void sender(void *arg)
{
    struct link *l = arg;
    for (int i = 0; i < VALUES; i++) {
        go_mutex_lock(l->mutex);
        go_mutex_unlock(l->mutex);
        go_send(l->c, i);
    }
    go_close(l->c);
    go_release(l->c);
    free(l);
}

// A channel and a goroutine a round, both gone at its end.
static void pair(void *arg)
{
    uint64_t seed = (uint64_t)(intptr_t)arg;
    go_mutex *mutex = calloc(1, sizeof(*mutex));
    char name[20];
    while (stress_time_left()) {
        struct link *l = malloc(sizeof(*l));
        go_chan(int) c = go_make(int, (int)stress_random(&seed, 3));
        if (stress_random(&seed, 2)) {
            snprintf(name, sizeof(name), "c%u", stress_random(&seed, 4));
            go_metrics_name_chan(c, name);
        }
        *l = (struct link){c, mutex};
        go_retain(c);
        start(sender, l);
        bool ok = true;
        for (int want = 0; ok; want++) {
            struct gocc_hchan *cases[2] = {gocc_hchan(c), NULL};
            int v = 0;
            if (stress_random(&seed, 2)) {
                v = go_recv_ok(c, &ok);
            } else {
                struct gocc_case k[2] = {gocc_case_recv(cases[0], &v), gocc_case_recv(cases[1], NULL)};
                gocc_select(k, 2, false);
                ok = k[0].ok;
            }
            if (ok)
                CHECK_EQ(v, want);
            else
                CHECK_EQ(want, VALUES);
            if (stress_random(&seed, 30) == 0)
                go_sleep((go_duration)stress_random(&seed, 3000) * GO_MICROSECOND);
        }
        go_release(c);
    }
    go_metrics_name_sync(mutex, NULL);
    free(mutex);
    go_waitgroup_done(&wg);
}

static void watcher(void *arg)
{
    uint64_t seed = (uint64_t)(intptr_t)arg;
    static go_metrics_wait rows[2][64];
    go_metrics_wait *mine = rows[(intptr_t)arg % 2];
    static char text[2][1 << 16];
    while (stress_time_left()) {
        switch (stress_random(&seed, 8)) {
        case 0:
            go_metrics_stop();
            break;
        case 1:
            go_stack_trace(text[(intptr_t)arg % 2], sizeof(text[0]), true);
            break;
        case 2:
            go_metrics_write(text[(intptr_t)arg % 2], sizeof(text[0]));
            break;
        default:
            go_metrics_start();
        }
        size_t n = go_metrics_waits(mine, 64);
        int64_t most = (PAIRS * 2 + 3) * (go_now() - begun + 20 * GO_MILLISECOND);
        for (size_t i = 0; i < n && i < 64; i++) {
            CHECK(mine[i].sending >= 0 && mine[i].sending < most);
            CHECK(mine[i].receiving >= 0 && mine[i].receiving < most);
            CHECK(mine[i].locking >= 0 && mine[i].locking < most);
            CHECK(mine[i].length >= -1 && mine[i].length <= 2 && mine[i].capacity <= 2);
        }
        go_yield();
    }
    go_waitgroup_done(&wg);
}

int main(void)
{
    begun = go_now();
    go_waitgroup_add(&wg, PAIRS + 2);
    for (intptr_t i = 0; i < PAIRS; i++)
        start(pair, (void *)(i + 1));
    for (intptr_t i = 0; i < 2; i++)
        start(watcher, (void *)(i + 10));
    go_waitgroup_wait(&wg);
}
