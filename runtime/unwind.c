// Walking stacks with the unwinder of libgcc, which each C compiler's driver links by itself, and
// with frame pointers where code has no unwind tables: what tcc makes has none, and always has a
// frame pointer.
//
// libgcc can begin only where it is called. A walk from other registers calls it from a frame
// whose unwind rules lead to those (unwind_ARCH.S). When it comes to code without a table, the
// frame pointer gives one step, and it begins again from there.
//
// Safe in signal handlers: libgcc takes no lock and allocates nothing here (_dl_find_object).
// Rejected: libunwind (each program would need it at run time), frame pointers alone (libc and C
// files of the user's have none).
#define _GNU_SOURCE
#include "unwind.h"
#include "symbol.h"

#include <string.h>
#include <ucontext.h>
#include <unwind.h>

#if defined(__x86_64__)
enum { REDZONE = 128 };
static const uint8_t callee_saved[] = {3, 6, 12, 13, 14, 15};

void go__regs_of_switch(struct go__regs *regs, const void *sp)
{
    const uintptr_t *at = sp; // the layout in switch_x86_64.S
    *regs = (struct go__regs){0};
    regs->r[6] = at[0];
    regs->r[3] = at[1];
    for (int i = 0; i < 4; i++)
        regs->r[12 + i] = at[2 + i];
    regs->r[GO__REG_PC] = at[6];
    regs->r[GO__REG_SP] = (uintptr_t)(at + 7);
}

static const uint8_t gregs[] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                                REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};

void go__regs_of_signal(struct go__regs *regs, const void *context)
{
    const ucontext_t *uc = context;
    for (int i = 0; i < GO__N_REGS; i++)
        regs->r[i] = (uintptr_t)uc->uc_mcontext.gregs[gregs[i]];
}

void go__regs_divert(void *context, const struct go__regs *regs, void (*to)(void))
{
    ucontext_t *uc = context;
    uintptr_t sp = (uintptr_t)uc->uc_mcontext.gregs[REG_RSP] - REDZONE - sizeof(*regs);
    sp &= ~(uintptr_t)15;
    memcpy((void *)sp, regs, sizeof(*regs));
    uc->uc_mcontext.gregs[REG_RBX] = (greg_t)sp;
    uc->uc_mcontext.gregs[REG_R12] = (greg_t)(uintptr_t)to;
    uc->uc_mcontext.gregs[REG_RSP] = (greg_t)sp;
    uc->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)go__fault_entry;
    uc->uc_mcontext.gregs[REG_EFL] &= ~0x400; // the direction flag
}

void go__regs_leave_call(struct go__regs *regs)
{
    const uintptr_t *sp = (const uintptr_t *)regs->r[GO__REG_SP];
    regs->r[GO__REG_PC] = sp[0] - 1;
    regs->r[GO__REG_SP] += sizeof(*sp);
}

#elif defined(__aarch64__)
static const uint8_t callee_saved[] = {19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29};

void go__regs_of_switch(struct go__regs *regs, const void *sp)
{
    const uintptr_t *at = sp; // the layout in switch_aarch64.S
    *regs = (struct go__regs){0};
    regs->r[29] = at[0];
    regs->r[30] = regs->r[GO__REG_PC] = at[1];
    for (int i = 0; i < 10; i++)
        regs->r[19 + i] = at[2 + i];
    regs->r[GO__REG_SP] = (uintptr_t)(at + 20);
}

void go__regs_of_signal(struct go__regs *regs, const void *context)
{
    const ucontext_t *uc = context;
    for (int i = 0; i < 31; i++)
        regs->r[i] = uc->uc_mcontext.regs[i];
    regs->r[GO__REG_SP] = uc->uc_mcontext.sp;
    regs->r[GO__REG_PC] = uc->uc_mcontext.pc;
}

void go__regs_divert(void *context, const struct go__regs *regs, void (*to)(void))
{
    ucontext_t *uc = context;
    uintptr_t sp = (uc->uc_mcontext.sp - sizeof(*regs)) & ~(uintptr_t)15;
    memcpy((void *)sp, regs, sizeof(*regs));
    uc->uc_mcontext.regs[19] = sp;
    uc->uc_mcontext.regs[20] = (uintptr_t)to;
    uc->uc_mcontext.sp = sp;
    uc->uc_mcontext.pc = (uintptr_t)go__fault_entry;
}

