// The context switch, in assembly per architecture (switch_x86_64.S, switch_aarch64.S).
#ifndef GO_SWITCH_H
#define GO_SWITCH_H

#include <stdint.h>

// Saves the callee-saved registers but for the floating-point control words on the current stack,
// stores the stack pointer in *save, and continues
//   - where `to` was saved by an earlier call, or
//   - when to is NULL, in go__g_entry on the empty stack that ends at `top` (16-byte aligned).
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

// ---- floating-point modes ----------------------------------------------------------------
//
// The ABIs make the control words callee-saved: a goroutine that rounds upward must not do so to
// those that it switches to. They are written only where they differ, and read long before they are
// compared: stmxcsr alone takes 4 ns on Zen 4, which a locked instruction behind the comparison
// waits for (a yield that reads them within the switch takes 12.5 instead of 10.8 ns).

struct go__fp {
#if defined(__x86_64__)
    uint32_t mxcsr; // with the flags of what was computed
    uint16_t x87;
#else
    uint64_t fpcr;
#endif
};
// The program's when the runtime started: what goroutines start with.
extern struct go__fp go__fp_start __attribute__((visibility("hidden")));

static inline void go__fp_save(struct go__fp *fp)
{
#if defined(__x86_64__)
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(fp->mxcsr), "=m"(fp->x87));
#else
    __asm__ volatile("mrs %0, fpcr" : "=r"(fp->fpcr));
#endif
}

// Before a switch to a context that was left with *to: the processor has *now.
static inline void go__fp_resume(const struct go__fp *to, const struct go__fp *now)
{
#if defined(__x86_64__)
    if (__builtin_expect(to->mxcsr != now->mxcsr, 0))
        __asm__ volatile("ldmxcsr %0" ::"m"(to->mxcsr));
    if (__builtin_expect(to->x87 != now->x87, 0))
        __asm__ volatile("fldcw %0" ::"m"(to->x87));
#else
    if (__builtin_expect(to->fpcr != now->fpcr, 0))
        __asm__ volatile("msr fpcr, %0" ::"r"(to->fpcr));
#endif
}

// Before one that begins: what was computed before does not matter.
static inline void go__fp_begin(const struct go__fp *now)
{
    struct go__fp start; // not a copy of *now: that has just been stored in parts
#if defined(__x86_64__)
    const uint32_t flags = 0x3f;
    start.x87 = go__fp_start.x87;
    start.mxcsr = (go__fp_start.mxcsr & ~flags) | (now->mxcsr & flags);
#else
    start.fpcr = go__fp_start.fpcr;
#endif
    go__fp_resume(&start, now);
}

// A stack pointer for go__switch that starts entry() on the stack that ends at `top` (16-byte
// aligned). entry never returns.
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
