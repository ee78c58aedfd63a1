// The runtime's lock: one word, zero when free, held for tens of nanoseconds.
//
// Invariants:
//   - Nobody parks or makes a blocking call while holding one (malloc is none). A
//     goroutine that parks hands its locks to go__park's unlock callback, which runs on the
//     same thread; so a lock is always released by the thread that took it.
//   - Locks are taken in the order of enum go__rank, lowest first; several of one rank in the
//     order of their addresses. With -DGO__LOCK_RANK, as in the stress builds, each
//     thread keeps a list of what it holds and throws when the order is broken.
//
// A plain exchange loop with exponential back-off from 64 pauses: buffered channels under
// four producers and four consumers on two processors take 10-12 ns an item with it and
// 39-47 ns without back-off. Rejected: a futex behind it (the holder is never asleep but when
// the kernel preempted it; sched_yield after the longest back-off serves that case), a ticket
// or MCS lock (a preempted waiter then holds up all behind it).
#ifndef GO_LOCK_H
#define GO_LOCK_H

#include "base.h"

struct go__lock {
    uint32_t held;
};
#define GO__LOCK_INIT {0}

// Lowest first: a thread may only take locks of higher rank than all it holds.
enum go__rank {
    GO__RANK_FORK,         // held by who forks
    GO__RANK_SYNC,         // go_map, go_once, contexts, errgroups, pools: may use channels with it
    GO__RANK_TIMER_OBJECT, // one go_timer / go_ticker
    GO__RANK_CHAN,         // one channel; several by address (select)
    GO__RANK_WAIT,         // wait queues of mutex, waitgroup, semaphore (leaf above the scheduler)
    GO__RANK_FD_OP,        // one wait for descriptors
    GO__RANK_FD,           // one descriptor's waiters
    GO__RANK_TIMERS,       // the timer heap
    GO__RANK_START,        // the first call of all: under the lock of an object, perhaps
    GO__RANK_RETAKE,       // taking a P from its thread
    GO__RANK_SCHED,        // idle lists, global queue
    GO__RANK_RUNQ,         // one P's overflow list
    GO__RANK_STACKS,       // the pool of stacks
    GO__RANK_LEAF,         // anything that takes nothing else
};

void go__lock_slow(struct go__lock *l);

#ifdef GO__LOCK_RANK
void go__lock_rank_push(struct go__lock *l, enum go__rank rank);
void go__lock_rank_pop(struct go__lock *l);
#else
#define go__lock_rank_push(l, rank) ((void)(l), (void)(rank))
#define go__lock_rank_pop(l) ((void)(l))
#endif

static inline void go__lock(struct go__lock *l, enum go__rank rank)
{
    go__lock_rank_push(l, rank);
    // Acquire: pairs with the release in go__unlock of the holder before us.
    if (go__unlikely(__atomic_exchange_n(&l->held, 1, __ATOMIC_ACQUIRE)))
        go__lock_slow(l);
}

static inline bool go__try_lock(struct go__lock *l, enum go__rank rank)
{
    if (__atomic_exchange_n(&l->held, 1, __ATOMIC_ACQUIRE))
        return false;
    go__lock_rank_push(l, rank);
    return true;
}

static inline void go__unlock(struct go__lock *l)
{
    go__lock_rank_pop(l);
#ifdef GO__STRESS
    go__stress_delay();
    if (go__load(&l->held) != 1) // in memory that was freed meanwhile
        go__throw("unlock of a lock that is not held");
#endif
    __atomic_store_n(&l->held, 0, __ATOMIC_RELEASE); // pairs with the exchange in go__lock
}

// ---- around fork -------------------------------------------------------------------------
//
// A lock of which there is one in the process: the thread that forks holds it meanwhile, with all
// others of these, so that in the child its data are whole and it is free. There in_child is
// called, unless NULL, as soon as this lock and those of higher ranks are free: lower layers come
// first. To be called by a constructor. The locks of objects are not among these: what another
// goroutine is at when a goroutine forks stays as it is in the child, as with a mutex of C's.
void go__lock_over_fork(struct go__lock *l, enum go__rank rank, void (*in_child)(void));

// The same for a lock that a fork takes before all others, to call `taken` under it: what has to
// end before the others can be had.
void go__lock_first_over_fork(struct go__lock *l, void (*taken)(void));

// Whether that is done: false if the system had no memory for it.
bool go__forks_are_watched(void);

static inline bool go__is_locked(const struct go__lock *l)
{
    return __atomic_load_n(&l->held, __ATOMIC_RELAXED);
}

#endif
