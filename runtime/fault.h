// What the machine traps: null dereferences, divisions by zero, stack overflows; and SIGQUIT.
#ifndef GO_FAULT_H
#define GO_FAULT_H

#include "base.h"

// A thread of the runtime's begins and ends: the stack for its signal handlers.
void *go__fault_thread_begin(void);
void go__fault_thread_end(void *stack);

// Panics with `message`; `note` stands below it when nobody recovers: Go's "[signal SIGSEGV: ...]",
// or "". Set by panic.c.
extern void (*go__fault_hook)(const char *message, const char *note);

#endif
