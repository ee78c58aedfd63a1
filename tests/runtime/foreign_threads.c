// Threads that the runtime did not start can start goroutines, park, and ready goroutines and
// each other; their descriptors are reused when they end.
#include "parts/check.h"

#include <pthread.h>

enum { THREADS = 4, ROUNDS = 2000 };

static int started_by_threads, ended_by_threads;
static struct go__lock lock;
static struct go__g *waiting[THREADS];
static int served[THREADS];
static int threads_done;

static void count(void *args)
{
    (void)args;
    raise_by_one(&ended_by_threads);
}

static void unlock(void *arg)
{
    go__unlock(arg);
}

static void *thread_main(void *arg)
{
    intptr_t me = (intptr_t)arg;
    check(go_id() > 1, "a thread's own number");
    for (int i = 0; i < ROUNDS; i++) {
        start(count, i);
        raise_by_one(&started_by_threads);
        go__lock(&lock, GO__RANK_CHAN);
        waiting[me] = go__self();
        go__park(unlock, &lock, GO__WAIT_CHAN_RECV, NULL);
        check(served[me] == i + 1, "thread %d woke up at %d instead of %d", (int)me, served[me],
              i + 1);
    }
    raise_by_one(&threads_done);
    return NULL;
}

// Readies whoever waits.
static void server(void *args)
{
    (void)args;
    while (__atomic_load_n(&threads_done, __ATOMIC_ACQUIRE) < THREADS) {
        for (int i = 0; i < THREADS; i++) {
            go__lock(&lock, GO__RANK_CHAN);
            struct go__g *g = waiting[i];
            waiting[i] = NULL;
            if (g)
                served[i]++;
            go__unlock(&lock);
            if (g)
                go__ready(g);
        }
        go_yield();
    }
}

static void *short_thread(void *arg)
{
    *(uint64_t *)arg = go_id();
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    start(server, 0);
    for (intptr_t i = 0; i < THREADS; i++)
        check(pthread_create(&threads[i], NULL, thread_main, (void *)i) == 0, "no thread");
    wait_until(&threads_done, THREADS);
    wait_until(&ended_by_threads, THREADS * ROUNDS);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    uint64_t last = 0;
    for (int i = 0; i < 100; i++) {
        uint64_t id = 0;
        pthread_t t;
        pthread_create(&t, NULL, short_thread, &id);
        pthread_join(t, NULL);
        check(id > last, "numbers of threads grow: %llu after %llu", (unsigned long long)id,
              (unsigned long long)last);
        last = id;
    }
    check(go_num_goroutine() <= 2, "%d goroutines are left", go_num_goroutine());
    return 0;
}
// not: tsan (the runtime's locks, and go__ready, are nothing that the sanitizer sees)
