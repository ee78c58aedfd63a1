// Mutex, wait group, once.
//
// Invariants:
//   - Whoever waits lies in a list of its object, on its own stack, under queue_lock.
//   - The memory of a mutex or wait group may be freed by whoever was let through, as soon as
//     it was: an unlock or done touches its object for the last time before that, or while
//     somebody who has not been made ready yet still needs it.
//
// Mutex. One word: LOCKED, WAITERS (the list is not empty), WOKEN (one that was woken is on
// its way, so no second is woken). Uncontended lock and unlock are one compare-exchange each.
// Nobody spins: on two processors, parking at once and readying on the unlocker's processor
// takes 4.8-5.4 ns a turn and spinning 8-15. Who is woken competes with newcomers, which
// keeps a busy mutex busy; after OVERTAKEN_MAX defeats it is handed the lock. (Go does that
// after 1 ms. Counting needs no clock, and hand-over between goroutines is cheap here.)
//
// Wait group. Count and number of waiters in one word, so that who brings the count to zero
// knows in the same step whether anybody waits; if not, it does not touch the object again.
#include <gocc/sync.h>

#include "lock.h"
#include "object.h"
#include "race.h"
#include "sched.h"

struct waiter {
    struct waiter *next;
    struct go__g *g;
    uint32_t overtaken; // how often it was woken and came too late
    bool granted;       // set by the unlocker before go__ready: it owns the mutex
};

enum {
    LOCKED = 1,
    WAITERS = 2,
    WOKEN = 4,
    OVERTAKEN_MAX = 4,
};

static inline struct go__lock *queue_lock(uint32_t *word)
{
    _Static_assert(sizeof(struct go__lock) == sizeof(uint32_t), "public structs hold a word");
    return (struct go__lock *)word;
}

static void unlock_queue(void *lock)
{
    go__unlock(lock);
}

// ---- go_mutex ----------------------------------------------------------------------------

