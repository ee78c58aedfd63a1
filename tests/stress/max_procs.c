// LANGUAGE.md 6: go_max_procs at run time. Nobody is lost, and no thread stays counted as one that
// looks for work: while one does, whoever queues a goroutine wakes nobody.
//
// Found the planted bug: p_retire that lets a spinning thread sleep without counting it out.
#include "../../runtime/gmp.h"
#include "parts/stress.h"

enum { WORKERS = 40 };

static int stop, ended;

static void worker(void *args)
{
    uint64_t random = (uint64_t)word_of(args) * 77 + 1;
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
        if (stress_random(&random) % 4 == 0)
            sleep_for(stress_random(&random) % 50000);
        else
            go_yield();
    }
    raise_by_one(&ended);
}

int main(void)
{
    uint64_t random = 1;
    stress_begin();
    for (int i = 0; i < WORKERS; i++)
        start(worker, i);
    while (!stress_over()) {
        go_max_procs((int)(1 + stress_random(&random) % 8));
        sleep_for(stress_random(&random) % 100000);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    wait_until(&ended, WORKERS);
    int64_t patience = go__now() + INT64_C(5000000000);
    while (__atomic_load_n(&go__sched.n_spinning, __ATOMIC_RELAXED) && go__now() < patience)
        sleep_for(1000000);
    check(__atomic_load_n(&go__sched.n_spinning, __ATOMIC_RELAXED) == 0,
          "%u threads count as looking for work for ever", go__sched.n_spinning);
    return 0;
}
