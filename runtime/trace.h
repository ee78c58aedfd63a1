// Traces of goroutines: what panics, fatal errors, deadlocks, SIGQUIT and go_stack_trace print.
#ifndef GO_TRACE_H
#define GO_TRACE_H

#include "base.h"

struct go__g;
struct go__regs;

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

#endif
