// A token bucket: so many events a second, and so many at once. LANGUAGE.md 6.
#ifndef GOCC_RATE_H
#define GOCC_RATE_H

#include <gocc/context.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct go_limiter go_limiter;

// A limiter whose bucket is full at first.
//
//   per_second  events, >= 0; INFINITY: no limit.
//   burst       events that the bucket holds, so that may happen at once.
//
// Returns a new limiter; the caller owns it and releases it with go_release.
// Panics: never. Blocks: never. Threads: any.
// Source: golang.org/x/time/rate, NewLimiter. LANGUAGE.md 6.
go_limiter *go_limiter_new(double per_second, int burst);

// Whether an event may happen now, or n at `now`; if so, takes them out of the bucket.
//
//   l    borrowed until the call returns.
//   now  a go_now time. One before that of an earlier call finds the bucket as it is, and when the
//        event is allowed, the bucket fills from that time on.
//   n    events, >= 0; never more than the bucket holds.
//
// Panics: never. Blocks: never. Threads: any.
// Source: golang.org/x/time/rate, Limiter.Allow, AllowN. LANGUAGE.md 6.
bool go_limiter_allow(go_limiter *l);
bool go_limiter_allow_n(go_limiter *l, int64_t now, int n);

// Waits until an event may happen; callers are let through in their order.
//
//   l    borrowed until the call returns.
//   ctx  borrowed; when it ends, so does the wait, and the event is not taken, but for what later
//        callers have been promised: they wait as long as they would have.
//
// Returns 0; go_context_err(ctx); GO_DEADLINE_EXCEEDED at once when ctx's deadline would pass
// before; or ERANGE when the bucket never holds one event.
// Panics: never. Blocks: the goroutine. Threads: any.
// Source: golang.org/x/time/rate, Limiter.Wait. LANGUAGE.md 6.
int go_limiter_wait(go_limiter *l, go_context *ctx);

// Changes the rate and the size of the bucket from now on; who waits already waits as before.
//
//   per_second, burst  as for go_limiter_new.
//
// Panics: never. Blocks: never. Threads: any.
// Source: golang.org/x/time/rate, Limiter.SetLimit, SetBurst. LANGUAGE.md 6.
void go_limiter_set(go_limiter *l, double per_second, int burst);

#ifdef __cplusplus
}
#endif

#endif