// Takes m if it is free, clearing `woken` (WOKEN or 0). On failure *seen is m's state.
static inline bool mutex_grab(go_mutex *m, uint32_t woken, uint32_t *seen)
{
    uint32_t s = go__load(&m->state);
    while (!(s & LOCKED)) {
        // Acquire: pairs with the release in go_mutex_unlock; what the last owner did is ours.
        if (__atomic_compare_exchange_n(&m->state, &s, (s | LOCKED) & ~woken, false,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
    }
    *seen = s;
    return false;
}

// Announces a waiter: from here on the owner's unlock takes queue_lock. False when m has been
// taken instead. Requires: queue_lock held.
static bool mutex_announce_locked(go_mutex *m, uint32_t woken)
{
    uint32_t s;
    while (!mutex_grab(m, woken, &s)) {
        // Relaxed: the list is read under queue_lock, the word only decides whether to look.
        if (__atomic_compare_exchange_n(&m->state, &s, (s | WAITERS) & ~woken, false,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            return true;
    }
    return false;
}

// Newcomers at the end; who was woken and came too late, at the front.
static void mutex_push_locked(go_mutex *m, struct waiter *w)
{
    struct waiter *last = m->last;
    w->next = NULL;
    if (w->overtaken) {
        w->next = m->first;
        m->first = w;
    } else if (m->first) {
        last->next = w;
    } else {
        m->first = w;
    }
    if (!w->next)
        m->last = w;
}

static go__noinline void mutex_lock_slow(go_mutex *m)
{
    struct waiter w = {.g = go__self()};
    struct go__lock *lock = queue_lock(&m->queue_lock);
    uint32_t woken = 0, s;
    for (;;) {
        if (woken && mutex_grab(m, woken, &s))
            return;
        go__lock(lock, GO__RANK_WAIT);
        if (!mutex_announce_locked(m, woken)) {
            go__unlock(lock);
            return;
        }
        if (woken)
            w.overtaken++;
        mutex_push_locked(m, &w);
        go__park(unlock_queue, lock, GO__WAIT_MUTEX, m);
        if (w.granted)
            return;
        woken = WOKEN;
    }
}

void go_mutex_lock(go_mutex *m)
{
    uint32_t s;
    // Also while others wait, or are on their way: newcomers need not queue behind them.
    if (go__unlikely(!mutex_grab(m, 0, &s)))
        mutex_lock_slow(m);
    go__race_acquire(m);
}

bool go_mutex_try_lock(go_mutex *m)
{
    uint32_t s;
    if (!mutex_grab(m, 0, &s))
        return false;
    go__race_acquire(m);
    return true;
}

// Wakes the first waiter, or hands it the lock. m belongs to that waiter from the store on,
// which has not been made ready yet: so unlocking the queue is safe. Requires: LOCKED (ours),
// and WAITERS without WOKEN when it was looked at.
static go__noinline void mutex_unlock_slow(go_mutex *m)
{
    struct go__lock *lock = queue_lock(&m->queue_lock);
    go__lock(lock, GO__RANK_WAIT);
    struct waiter *w = m->first;
    m->first = w->next;
    uint32_t left = w->next ? WAITERS : 0;
    w->granted = w->overtaken >= OVERTAKEN_MAX;
    // Release: pairs with the acquire of whoever takes m next. A plain store: while LOCKED is
    // ours and the queue locked, nobody else changes the word.
    go__store_release(&m->state, left | (w->granted ? LOCKED : WOKEN));
    struct go__g *g = w->g;
    go__unlock(lock);
    go__ready(g);
}

void go_mutex_unlock(go_mutex *m)
{
    go__race_release(m);
    uint32_t s = go__load(&m->state);
    // Release: pairs with the acquire of the next owner. Waiters whose waking is under way
    // need no second one.
    do {
        if (go__unlikely(!(s & LOCKED)))
            go__throw("sync: unlock of unlocked mutex");
        if ((s & (WAITERS | WOKEN)) == WAITERS) {
            mutex_unlock_slow(m);
            return;
        }
    } while (!__atomic_compare_exchange_n(&m->state, &s, s & ~(uint32_t)LOCKED, false,
                                          __ATOMIC_RELEASE, __ATOMIC_RELAXED));
    go__poll(); // not in lock: to give way while holding a mutex would hold up the others
}

// ---- go_waitgroup ------------------------------------------------------------------------

// The count and the waiters of a wait group's state.
static inline int32_t count_of(uint64_t state)
{
    return (int32_t)(state >> 32);
}

static inline uint32_t waiters_of(uint64_t state)
{
    return (uint32_t)state;
}

// Lets all go on that wait. They have not been made ready, so wg is still theirs and alive.
static go__noinline void waitgroup_wake(go_waitgroup *wg)
{
    struct go__lock *lock = queue_lock(&wg->queue_lock);
    go__lock(lock, GO__RANK_WAIT);
    struct waiter *w = wg->first;
    wg->first = NULL;
    uint32_t n = 0;
    for (struct waiter *each = w; each; each = each->next)
        n++;
    __atomic_fetch_sub(&wg->state, n, __ATOMIC_RELAXED); // waiters change under the lock only
    go__unlock(lock);
    while (w) {
        struct waiter *next = w->next; // w's stack is alive again from go__ready on
        go__ready(w->g);
        w = next;
    }
}

void go_waitgroup_add(go_waitgroup *wg, int n)
{
    if (n < 0)
        go__race_release(wg);
    // Release: pairs with the acquire in go_waitgroup_wait. Acquire: who wakes the waiters does
    // so for all the others that counted down.
    uint64_t old = __atomic_fetch_add(&wg->state, (uint64_t)(uint32_t)n << 32, __ATOMIC_ACQ_REL);
    int64_t now = (int64_t)count_of(old) + n;
    if (go__unlikely(now < 0))
        gocc_panic("sync: negative WaitGroup counter");
    if (go__unlikely(waiters_of(old) && n > 0 && count_of(old) == 0))
        gocc_panic("sync: WaitGroup misuse: Add called concurrently with Wait");
    if (now == 0 && waiters_of(old))
        waitgroup_wake(wg);
}

void go_waitgroup_done(go_waitgroup *wg)
{
    go_waitgroup_add(wg, -1);
}

// Counts the caller as a waiter; false when the count is zero. Requires: queue_lock held.
static bool waitgroup_announce_locked(go_waitgroup *wg)
{
    uint64_t s = go__load_acquire(&wg->state);
    while (count_of(s) != 0) {
        // Who counts down to zero and sees this takes queue_lock next. Acquire: should it find
        // the count at zero, as the load above.
        if (__atomic_compare_exchange_n(&wg->state, &s, s + 1, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_ACQUIRE))
            return true;
    }
    return false;
}

void go_waitgroup_wait(go_waitgroup *wg)
{
    // Acquire: pairs with the release of the calls that counted down.
    if (count_of(go__load_acquire(&wg->state)) != 0) {
        struct waiter w = {.g = go__self()};
        struct go__lock *lock = queue_lock(&wg->queue_lock);
        go__lock(lock, GO__RANK_WAIT);
        if (waitgroup_announce_locked(wg)) {
            w.next = wg->first;
            wg->first = &w;
            go__park(unlock_queue, lock, GO__WAIT_WAITGROUP, wg);
        } else {
            go__unlock(lock);
        }
    } else {
        go__poll();
    }
    go__race_acquire(wg);
}

// The goroutine of go_waitgroup_go. `done` is registered as a deferred call, since f may end
// by go_exit.
struct group_call {
    go_waitgroup *wg;
    gocc_func(void) f;
};

struct deferred_done {
    struct gocc_defer defer;
    go_waitgroup *wg;
};

static void run_deferred_done(void *self)
{
    go_waitgroup_done(((struct deferred_done *)self)->wg);
}

static void run_group_call(void *args)
{
    struct group_call *call = args;
    struct deferred_done done = {.wg = call->wg};
    GOCC_FRAME();
    gocc_defer(&gocc_frame, &done.defer, run_deferred_done);
    gocc_call(call->f);
}

void go_waitgroup_go(go_waitgroup *wg, gocc_func(void) f)
{
    static const uint32_t owned[] = {offsetof(struct group_call, f)};
    static const struct gocc_type type = {
        "go_waitgroup_go", sizeof(struct group_call), 1, owned, NULL,
    };
    struct group_call call = {wg, f};
    go_waitgroup_add(wg, 1);
    gocc_go(&type, run_group_call, &call);
}

// ---- go_once -----------------------------------------------------------------------------

struct deferred_end {
    struct gocc_defer defer;
    go_once *once;
};

static void run_deferred_end(void *self)
{
    go_once *once = ((struct deferred_end *)self)->once;
    go__race_release(&once->done);
    go__store_release(&once->done, 1); // pairs with the acquire in go_once_do
    go_mutex_unlock(&once->mutex);
}

static go__noinline void once_slow(go_once *once, gocc_func(void) f)
{
    struct deferred_end end = {.once = once};
    go_mutex_lock(&once->mutex);
    if (go__load(&once->done)) { // written under the mutex
        go_mutex_unlock(&once->mutex);
        return;
    }
    GOCC_FRAME();
    gocc_defer(&gocc_frame, &end.defer, run_deferred_end);
    gocc_call(f);
}

void go_once_do(go_once *once, gocc_func(void) f)
{
    // Acquire: pairs with the release in run_deferred_end.
    if (go__unlikely(!go__load_acquire(&once->done)))
        once_slow(once, f);
    go__race_acquire(&once->done);
}
