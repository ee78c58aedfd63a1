// What the stress tests share: how long to go on, a way to die when it hangs, and a lock that
// the thread sanitizer can see (the runtime's own is not instrumented).
#ifndef STRESS_H
#define STRESS_H

#include "../../runtime/parts/check.h"

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int64_t stress_end;

static inline void stress_hangs(int signal)
{
    static const char text[] = "hangs: 20 s after its end it is still there\n";
    (void)signal;
    if (write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
        _exit(3);
    _exit(2);
}

static inline void stress_begin(void)
{
    const char *text = getenv("STRESS_SECONDS");
    double seconds = text ? atof(text) : 2;
    stress_end = go__now() + (int64_t)(seconds * 1e9);
    signal(SIGALRM, stress_hangs);
    alarm((unsigned)seconds + 20);
}

static inline bool stress_over(void)
{
    return go__now() >= stress_end;
}

// A generator for each goroutine; its own, so that nothing is shared.
static inline uint32_t stress_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static inline void spin_lock(uint32_t *word)
{
    for (int i = 0; __atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE); i++)
        if (i > 100)
            sched_yield();
}
static inline void spin_unlock(void *word)
{
    __atomic_store_n((uint32_t *)word, 0, __ATOMIC_RELEASE);
}

#endif
