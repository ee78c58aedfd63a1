// LANGUAGE.md 6: a pool under goroutines and threads, while what is old is given back all the time:
// no item is in two hands, none is lost, none is dropped twice.
//
// Planted and found: a pop without the lock (two owners); a tick that leaves one of the
// items that it takes in the pool (it is used after it was freed); a tick that does not always go on
// while there are items (hangs).
// env: GOCC_DEBUG=poolidle=2
// env: MALLOC_PERTURB_=165
// timeout: 60
#include "../runtime/parts/stress.h"

#include <gocc/sync.h>

#include <pthread.h>

enum { GOROUTINES = 12, THREADS = 2, HELD = 8 };

struct item {
    uint32_t owners; // atomic
    uint64_t value;  // plain: the sanitizer sees whether a put happens before its get
};

static go_pool pool;
static go_waitgroup wg;
static long n_made, n_dropped;

static struct item *take(void)
{
    struct item *it = go_pool_get(&pool);
    if (!it) {
        it = calloc(1, sizeof(*it));
        ADD(n_made, 1);
    }
    CHECK_EQ(__atomic_add_fetch(&it->owners, 1, __ATOMIC_RELAXED), 1);
    it->value++;
    return it;
}

static void give(struct item *it)
{
    it->value++;
    CHECK_EQ(__atomic_sub_fetch(&it->owners, 1, __ATOMIC_RELAXED), 0);
    go_pool_put(&pool, it);
}

static void drop(void *self, void *item)
{
    (void)self;
    struct item *it = item;
    CHECK_EQ(it->owners, 0);
    CHECK_EQ(it->value % 2, 0);
    free(it);
    ADD(n_dropped, 1);
}

static void work(void *arg)
{
    uint64_t seed = (uint64_t)(intptr_t)arg;
    struct item *held[HELD];
    while (stress_time_left()) {
        unsigned n = 1 + stress_random(&seed, HELD);
        for (unsigned i = 0; i < n; i++)
            held[i] = take();
        if (stress_random(&seed, 50) == 0)
            go_sleep((go_duration)stress_random(&seed, 4000) * GO_MICROSECOND);
        for (unsigned i = 0; i < n; i++)
            give(held[i]);
    }
    go_waitgroup_done(&wg);
}

static void *thread(void *arg)
{
    work(arg);
    return NULL;
}

int main(void)
{
    static struct {
        struct gocc_object head;
        void (*code)(void *, void *);
    } drop_closure = {GOCC_STATIC_OBJECT(NULL), drop};
    go_pool_on_drop(&pool, (gocc_func(void, void *))&drop_closure.code);
    go_waitgroup_add(&wg, GOROUTINES + THREADS);
    for (intptr_t i = 0; i < GOROUTINES; i++)
        start(work, (void *)(i + 1));
    for (intptr_t i = 0; i < THREADS; i++) {
        pthread_t id;
        CHECK_EQ(pthread_create(&id, NULL, thread, (void *)(i + 100)), 0);
        pthread_detach(id);
    }
    go_waitgroup_wait(&wg);
    // All of them are in the pool, and go without anybody's doing anything.
    while (__atomic_load_n(&n_dropped, __ATOMIC_ACQUIRE) < n_made)
        go_sleep(GO_MILLISECOND);
    CHECK_EQ(n_dropped, n_made);
    go_pool_clear(&pool);
}
