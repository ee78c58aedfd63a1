// LANGUAGE.md 6: timers and tickers started, stopped, reset and released by several goroutines at a
// time: nothing stale is received, nothing fires after the release, every due timer fires.
//
// Planted and found: a stop that does not drain the channel (stale value); a fire that does not
// look at `on` (stale value); a go__timer_stop that does not wait for a running fire (freed
// memory); two resets at a time without `callers` (a timer that is armed twice).
// env: MALLOC_PERTURB_=165
// timeout: 60
#include "../runtime/parts/stress.h"

enum { WORKERS = 8 };

static go_waitgroup wg;

// A value older than the last reset is stale.
static void own_timer(uint64_t *seed)
{
    go_timer *t = go_timer_new(stress_random(seed, 100) * GO_MICROSECOND);
    int64_t not_before = 0;
    for (int i = 0; i < 20; i++) {
        go_duration d = stress_random(seed, 50) * GO_MICROSECOND;
        switch (stress_random(seed, 4)) {
        case 0:
            go_timer_stop(t);
            CHECK(!go_try_recv(t->c, NULL, NULL));
            if (stress_random(seed, 2))
                go_yield();
            CHECK(!go_try_recv(t->c, NULL, NULL));
            break;
        case 1:
            go_sleep(d);
            break;
        default:
            not_before = go_now() + d;
            go_timer_reset(t, d);
            if (stress_random(seed, 2))
                CHECK(go_recv(t->c) >= not_before);
        }
    }
    go_release(t);
}

// Stopped or not, exactly one of stop and the call tells.
struct call {
    void (*code)(void *self);
    int *n_calls;
};
static const struct gocc_type call_type = {"call", sizeof(struct call), 0, NULL, NULL};

static void count_call(void *self)
{
    ADD(*((struct call *)self)->n_calls, 1);
}

static void after_func(uint64_t *seed)
{
    int n_calls = 0;
    struct call *f = gocc_new(&call_type);
    f->code = count_call;
    f->n_calls = &n_calls;
    go_timer *t = go_after_func(stress_random(seed, 20) * GO_MICROSECOND, &f->code);
    go_release(f);
    if (stress_random(seed, 2))
        go_sleep(stress_random(seed, 20) * GO_MICROSECOND);
    bool stopped = go_timer_stop(t);
    go_release(t);
    if (!stopped)
        EVENTUALLY(LOAD(n_calls) == 1);
    CHECK_EQ(LOAD(n_calls), !stopped);
}

static void tick(uint64_t *seed)
{
    go_ticker *t = go_ticker_new((1 + stress_random(seed, 30)) * GO_MICROSECOND);
    for (int i = 0; i < 5; i++) {
        go_recv(t->c);
        if (stress_random(seed, 2))
            go_ticker_reset(t, (1 + stress_random(seed, 30)) * GO_MICROSECOND);
        if (stress_random(seed, 4) == 0) {
            go_ticker_stop(t);
            CHECK(!go_try_recv(t->c, NULL, NULL));
            go_ticker_reset(t, GO_MICROSECOND);
        }
    }
    go_release(t);
}

// One timer under several hands.
static go_timer *shared;

static void work(void *arg)
{
    uint64_t seed = (uint64_t)(intptr_t)arg;
    int64_t t;
    while (stress_time_left()) {
        own_timer(&seed);
        after_func(&seed);
        tick(&seed);
        for (int i = 0; i < 10; i++) {
            if (stress_random(&seed, 2))
                go_timer_reset(shared, stress_random(&seed, 5) * GO_MICROSECOND);
            else
                go_timer_stop(shared);
            go_try_recv(shared->c, NULL, NULL);
        }
        struct gocc_case k[] = {
            gocc_case_recv_release(go_after(stress_random(&seed, 5) * GO_MICROSECOND), &t),
            gocc_case_recv_release(go_after(stress_random(&seed, 5) * GO_MICROSECOND), &t),
        };
        CHECK(gocc_select(k, 2, false) >= 0);
        gocc_recv_release(go_after(stress_random(&seed, 5) * GO_MICROSECOND));
    }
    go_waitgroup_done(&wg);
}

int main(void)
{
    shared = go_timer_new(GO_HOUR);
    go_waitgroup_add(&wg, WORKERS);
    for (intptr_t i = 0; i < WORKERS; i++)
        start(work, (void *)(i + 1));
    go_waitgroup_wait(&wg);
    go_release(shared);
}
