// LANGUAGE.md 6: mutexes under many goroutines, with goroutines that yield, sleep and block while
// they hold one, tries among the locks, and a mutex that its last owner frees.
//
// Planted and found: a woken waiter that leaves WOKEN set when it comes too late (hangs); an unlock
// that hands over without keeping LOCKED (two inside); an unlock that touches the mutex after
// go__ready (freed memory).
// env: MALLOC_PERTURB_=165
// timeout: 60
#include "../runtime/parts/stress.h"

enum { GOROUTINES = 16 };

static struct {
    go_mutex mutex;
    long inside, count;
} shared[3];
static go_waitgroup wg;
static long total;

static void work(void *arg)
{
    uint64_t seed = (uint64_t)(intptr_t)arg;
    long n = 0;
    while (n % 64 || stress_time_left()) {
        int i = (int)stress_random(&seed, LENGTH(shared));
        if (stress_random(&seed, 4) == 0) {
            if (!go_mutex_try_lock(&shared[i].mutex)) {
                go_yield();
                continue;
            }
        } else {
            go_mutex_lock(&shared[i].mutex);
        }
        CHECK_EQ(++shared[i].inside, 1);
        shared[i].count++;
        unsigned what = stress_random(&seed, 200);
        if (what < 10)
            go_yield();
        else if (what == 10)
            go_sleep(10 * GO_MICROSECOND);
        CHECK_EQ(--shared[i].inside, 0);
        go_mutex_unlock(&shared[i].mutex);
        n++;
    }
    ADD(total, n);
    go_waitgroup_done(&wg);
}

// An object with its own lock and count of users, freed by the last.
struct counted {
    go_mutex mutex;
    int users;
};

static void use(void *arg)
{
    struct counted *o = arg;
    go_mutex_lock(&o->mutex);
    bool last = --o->users == 0;
    go_mutex_unlock(&o->mutex);
    if (last)
        free(o);
}

static void counted_round(uint64_t *seed)
{
    struct counted *o = calloc(1, sizeof(*o));
    int n = 1 + (int)stress_random(seed, 5);
    o->users = n;
    for (int i = 0; i < n; i++)
        start(use, o);
    go_yield();
}

int main(void)
{
    uint64_t seed = 1;
    go_waitgroup_add(&wg, GOROUTINES);
    for (intptr_t i = 0; i < GOROUTINES; i++)
        start(work, (void *)(i + 1));
    while (stress_time_left())
        counted_round(&seed);
    go_waitgroup_wait(&wg);
    long sum = 0;
    for (int i = 0; i < LENGTH(shared); i++)
        sum += shared[i].count;
    CHECK_EQ(sum, total);
}
