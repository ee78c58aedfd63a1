// Traces of goroutines: what panics, fatal errors, deadlocks, SIGQUIT and go_stack_trace print.
#ifndef GO_TRACE_H
#define GO_TRACE_H

#include "base.h"

#include <stdarg.h>

struct go__g;
struct go__regs;

// Where the text of a trace goes.
struct go__out {
    char *buf; // NULL: standard error
    size_t size, n;
    int64_t now; // when it began
};
void go__put(struct go__out *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
// "TEXT FUNCTION TAIL", then its place in a line of its own. site: of some code.
void go__put_place(struct go__out *o, const char *text, uintptr_t site, const char *tail);

// GOTRACEBACK, as in Go.
struct go__traceback {
    bool any;    // false: "none"
    bool all;    // of all goroutines, not only the one that fails
    bool system; // with the runtime's own frames
    bool crash;  // end by SIGABRT, for a core file
};
struct go__traceback go__traceback(void);

// The end of a process that failed: prints the trace of the calling goroutine or thread, and of
// the others when `all` or GOTRACEBACK says so, and exits with status 2.
//
//   regs  where it failed; NULL: in the caller.
_Noreturn void go__die(const struct go__regs *regs, bool all);
// The same for a thread that runs no goroutine: the traces of all.
_Noreturn void go__die_others(void);

// ---- trace_wait.c ------------------------------------------------------------------------

// What a parked goroutine waits for: lines that stand below its frames.
void go__put_wait(struct go__out *o, const struct go__g *g);
// Goroutines that wait for each other's mutexes in a circle, one line for each of these.
void go__put_cycles(struct go__out *o);
// The type of a channel by its elem_name (chan.h), as the user writes it.
void go__put_chan_type(struct go__out *o, const char *elem_name);

#endif
