// Channels for plain C files: the language's constructs as macros. LANGUAGE.md 3, 6. A .gc
// file has the constructs themselves, and may use these too.
//
//     go_chan(int) c = go_make(int, 0);            chan<int> c = make(chan<int>);
//     go_send(c, 42);                              c <- 42;
//     int v = go_recv(c);                          int v = <-c;
//     go_release(c);
//
// The compiler checks element types and directions; gcc needs
// -Werror=incompatible-pointer-types -Werror=discarded-qualifiers to insist. All operations
// may be used by any goroutine and any thread; blocking ones block the goroutine, outside the
// runtime's threads the thread. C++ sees channels as addresses, without these operations.
#ifndef GOCC_CHAN_H
#define GOCC_CHAN_H

#include <gocc/abi.h>
#include <gocc/object.h>
#include <gocc/time.h>

// The types chan<T>, <-chan<T> and chan<-T. A two-way channel converts to both of the others.
//
//   T  a complete object type, not an array; or void, for a channel of mere facts.
#define go_chan(T) gocc_chan(T)
#define go_recv_chan(T) gocc_recv_chan(T)
#define go_send_chan(T) gocc_send_chan(T)

#ifndef __cplusplus

// The value of a chan<void>: go_send(done, {}).
struct gocc_nothing {
};
// The type of c's values, for a variable.
#define gocc_value(c) \
    __typeof__(__builtin_choose_expr(__builtin_types_compatible_p(gocc_elem(c), void), \
                                     (struct gocc_nothing){}, (*(c))(0)))

