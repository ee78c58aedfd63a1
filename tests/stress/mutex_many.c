// LANGUAGE.md 6: mutexes under many goroutines, with goroutines that yield, sleep and block while
// they hold one, tries among the locks, and a mutex that its last owner frees.
//
// Planted and found: a woken waiter that leaves `woken` set when it comes too late (hangs); an unlock
// that hands over without keeping LOCKED (two inside); an unlock that touches the mutex after
// go__ready (freed memory).
// env: MALLOC_PERTURB_=165
// timeout: 60
#include "../runtime/parts/stress.h"

#include <pthread.h>

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

// An object with its own lock and count of users, freed by the last: by goroutines and by threads
// of the system, which run as soon as they are made ready.
struct counted {
    go_mutex mutex;
    int users;
};

static void use(struct counted *o)
{
    go_mutex_lock(&o->mutex);
    bool last = --o->users == 0;
    go_mutex_unlock(&o->mutex);
    if (last)
        free(o);
}

enum { USERS = 4 };
static go_chan(struct counted *) to_use[USERS];

static void user(void *arg)
{
    go_chan(struct counted *) c = arg;
    bool ok;
    for (struct counted *o; o = go_recv_ok(c, &ok), ok;)
        use(o);
    go_waitgroup_done(&wg);
}

static void *user_thread(void *arg)
{
    user(arg);
    return NULL;
}

static void start_users(void)
{
    go_waitgroup_add(&wg, USERS);
    for (int i = 0; i < USERS; i++) {
        pthread_t id;
        to_use[i] = go_make(struct counted *, 4);
        if (i % 2)
            start(user, to_use[i]);
        else if (pthread_create(&id, NULL, user_thread, to_use[i]) == 0)
            pthread_detach(id);
    }
}

static void counted_round(uint64_t *seed)
{
    struct counted *o = calloc(1, sizeof(*o));
    o->users = USERS + 1;
    bool locked = stress_random(seed, 2);
    if (locked)
        go_mutex_lock(&o->mutex);
    for (int i = 0; i < USERS; i++)
        go_send(to_use[i], o);
    if (locked)
        go_mutex_unlock(&o->mutex);
    use(o);
}

int main(void)
{
    uint64_t seed = 1;
    go_waitgroup_add(&wg, GOROUTINES);
    for (intptr_t i = 0; i < GOROUTINES; i++)
        start(work, (void *)(i + 1));
    start_users();
    while (stress_time_left())
        counted_round(&seed);
    for (int i = 0; i < USERS; i++)
        go_close(to_use[i]);
    go_waitgroup_wait(&wg);
    long sum = 0;
    for (int i = 0; i < LENGTH(shared); i++)
        sum += shared[i].count;
    CHECK_EQ(sum, total);
}
