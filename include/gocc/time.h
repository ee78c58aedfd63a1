// Time: the clock, sleeping, timers and tickers. LANGUAGE.md 6. Durations and times are in
// nanoseconds; a time is one of go_now. What waits less than 16 ms may be woken late by a
// sixteenth of its wait, and anything else by 1 ms, so that wake-ups can be shared.
#ifndef GOCC_TIME_H
#define GOCC_TIME_H

#include <gocc/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int64_t go_duration;
#define GO_NANOSECOND ((go_duration)1)
#define GO_MICROSECOND ((go_duration)1000)
#define GO_MILLISECOND ((go_duration)1000000)
#define GO_SECOND ((go_duration)1000000000)
#define GO_MINUTE ((go_duration)60000000000)
#define GO_HOUR ((go_duration)3600000000000)

// The time since some moment in the past; never goes back.
//
// Returns nanoseconds. Panics: never. Blocks: never. Threads: any.
// Source: the monotonic half of Go's time.Now. LANGUAGE.md 6.
int64_t go_now(void);

// Waits for d.
//
//   d  at most 0: only gives way.
//
// Panics: never. Blocks: the goroutine; outside the runtime's threads, the calling thread.
// Threads: any.
// Source: Go's time.Sleep. LANGUAGE.md 6.
void go_sleep(go_duration d);

// ---- go_timer ----------------------------------------------------------------------------

// Sends the time on c, or calls a closure, once after a while. Made by go_timer_new and
// go_after_func; freed, and stopped, by go_release.
typedef struct go_timer {
    gocc_recv_chan(int64_t) c; // the timer's, not to be released; NULL for go_after_func
} go_timer;

// A channel on which the time is sent once, after d.
//
//   d  at most 0: as soon as possible.
//
// Returns a channel of capacity 1 with the caller as owner: go_release(c) frees it and its
// timer. Used directly in a receive or a select case it is released by that operation.
// Panics: never. Blocks: never. Threads: any.
// Order: the call happens before the receive of the time.
// Source: Go's time.After. LANGUAGE.md 5, 6.
gocc_recv_chan(int64_t) go_after(go_duration d);

// A timer that sends the time on its channel c once, after d.
//
//   d  at most 0: as soon as possible.
//
// Returns a new timer; the caller owns it and releases it with go_release(t).
// Panics: never. Blocks: never. Threads: any.
// Source: Go's time.NewTimer. LANGUAGE.md 6.
go_timer *go_timer_new(go_duration d);

// A timer without channel that starts a goroutine which calls f, after d.
//
//   f  the timer owns it too, until the timer is freed; so does each goroutine that calls it.
//
// Returns a new timer; the caller owns it and releases it with go_release(t), which stops it
// if it has not fired. Panics: when f is null, in the new goroutine. Blocks: never.
// Threads: any.
// Order: the call happens before f begins.
// Source: Go's time.AfterFunc. LANGUAGE.md 6.
go_timer *go_after_func(go_duration d, gocc_func(void) f);

// Stops t.
//
//   t  borrowed until the call returns.
//
// Returns true if t had not fired or its value was not yet received: that value is dropped,
// and nothing is received from t->c until t is started again. Of a timer of go_after_func:
// true if f will not be called, false if its goroutine was started (or t was stopped).
// Panics: never. Blocks: never. Threads: any.
// Source: Go 1.23's Timer.Stop. LANGUAGE.md 6.
bool go_timer_stop(go_timer *t);

// Starts t again, to fire once after d from now.
//
//   t  borrowed until the call returns.
//
// Returns what go_timer_stop would have; a value of the time before is never received.
// Panics: never. Blocks: never. Threads: any.
// Source: Go 1.23's Timer.Reset. LANGUAGE.md 6.
bool go_timer_reset(go_timer *t, go_duration d);

// ---- go_ticker ---------------------------------------------------------------------------

// Sends the time on c again and again. A tick that finds the one before it not received is
// dropped. Made by go_ticker_new; freed, and stopped, by go_release.
typedef struct go_ticker {
    gocc_recv_chan(int64_t) c; // the ticker's, not to be released
} go_ticker;

// A ticker that sends the time on its channel c every d.
//
//   d  > 0.
//
// Returns a new ticker; the caller owns it and releases it with go_release(t).
// Panics: "non-positive interval for NewTicker". Blocks: never. Threads: any.
// Source: Go's time.NewTicker. LANGUAGE.md 6.
go_ticker *go_ticker_new(go_duration d);

// Stops t: nothing is received from t->c until it is reset. Does not close t->c.
//
//   t  borrowed until the call returns.
//
// Panics: never. Blocks: never. Threads: any.
// Source: Go 1.23's Ticker.Stop. LANGUAGE.md 6.
void go_ticker_stop(go_ticker *t);

// Lets t, stopped or not, tick every d from now on; a tick of before is never received.
//
//   t  borrowed until the call returns.
//   d  > 0.
//
// Panics: "non-positive interval for Ticker.Reset". Blocks: never. Threads: any.
// Source: Go 1.23's Ticker.Reset. LANGUAGE.md 6.
void go_ticker_reset(go_ticker *t, go_duration d);

// A channel on which the time is sent every d.
//
//   d  at most 0: returns NULL.
//
// Returns a channel of capacity 1 with the caller as owner: go_release(c) stops and frees it.
// Panics: never. Blocks: never. Threads: any.
// Source: Go's time.Tick. LANGUAGE.md 6.
gocc_recv_chan(int64_t) go_tick(go_duration d);

#ifdef __cplusplus
}
#endif
#endif
