// What the scheduler does, and where goroutines wait: for programs that watch themselves, and to
// see back pressure. LANGUAGE.md 6.
//
// The counters of go_metrics are always kept. How long goroutines wait, and for what, is measured
// between go_metrics_start and go_metrics_stop, or with GOCC_DEBUG=metrics=1 from the beginning;
// the table is then printed when the program ends. Waits are measured by a clock that ticks every
// millisecond, more exactly where a processor has nothing else to do: single short waits count as
// none or as a tick, such that sums are right.
#ifndef GOCC_METRICS_H
#define GOCC_METRICS_H

#include <gocc/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

// The scheduler at one moment, and since the program began.
typedef struct go_metrics {
    uint64_t goroutines;  // that exist: in one of these states
    uint64_t running;     // on a thread
    uint64_t runnable;    // wait for a processor
    uint64_t on_channels; // blocked in a send, receive or select
    uint64_t on_sync;     // blocked at a mutex, wait group or condition
    uint64_t sleeping;    // in go_sleep
    uint64_t in_io;       // wait for a descriptor

    uint64_t processors;   // GOMAXPROCS
    uint64_t idle;         // of these, without work
    uint64_t threads;      // of the runtime, the program's first one included
    uint64_t idle_threads; // of these, asleep until there is work
    uint64_t queued;       // goroutines in the processors' queues and the common one, roughly

    uint64_t started, ended; // goroutines, since the program began
    uint64_t switches;       // times a processor took a goroutine up
    uint64_t steals;         // times a processor took work from another one's queue
    uint64_t hand_offs;      // processors taken from threads that blocked or computed for long
} go_metrics;

// Fills in *metrics. Looks at every goroutine: 10 ns each.
//
//   metrics  written; the caller's. Its numbers are of slightly different moments.
//
// Panics: never. Blocks: never. Threads: any.
// Source: in the spirit of Go's runtime/metrics. LANGUAGE.md 6.
void go_metrics_read(go_metrics *metrics);

// Begins to measure waits, from zero; or goes on measuring.
//
// Panics: never. Blocks: never. Threads: any.
// Source: Go's runtime.SetBlockProfileRate and SetMutexProfileFraction. LANGUAGE.md 6.
void go_metrics_start(void);

// Ends that. What was measured stays until the next go_metrics_start.
//
// Panics: never. Blocks: never. Threads: any.
// Source: Go's runtime.SetBlockProfileRate(0). LANGUAGE.md 6.
void go_metrics_stop(void);

// Gives a channel a name, by which it has a row of its own in what go_metrics_waits returns.
// Channels with the same name share one; those without share one with all that were made at the
// same place.
//
//   c     borrowed until the call returns; NULL is ignored. Of several channels with one name, the
//         lengths are those of the last that was named so.
//   name  copied, up to 63 bytes. Few names are meant, not one for each connection: after some
//         thousands all others share a row.
//
// Panics: never. Blocks: never. Threads: any. Measuring or not.
// Source: none in Go, which goes by the line of code. LANGUAGE.md 6.
void go_metrics_name_chan(const volatile void *c, const char *name);

// The same for a go_mutex, go_rwmutex, go_waitgroup or go_cond, which has a row of its own anyway.
//
//   object  known by its address: when its memory ends, and something else may come to lie there,
//           call this with the name NULL.
void go_metrics_name_sync(const volatile void *object, const char *name);

// Where goroutines have waited since go_metrics_start, those that wait now included. Times are in
// nanoseconds, summed over all goroutines.
typedef struct go_metrics_wait {
    char name[64];        // as it was given; or empty
    char type[64];        // "chan<int>", "go_mutex"
    char made[200];       // file:line where the channel was made; or empty
    int64_t sending;      // in sends on the channel: whoever receives is too slow
    int64_t receiving;    // in receives from it: whoever sends is too slow
    int64_t locking;      // at a mutex, or other than a channel
    int64_t longest;      // of these waits, the longest
    uint64_t senders;     // goroutines that wait now
    uint64_t receivers;   // or at the mutex
    int length, capacity; // of a channel that was given a name and is there; else -1
} go_metrics_wait;

// Copies up to n of these rows, those with most time first.
//
//   rows  written; the caller's. May be NULL when n is 0.
//
// Returns how many rows there are, which may be more than n.
// A select counts for the channel that ended it. Panics: never. Blocks: never. Threads: any.
// Source: in the spirit of Go's block and mutex profiles. LANGUAGE.md 6.
size_t go_metrics_waits(go_metrics_wait *rows, size_t n);

// Writes all of that as text, as GOCC_DEBUG=metrics=1 prints it.
//
//   buf   written, ended by a zero byte; what does not fit is left out.
//   size  of buf. With 0 nothing is written.
//
// Returns the length of the text. Panics: never. Blocks: never. Threads: any.
// Source: in the spirit of Go's GODEBUG. LANGUAGE.md 6.
size_t go_metrics_write(char *buf, size_t size);

#ifdef __cplusplus
}
#endif
#endif
