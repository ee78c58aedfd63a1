// LANGUAGE.md 6: goroutines and a thread of the program's own fork while others start goroutines,
// arm timers, fill pools, are measured, take traces and change GOMAXPROCS: each child is a whole
// program of one goroutine, in which all of that works; a ticker of the parent's can be stopped and
// set anew there.
//
// Planted and found in 3 s, on two or eight processors: not to take the lock of the stacks, the
// timers, the free descriptors, the metrics' rows, the pools or go_max_procs around the fork; a
// pool that does not tick in the child, one whose shard stays locked; a processor out of service
// that comes back as an idle one; stacks kept that a lost thread was at; a timer that fires at the
// fork; a child of a thread not of the runtime in which nobody sees to timers.
//
// lib: stress plain
// not: tsan asan:gcc (the one refuses threads in a child of fork; the other's malloc is not kept over one)
// env: GOCC_DEBUG=poolidle=5
// env: MALLOC_PERTURB_=165
// timeout: 90
#include "../runtime/parts/stress.h"

#include <gocc/metrics.h>
#include <gocc/runtime.h>
#include <gocc/sync.h>

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BUSY = 6, IN_CHILD = 300, CHILD_SECONDS = 10 };

static go_waitgroup wg;
static go_pool shared;
static go_ticker *tickers[3];
static uint32_t dropped;

static void drop(void *self, void *item)
{
    (void)self;
    free(item);
    ADD(dropped, 1);
}

static struct {
    struct gocc_object head;
    void (*code)(void *, void *);
} drop_closure = {GOCC_STATIC_OBJECT(NULL), drop};

// ---- what a program does -----------------------------------------------------------------

static void short_life(void *arg)
{
    go_waitgroup *all = arg;
    volatile char room[3000];
    room[0] = 1;
    if ((uintptr_t)&room % 3 == 0)
        go_yield();
    go_waitgroup_done(all);
}

static void sleeper(void *arg)
{
    go_sleep(100 * GO_MICROSECOND);
    go_waitgroup_done(arg);
}

static void spawn_many(int n)
{
    go_waitgroup all = {0};
    go_waitgroup_add(&all, n);
    for (int i = 0; i < n; i++)
        start(i % 8 ? short_life : sleeper, &all);
    go_waitgroup_wait(&all);
}

static void use_timers(uint64_t *seed)
{
    go_timer *t[20];
    for (int i = 0; i < 20; i++)
        t[i] = go_timer_new((go_duration)stress_random(seed, 300) * GO_MICROSECOND);
    go_sleep(50 * GO_MICROSECOND);
    for (int i = 0; i < 20; i++) {
        go_timer_stop(t[i]);
        go_release(t[i]);
    }
}

static void use_tickers(void)
{
    for (int i = 0; i < LENGTH(tickers); i++) {
        go_ticker_stop(tickers[i]);
        go_ticker_reset(tickers[i], 10 * GO_MICROSECOND);
        go_recv(tickers[i]->c);
        go_ticker_stop(tickers[i]);
    }
}

static void use_pools(uint64_t *seed)
{
    go_pool own = {0};
    go_pool_on_drop(&own, (gocc_func(void, void *))&drop_closure.code);
    for (unsigned i = stress_random(seed, 40); i-- > 0;) {
        go_pool_put(&own, malloc(8));
        go_pool_put(&shared, malloc(8));
        free(go_pool_get(&shared));
    }
    go_pool_clear(&own);
}

static void be_measured(uint64_t *seed)
{
    char name[20];
    go_chan(int) c = go_make(int, 1);
    snprintf(name, sizeof(name), "c%u", stress_random(seed, 1000));
    go_metrics_start();
    go_metrics_name_chan(c, name);
    go_sleep(10 * GO_MICROSECOND);
    go_release(c);
}

static void trace(void)
{
    char text[4000];
    go_stack_trace(text, sizeof(text), true);
}

// ---- the child ---------------------------------------------------------------------------

static _Noreturn void child(void)
{
    uint64_t seed = 1;
    alarm(CHILD_SECONDS); // ends one that hangs
    use_tickers();
    spawn_many(IN_CHILD);
    use_timers(&seed);
    use_pools(&seed);
    be_measured(&seed);
    go_max_procs(3);
    spawn_many(IN_CHILD);
    go_max_procs(2);
    spawn_many(IN_CHILD);
    // What the parent's pool holds goes, too.
    __atomic_store_n(&dropped, 0, __ATOMIC_RELAXED);
    go_pool_put(&shared, malloc(8));
    go_pool_on_drop(&shared, (gocc_func(void, void *))&drop_closure.code);
    while (!__atomic_load_n(&dropped, __ATOMIC_RELAXED))
        go_sleep(GO_MILLISECOND);
    _exit(0);
}

static void fork_once(void)
{
    int status = -1;
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        child();
    go_enter_blocking();
    while (waitpid(pid, &status, 0) < 0)
        ;
    go_exit_blocking();
    CHECK_EQ(status, 0);
}

// ---- the parent --------------------------------------------------------------------------

static void busy(void *arg)
{
    intptr_t which = (intptr_t)arg;
    uint64_t seed = (uint64_t)which + 1;
    while (stress_time_left()) {
        switch (which % 5) {
        case 0:
            spawn_many(1500); // more free descriptors than a processor keeps
            break;
        case 1:
            use_timers(&seed);
            break;
        case 2:
            use_pools(&seed);
            break;
        case 3:
            be_measured(&seed);
            break;
        default:
            go_max_procs(2 + (int)stress_random(&seed, 3));
            if (stress_random(&seed, 100) == 0)
                trace();
            go_sleep(20 * GO_MICROSECOND);
        }
    }
    go_waitgroup_done(&wg);
}

static void forker(void *arg)
{
    (void)arg;
    while (stress_time_left())
        fork_once();
    go_waitgroup_done(&wg);
}

static void *thread(void *arg)
{
    forker(arg);
    return NULL;
}

int main(void)
{
    pthread_t id;
    for (int i = 0; i < LENGTH(tickers); i++)
        tickers[i] = go_ticker_new(10 * GO_MICROSECOND);
    go_waitgroup_add(&wg, BUSY + 2);
    for (intptr_t i = 0; i < BUSY; i++)
        start(busy, (void *)i);
    start(forker, NULL);
    CHECK_EQ(pthread_create(&id, NULL, thread, NULL), 0);
    pthread_detach(id);
    go_waitgroup_wait(&wg);
    for (int i = 0; i < LENGTH(tickers); i++)
        go_release(tickers[i]);
}
