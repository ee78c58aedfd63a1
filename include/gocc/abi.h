// What emitted C calls, and the encoding of the extension types: the only thing that the
// rewriter (gocc/) and the runtime (runtime/) share. Nobody writes these names by hand; the
// public interface is <gocc.h>. Plain C17 with the GNU extensions that gcc, clang and tcc
// have in common (statement expressions, __typeof__, __attribute, ##__VA_ARGS__).
//
// Types. A channel is a pointer to its struct gocc_hchan, dressed in a function type that
// only carries the element type, so that C's own rules check channels:
//
//     chan<T>     T (**)(struct gocc_hchan *)
//     <-chan<T>   T (*const *)(struct gocc_hchan *)       two-way -> one-way converts,
//     chan<-T>    T (*volatile *)(struct gocc_hchan *)    the other way "discards qualifiers"
//     func<R(P)>  R (**)(void *self, P)                   called as (*f)(f, ...)
//
// While gocc analyses a file (__GOCC_TWIN__), func is a function pointer with a calling
// convention that no C function has, which makes it callable as written and distinct.
//
// Objects. Whatever is reference-counted (channels, closures, boxes of captured variables,
// and the library's objects) has a struct gocc_object directly in front of the address that
// is handed out. NULL is accepted by retain and release and ignored.
#ifndef GOCC_ABI_H
#define GOCC_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gocc_hchan;

