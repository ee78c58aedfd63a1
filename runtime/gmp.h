// G, M and P: the scheduler's three structures, private to the scheduler's files
// (SCHEDULER_SRCS in the Makefile). Nothing above sched.h may include this.
//
//   G   a goroutine: what it runs, where it stopped, why it waits. Descriptors come from
//       blocks that are never given back, so a pointer to one stays readable for ever.
//   M   a thread. Foreign threads (which the runtime did not start) have one too, with a G
//       that stands for the thread.
//   P   the right to run goroutines: GOMAXPROCS of them, each with its queues.
//
// Who owns a P. While m->p == p and m->in_runtime != 0, p's private fields (marked "owner")
// belong to m's thread. While m is in user code (in_runtime == 0) the monitor may borrow or
// take p by this protocol, which costs the thread two plain stores per runtime call:
//
//     m, each runtime entry                 monitor, holding sched.retake
//       m->in_runtime = 1                     m->p = NULL
//       fence_light                           fence_heavy
//       p = m->p                              if (m->in_runtime == 0)    p is the monitor's
//       ... use p ...                         else                      m->p = p: not now
//       m->in_runtime = 0 (release)
//
// Either the monitor sees in_runtime == 1 or m sees p == NULL (Dekker, base.h). An m that sees
// NULL takes sched.retake and looks again, so a "not now" in progress is not mistaken for a
// loss. The release on leaving pairs with the monitor's acquire of in_runtime: it sees all
// that m did to p. in_runtime is a depth: the runtime calls itself (unlock callbacks, timers).
#ifndef GO_GMP_H
#define GO_GMP_H

#include "race.h"
#include "sched.h"
#include "stack.h"
#include "switch.h"

#include <gocc/abi.h>

#include <signal.h>

// What a goroutine is doing, and so who owns its descriptor.
enum go__g_status {
    GO__G_FREE,     // in a free list; nobody looks at it but to count
    GO__G_RUNNABLE, // in a queue, which owns it
    GO__G_RUNNING,  // m->g of one thread, which owns it
    GO__G_WAITING,  // parked: whoever will call go__ready owns it
};

// Arguments up to this size live in the descriptor.
#ifdef GO__TSAN
enum { GO__INLINE_ARGS = 0 }; // see race.h
#else
enum { GO__INLINE_ARGS = 64 };
#endif

struct go__g {
    void *sp;           // where it stopped; NULL: it has not run yet and has no stack
    struct go__g *next; // in the queue, batch or free list that holds it
    void (*run)(void *args);
    const struct gocc_type *type;
    void *args;           // inline_args, or from go__alloc
    char *stack;          // top of its stack from the pool; NULL: none yet, or not from there
    const void *object;   // waiting: on what
    struct go__m *lock_m; // go_lock_thread: the only thread that may run it
    struct go__g_slots slots;
    uint64_t id;
    uint64_t parent;   // who started it: the goroutine, and the address behind the call
    uintptr_t creator; // 0: none
    uint32_t locked;   // depth of go_lock_thread
    union {
        struct {
            uint8_t status; // enum go__g_status; written by the owner, read by reports
            uint8_t why;    // enum go__wait
            bool foreign;   // stands for a thread of m's
            bool owns_args; // they are from go__alloc, or own objects
        };
        uint16_t status_why; // status | why << 8
        uint32_t beginning;  // all four: in one store
    };
    int64_t since;            // waiting: since when, by sched.coarse_now
    struct go__m *m;          // foreign: that thread. Else NULL
    struct go__g *batch_next; // overflow or free list, at the head of a batch: the one below
    union {
        struct go__g *batch_prev; // overflow list: the one above
        uint32_t batch_size;      // free list: of this batch
    };
    struct go__fp fp; // stopped: its floating-point modes
    struct go__race_fiber race;
    max_align_t inline_args[64 / sizeof(max_align_t)];
};

#ifdef GO__STRESS
enum { GO__RING = 8, GO__STACK_CACHE = 4 };
#else
enum { GO__RING = 256, GO__STACK_CACHE = 64 };
#endif

