// The slow path of the runtime's lock, and the checker of the lock order (lock.h).
#define _GNU_SOURCE
#include "lock.h"

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
