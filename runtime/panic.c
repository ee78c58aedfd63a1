// defer, panic, recover, go_exit.
//
// A function with deferred calls has a struct gocc_frame on its stack, linked into its
// goroutine (slots.frames) from gocc_frame_enter to gocc_frame_leave. A panic does not unwind:
// it runs the deferred calls frame by frame on top of the stack that panicked, so that a
// trace still shows where that was. Only a recover jumps: to the frame whose deferred call
// recovered, which then returns zero and runs what deferred calls it has left.
//
// Invariants:
//   - A deferred call is taken from its frame before it runs, so it runs once, whatever it does.
//   - slots.panics is the list of deferred calls that are running, innermost first, each with
//     the panic (or go_exit) that made it run, or none for a function that returns. recover
//     asks the innermost, and finds nothing when an ordinary return runs inside a panic.
//   - frame->state is what slots.panics was when the frame was linked. Jumping to a frame ends
//     all deferred calls that began since; so does a longjmp past them, which the next
//     gocc_frame_leave further out notices.
//   - All of this belongs to the goroutine: no locks, no atomics.
//
//   - frame->scopes is what slots.scopes was then. Jumping to a frame ends the scopes that began
//     since, and so does the end of the goroutine; the objects that the arguments of a deferred
//     call own are released when it has run or was left.
//   - slots.deferred is the function that a deferred call was about to call, until that function
//     asks. A function that holds a recover asks before anything else, and any other has a
//     different address: so a recover in what the deferred function calls is never taken for one
//     in itself.
//
// Rejected for that: return addresses (inlining and tail calls change them).
//
// Not here yet: a panic after a longjmp past frames that have not been left since runs into their
// remains.
#include "panic.h"

#include <gocc/abi.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "fault.h"
#include "sched.h"
#include "scope.h"
#include "trace.h"

// A panic or go_exit under way. On the stack of gocc_panic or go_exit.
struct panic {
    char *message;    // NULL: go_exit
    const char *note; // "[signal SIGSEGV: ...]"; NULL: none
    bool recovered;
};

// A deferred call that is running. On the stack of who runs it.
struct running {
    struct running *up;
    struct panic *panic; // that made it run; NULL: its function returns
    struct gocc_defer *record;
};

static struct go__g_slots *slots(void)
{
    return go__slots(go__self());
}

// ---- frames ------------------------------------------------------------------------------

void go__frame_link(struct gocc_frame *f)
{
    struct go__g_slots *s = slots();
    f->up = s->frames;
    f->defers = NULL;
    f->state = s->panics;
    f->scopes = s->scopes;
    s->frames = f;
}

void gocc_defer(struct gocc_frame *f, struct gocc_defer *d, void (*run)(void *self))
{
    d->run = run;
    d->next = f->defers;
    f->defers = d;
}

void gocc_defer_owning(struct gocc_frame *f, struct gocc_defer *d, void (*run)(void *self),
                       const struct gocc_type *type)
{
    d->type = type;
    gocc_defer(f, d, run);
}

void *gocc_defer_alloc(size_t size)
{
    struct gocc_defer *d = go__calloc(1, size);
    d->heap = true;
    return d;
}

// Ends the innermost deferred call: its record is of no more use.
static void end_running(struct go__g_slots *s)
{
    struct running *r = s->panics;
    struct gocc_defer *d = r->record;
    s->panics = r->up;
    for (uint32_t i = 0; d->type && i < d->type->n_owned; i++)
        gocc_release(*(void **)((char *)d + d->type->owned[i]));
    if (d->heap)
        go__free(d);
}

// Runs the deferred call that f registered last. Requires: there is one.
static void run_last(struct go__g_slots *s, struct gocc_frame *f, struct panic *p)
{
    struct gocc_defer *d = f->defers;
    struct running r = {s->panics, p, d};
    f->defers = d->next;
    s->panics = &r;
    d->run(d);
    s->panics = &r; // a longjmp may have left others above it
    end_running(s);
}

void gocc_frame_leave(struct gocc_frame *f)
{
    struct go__g_slots *s = slots();
    s->frames = f; // a longjmp may have left others above it
    s->panics = f->state;
    while (f->defers)
        run_last(s, f, NULL);
    s->frames = f->up;
}

// ---- unwinding ---------------------------------------------------------------------------

// Ends the deferred calls that began after `until`, with the panics that ran them. Returns
// whether a go_exit was among those.
static bool drop_running(struct go__g_slots *s, struct running *until)
{
    bool exiting = false;
    while (s->panics != until) {
        struct panic *p = ((struct running *)s->panics)->panic;
        end_running(s);
        if (p && p->message)
            go__free(p->message);
        else if (p)
            exiting = true;
    }
    return exiting;
}

