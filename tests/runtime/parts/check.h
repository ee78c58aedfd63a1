// What the tests of the runtime share: checks, goroutines without arguments, sleeping.
#ifndef CHECK_H
#define CHECK_H

#include "../../../runtime/sched.h"

#include <gocc/abi.h>
#include <gocc/runtime.h>

#include <stdio.h>
#include <stdlib.h>

// Prints what does not hold, and ends the program with status 1.
#define check(condition, ...) \
    do { \
        if (!(condition)) { \
            printf("%s:%d: not so: %s: ", __FILE__, __LINE__, #condition); \
            printf(__VA_ARGS__); \
            printf("\n"); \
            fflush(stdout); \
            _Exit(1); \
        } \
    } while (0)

// go f(arg), with one word as argument.
static const struct gocc_type check_go_type = {"f", sizeof(void *), 0, NULL, NULL};
static inline void start(void (*f)(void *word), intptr_t word)
{
    gocc_go(&check_go_type, f, &word);
}
static inline intptr_t word_of(void *args)
{
    return *(intptr_t *)args;
}

// The thread sanitizer looks away: these two run as the scheduler, which orders nobody.
static inline __attribute__((no_sanitize("thread"))) void check_fire(struct go__timer *t)
{
    go__ready(t->arg);
}
static inline __attribute__((no_sanitize("thread"))) void check_arm(void *arg)
{
    struct go__timer *t = arg;
    go__timer_start(t, t->when);
}
// Sleeps by the scheduler's own timers: what go_sleep is made of.
static inline void sleep_for(int64_t d)
{
    struct go__timer t = {
        .fire = check_fire, .arg = go__self(), .when = go__now() + d, .fixed = true};
    go__park(check_arm, &t, GO__WAIT_SLEEP, NULL);
}

// A counter that goroutines raise, and somebody waits for.
static inline void wait_until(int *counter, int value)
{
    while (__atomic_load_n(counter, __ATOMIC_ACQUIRE) < value)
        sleep_for(200000);
}
static inline void raise_by_one(int *counter)
{
    __atomic_add_fetch(counter, 1, __ATOMIC_ACQ_REL);
}

#endif