enum go__attention {
    GO__ATTN_GIVE_WAY = 1,  // the running goroutine has had its 10 ms
    GO__ATTN_TIMERS = 2,    // a timer is due and nobody else is there to fire it
    GO__ATTN_NEW_TIMER = 4, // this P armed the earliest timer: the monitor must be told
    GO__ATTN_SHARE = 8,     // another P is idle: what is private here should be shared
    GO__ATTN_POLL = 16,     // descriptors have not been looked at for a while
};

struct go__p {
    // Read by everyone, written rarely.
    uint32_t id;
    // Bits, set by anyone with an atomic or, cleared by the owner. Relaxed: they say that
    // something is to be looked at, and whoever looks takes its lock or has its own order.
    uint32_t attention;
    struct go__m *m; // under sched.retake; NULL: nobody holds it
    struct go__p *idle_next;
    bool out; // out of service, held by nobody; under sched.lock

    // Owner.
    struct go__g *run_next __attribute__((aligned(GO__CACHE_LINE)));
    bool in_batch;                         // many are being readied: see go__batch_begin
    struct go__g *yield_head, *yield_tail; // first in, first out
    struct go__g *free;                    // descriptors
    struct go__g *free_more;               // NULL, or as many as free may become
    uint32_t n_free;
    uint32_t n_stacks; // in stacks[]
    uint64_t tick;     // picks; read by the monitor
    uint64_t id_next, id_end;
    uint64_t n_started, n_ended; // read by go_num_goroutine
    uint64_t n_steals;           // read by go_metrics_read

    // The ring: head by anyone with compare-and-swap, tail by the owner.
    uint32_t ring_head __attribute__((aligned(GO__CACHE_LINE)));
    uint32_t ring_tail;
    struct go__lock over_lock;
    uint32_t n_over;                  // batches in the list; written under over_lock
    struct go__g *over, *over_oldest; // newest batch first; under over_lock
    struct go__g *ring[GO__RING];
    char *stacks[GO__STACK_CACHE]; // owner: idle stacks, the last one is hottest

    // The monitor's.
    uint64_t seen_tick;
    struct go__m *seen_m;
    int64_t seen_since, seen_cpu; // when these two became so; the thread's CPU clock then
    int64_t looked, looked_cpu;   // the same of the last look
    uint32_t seen_blocking;       // m->blocking, and since when
    int64_t seen_blocking_since;
};

struct go__m {
    struct go__p *p;     // the protocol above
    uint32_t in_runtime; // depth
    bool spinning;       // counted in sched.n_spinning
    bool foreign, retire;
    struct go__g *g; // running; NULL on the scheduler's stack
    void *g0_sp;     // the scheduler's stack, while a goroutine runs
    // What to do once the stack that was left is out of use.
    void (*post)(void *arg);
    void *post_arg;
    int *errno_at;            // this thread's errno
    struct go__timer *firing; // whose fire is running here; read by go__timer_stop
    struct go__m *idle_next;  // under sched.lock
    struct go__p *next_p;     // set by the waker before `wake`
    struct go__g *lock_g;     // go_lock_thread: the only goroutine it may run
    struct go__g *pending;    // picked before the stack was left; next to run
    uint32_t wake;            // futex: 0 asleep or about to be, 1 woken, 2 look again
    uint32_t in_poll;         // asleep in go__netpoll_sleep, or about to be: kick it too
    uint32_t blocking;        // odd between go__enter_blocking and go__exit_blocking
    int64_t timer_until;      // sleeping as the timer waiter: its deadline
    int tid;
    void *interrupted; // while it stands still for a trace: its registers (trace.c)
    siginfo_t fault;   // for the panic that it becomes
    uintptr_t fault_pc;
    bool dead;      // the thread has ended; the struct may be reused
    char *g0_stack; // of the main thread's M
    struct go__race_fiber race;
    // These two survive when a dead thread's M is reused.
    struct go__m *all_next; // every M ever, newest first; never unlinked
    struct go__g *foreign_g;
};