static void write_all(const char *text, size_t size)
{
    while (size) {
        ssize_t n = write(STDERR_FILENO, text, size);
        if (n <= 0)
            return; // nobody is there to read it
        text += n;
        size -= (size_t)n;
    }
}

// The lines of a message behind its first are indented.
static void print_panic(const struct panic *p, const char *before, bool again)
{
    write_all(before, strlen(before));
    write_all("panic: ", 7);
    for (const char *line = p->message; *line;) {
        size_t n = strcspn(line, "\n");
        write_all(line, n);
        line += n;
        if (*line) {
            write_all("\n\t", 2);
            line++;
        }
    }
    if (p->recovered)
        write_all(again ? " [recovered, repanicked]" : " [recovered]", again ? 24 : 12);
    write_all("\n", 1);
}

enum printed { PRINTED_NONE, PRINTED_SOME, PRINTED_NEXT };

// The panics whose deferred calls are still running, oldest first, as Go prints them. One that was
// recovered and raised again, with the same text, is printed once: PRINTED_NEXT, if that is `next`.
static enum printed print_older(const struct running *r, const struct panic *next)
{
    if (!r)
        return PRINTED_NONE;
    const struct panic *p = r->panic && r->panic->message ? r->panic : NULL;
    enum printed before = print_older(r->up, p ? p : next);
    if (!p)
        return before;
    bool again = p->recovered && strcmp(p->message, next->message) == 0;
    if (before != PRINTED_NEXT)
        print_panic(p, before ? "\t" : "", again);
    return again ? PRINTED_NEXT : PRINTED_SOME;
}

// What a fault among the panics that are under way has to say.
static const char *find_note(const struct running *r)
{
    for (; r; r = r->up)
        if (r->panic && r->panic->note)
            return r->panic->note;
    return NULL;
}

// Nobody recovered p.
static _Noreturn void die(struct go__g_slots *s, const struct panic *p)
{
    go__begin_dying();
    go__flush_stdout();
    enum printed before = print_older(s->panics, p);
    if (before != PRINTED_NEXT)
        print_panic(p, before ? "\t" : "", false);
    const char *note = p->note ? p->note : find_note(s->panics);
    if (note)
        go__print("%s\n", note);
    go__die(NULL, false);
}

// Runs all deferred calls of the goroutine for p, until one recovers.
static _Noreturn void unwind(struct panic *p)
{
    struct go__g_slots *s = slots();
    struct gocc_frame *f;
    while ((f = s->frames)) {
        if (!f->defers) {
            s->frames = f->up;
            continue;
        }
        run_last(s, f, p);
        if (!p->recovered)
            continue;
        go__free(p->message);
        // An exit goes on when what it ran has panicked and recovered.
        if (drop_running(s, f->state))
            go_exit();
        go__scopes_end(s, f->scopes);
        go__race_no_return();
        go__frame_resume(f);
    }
    if (p->message)
        die(s, p);
    drop_running(s, NULL);
    go__scopes_end(s, NULL);
    go__goexit();
}

void gocc_panic(const char *format, ...)
{
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int n = vsnprintf(NULL, 0, format, list);
    va_end(list);
    size_t size = n < 0 ? 1 : (size_t)n + 1;
    struct panic p = {.message = go__alloc(size)};
    p.message[0] = '\0';
    vsnprintf(p.message, size, format, again);
    va_end(again);
    unwind(&p);
}

static void panic_of_fault(const char *message, const char *note)
{
    size_t size = strlen(message) + 1;
    struct panic p = {.message = go__alloc(size), .note = *note ? note : NULL};
    memcpy(p.message, message, size);
    unwind(&p);
}

__attribute__((constructor)) static void set_hook(void)
{
    go__fault_hook = panic_of_fault;
}

const char *gocc_recover(void)
{
    struct running *r = slots()->panics;
    if (!r || !r->panic || !r->panic->message || r->panic->recovered)
        return NULL;
    r->panic->recovered = true;
    return r->panic->message;
}

const char *gocc_recover_if(bool deferred)
{
    return deferred ? gocc_recover() : NULL;
}

void gocc_deferred_call(gocc_code code)
{
    slots()->deferred = code;
}

void gocc_deferred_closure(const void *closure)
{
    slots()->deferred = closure ? *(const gocc_code *)closure : NULL;
}

bool gocc_is_deferred(gocc_code code)
{
    struct go__g_slots *s = slots();
    bool is = s->deferred == code;
    if (is)
        s->deferred = NULL;
    return is;
}

void gocc_deferred_through(gocc_code code, gocc_code to)
{
    if (gocc_is_deferred(code))
        gocc_deferred_call(to);
}

void go_exit(void)
{
    struct panic p = {.message = NULL};
    unwind(&p);
}

void gocc_nil_func(void)
{
    gocc_panic("runtime error: invalid memory address or nil pointer dereference");
}

void gocc_check_func(const void *f)
{
    if (!f)
        gocc_nil_func();
}
