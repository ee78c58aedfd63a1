// Signals that mean a fault of the program's become panics of its goroutine, or end it with a
// trace; SIGQUIT ends it with the traces of all.
//
// A handler runs on a stack of its own, one for each thread, since a stack overflow leaves none.
// Where a panic can follow it lets the thread go on in go__fault_entry (unwind_ARCH.S) on the
// goroutine's stack, from where it is a panic like any other: nothing of it runs in the handler.
//
//   a null dereference (an address below 64 KiB, where Linux maps nothing) or an integer
//   division by zero, in the program's own code              a panic, which can be recovered
//   any other address there                                  fatal error: fault
//   the guard page of the goroutine's stack, any code        fatal error: stack overflow
//   in the runtime, in a shared library, or on a thread
//   that the runtime did not start                           the trace, and the end
//
// Code of a library may have held a lock or been half through a change: nothing may go on after
// that. Handlers of the program's own are left alone: one that was there first stays, and one
// that comes later replaces ours.
//
// The address and the thread sanitizer have handlers of their own by then. Ours replace them before
// anything of the program's runs, so that what can be recovered can be there, too; with
// handle_segv=2 (handle_sigfpe=2) in ASAN_OPTIONS or TSAN_OPTIONS they refuse that.
#define _GNU_SOURCE
#include "fault.h"

#include "gmp.h"
#include "race.h"
#include "symbol.h"
#include "trace.h"
#include "unwind.h"
#include "valgrind.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SIGNAL_STACK = 128 << 10, NULL_ZONE = 64 << 10 };

void (*go__fault_hook)(const char *message, const char *note);

// ---- stacks for handlers -----------------------------------------------------------------

#if defined(GO__ASAN) || defined(GO__TSAN)
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif

// At its end: what the thread had before. A sanitizer's has 32 KiB, too few for a trace.
enum { SIGNAL_STACK_USED = SIGNAL_STACK - sizeof(stack_t) };

void *go__fault_thread_begin(void)
{
    stack_t old;
    // Valgrind takes frames of main for free memory once a handler has run on such a stack.
    if (go__on_valgrind() || sigaltstack(NULL, &old) != 0 ||
        !(sanitized || old.ss_flags & SS_DISABLE))
        return NULL;
    char *at = go__map_pages(SIGNAL_STACK);
    if (!at)
        return NULL;
    go__copy(at + SIGNAL_STACK_USED, &old, sizeof(old));
    stack_t new = {.ss_sp = at, .ss_size = SIGNAL_STACK_USED};
    sigaltstack(&new, NULL);
    return at;
}

void go__fault_thread_end(void *stack)
{
    stack_t old;
    if (!stack)
        return;
    go__copy(&old, (char *)stack + SIGNAL_STACK_USED, sizeof(old));
    if (sigaltstack(&old, NULL) == 0)
        munmap(stack, SIGNAL_STACK);
}

// ---- what it is --------------------------------------------------------------------------

static const char *signal_text(int sig)
{
    switch (sig) {
    case SIGSEGV:
        return "SIGSEGV: segmentation violation";
    case SIGBUS:
        return "SIGBUS: bus error";
    default:
        return "SIGFPE: floating-point exception";
    }
}

static void format_note(char *to, size_t size, const siginfo_t *info, uintptr_t pc)
{
    snprintf(to, size, "[signal %s code=0x%x addr=0x%lx pc=0x%lx]", signal_text(info->si_signo),
             (unsigned)info->si_code, (unsigned long)info->si_addr, (unsigned long)pc);
}

// main's stack is the process's: it ends where the system does not let it grow further, and a
// fault near the stack pointer shows that; also above it, within a frame that has been reserved
// and is touched for the first time.
static bool below_main_stack(const struct go__g *g, uintptr_t sp, uintptr_t address)
{
    return g == go__sched.g1 && address < sp + (1 << 20) && address + (1 << 20) > sp;
}

