// A timer that is armed fires once and not early, unless go__timer_stop returns true, in which
// case it never does; its memory may be freed as soon as stop has returned.
//
// Found the planted bugs: go__timer_stop that does not wait for a fire under way (neither stopped
// nor fired); sift_down that looks at the first child only (the stress build finds its heap out of
// order); see_to_it that does not wake the sleeping thread (hangs).
#include "parts/stress.h"

enum { OWNERS = 16, SLEEPERS = 16 };

struct probe {
    struct go__timer timer;
    uint32_t fired;
    uint32_t gone; // stopped, and stop has returned
};

static int ended;
static uint64_t n_stopped, n_fired, n_slept;
static int64_t latest;

static void probe_fire(struct go__timer *t)
{
    struct probe *p = t->arg;
    int64_t early = p->timer.when - go__now();
    check(early <= 0, "fires %lld ns early", (long long)early);
    check(!__atomic_load_n(&p->gone, __ATOMIC_ACQUIRE), "fires after stop");
    if (go__random() % 4 == 0)
        for (int i = 0; i < 2000; i++)
            go__pause();
    __atomic_fetch_add(&p->fired, 1, __ATOMIC_RELEASE);
}

static void owner(void *args)
{
    uint64_t random = (uint64_t)word_of(args) * 99 + 7;
    while (!stress_over()) {
        struct probe *p = calloc(1, sizeof(*p));
        p->timer.fire = probe_fire;
        p->timer.arg = p;
        uint32_t r = stress_random(&random);
        go__timer_start(&p->timer, go__now() + r % 300000);
        if (r % 3 == 0)
            sleep_for(r % 300000);
        else if (r % 3 == 1)
            go_yield();
        bool stopped = go__timer_stop(&p->timer);
        uint32_t fired = __atomic_load_n(&p->fired, __ATOMIC_ACQUIRE);
        check(fired == !stopped, "stopped %d, fired %u times", stopped, fired);
        __atomic_store_n(&p->gone, 1, __ATOMIC_RELEASE);
        memset(p, 0xee, sizeof(*p));
        free(p);
        __atomic_fetch_add(stopped ? &n_stopped : &n_fired, 1, __ATOMIC_RELAXED);
    }
    raise_by_one(&ended);
}

static void sleeper(void *args)
{
    uint64_t random = (uint64_t)word_of(args) * 1313 + 11;
    while (!stress_over()) {
        int64_t d = stress_random(&random) % 2000000, begin = go__now();
        sleep_for(d);
        int64_t late = go__now() - begin - d;
        check(late >= 0, "woke up %lld ns early", (long long)-late);
        if (late > __atomic_load_n(&latest, __ATOMIC_RELAXED))
            __atomic_store_n(&latest, late, __ATOMIC_RELAXED);
        __atomic_fetch_add(&n_slept, 1, __ATOMIC_RELAXED);
    }
    raise_by_one(&ended);
}

int main(void)
{
    stress_begin();
    for (int i = 0; i < OWNERS; i++)
        start(owner, i);
    for (int i = 0; i < SLEEPERS; i++)
        start(sleeper, i);
    wait_until(&ended, OWNERS + SLEEPERS);
    printf("%llu stopped, %llu fired, %llu sleeps, at most %.1f ms late\n",
           (unsigned long long)n_stopped, (unsigned long long)n_fired, (unsigned long long)n_slept,
           (double)latest / 1e6);
    check(latest < 10000000000, "woke up %.1f ms late", (double)latest / 1e6);
    return 0;
}
