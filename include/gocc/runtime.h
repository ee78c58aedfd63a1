// The scheduler as a program sees it: processors, goroutines, threads, memory.
#ifndef GOCC_RUNTIME_H
#define GOCC_RUNTIME_H

#include <gocc/abi.h>
#include <gocc/object.h>

#ifdef __cplusplus
extern "C" {
#endif

// Sets how many goroutines may run at the same time.
//
//   n    processors to use, at most 1,024; n < 1 changes nothing.
//
// Returns the number before the call. At the start it is the environment's GOMAXPROCS, else
// go_num_cpu(). Panics: never. Blocks: until processors that are taken out of service have
// nothing left to run. Threads: any.
// Source: Go's runtime.GOMAXPROCS. LANGUAGE.md 6.
int go_max_procs(int n);

// Returns how many processors the process may use: those of its affinity mask, and no more
// than its control group's CPU limit, rounded up. At least 1. Panics: never. Blocks: never.
// Threads: any.
// Source: Go's runtime.NumCPU; the limit as GOMAXPROCS honours it since Go 1.25. LANGUAGE.md 6.
int go_num_cpu(void);

// Returns how many goroutines exist, main and those that wait included; only an instant's
// view. Panics: never. Blocks: never. Threads: any.
// Source: Go's runtime.NumGoroutine. LANGUAGE.md 6.
int go_num_goroutine(void);

// Returns the number of the calling goroutine: main's is 1, no two are ever the same, later
// ones are mostly larger. A thread that the runtime did not start has one too.
// Panics: never. Blocks: never. Threads: any.
// Source: the number in Go's traces, for which Go has no function. LANGUAGE.md 6.
uint64_t go_id(void);

// Lets other goroutines run, and goes on when its turn comes again.
//
// Panics: never. Blocks: no longer than those before it in line run; a thread that the
// runtime did not start yields to other threads. Threads: any.
// Source: Go's runtime.Gosched. LANGUAGE.md 6.
void go_yield(void);

// Ends the calling goroutine after running its deferred calls. Other goroutines go on; when
// main calls it, so does the process, until they have ended too, which is fatal.
//
// Returns: never. Panics: outside a goroutine it is fatal. Blocks: never, but for what the deferred
// calls do. Threads: goroutines.
// Source: Go's runtime.Goexit. LANGUAGE.md 4.
void go_exit(void) __attribute((noreturn));

// Binds the calling goroutine to the thread that it runs on: nothing else runs there, and it
// runs nowhere else, until go_unlock_thread has been called as often, or it ends. For libraries
// that keep state per thread. Each park then costs two thread switches.
//
// Panics: never. Blocks: never. Threads: any; without effect on threads that the runtime did not
// start. Source: Go's runtime.LockOSThread. LANGUAGE.md 6.
void go_lock_thread(void);
// Undoes one go_lock_thread; without one, does nothing.
void go_unlock_thread(void);

// Memory of the process, in bytes.
typedef struct go_mem_stats {
    uint64_t sys;    // resident memory of the whole process
    uint64_t stacks; // of that, stacks of goroutines, running or kept for the next ones
    uint64_t heap;   // allocated with malloc and not freed, by the program and the runtime
} go_mem_stats;

// Fills in *stats. Costs a few microseconds, and more with millions of goroutines.
//
//   stats   written; the caller's.
//
// Panics: never. Blocks: never. Threads: any.
// Source: in the spirit of Go's runtime.ReadMemStats. LANGUAGE.md 6.
void go_read_mem_stats(go_mem_stats *stats);

// Writes the trace of the calling goroutine into a buffer, as a panic would print it: functions,
// files and lines, and who started it.
//
//   buf   written, ended by a zero byte; what does not fit is left out.
//   size  of buf. With 0 nothing is written.
//   all   also the traces of all others. Their threads are stopped for that moment by SIGURG:
//         system calls that a signal interrupts may return EINTR.
//
// Returns the length of the text. errno survives. Panics: never. Blocks: with all, until the other
// threads have answered. Threads: any.
// Source: Go's runtime.Stack. LANGUAGE.md 6.
size_t go_stack_trace(char *buf, size_t size, bool all);

// Returns the text for an error number: errno's and those of this library (GO_CANCELED, ...),
// which do not overlap; "unknown error" for others. Never freed. Panics: never.
// Blocks: never. Threads: any. Source: strerror, and the texts of Go's errors. LANGUAGE.md 6.
const char *go_strerror(int error);

// Brackets a call that may block the calling thread for long. Between the two the scheduler
// moves the other goroutines to another thread after some microseconds instead of 10 ms.
// No other call of this library may stand between them; pairs do not nest.
//
// errno survives go_exit_blocking. Panics: never. Blocks: go_exit_blocking may wait until a
// processor is free. Threads: any; without effect on threads that the runtime did not start.
// Source: Go's runtime.entersyscall and exitsyscall, which are internal there. LANGUAGE.md 6.
void go_enter_blocking(void);
void go_exit_blocking(void);

#ifdef __cplusplus
}
#endif
#endif
