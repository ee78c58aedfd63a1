// The context switch, in assembly per architecture (switch_x86_64.S, switch_aarch64.S).
#ifndef GO_SWITCH_H
#define GO_SWITCH_H

#include <stdint.h>

// Saves the callee-saved registers and floating-point control words on the current stack,
// stores the stack pointer in *save, and continues
//   - where `to` was saved by an earlier call, or
//   - when to is NULL, in go__g_entry on the empty stack that ends at `top` (16-byte aligned),
//     with the floating-point control words of go__fp_start.
// Returns when somebody switches back, perhaps on another thread.
//
// It leaves by ret, into a context that called from the same place (sched.c has one such call):
// the processor's return-address stack then predicts this ret and those that follow. With pop
// and jmp the switch alone is faster, 2.6 instead of 8.4 ns between two different callers, but
// every later return is mispredicted: 60 instead of 35 ns a message, 41 instead of 19 a yield.
void go__switch(void **save, void *to, char *top);

// Marks a function whose caller is, after a switch in it, not the one that the processor expects:
// the outermost one of those that two goroutines leave by when each resumes the other. Its ret
// would be mispredicted each time, since the return-address stack holds the other goroutine's
// caller; the jump that it leaves by instead is predicted from the branches before it (22 instead
// of 30 ns a message). Only for a function that has switched nearly whenever it returns: without a
// switch in between, the jump costs a later ret its prediction.
#if defined(__x86_64__)
#define go__returns_elsewhere __attribute__((function_return("thunk-extern")))
#else
#define go__returns_elsewhere
#endif

// The same for a context that has ended and needs no saving. Inlined, and by a jump: a goroutine
// that was started by a switch away from another one and ends by leaving to it is to the
// return-address stack like a call that returned.
static inline _Noreturn void go__switch_leave(void *to, char *top)
{
#if defined(__x86_64__)
    __asm__ volatile("jmp go__switch_jump" ::"S"(to), "d"(top) : "memory");
#else
    register void *x1 __asm__("x1") = to;
    register char *x2 __asm__("x2") = top;
    __asm__ volatile("b go__switch_jump" ::"r"(x1), "r"(x2) : "memory");
#endif
    __builtin_unreachable();
}

// What goroutines start with: mxcsr without its flags and the x87 control word (from bit 32), or
// fpcr, as the program had them when the runtime started.
extern uint64_t go__fp_start __attribute__((visibility("hidden")));

static inline uint64_t go__fp_controls(void)
{
#if defined(__x86_64__)
    struct {
        uint32_t mxcsr;
        uint16_t x87, zero;
    } words = {0};
    uint64_t all;
    __asm__ volatile("stmxcsr %0" : "=m"(words.mxcsr));
    __asm__ volatile("fnstcw %0" : "=m"(words.x87));
    words.mxcsr &= ~UINT32_C(0x3f);
    __builtin_memcpy(&all, &words, sizeof(all));
    return all;
#else
    uint64_t fpcr;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    return fpcr;
#endif
}

// For a goroutine that starts where another one has ended.
static inline void go__fp_restart(void)
{
    if (__builtin_expect(go__fp_controls() == go__fp_start, 1))
        return;
#if defined(__x86_64__)
    __asm__ volatile("ldmxcsr %0\n\tfldcw 4+%0" ::"m"(go__fp_start));
#else
    __asm__ volatile("msr fpcr, %0" ::"r"(go__fp_start));
#endif
}

// A stack pointer for go__switch that starts entry() on the stack that ends at `top` (16-byte
// aligned), with the caller's floating-point control words. entry never returns.
void *go__switch_prepare(char *top, void (*entry)(void));

// In a function that nobody called: tells unwinders and debuggers that there is nothing above it.
#if defined(__x86_64__)
#define go__outermost_frame() __asm__ volatile(".cfi_undefined rip")
#else
#define go__outermost_frame() __asm__ volatile(".cfi_undefined x30")
#endif

// The bottom of every goroutine's stack, in spawn.c: called by nobody, returns to nobody.
_Noreturn void go__g_entry(void);

#endif