struct go__sched {
    struct go__lock lock; // GO__RANK_SCHED: idle lists, global queue, thread count
    struct go__g *global_head, *global_tail;
    uint32_t n_global;
    struct go__p *idle_p;
    uint32_t n_idle_p; // written under lock; read by pushers
    struct go__m *idle_m;
    uint32_t n_spinning;   // atomic
    uint32_t n_m;          // threads of the runtime's alive, the main thread included
    uint32_t n_detached;   // goroutines running without a P (taken by the monitor)
    uint32_t n_hogs;       // threads that are nice, until they end; under lock
    uint32_t n_retiring;   // P's beyond n_p that a thread still holds
    uint32_t n_outside;    // what outside may wake goroutines (descriptors, signals); atomic
    bool starved;          // a P became idle for want of a thread, perhaps with work left
    struct go__m *timer_m; // the M that sleeps until the earliest timer; under lock

    struct go__lock retake; // GO__RANK_RETAKE

    struct go__p **p; // p[n_p_made], never shrinks
    uint32_t n_p;     // GOMAXPROCS
    uint32_t n_p_made;
    // A clock that may be read at each park: set anew by the monitor while anybody runs, and by
    // each thread that wakes.
    int64_t coarse_now;
    uint64_t n_hand_offs; // of P's, by the monitor
    struct go__m *all_m;
    struct go__g *g1;
    uint64_t id_batch;           // next batch of goroutine ids
    uint64_t n_started, n_ended; // by threads without a P; atomic
    bool main_exited;            // G1 called go_exit, or another goroutine forked
    sigset_t signal_mask;        // the program's, when the runtime started: that of its threads

    uint32_t monitor_wake;  // futex: not 0: kicked
    uint32_t monitor_state; // 1: started, or somebody is at it
    bool monitor_runs;      // its thread exists
    int64_t monitor_until;  // until when it sleeps; 0 awake, INT64_MAX for ever
};
extern struct go__sched go__sched;

_Static_assert(offsetof(struct go__m, g) == GO__M_G_AT, "sched.h reads it");
_Static_assert(offsetof(struct go__g, id) == GO__G_ID_AT, "sched.h reads it");

// ---- entry and exit ----------------------------------------------------------------------

struct go__m *go__m_attach(void); // the slow half of go__enter: starts the runtime or adopts

static inline void go__enter_known(struct go__m *m)
{
    go__store(&m->in_runtime, m->in_runtime + 1); // before m->p is read: see above
    go__fence_light();
}

static inline struct go__m *go__enter(void)
{
    struct go__m *m = go__m();
    if (go__unlikely(!m))
        m = go__m_attach();
    go__enter_known(m);
    return m;
}

static inline void go__leave(struct go__m *m)
{
    go__store_release(&m->in_runtime, m->in_runtime - 1); // pairs with go__p_borrow_locked
}

// The P of an M that is inside the runtime, or NULL when it has lost it (or never had one).
struct go__p *go__p_look_again(struct go__m *m);
static inline struct go__p *go__p_of(struct go__m *m)
{
    // Acquire: pairs with go__p_return_locked; what the monitor did to p is visible.
    struct go__p *p = go__load_acquire(&m->p);
    go__stress_delay(); // what is decided here must stay true however long it takes
    if (go__unlikely(!p))
        p = go__p_look_again(m);
    return p;
}

// ---- runq.c ------------------------------------------------------------------------------

// All but steal and the global ones: the owner of p only.
void go__runq_put(struct go__p *p, struct go__g *g); // ring, spilling half when full
struct go__g *go__runq_get(struct go__p *p);         // ring, then overflow
struct go__g *go__runq_get_oldest(struct go__p *p);  // overflow's oldest, then ring
bool go__runq_empty(struct go__p *p);                // any thread: ring and overflow
struct go__g *go__runq_steal(struct go__p *p, struct go__p *victim);
void go__global_put_locked(struct go__g *g);
void go__global_put_list_locked(struct go__g *head, struct go__g *tail, uint32_t n);
void go__global_put(struct go__g *g);
struct go__g *go__global_get(struct go__p *p); // a share for p; locks

// Whether go__runq_get may find something: a look that saves the call.
static inline bool go__runq_any(struct go__p *p)
{
    return go__load(&p->ring_head) != p->ring_tail || go__load(&p->n_over);
}

// Those that yielded: first in, first out, and the owner's alone.
static inline void go__runq_put_yield(struct go__p *p, struct go__g *g)
{
    g->next = NULL;
    if (p->yield_head)
        p->yield_tail->next = g;
    else
        p->yield_head = g;
    p->yield_tail = g;
}