static bool is_overflow(const struct go__g *g, int sig, const struct go__regs *regs,
                        const void *address)
{
    if (sig == SIGFPE || !g || g->foreign)
        return false;
    if (g->stack)
        return go__stack_guard_hit(g->stack, address);
    return below_main_stack(g, regs->r[GO__REG_SP], (uintptr_t)address);
}

static bool is_null(const siginfo_t *info)
{
    // SI_KERNEL: an address that no pointer can hold, which the machine does not tell
    return info->si_signo != SIGFPE && info->si_code != SI_KERNEL &&
           (uintptr_t)info->si_addr < NULL_ZONE;
}

// x86 has one trap for a division by zero and for a quotient that does not fit, as INT_MIN / -1
// does not. Whether the divisor of the instruction is other than zero; false where it cannot be
// told.
static bool quotient_overflows(const struct go__regs *regs)
{
#if defined(__x86_64__)
    static const uint8_t dwarf[] = {0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15};
    const uint8_t *at = (const uint8_t *)regs->r[GO__REG_PC];
    bool wide = false, narrow = false;
    uint8_t high = 0;
    if (*at == 0x66)
        narrow = *at++;
    if ((*at & 0xf0) == 0x40) { // REX
        wide = *at & 8;
        high = (uint8_t)((*at++ & 1) << 3);
    }
    if (*at++ != 0xf7) // div and idiv, not of bytes
        return false;
    uint8_t mode = *at >> 6, name = *at & 7;
    uintptr_t base = regs->r[dwarf[name | high]];
    uint64_t mask = wide ? UINT64_MAX : narrow ? UINT16_MAX : UINT32_MAX;
    if (mode == 3)
        return (base & mask) != 0;
    if (name == 4) // an index, which nothing as simple as a variable has
        return false;
    int32_t distance = mode ? (int8_t)at[1] : 0; // NOLINT(bugprone-signed-char-misuse): a sign
    uint64_t value;
    bool by_pc =
        mode == 0 && name == 5; // from the end of the instruction, as for a static variable
    if (mode == 2 || by_pc)
        memcpy(&distance, at + 1, sizeof(distance));
    if (by_pc)
        base = (uintptr_t)(at + 1 + sizeof(distance));
    memcpy(&value, (const void *)(base + (uintptr_t)(intptr_t)distance), sizeof(value));
    return (value & mask) != 0;
#else
    (void)regs;
    return false;
#endif
}

// ---- panics ------------------------------------------------------------------------------

static const char *panic_text(const siginfo_t *info)
{
    if (info->si_signo != SIGFPE)
        return "runtime error: invalid memory address or nil pointer dereference";
    if (info->si_code == FPE_INTDIV)
        return "runtime error: integer divide by zero";
    return info->si_code == FPE_INTOVF ? "runtime error: integer overflow"
                                       : "runtime error: floating point error";
}

static _Noreturn void panic_of_fault(void)
{
    siginfo_t info = go__m()->fault; // no switch between the handler and here
    char note[160] = "";
    if (info.si_signo != SIGFPE)
        format_note(note, sizeof(note), &info, go__m()->fault_pc);
    go__fault_hook(panic_text(&info), note);
    go__throw("a fault was not passed on");
}

// ---- the end -----------------------------------------------------------------------------

static _Noreturn void die_of_overflow(const struct go__g *g, const struct go__regs *regs)
{
    struct go__traceback t = go__traceback();
    go__begin_dying();
    if (g->stack)
        go__print("runtime: goroutine stack exceeds %zu-byte limit\n", go__stack_limit());
    go__print("fatal error: stack overflow\n");
    go__die(regs, t.all);
}

static _Noreturn void die_of_fault(const siginfo_t *info, const struct go__regs *regs, uintptr_t pc,
                                   bool own)
{
    char note[160];
    const struct go__m *m = go__m();
    format_note(note, sizeof(note), info, pc);
    go__begin_dying();
    if (own) {
        go__flush_stdout();
        go__print("unexpected fault address 0x%lx\nfatal error: fault\n",
                  (unsigned long)info->si_addr);
    } else if (!m || m->foreign) {
        go__print("fatal error: fault on a thread that the runtime did not start\n");
    } else if (go__is_runtime_code(pc)) {
        go__print("fatal error: unexpected signal during runtime execution\n");
    } else {
        go__print("fatal error: fault in a C library\n");
    }
    go__print("%s\n", note);
    go__die(regs, false);
}

