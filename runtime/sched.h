// The scheduler's interface to the rest of the runtime: who runs, who waits, what is due.
// Channels, select, sync and time stand on these calls alone and never see a P or an M;
// nothing above this line of the layering touches a run queue.
//
// Goroutines and foreign threads look the same from here: go__self() of a thread that the
// runtime did not start is a descriptor too, which parks on a futex.
#ifndef GO_SCHED_H
#define GO_SCHED_H

#include "base.h"
#include "lock.h"

struct go__g;

// Why a goroutine waits; what deadlock reports and traces print ("chan receive", "select").
enum go__wait {
    GO__WAIT_NONE,
    GO__WAIT_CHAN_SEND,
    GO__WAIT_CHAN_RECV,
    GO__WAIT_CHAN_SEND_NIL,
    GO__WAIT_CHAN_RECV_NIL,
    GO__WAIT_SELECT,
    GO__WAIT_SELECT_NONE, // select {}
    GO__WAIT_SLEEP,
    GO__WAIT_MUTEX,
    GO__WAIT_RWMUTEX_R,
    GO__WAIT_RWMUTEX_W,
    GO__WAIT_WAITGROUP,
    GO__WAIT_COND,
    GO__WAIT_SEMAPHORE,
    GO__WAIT_IO,
};

// The calling goroutine, or the calling foreign thread's descriptor. Never NULL; starts the
// runtime if need be. Two loads from where gmp.h says that they are.
enum { GO__M_G_AT = 16, GO__G_ID_AT = 104 };
struct go__g *go__self_first(void); // of a thread's first call
static inline struct go__g *go__self(void)
{
    char *m = (char *)go__m();
    return go__likely(m != NULL) ? *(struct go__g **)(m + GO__M_G_AT) : go__self_first();
}
// What no recover stops: the program has done wrong. The trace is that of a goroutine also where it
// is main's first call.
static inline _Noreturn void go__misuse(const char *message)
{
    go__self();
    go__throw(message);
}

// Where the lower half of the caller's number is, without a call: gmp.h says that it is there.
// NULL: no goroutine runs here, or the thread has not called the runtime before.
static inline const uint32_t *go__self_number(void)
{
    char *m = (char *)go__m(), *g = m ? *(char **)(m + GO__M_G_AT) : NULL;
    return go__likely(g != NULL) ? (const uint32_t *)(g + GO__G_ID_AT) : NULL;
}

// Whether the calling thread is one that the runtime did not start: it blocks as threads do.
bool go__on_foreign_thread(void);

// Blocks the caller until somebody calls go__ready on it.
//
//   unlock(arg)  called once the caller's stack is no longer in use (from the next
//                goroutine's or the scheduler's stack): release there the lock under which
//                the waiter was queued, else the other side could resume a stack in use.
//                Must not park. May be NULL.
//   object       what it waits on (a channel, a mutex), for reports; may be NULL.
//
// errno survives. Every go__park is paired with exactly one go__ready, which may come first
// only after unlock has run.
void go__park_plain(void (*unlock)(void *arg), void *arg, enum go__wait why, const void *object);
void go__park_measured(void (*unlock)(void *arg), void *arg, enum go__wait why, const void *object);
extern bool go__measuring; // waits are measured: <gocc/metrics.h>
static inline void go__park(void (*unlock)(void *arg), void *arg, enum go__wait why,
                            const void *object)
{
    if (go__unlikely(go__load(&go__measuring)))
        go__park_measured(unlock, arg, why, object);
    else
        go__park_plain(unlock, arg, why, object);
}

// Makes a parked g runnable: it becomes the next to run on the caller's processor, displacing
// the one that was next to the queue's tail. From a foreign thread or a thread without a
// processor it goes to the global queue. Never blocks. g may be gone when this returns.
void go__ready(struct go__g *g);

// Around work for so many that it takes long, as the closing of a channel that they wait at: the
// caller keeps its processor until the end, and with it the way by which the others are readied
// cheaply. Who computed and lost it may get another in begin, which gives way if it is asked to: no
// lock is held there. In between: no parking and no go__poll. begin's result goes to end.
struct go__m *go__long_work_begin(void);
void go__long_work_end(struct go__m *m);

// Gives way if asked to (p->attention): called by operations that did not block.
void go__poll(void);

// The number of the processor that the caller runs on at this moment; some other number where it
// has none. For caches: nothing keeps the caller there.
uint32_t go__processor(void);
// GOMAXPROCS.
uint32_t go__processors(void);

// A random number below n > 0: select's choice, and every other choice of the runtime.
uint32_t go__choose(uint32_t n);

// One-word slots of g that belong to the caller's subsystem; g must be the caller's own,
// parked by the caller, or locked by what it is queued on.
struct go__g_slots {
    void *select_winner;       // select: the waiter that was chosen
    struct gocc_frame *frames; // panic: activations with deferred calls, innermost first
    void *panics;              // panic: panics under way
    void (*deferred)(void);    // panic: the function that a deferred call is about to call
    void *scopes;              // object: boxes whose scopes have not ended, newest first
};
struct go__g_slots *go__slots(struct go__g *g);
uint64_t go__g_id(const struct go__g *g);

// ---- timers ------------------------------------------------------------------------------

// A timer is memory of its owner. fire runs on a scheduler thread, must not park, may call
// go__ready, go__timer_start (of any timer, this one too) and non-blocking channel steps.
struct go__timer {
    int64_t when;                      // go_now() time; set by start
    int64_t slack;                     // may fire that much later, to share a wake-up
    void (*fire)(struct go__timer *t); // set by the owner before the first start
    void *arg;                         // the owner's
    bool fixed;                        // it is never stopped
    bool background;                   // a deadlock is one all the same while only this is armed
    uint32_t state, heap_index;        // the scheduler's
    void *home;                        // the scheduler's: whose heap it is in
};
// Arms t for `when`; t must not be armed.
void go__timer_start(struct go__timer *t, int64_t when);
// Disarms t. True: it was armed and will not fire. False: it was not armed, or fire has been
// called or is running; go__timer_stop then returns only once fire has returned, unless
// called from within fire itself. So the memory of t may be freed after it in either case.
bool go__timer_stop(struct go__timer *t);

// ---- goroutine ends ----------------------------------------------------------------------

// Ends the calling goroutine without running deferred calls (go_exit, in panic.c, runs them).
_Noreturn void go__goexit(void);

// Blocking system calls of the runtime itself and the public go_enter_blocking pair: between
// the two the monitor may hand the caller's processor on. No runtime call in between.
void go__enter_blocking(void);
void go__exit_blocking(void);

#endif