static inline struct go__g *go__runq_get_yield(struct go__p *p)
{
    struct go__g *g = p->yield_head;
    if (g)
        p->yield_head = g->next;
    return g;
}

// ---- sched.c -----------------------------------------------------------------------------

void go__inject(struct go__g *g); // global queue, then go__wake_p if a P is idle
// Between the two, what the thread readies wakes nobody; the end does, once, if there is enough to
// share. Else the other P comes for the second goroutine and finds the third not there yet. The
// P of begin, or NULL, goes to end; the caller's entry stays open, so it keeps its P.
struct go__p *go__batch_begin(struct go__m *m);
void go__batch_end(struct go__p *p);
void go__attend(struct go__p *p);        // does what p->attention asks, but for giving way
struct go__g *go__pick(struct go__p *p); // the next of p's own or the global queue; owner
void go__schedule(void);      // the life of a scheduler stack; returns when the thread shall end
void go__schedule_main(void); // the entry of the main thread's

// ---- descriptor.c ------------------------------------------------------------------------

void go__each_g(void (*see)(struct go__g *g, void *arg), void *arg); // all but free ones
void go__sched_forget(struct go__g *keep); // in a fork child: only `keep` is left

// ---- proc.c ------------------------------------------------------------------------------

// On g0: returns with a P when there is something to run; NULL: the thread shall end.
struct go__g *go__find_work(struct go__m *m);
struct go__p *go__p_regain(struct go__m *m); // an idle P for a goroutine without one, or NULL
void go__wake_p(void); // wakes an idle P unless a spinning thread will find the work
// The same for whoever has just put something into its P's ring.
static inline void go__wake_if_idle(void)
{
    go__fence_light(); // the push before, the looks after: pairs with the heavy one in go_idle
    if (go__unlikely(go__load(&go__sched.n_idle_p) != 0) && go__load(&go__sched.n_spinning) == 0)
        go__wake_p();
}
void go__timer_thread_look_again(void); // sched.timer_m wakes, and sleeps anew if it has no work
void go__m_look_again(struct go__m *m); // an idle m likewise
void go__p_start(struct go__p *p);      // gives an ownerless p to a thread
// No thread was to be had for goroutines that wait, and the caller can run none: tries again.
// Returns until when to sleep before the next call. *since: 0 at first. Fatal when that lasts and
// no thread runs any.
int64_t go__find_thread(int64_t *since);
void go__p_share(struct go__p *p); // puts what is private to p where other P's can take it
void go__p_attach(struct go__m *m, struct go__p *p);
// By the goroutine of m, which shall end but kept it, and perhaps a P, by go_lock_thread until now.
void go__leave_nice_thread(struct go__m *m);
struct go__p *go__p_get_idle_locked(void);
void go__p_put_idle_locked(struct go__p *p);
struct go__m *go__m_new(void);
void go__m_adopt_thread(struct go__m *m);
// The monitor's half of the protocol above; the caller holds sched.retake. Takes p from *from;
// go__p_return_locked gives it back, go__p_start to another thread.
bool go__p_borrow_locked(struct go__p *p, struct go__m **from);
void go__p_return_locked(struct go__p *p, struct go__m *m);

// ---- sysmon.c ----------------------------------------------------------------------------

void go__monitor_start(void);
void go__monitor_kick(int64_t when); // it must look at the clock at `when`, not later
uint32_t go__idle_threads(void);

// ---- report.c ----------------------------------------------------------------------------

void go__report_leaks(void);   // at exit: the goroutines that are still there
void go__deadlock_check(void); // by a thread that found all P's idle; no lock held
const char *go__state_text(const struct go__g *g);
int64_t go__minutes_waited(const struct go__g *g, int64_t now); // 0: also if it does not wait

// ---- timer.c -----------------------------------------------------------------------------

int64_t go__timers_run(void); // fires what is due; when the next one is, INT64_MAX: none
void go__timers_forget(void); // in a fork child
// By a thread that will be busy: if no idle one waits for timers, the monitor shall.
void go__timers_hand_over(int64_t now);
int64_t go__timers_next(void); // a look without the lock
bool go__timers_awaited(void); // likewise: is any armed that is not in the background?

#endif