// ---- handlers ----------------------------------------------------------------------------

// The thread that was at pc. main may be there before its first call of the runtime: it becomes
// goroutine 1 here, which takes locks and memory; its own code holds and changes none of these.
static struct go__m *faulting_thread(uintptr_t pc)
{
    struct go__m *m = go__m();
    return m || go__gettid() != (int)getpid() || !go__is_own_code(pc) ? m : go__m_attach();
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
    struct go__m *m = go__m();
    struct go__g *g = m ? m->g : NULL;
    struct go__regs regs;
    if (info->si_code <= 0) { // somebody's kill
        signal(sig, SIG_DFL);
        raise(sig);
        return;
    }
    go__regs_of_signal(&regs, context);
    if (is_overflow(g, sig, &regs, info->si_addr))
        die_of_overflow(g, &regs);
    uintptr_t pc = regs.r[GO__REG_PC];
    if (pc < NULL_ZONE) // a call through a null pointer: the caller is to blame
        go__regs_leave_call(&regs);
    m = faulting_thread(regs.r[GO__REG_PC]);
    g = m ? m->g : NULL;
    bool own =
        m && !m->foreign && g && !go__load(&m->in_runtime) && go__is_own_code(regs.r[GO__REG_PC]);
    if (!own || !(is_null(info) || sig == SIGFPE))
        die_of_fault(info, &regs, pc, own);
    m->fault = *info;
    m->fault_pc = pc;
    if (info->si_code == FPE_INTDIV && sig == SIGFPE && quotient_overflows(&regs))
        m->fault.si_code = FPE_INTOVF;
    go__regs_divert(context, &regs, panic_of_fault);
}

static void on_quit(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    struct go__m *m = go__m();
    struct go__regs regs;
    go__regs_of_signal(&regs, context);
    go__begin_dying();
    go__print("SIGQUIT: quit\nPC=0x%lx sigcode=%d\n", (unsigned long)regs.r[GO__REG_PC],
              info->si_code);
    if (m && m->g)
        go__die(&regs, true);
    go__die_others();
}

// What the program was started with: the default, or, of a script's background job, SIGQUIT as
// ignored, which Go does not heed either; or what a sanitizer has put there.
static bool is_inherited(int sig, const struct sigaction *a)
{
    if (sanitized && sig != SIGQUIT)
        return true;
    if (a->sa_flags & SA_SIGINFO)
        return false;
    return a->sa_handler == SIG_DFL || (sig == SIGQUIT && a->sa_handler == SIG_IGN);
}

static void handle(int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction before,
        sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK | flags};
    sigfillset(&sa.sa_mask);
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE};
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        sigdelset(&sa.sa_mask, faults[i]); // a second fault ends it
    if (sigaction(sig, NULL, &before) == 0 && is_inherited(sig, &before))
        sigaction(sig, &sa, NULL);
}

void gocc_handle_faults(void)
{
    go__fault_thread_begin();
    handle(SIGQUIT, on_quit, SA_RESTART);
    handle(SIGSEGV, on_fault, SA_NODEFER);
    handle(SIGBUS, on_fault, SA_NODEFER);
    handle(SIGFPE, on_fault, SA_NODEFER);
}

// Before main, so that its first lines are covered. The command, which holds the library for
// `gocc run`, does it when it runs a program.
extern const char gocc_is_command[] __attribute__((weak));

static void begin(void)
{
    if (!gocc_is_command)
        gocc_handle_faults();
}

#if defined(GO__ASAN) || defined(GO__TSAN)
// Behind the sanitizer's own entry, which the compiler puts first, and before all constructors: a
// handler that one of those installs is the program's.
__attribute__((section(".preinit_array"), used)) static void (*const begin_early)(void) = begin;
#else
__attribute__((constructor)) static void begin_with_others(void)
{
    begin();
}
#endif
