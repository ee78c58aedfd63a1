// LANGUAGE.md 6: the floating-point environment is the goroutine's own, whatever it stops at, and
// the program's in one that starts: all bits of the control words, where goroutines yield, wait,
// sleep, block their thread, overstay, stay on it, end by a return or by go_exit, hand on their
// stack, and where GOMAXPROCS changes and threads of the program's own take part.
//
// Planted and found: modes that are not set by the scheduler's stack, or where a goroutine ends.
// lib: plain stress tsan asan
// not: valgrind (its SSE always rounds to nearest)
// timeout: 60
#include "../runtime/parts/stress.h"

#include <gocc/runtime.h>
#include <gocc/sync.h>

#include <pthread.h>
#include <unistd.h>

enum { WORKERS = 12, SHORT_LIVES = 6 };

// What a goroutine may set, and what others must not see of it. No exception is let through.
struct modes {
    uint64_t a, b;
};

#if defined(__x86_64__)
static struct modes modes_get(void)
{
    uint32_t mxcsr;
    uint16_t x87;
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(x87));
    return (struct modes){mxcsr & 0xffc0, x87};
}

static void modes_set(unsigned random)
{
    uint32_t mxcsr = 0x1f80 | (random & 3) << 13 | (random >> 2 & 1) << 15 | (random >> 3 & 1) << 6;
    uint16_t x87 = (uint16_t)(0x037f | (random >> 4 & 3) << 10);
    if (random >> 6 & 1)
        x87 = (uint16_t)(x87 & ~0x100u); // doubles, not long doubles
    __asm__ volatile("ldmxcsr %0\n\tfldcw %1" ::"m"(mxcsr), "m"(x87));
}
#else
static struct modes modes_get(void)
{
    uint64_t fpcr;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    return (struct modes){fpcr, 0};
}

static void modes_set(unsigned random)
{
    uint64_t fpcr = (uint64_t)(random & 7) << 22;
    __asm__ volatile("msr fpcr, %0" ::"r"(fpcr));
}
#endif

static struct modes at_start;
static go_waitgroup wg;
static go_chan(int) c;
static go_mutex mutex;

#define CHECK_MODES(m) \
    do { \
        struct modes is = modes_get(); \
        CHECK_EQ(is.a, (m).a); \
        CHECK_EQ(is.b, (m).b); \
    } while (0)

// Ends with modes of its own, one way or the other.
static void short_life(void *arg)
{
    uint64_t seed = (uintptr_t)arg;
    CHECK_MODES(at_start);
    unsigned what = stress_random(&seed, 8);
    if (what & 1)
        modes_set(stress_random(&seed, 128));
    struct modes mine = modes_get();
    if (what & 2)
        go_yield();
    CHECK_MODES(mine);
    go_waitgroup_done(&wg);
    if (what & 4)
        go_exit();
}

static void compute(int64_t ns)
{
    for (int64_t end = go_now() + ns; go_now() < end;)
        ;
}

static void either_way(uint64_t *seed)
{
    int v = 0;
    struct gocc_case k[2] = {gocc_case_recv(gocc_hchan(c), &v), gocc_case_send(gocc_hchan(c), &v)};
    gocc_select(k, 2, stress_random(seed, 4) == 0);
}

static void spawn(uint64_t *seed)
{
    int n = 1 + (int)stress_random(seed, SHORT_LIVES);
    go_waitgroup_add(&wg, n);
    for (int i = 0; i < n; i++)
        start(short_life, (void *)(uintptr_t)stress_random(seed, 1u << 30));
}

static void stop_somehow(uint64_t *seed)
{
    switch (stress_random(seed, 40)) {
    case 0 ... 9:
        go_yield();
        break;
    case 10 ... 19:
        either_way(seed);
        break;
    case 20 ... 24:
        go_mutex_lock(&mutex);
        go_yield();
        go_mutex_unlock(&mutex);
        break;
    case 25 ... 29:
        spawn(seed);
        break;
    case 30 ... 34:
        go_sleep(stress_random(seed, 50) * GO_MICROSECOND);
        break;
    case 35:
        go_enter_blocking();
        usleep(stress_random(seed, 300));
        go_exit_blocking();
        break;
    case 36:
        go_lock_thread();
        either_way(seed);
        go_yield();
        go_unlock_thread();
        break;
    case 37:
        if (stress_random(seed, 20) == 0)
            compute((int64_t)stress_random(seed, 30) * 1000000);
        break;
    case 38:
        if (stress_random(seed, 20) == 0)
            usleep(15000); // the others are moved away
        break;
    case 39:
        go_max_procs(1 + (int)stress_random(seed, 8));
        break;
    }
}

static int left = WORKERS;

static void worker(void *arg)
{
    uint64_t seed = (uintptr_t)arg;
    CHECK_MODES(at_start);
    while (stress_time_left()) {
        if (stress_random(&seed, 3) == 0)
            modes_set(stress_random(&seed, 128));
        struct modes mine = modes_get();
        stop_somehow(&seed);
        CHECK_MODES(mine);
    }
    ADD(left, -1);
    go_waitgroup_done(&wg);
}

// Whoever is stuck in a select finds a partner.
static void *thread(void *arg)
{
    uint64_t seed = 5;
    (void)arg;
    modes_set(127);
    struct modes mine = modes_get();
    while (LOAD(left)) {
        int v = 0;
        struct gocc_case k = stress_random(&seed, 2) ? gocc_case_recv(gocc_hchan(c), &v)
                                                     : gocc_case_send(gocc_hchan(c), &v);
        gocc_select(&k, 1, true);
        if (stress_random(&seed, 16) == 0) {
            go_waitgroup_add(&wg, 1);
            start(short_life, (void *)(uintptr_t)stress_random(&seed, 1u << 30));
        }
        CHECK_MODES(mine);
        usleep(20);
    }
    return NULL;
}

int main(void)
{
    pthread_t id;
    at_start = modes_get();
    c = go_make(int, 0);
    go_waitgroup_add(&wg, WORKERS);
    go_max_procs(0); // starts the runtime
    modes_set(3);
    struct modes mine = modes_get();
    for (intptr_t i = 0; i < WORKERS; i++)
        start(worker, (void *)(i + 1));
    CHECK_EQ(pthread_create(&id, NULL, thread, NULL), 0);
    while (LOAD(left)) {
        go_yield();
        CHECK_MODES(mine);
    }
    pthread_join(id, NULL);
    go_waitgroup_wait(&wg);
    CHECK_MODES(mine);
    go_release(c);
}