void go__regs_leave_call(struct go__regs *regs)
{
    regs->r[GO__REG_PC] = regs->r[30] - 1;
}
#endif

struct walk {
    bool (*see)(uintptr_t site, void *arg);
    void *arg;
    uintptr_t low, high;
    const struct go__regs *from; // NULL: the caller
    bool begun, ended;
    int skip;             // frames of ours at the start
    struct go__regs last; // of the frame seen last
};

static bool has_table(uintptr_t pc)
{
    extern const void *_Unwind_Find_FDE(void *pc, void *bases);
    struct {
        void *text, *data, *function;
    } bases;
    return _Unwind_Find_FDE((void *)pc, &bases) != NULL;
}

static void keep_registers(struct walk *w, struct _Unwind_Context *context, uintptr_t pc)
{
    w->last = (struct go__regs){0};
    for (size_t i = 0; i < sizeof(callee_saved); i++)
        w->last.r[callee_saved[i]] = _Unwind_GetGR(context, callee_saved[i]);
    w->last.r[GO__REG_SP] = _Unwind_GetCFA(context);
    w->last.r[GO__REG_PC] = pc;
}

static _Unwind_Reason_Code on_frame(struct _Unwind_Context *context, void *arg)
{
    struct walk *w = arg;
    int stopped_here = 0;
    uintptr_t pc = _Unwind_GetIPInfo(context, &stopped_here);
    uintptr_t site = stopped_here ? pc : pc - 1;
    if (!w->begun) {
        if (w->from ? site != w->from->r[GO__REG_PC] : w->skip-- > 0)
            return _URC_NO_REASON;
        w->begun = true;
    }
    uintptr_t sp = _Unwind_GetCFA(context);
    // A frame that was too large for the stack and has no probes ends far below it, maybe where
    // nothing is: then only a frame pointer leads back.
    bool by_pointer = !has_table(site);
    char byte;
    bool below = sp < w->low && !by_pointer && !go__peek(&byte, (void *)sp, 1);
    w->ended = pc == 0 || below || sp > w->high || !w->see(site, w->arg);
    if (w->ended)
        return _URC_NORMAL_STOP;
    if (by_pointer)
        keep_registers(w, context, pc);
    return _URC_NO_REASON;
}

static go__noinline void run_unwinder(void *arg)
{
    _Unwind_Backtrace(on_frame, arg);
    go__no_tail_call(); // `skip` counts this frame
}

// One step by the frame pointer. False: there is none to go by.
static bool step(struct walk *w, struct go__regs *regs)
{
    uintptr_t fp = w->last.r[GO__REG_FP];
    if (!w->last.r[GO__REG_PC] || has_table(w->last.r[GO__REG_PC] - 1) || fp % 8 || fp < w->low ||
        fp + 16 > w->high || fp < w->last.r[GO__REG_SP])
        return false;
    const uintptr_t *frame = (const uintptr_t *)fp;
    *regs = w->last;
    regs->r[GO__REG_FP] = frame[0];
    regs->r[GO__REG_PC] = frame[1] - 1;
    regs->r[GO__REG_SP] = fp + 16;
    return frame[1] != 0;
}

go__noinline void go__unwind(const struct go__regs *from, uintptr_t low, uintptr_t high,
                             bool (*see)(uintptr_t site, void *arg), void *arg)
{
    struct walk w = {see, arg, low, high, from, false, false, 2, {{0}}};
    struct go__regs regs;
    if (from && !go__is_code(from->r[GO__REG_PC])) {
        regs = *from;
        if (regs.r[GO__REG_SP] < low || regs.r[GO__REG_SP] + 8 > high)
            return;
        go__regs_leave_call(&regs);
        w.from = &regs;
    }
    if (w.from)
        go__unwind_call(w.from, run_unwinder, &w);
    else
        run_unwinder(&w);
    while (!w.ended && step(&w, &regs)) {
        w.from = &regs;
        w.begun = false;
        w.last = (struct go__regs){0};
        go__unwind_call(&regs, run_unwinder, &w);
        if (!w.begun)
            return;
    }
}
