// The slow path of the runtime's lock, the checker of the lock order, and the locks that a fork
// takes (lock.h).
#define _GNU_SOURCE
#include "lock.h"

#include <pthread.h>
#include <sched.h>

void go__lock_slow(struct go__lock *l)
{
    unsigned pauses = 64;
    for (;;) {
        for (unsigned i = 0; i < pauses; i++)
            go__pause();
        if (!go__load(&l->held) && !__atomic_exchange_n(&l->held, 1, __ATOMIC_ACQUIRE))
            return;
        if (pauses < 2048)
            pauses *= 2;
        else
            sched_yield(); // the holder's thread was probably preempted: let it run
    }
}

#ifdef GO__LOCK_RANK
enum { MAX_HELD = 4096 }; // a select may hold one lock per case

struct held {
    struct go__lock *lock;
    enum go__rank rank;
};
// Not moved by a park: whoever parks gives its locks to the unlock callback on this thread.
static __thread struct held held[MAX_HELD];
static __thread int n_held;

go__noinline void go__lock_rank_push(struct go__lock *l, enum go__rank rank)
{
    for (int i = 0; i < n_held; i++)
        if (held[i].rank > rank || (held[i].rank == rank && held[i].lock >= l))
            go__fatal("lock order: rank %d taken under rank %d", rank, held[i].rank);
    if (n_held == MAX_HELD)
        go__throw("lock order: too many locks held");
    held[n_held++] = (struct held){l, rank};
}

go__noinline void go__lock_rank_pop(struct go__lock *l)
{
    for (int i = n_held - 1; i >= 0; i--)
        if (held[i].lock == l) {
            held[i] = held[--n_held];
            return;
        }
    go__throw("lock order: unlock by a thread that does not hold it");
}
#endif

// ---- around fork -------------------------------------------------------------------------
//
// Rejected: to free all locks in the child and drop what they guard. What a thread was at when it
// was lost is half-changed: a list of stacks that grows has its old memory freed and not yet the
// new one; and the heap of timers, the free descriptors and the stacks are needed in the child.

enum { MAX_OVER_FORK = 16 };

struct over_fork {
    struct go__lock *lock;
    enum go__rank rank;
    void (*taken)(void);
    void (*in_child)(void);
};
// In the order in which they are taken; written by constructors only.
static struct over_fork over_fork[MAX_OVER_FORK];
static int n_over_fork;
static bool watched;

static bool comes_after(const struct over_fork *a, const struct over_fork *b)
{
    return a->rank != b->rank ? a->rank > b->rank : a->lock > b->lock;
}

static void add(struct over_fork o)
{
    int i = n_over_fork++;
    if (i == MAX_OVER_FORK)
        go__throw("too many locks for a fork");
    for (; i > 0 && comes_after(&over_fork[i - 1], &o); i--)
        over_fork[i] = over_fork[i - 1];
    over_fork[i] = o;
}

void go__lock_over_fork(struct go__lock *l, enum go__rank rank, void (*in_child)(void))
{
    add((struct over_fork){l, rank, NULL, in_child});
}

void go__lock_first_over_fork(struct go__lock *l, void (*taken)(void))
{
    add((struct over_fork){l, GO__RANK_FORK, taken, NULL});
}

static void before_fork(void)
{
    for (int i = 0; i < n_over_fork; i++) {
        struct over_fork *o = &over_fork[i];
        go__lock(o->lock, o->rank);
        if (o->taken)
            o->taken();
    }
}

static void after_fork_in_parent(void)
{
    for (int i = n_over_fork; i-- > 0;)
        go__unlock(over_fork[i].lock);
}

static void after_fork_in_child(void)
{
    for (int i = n_over_fork; i-- > 0;) {
        go__unlock(over_fork[i].lock);
        if (over_fork[i].in_child)
            over_fork[i].in_child();
    }
}

// Before the program's own handlers are registered, so that those run outside the locks and, in the
// child, when the runtime is ready again.
__attribute__((constructor(101))) static void watch_forks(void)
{
    watched = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0;
}

bool go__forks_are_watched(void)
{
    return watched;
}