// A new channel of T that buffers n values.
//
//   n  0: unbuffered, sender and receiver meet.
//
// Returns a channel with the caller as owner: go_release(c) frees it.
// Panics: "makechan: size out of range" when n is negative or too large. Blocks: never.
// Threads: any. Source: Go's make(chan T, n). LANGUAGE.md 3.
#define go_make(T, n) \
    ((gocc_chan(T))gocc_chan_make(__builtin_types_compatible_p(T, void) ? 0 : sizeof(T), #T, n))

// Sends a value, waiting until a receiver or the buffer takes it.
//
//   c    evaluated first. NULL: blocks for ever.
//   ...  the value, converted as by assignment; braces as in an initialiser.
//
// Panics: "send on closed channel". Blocks: the goroutine; outside the runtime's threads, the
// calling thread. Threads: any. Order: the send happens before the receive of its value completes.
// Source: Go's c <- v. LANGUAGE.md 3.
#define go_send(c, ...) \
    __extension__({ \
        gocc_send_chan(gocc_elem(c)) gocc_c = (c); \
        gocc_value(gocc_c) gocc_v = __VA_ARGS__; \
        gocc_chan_send(gocc_hchan(gocc_c), &gocc_v); \
    })

// Receives a value, waiting for one; zero when c is closed and drained.
//
//   c  evaluated once. NULL: blocks for ever.
//
// Returns the value. Panics: never. Blocks: the goroutine; outside the runtime's threads, the
// calling thread. Threads: any. Order: see go_send; a receive on an unbuffered channel happens
// before the send completes; a close before a receive that sees it.
// Source: Go's <-c. LANGUAGE.md 3.
#define go_recv(c) \
    __extension__({ \
        gocc_recv_chan(gocc_elem(c)) gocc_c = (c); \
        gocc_value(gocc_c) gocc_v; \
        gocc_chan_recv(gocc_hchan(gocc_c), &gocc_v); \
        gocc_v; \
    })

// As go_recv; *ok is set to false when c is closed and drained, else to true.
//
//   ok  a bool *, evaluated once, before the receive.
//
// Source: Go's v, ok = <-c. LANGUAGE.md 3.
#define go_recv_ok(c, ok) \
    __extension__({ \
        gocc_recv_chan(gocc_elem(c)) gocc_c = (c); \
        gocc_value(gocc_c) gocc_v; \
        bool *gocc_ok = (ok); \
        *gocc_ok = gocc_chan_recv(gocc_hchan(gocc_c), &gocc_v); \
        gocc_v; \
    })

// Sends a value if a receiver waits or the buffer has room.
//
//   c, v  as for go_send; v without braces. NULL is never ready.
//
// Returns whether it was sent. Panics: "send on closed channel". Blocks: never. Threads: any.
// Source: Go's select with one send and a default. LANGUAGE.md 6.
#define go_try_send(c, ...) \
    __extension__({ \
        gocc_send_chan(gocc_elem(c)) gocc_c = (c); \
        gocc_value(gocc_c) gocc_v = __VA_ARGS__; \
        struct gocc_case gocc_k = {gocc_hchan(gocc_c), &gocc_v, GOCC_SEND, false, 0}; \
        gocc_select(&gocc_k, 1, true) == 0; \
    })

// Receives a value if a sender waits, the buffer has one, or c is closed.
//
//   v   where it goes, a pointer to the element type; NULL: the value is dropped.
//   ok_pointer  a bool *, set as by go_recv_ok; NULL: not wanted. Both are untouched when
//               nothing was received.
//
// Returns whether something was received. Panics: never. Blocks: never. Threads: any.
// Source: Go's select with one receive and a default. LANGUAGE.md 6.
#define go_try_recv(c, v, ok_pointer) \
    __extension__({ \
        gocc_recv_chan(gocc_elem(c)) gocc_c = (c); \
        gocc_value(gocc_c) *gocc_into = (v); \
        struct gocc_case gocc_k = {gocc_hchan(gocc_c), gocc_into, GOCC_RECV, false, 0}; \
        bool *gocc_ok = (ok_pointer), gocc_done = gocc_select(&gocc_k, 1, true) == 0; \
        if (gocc_done && gocc_ok) \
            *gocc_ok = gocc_k.ok; \
        gocc_done; \
    })

// Closes c: receivers get what is buffered, then zeroes at once; senders panic.
//
//   c  evaluated once.
//
// Panics: "close of closed channel", "close of nil channel". Blocks: never. Threads: any.
// Order: the close happens before a receive that sees it. Source: Go's close. LANGUAGE.md 3.
#define go_close(c) \
    __extension__({ \
        gocc_send_chan(gocc_elem(c)) gocc_c = (c); \
        gocc_chan_close(gocc_hchan(gocc_c)); \
    })

// Waits until one of the cases can go, chooses uniformly among those that can, and carries it out.
//
//     switch (go_select(go_case_recv(in, &v, &ok),          select {
//                       go_case_send(out, 7))) {
//     case 0:                                               case v, ok = <-in:
//         …
//         break;
//     case 1:                                               case out <- 7:
//         …
//     }                                                     }
//
//   ...  the cases, none or more; their operands are evaluated once, in order, also those of
//        cases that lose. A case with a NULL channel never goes. Without cases: blocks for ever.
//
// Returns the index of the case that went. Panics: "send on closed channel" when that is a send.
// Blocks: the goroutine; outside the runtime's threads, the calling thread. Threads: any.
// Order: that of the case's operation. Source: Go's select. LANGUAGE.md 3, 6.
#define go_select(...) gocc_select_of(false, __VA_ARGS__)

// As go_select, but if none of the cases can go now, returns -1.
//
// Blocks: never. Source: Go's select with a default. LANGUAGE.md 3, 6.
#define go_try_select(...) gocc_select_of(true, __VA_ARGS__)

// What go_case_send and the like make for go_select.
struct gocc_select_case {
    struct gocc_case op;
    bool *ok;
};

// A case of go_select that sends a value on c.
//
//   c    evaluated once.
//   ...  the value, as for go_send.
//
// Returns a case for go_select, good within the block that it stands in. Panics: never.
// Blocks: never. Threads: any. Source: Go's case c <- v. LANGUAGE.md 3, 6.
#define go_case_send(c, ...) \
    (&(struct gocc_select_case){{gocc_hchan((gocc_send_chan(gocc_elem(c))){(c)}), \
                                 (gocc_value(c)[1]){__VA_ARGS__}, GOCC_SEND, false, 0}, \
                                NULL})

// A case of go_select that receives a value from c.
//
//   c           evaluated once.
//   v           where the value goes, a pointer to the element type; NULL: it is dropped.
//   ok_pointer  a bool *, set as by go_recv_ok; NULL: not wanted. Both are written when this is
//               the case that goes, else untouched.
//
// Returns a case for go_select, good within the block that it stands in. Panics: never.
// Blocks: never. Threads: any. Source: Go's case v, ok = <-c. LANGUAGE.md 3, 6.
#define go_case_recv(c, v, ok_pointer) \
    (&(struct gocc_select_case){{gocc_hchan((gocc_recv_chan(gocc_elem(c))){(c)}), \
                                 (gocc_value(c) *){(v)}, GOCC_RECV, false, 0}, \
                                (ok_pointer)})

// A case of go_select that goes when d has passed.
//
//   d  a go_duration, from when the case is evaluated.
//
// Returns a case for one go_select. Panics: never. Blocks: never. Threads: any.
// Source: Go's case <-time.After(d). LANGUAGE.md 6.
#define go_case_after(d) \
    (&(struct gocc_select_case){{gocc_hchan(go_after(d)), NULL, GOCC_RECV_RELEASE, false, 0}, NULL})

// Pointers to the cases, as tcc miscounts an array [] of structs that are values. The first is
// none, since an array has at least one element.
#define gocc_select_of(has_default, ...) \
    __extension__({ \
        struct gocc_select_case *gocc_s[] = {NULL, __VA_ARGS__}; \
        enum { gocc_n = sizeof(gocc_s) / sizeof(gocc_s[0]) }; \
        struct gocc_case gocc_k[gocc_n]; \
        for (int gocc_i = 1; gocc_i < gocc_n; gocc_i++) \
            gocc_k[gocc_i] = gocc_s[gocc_i]->op; \
        int gocc_chosen = gocc_select(gocc_k + 1, gocc_n - 1, has_default); \
        if (gocc_chosen >= 0 && gocc_s[gocc_chosen + 1]->ok) \
            *gocc_s[gocc_chosen + 1]->ok = gocc_k[gocc_chosen + 1].ok; \
        gocc_chosen; \
    })

// How many values c buffers now, and how many it can; 0 for NULL. Of type int.
//
//   c  evaluated once.
//
// Panics: never. Blocks: never. Threads: any. Source: Go's len and cap. LANGUAGE.md 3.
#define go_len(c) gocc_chan_len(gocc_hchan(c))
#define go_cap(c) gocc_chan_cap(gocc_hchan(c))

#endif
#endif
