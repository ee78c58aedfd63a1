// What the stress tests share: how long they go on, and cheap randomness.
#ifndef STRESS_H
#define STRESS_H

#include "test.h"

static int64_t stress_end;

// Before main, so that the goroutines only read it.
__attribute__((constructor)) static void stress_begin(void)
{
    const char *seconds = getenv("STRESS_SECONDS");
    stress_end = (int64_t)((seconds ? atof(seconds) : 2) * 1e9) + go_now();
}

static inline bool stress_time_left(void)
{
    return go_now() < stress_end;
}

// A number below n; *seed is the caller's own.
static inline unsigned stress_random(uint64_t *seed, unsigned n)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((*seed >> 33) % n);
}

#endif
