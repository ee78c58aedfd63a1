// While the monitor takes processors from goroutines that compute, that block in bracketed calls
// and that sleep in the kernel, no goroutine is lost, run twice, or kept waiting.
//
// Found the planted bugs: a borrow that does not look at m->in_runtime (crashes); a yield that
// takes any P when its own is gone (crashes). Did not find a borrow that only omits the second
// look, or the fence before it: that window is a few nanoseconds; a model must show those.
#include "parts/stress.h"

#include <time.h>

enum { WORKERS = 40, LONG_TERM = 6 };

static int ended;
static uint64_t steps;
static uint32_t children_started, children_ended;
static uint8_t running[WORKERS];

static void child(void *args)
{
    (void)args;
    __atomic_fetch_add(&children_ended, 1, __ATOMIC_RELAXED);
}

static void compute(int64_t ns)
{
    int64_t until = go__now() + ns;
    while (go__now() < until)
        __asm__ volatile("" ::: "memory");
}

static void kernel_sleep(long us)
{
    struct timespec t = {0, us * 1000};
    nanosleep(&t, NULL);
}

static void worker(void *args)
{
    intptr_t me = word_of(args);
    uint64_t random = (uint64_t)me * 31 + 5;
    while (!stress_over()) {
        check(!__atomic_exchange_n(&running[me], 1, __ATOMIC_ACQUIRE), "worker %d runs twice",
              (int)me);
        uint32_t r = stress_random(&random);
        switch (r % 8) {
        case 0:
            compute(r % 30000);
            break;
        case 1:
            go_enter_blocking();
            kernel_sleep(r / 8 % 300);
            go_exit_blocking();
            break;
        case 2:
            start(child, 0);
            __atomic_fetch_add(&children_started, 1, __ATOMIC_RELAXED);
            break;
        default:
            break;
        }
        __atomic_store_n(&running[me], 0, __ATOMIC_RELEASE);
        if (r % 3)
            go_yield();
        else
            sleep_for(r % 50000);
        __atomic_fetch_add(&steps, 1, __ATOMIC_RELAXED);
    }
    raise_by_one(&ended);
}

// Stays off the runtime for longer than it may.
static void overstayer(void *args)
{
    uint64_t random = (uint64_t)word_of(args) * 17 + 3;
    while (!stress_over()) {
        uint32_t r = stress_random(&random);
        if (r % 2)
            compute(r % 40000000);
        else
            kernel_sleep(r % 20000);
        switch (r / 2 % 3) { // and comes back by different doors
        case 0:
            start(child, 0);
            __atomic_fetch_add(&children_started, 1, __ATOMIC_RELAXED);
            break;
        case 1:
            go_yield();
            break;
        default:
            sleep_for(1000);
        }
    }
    raise_by_one(&ended);
}

int main(void)
{
    stress_begin();
    for (int i = 0; i < LONG_TERM; i++)
        start(overstayer, i);
    for (int i = 0; i < WORKERS; i++)
        start(worker, i);
    for (int n = go_max_procs(0), i = 0; !stress_over(); i++) {
        sleep_for(5000000);
        if (i % 16 == 15)
            go_max_procs(1 + i / 16 % (n + 1)); // and P's come and go
    }
    wait_until(&ended, WORKERS + LONG_TERM);
    while (__atomic_load_n(&children_ended, __ATOMIC_RELAXED) !=
           __atomic_load_n(&children_started, __ATOMIC_RELAXED))
        sleep_for(1000000);
    printf("%llu steps, %u children\n", (unsigned long long)steps, children_started);
    int left = go_num_goroutine();
    check(left < 50, "%d goroutines are left", left);
    return 0;
}
