// Walking a stack: the caller's own, that of a goroutine that is parked, or one that a signal
// interrupted.
#ifndef GO_UNWIND_H
#define GO_UNWIND_H

#include "base.h"

// Registers at some point of a program, by DWARF's numbers.
#if defined(__x86_64__)
enum { GO__REG_FP = 6, GO__REG_SP = 7, GO__REG_PC = 16, GO__N_REGS };
#elif defined(__aarch64__)
enum { GO__REG_FP = 29, GO__REG_SP = 31, GO__REG_PC = 32, GO__N_REGS };
#endif
struct go__regs {
    uintptr_t r[GO__N_REGS];
};

// Where a context saved by go__switch goes on, given its stack pointer.
void go__regs_of_switch(struct go__regs *regs, const void *sp);
// Where a signal interrupted a thread, given its handler's third argument.
void go__regs_of_signal(struct go__regs *regs, const void *context);
// From the first instruction of a function to the call of it, in the caller.
void go__regs_leave_call(struct go__regs *regs);
// Lets the interrupted thread go on by calling `to`, which does not return, with frames that lead
// to where it was. `regs` are copied to its stack.
void go__regs_divert(void *context, const struct go__regs *regs, void (*to)(void));

// Calls see(site, arg) for each frame, innermost first, until there is no more or it returns
// false. A site is an address within the instruction that is under way in the frame.
//
//   from   NULL: the caller. Its pc may be no code (a call through a null pointer).
//   low, high   the stack; frames outside of it end the walk.
void go__unwind(const struct go__regs *from, uintptr_t low, uintptr_t high,
                bool (*see)(uintptr_t site, void *arg), void *arg);

// Defined in assembly, unwind_ARCH.S.
void go__unwind_call(const struct go__regs *from, void (*walk)(void *arg), void *arg);
void go__fault_entry(void);

#endif
