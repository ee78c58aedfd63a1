// The context switch, in assembly per architecture (switch_x86_64.S, switch_aarch64.S).
#ifndef GO_SWITCH_H
#define GO_SWITCH_H

// Saves the callee-saved registers and floating-point control words on the current stack,
// stores the stack pointer in *save, and continues where `to` was saved by the same call.
// Returns when somebody switches back, perhaps on another thread.
void go__switch(void **save, void *to);

// A stack pointer for go__switch that starts entry() on the stack that ends at `top` (16-byte
// aligned), with the caller's floating-point control words. entry never returns.
void *go__switch_prepare(char *top, void (*entry)(void));

#endif
