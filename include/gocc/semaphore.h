// A weighted semaphore: a number of units that callers take and give back. LANGUAGE.md 6.
#ifndef GOCC_SEMAPHORE_H
#define GOCC_SEMAPHORE_H

#include <gocc/context.h>
#include <gocc/sync.h>

#ifdef __cplusplus
extern "C" {
#endif

// The members are the library's.
typedef struct go_semaphore {
    go_mutex mutex;
    int64_t size, taken;
    void *first, *last;
} go_semaphore;

// Gives s n units, all of them free.
//
//   s  any memory; borrowed for as long as it is used, not to be copied then.
//   n  units, >= 0.
//
// Panics: never. Blocks: never. Threads: any, before the others use s.
// Source: golang.org/x/sync/semaphore, NewWeighted. LANGUAGE.md 6.
void go_semaphore_init(go_semaphore *s, int64_t n);

// Takes n units of s, waiting behind earlier callers until they are free.
//
//   s    initialised with go_semaphore_init; borrowed until the call returns.
//   ctx  borrowed; when it ends, so does the wait.
//   n    units, >= 0. More than the capacity can never be had: then waits for ctx.
//
// Returns 0 with n units held, or go_context_err(ctx) with none held. Panics: never.
// Blocks: the goroutine; outside the runtime's threads, the calling thread.
// Threads: any; whoever holds the units may release them.
// Order: a release happens before the return of the acquire it lets through.
// Source: golang.org/x/sync/semaphore, Weighted.Acquire. LANGUAGE.md 6.
int go_semaphore_acquire(go_semaphore *s, go_context *ctx, int64_t n);

// Takes n units if that needs no waiting; returns whether it did.
//
//   s, n  as for go_semaphore_acquire.
//
// Panics: never. Blocks: never. Threads: any.
// Source: golang.org/x/sync/semaphore, Weighted.TryAcquire. LANGUAGE.md 6.
bool go_semaphore_try_acquire(go_semaphore *s, int64_t n);

// Gives n units back, and lets those that wait go on, in their order, as far as these reach.
//
//   n  units, >= 0, held.
//
// Panics: "semaphore: released more than held". Blocks: never. Threads: any.
// Source: golang.org/x/sync/semaphore, Weighted.Release. LANGUAGE.md 6.
void go_semaphore_release(go_semaphore *s, int64_t n);

#ifdef __cplusplus
}
#endif

#endif