#ifndef __cplusplus
// The argument is one type, which may have commas: struct { int x, y; }.
#define gocc_chan(...) __typeof__(__typeof__(__VA_ARGS__)(**)(struct gocc_hchan *))
#define gocc_recv_chan(...) __typeof__(__typeof__(__VA_ARGS__)(*const *)(struct gocc_hchan *))
#define gocc_send_chan(...) __typeof__(__typeof__(__VA_ARGS__)(*volatile *)(struct gocc_hchan *))
#ifdef __GOCC_TWIN__
// gocc_twin_params_(): no arguments, so (void); gocc_twin_params_some(P): (P).
#define gocc_twin_params_() void
#define gocc_twin_params_some(...) __VA_ARGS__
#define gocc_func(R, ...) \
    __typeof__(__typeof__(R)(__attribute__((preserve_most)) *)( \
        gocc_twin_params_##__VA_OPT__(some)(__VA_ARGS__)))
#else
// In two steps, because `##` would keep a gocc_func among the parameters from being expanded.
#define gocc_func(...) gocc_func_(__VA_ARGS__)
#define gocc_func_(R, ...) __typeof__(__typeof__(R)(**)(void *, ##__VA_ARGS__))
#endif
#else // C++ sees the same addresses without the dress.
#define gocc_chan(T) struct gocc_hchan *
#define gocc_recv_chan(T) struct gocc_hchan *
#define gocc_send_chan(T) struct gocc_hchan *
#define gocc_func(R, ...) void *
#endif

// The element type of the channel expression c, which is not evaluated.
#define gocc_elem(c) __typeof__((*(c))(0))
#define gocc_hchan(c) ((struct gocc_hchan *)(c))

// ---- objects -----------------------------------------------------------------------------

// What the runtime must know of an object or of an argument block of `go`.
struct gocc_type {
    const char *name;        // "main.func1", "f": for traces; static
    uint32_t size;           // bytes behind the header
    uint32_t n_owned;        // how many object pointers it owns, at the offsets in
    const uint32_t *owned;   // owned[n_owned]; NULL members are skipped
    void (*destroy)(void *); // frees what `owned` cannot express, before the memory; or NULL
};

// Precedes every object. refs < 0: static, never freed.
struct gocc_object {
    int64_t refs;
    const struct gocc_type *type;
};
#define GOCC_STATIC_OBJECT(type) {INT64_MIN / 2, type}

// A new object of type->size zero bytes with one owner. Never NULL: out of memory is fatal.
void *gocc_new(const struct gocc_type *type);
// Memory for one captured variable of `size` bytes, zeroed. Its owner is a scope of the calling
// goroutine, until gocc_scope_end; or until a recovered panic, or go_exit, leaves that scope.
void *gocc_box(size_t size);
// The same for a variable that needs more than 16 bytes of alignment, a power of two.
void *gocc_box_aligned(size_t size, size_t alignment);
// Ends the box, if any, and returns a new one for the same scope: its declaration is passed again.
// alignment: 16 or more. frame: of the function whose outermost scope it is, for a box that is
// older than that; or NULL.
struct gocc_frame;
void *gocc_box_again(volatile void *box, size_t size, size_t alignment, struct gocc_frame *frame);
// A box that holds the object, which is its to release: a temporary.
// Before: func() { x++; }();
// After:  ({ gocc_func(void) *f gocc_scoped = gocc_hold(main_func1_new(x)); gocc_call(*f); });
void *gocc_hold(void *object);
// Adds an owner; returns its argument without qualifiers.
void *gocc_retain(const volatile void *object);
// Takes an owner away; the last one frees the object and releases what it owns.
void gocc_release(const volatile void *object);
// The cleanup of a box pointer `T *x`: given &x. The scope owns x no more; sets it to NULL.
void gocc_scope_end(volatile void *box_pointer);
// Before: { int x = 0; go { x++; } }     After: { int *x gocc_scoped = gocc_box(sizeof *x); ...
// (__attribute without underscores at the end survives glibc's headers under tcc.)
#define gocc_scoped __attribute((cleanup(gocc_scope_end)))

// ---- goroutines --------------------------------------------------------------------------

// Starts a goroutine that calls run(copy of args). type->size bytes are copied; the objects
// at type->owned are retained now and released when the goroutine has ended, however it ends.
// type must be static. Blocks: never (but may give way). Threads: any.
void gocc_go(const struct gocc_type *type, void (*run)(void *args), const void *args);

// ---- closures ----------------------------------------------------------------------------

// Calls the closure value f, evaluated once; panics when it is null.
// Two steps, as gocc_func, for a call among the arguments.
#define gocc_call(...) gocc_call_(__VA_ARGS__)
#ifdef __TINYC__
// No branch in the expression: tcc saves a value that waits in a register, as that of `a == b` in
// `(a == b) + f()`, at the first call behind it, and forgets that a branch may skip this call.
#define gocc_call_(f, ...) \
    __extension__({ \
        __typeof__(f) gocc_f = (f); \
        gocc_check_func(gocc_f); \
        (*gocc_f)(gocc_f, ##__VA_ARGS__); \
    })
#else
#define gocc_call_(f, ...) \
    __extension__({ \
        __typeof__(f) gocc_f = (f); \
        if (!gocc_f) \
            gocc_nil_func(); \
        (*gocc_f)(gocc_f, ##__VA_ARGS__); \
    })
#endif
void gocc_nil_func(void) __attribute((noreturn));
void gocc_check_func(const void *f); // gocc_nil_func when it is null

// ---- channels ----------------------------------------------------------------------------

// A new channel with one owner; elem_size 0 for chan<void>; elem_name for diagnostics, static.
// n < 0 or too large panics "makechan: size out of range".
struct gocc_hchan *gocc_chan_make(size_t elem_size, const char *elem_name, int64_t n);
void gocc_chan_send(struct gocc_hchan *c, const void *elem);
// elem may be NULL (the value is dropped). Returns false, elem zeroed, when closed and drained.
bool gocc_chan_recv(struct gocc_hchan *c, void *elem);
// As gocc_chan_recv; then releases c: for `<-go_after(d)`, whose channel belongs to the operation.
bool gocc_chan_recv_release(struct gocc_hchan *c, void *elem);
void gocc_chan_close(struct gocc_hchan *c);
int gocc_chan_len(const struct gocc_hchan *c);
int gocc_chan_cap(const struct gocc_hchan *c);

// make(chan<T>, n); make(queue_t, n) for a channel type by name, elem_name "=queue_t"; and
// make(chan<void>, n). No tail call, as reports say where a channel was made.
#define gocc_make(T, n) gocc_make_(gocc_chan(T), sizeof(T), #T, n)
#define gocc_make_as(C, n) \
    gocc_make_(C, \
               __builtin_types_compatible_p(gocc_elem((C)0), void) ? 0 : sizeof(gocc_elem((C)0)), \
               "=" #C, n)
#define gocc_make_void(n) gocc_make_(gocc_chan(void), 0, "void", n)
#define gocc_make_(C, size, name, n) \
    __extension__({ \
        struct gocc_hchan *gocc_c = gocc_chan_make(size, name, n); \
        __asm__ volatile(""); \
        (C) gocc_c; \
    })

// c <- v, also c <- {...}: the channel is evaluated first, the value converted as by assignment.
#define gocc_send(c, ...) \
    __extension__({ \
        __typeof__(c) gocc_c = (c); \
        gocc_elem(gocc_c) gocc_v = __VA_ARGS__; \
        gocc_chan_send(gocc_hchan(gocc_c), &gocc_v); \
    })
#define gocc_send_void(c) gocc_chan_send(gocc_hchan(c), NULL)

// <-c, an expression of the element type.
#define gocc_recv(c) \
    __extension__({ \
        gocc_elem(c) gocc_v; \
        gocc_chan_recv(gocc_hchan(c), &gocc_v); \
        gocc_v; \
    })
#define gocc_recv_void(c) ((void)gocc_chan_recv(gocc_hchan(c), NULL))
// <-go_after(d): the operation owns the channel.
#define gocc_recv_release(c) \
    __extension__({ \
        gocc_elem(c) gocc_v; \
        gocc_chan_recv_release(gocc_hchan(c), &gocc_v); \
        gocc_v; \
    })
// v, ok = <-c: the value; *ok is set. And into a variable: returns ok.
#define gocc_recv_ok(c, ok) \
    __extension__({ \
        gocc_elem(c) gocc_v; \
        *(ok) = gocc_chan_recv(gocc_hchan(c), &gocc_v); \
        gocc_v; \
    })
#define gocc_recv_into(c, elem) gocc_chan_recv(gocc_hchan(c), elem)
#define gocc_close(c) gocc_chan_close(gocc_hchan(c))
#define gocc_len(c) gocc_chan_len(gocc_hchan(c))
#define gocc_cap(c) gocc_chan_cap(gocc_hchan(c))

// ---- select ------------------------------------------------------------------------------

// One case, filled in order of the source, on the selecting goroutine's stack.
struct gocc_case {
    struct gocc_hchan *chan; // NULL: never ready
    void *elem;              // send: the value, read; receive: where it goes, or NULL
    uint8_t kind;            // enum gocc_case_kind
    bool ok;                 // out, of the chosen receive: false when closed and drained
    uint32_t order;          // the runtime's, while it selects
};
enum gocc_case_kind {
    GOCC_SEND,
    GOCC_RECV,
    GOCC_RECV_RELEASE, // a receive whose channel is released when the select ends
};
// Waits until one case can go, chooses uniformly among those that can, carries it out and
// returns its index. With has_default never waits: -1 when none can go. n may be 0.
int gocc_select(struct gocc_case *cases, int n, bool has_default);

#define gocc_case_send(c, value) ((struct gocc_case){gocc_hchan(c), value, GOCC_SEND, false, 0})
#define gocc_case_recv(c, into) ((struct gocc_case){gocc_hchan(c), into, GOCC_RECV, false, 0})
#define gocc_case_recv_release(c, into) \
    ((struct gocc_case){gocc_hchan(c), into, GOCC_RECV_RELEASE, false, 0})
// select {} and operations on a null channel. Never returns.
void gocc_block(void) __attribute((noreturn));

// ---- defer, panic ------------------------------------------------------------------------

// One deferred call. Lives in the frame of the function (a defer that runs at most once per
// call), or was given out by gocc_defer_alloc (a defer in a loop) and is freed after its run.
struct gocc_defer {
    struct gocc_defer *next;      // the one registered before it
    void (*run)(void *self);      // given the address of this struct, the head of its arguments
    const struct gocc_type *type; // names the objects that the arguments own; or NULL
    bool heap;                    // set by gocc_defer_alloc; false in a frame, so zero it there
};

// One activation of a function with defers. Linked into the goroutine from gocc_frame_enter
// until gocc_frame_leave. The registers belong to gocc_frame_enter's assembly.
struct gocc_frame {
    struct gocc_frame *up;
    struct gocc_defer *defers; // last in, first out
    void *state;               // the runtime's
    uintptr_t regs[24];
    void *scopes; // the runtime's
};

// Links f in and returns 0; returns a second time, with 1, when a panic that passed through
// this activation was recovered: the function then returns at once. Saves the registers.
#if defined(__clang__) || !defined(__TINYC__)
int gocc_frame_enter(struct gocc_frame *f) __attribute((returns_twice));
#else
int gocc_frame_enter(struct gocc_frame *f);
#endif
// The cleanup of the frame: runs the deferred calls, last first, and unlinks f.
void gocc_frame_leave(struct gocc_frame *f);
// Registers d, whose arguments are already in place behind it, to call run(d).
void gocc_defer(struct gocc_frame *f, struct gocc_defer *d, void (*run)(void *self));
// The same for a record that owns objects, at type->owned: released when the call has ended,
// however it ends.
void gocc_defer_owning(struct gocc_frame *f, struct gocc_defer *d, void (*run)(void *self),
                       const struct gocc_type *type);
// A heap record of `size` bytes that begins with struct gocc_defer, for a defer in a loop.
void *gocc_defer_alloc(size_t size);

// Opens a function with defers; `result` is what it returns after a recovered panic.
// Before: void f(void) { defer g(); ... }
// After:  void f(void) { GOCC_FRAME(); ... }      cleanup runs the calls on every way out
#define GOCC_FRAME(result) \
    struct gocc_frame gocc_frame __attribute((cleanup(gocc_frame_leave))); \
    if (gocc_frame_enter(&gocc_frame)) \
    return result
// In a function that is declared never to return, a recovered panic becomes another one.
#define GOCC_FRAME_NORETURN() \
    struct gocc_frame gocc_frame __attribute((cleanup(gocc_frame_leave))); \
    if (gocc_frame_enter(&gocc_frame)) \
    gocc_panic("recovered in a function that does not return")

// Where the thread that runs the caller just now keeps errno: `errno` in .gc code. Not const, as
// libc's is: a call between two uses may have moved the goroutine.
int *gocc_errno(void);
// `gocc run`: `function`, called `name`, lies in code that was compiled into memory from the object
// file elf[size], which has the lines for traces and stays there.
void gocc_code_in_memory(const void *function, const char *name, const void *elf, size_t size);
// `gocc run`: from now on faults are the program's.
void gocc_handle_faults(void);

void gocc_panic(const char *format, ...) __attribute((noreturn, format(printf, 1, 2)));
// Requires: called by the deferred call itself. That is known in a deferred block; a function or
// closure asks, before anything else that it does, whether it is the deferred call, and whoever is
// about to make a deferred call has said which function that is.
//
// Before: void f(void) { … recover() … }             defer f();
// After:  void f(void) { const bool gocc_deferred = gocc_is_deferred((gocc_code)f);
//         … gocc_recover_if(gocc_deferred) … }       { gocc_deferred_call((gocc_code)f); f(); }
const char *gocc_recover(void);
const char *gocc_recover_if(bool deferred); // NULL if not
typedef void (*gocc_code)(void);
void gocc_deferred_call(gocc_code code);
void gocc_deferred_closure(const void *closure); // a null one, too
bool gocc_is_deferred(gocc_code code);
// code stands for `to`, a C function that became a closure: if it is deferred, `to` is.
void gocc_deferred_through(gocc_code code, gocc_code to);

#ifdef __cplusplus
}
#endif
#endif
