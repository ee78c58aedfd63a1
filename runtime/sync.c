// Mutex, wait group, once.
//
// Invariants:
//   - Whoever waits lies in a list of its object, on its own stack.
//   - The memory of a mutex or wait group may be freed by whoever was let through, as soon as
//     it was: an unlock or done touches its object for the last time before that, or while
//     somebody who has not been made ready yet still needs it.
//
// Mutex. One word: LOCKED, WAITERS (the owner's unlock shall wake somebody). Uncontended lock and
// unlock are one locked instruction each, without a look at the word before it, which would cost
// half as much again. `woken`, under queue_lock, says that somebody who was woken is on its way:
// then nobody else is, WAITERS is not set, and lock and unlock by whoever has the processor are as
// fast as without waiters. It is for the woken one to set WAITERS when it has the mutex or waits
// again, if others do. So: waiters in the list => woken, or WAITERS and LOCKED are set.
// Nobody spins: on two processors, parking at once and readying on the unlocker's processor
// takes 4.8-5.4 ns a turn and spinning 8-15. Who is woken competes with newcomers, which
// keeps a busy mutex busy; after OVERTAKEN_MAX defeats it is handed the lock. (Go does that
// after 1 ms. Counting needs no clock, and hand-over between goroutines is cheap here.)
//
// Wait group. Count and number of waiters in one word, so that who brings the count to zero
// knows in the same step whether anybody waits; if not, it does not touch the object again. Who
// waits is counted there only once its stack is at rest, and then puts itself where the waker,
// which knows how many to expect, looks for it: a wait costs one locked instruction, where a lock
// around the list and the park costs three. A group whose count is zero and which has waiters
// belongs to the waker: new waiters see zero and need not wait, and to add is misuse.
#include <gocc/sync.h>

#include "lock.h"
#include "object.h"
#include "race.h"
#include "sched.h"

struct waiter {
    struct waiter *next;
    struct go__g *g;
    void *object;       // wait groups: which
    uint32_t overtaken; // how often it was woken and came too late
    bool granted;       // set by the unlocker before go__ready: it owns the mutex
};

enum {
    LOCKED = 1,
    WAITERS = 2,
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

static inline bool mutex_grab(go_mutex *m)
{
    // Acquire: pairs with the releases of the unlocks; what the last owner did is ours.
    return !(__atomic_fetch_or(&m->state, LOCKED, __ATOMIC_ACQUIRE) & LOCKED);
}

static go__noinline void mutex_is_of_new_thread(go_mutex *m)
{
    struct go__g *g = go__self();
    go__store(&m->holder, g ? (uint32_t)go__g_id(g) : 0);
}

// What remains to be done by whoever has taken m. Last in go_mutex_lock, and its rare half a call
// by a jump: so that needs no frame unless it waits, which would cost a tenth of it.
static inline void mutex_is_ours(go_mutex *m)
{
    const uint32_t *number = go__self_number();
    go__race_acquire(m);
    if (go__likely(number != NULL))
        go__store(&m->holder, *number);
    else
        mutex_is_of_new_thread(m);
}

// Takes m, or sees to it that somebody will wake the caller, who puts itself into the list then.
// Requires: queue_lock held.
static bool mutex_grab_or_announce_locked(go_mutex *m)
{
    uint32_t s = go__load(&m->state);
    for (;;) {
        uint32_t want = s | (m->woken ? 0 : WAITERS);
        if (!(s & LOCKED))
            want = LOCKED | (m->first && !m->woken ? WAITERS : 0);
        // Acquire: as in mutex_grab. The list is read under queue_lock; the word only decides
        // whether to look.
        if (__atomic_compare_exchange_n(&m->state, &s, want, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED))
            return !(s & LOCKED);
    }
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
    for (bool woken = false;; woken = true) {
        go__lock(lock, GO__RANK_WAIT);
        if (woken)
            m->woken = 0;
        if (mutex_grab_or_announce_locked(m)) {
            go__unlock(lock);
            break;
        }
        if (woken)
            w.overtaken++;
        mutex_push_locked(m, &w);
        go__park(unlock_queue, lock, GO__WAIT_MUTEX, m);
        if (w.granted)
            break;
    }
    mutex_is_ours(m);
}

void go_mutex_lock(go_mutex *m)
{
    // Also while others wait, or are on their way: newcomers need not queue behind them.
    if (go__likely(mutex_grab(m))) {
        mutex_is_ours(m);
        return;
    }
    mutex_lock_slow(m);
    go__no_tail_call(); // this function's name is the one that a trace shows
}

bool go_mutex_try_lock(go_mutex *m)
{
    // The look first: who tries again and again shall not disturb the owner.
    if ((go__load(&m->state) & LOCKED) || !mutex_grab(m))
        return false;
    mutex_is_ours(m);
    return true;
}

// Wakes the first waiter, or hands it the lock. m belongs to that waiter from the store on,
// which has not been made ready yet: so unlocking the queue is safe. Requires: LOCKED (ours) and
// WAITERS.
static go__noinline void mutex_unlock_slow(go_mutex *m)
{
    struct go__lock *lock = queue_lock(&m->queue_lock);
    go__lock(lock, GO__RANK_WAIT);
    struct waiter *w = m->first;
    m->first = w->next;
    w->granted = w->overtaken >= OVERTAKEN_MAX;
    m->woken = !w->granted;
    uint32_t left = w->granted ? LOCKED | (m->first ? WAITERS : 0) : 0;
    // Release: pairs with the acquire of whoever takes m next. A plain store: while LOCKED is
    // ours, newcomers change nothing in the word but with the queue locked.
    go__store_release(&m->state, left);
    struct go__g *g = w->g;
    go__unlock(lock);
    go__ready(g);
}

void go_mutex_unlock(go_mutex *m)
{
    go__race_release(m);
    uint32_t s = LOCKED;
    // Release: pairs with the acquire of the next owner.
    if (go__likely(__atomic_compare_exchange_n(&m->state, &s, 0, false, __ATOMIC_RELEASE,
                                               __ATOMIC_RELAXED))) {
        go__poll(); // not in lock: to give way while holding a mutex would hold up the others
        return;
    }
    if (!(s & LOCKED))
        go__misuse("sync: unlock of unlocked mutex");
    mutex_unlock_slow(m);
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

// All n waiters of wg, whose count is zero.
static go__noinline struct waiter *waitgroup_collect(go_waitgroup *wg, uint32_t n)
{
    struct waiter *list;
    // Acquire here and below: pairs with the releases in waitgroup_announce. Who has been counted
    // and is not there yet will be so a few instructions later.
    for (unsigned looks = 0; !(list = go__load_acquire(&wg->first)); looks++)
        go__before_look(looks);
    wg->first = NULL;
    list->next = NULL;
    while (--n > 0) {
        struct waiter *more;
        for (unsigned looks = 0; !(more = go__load_acquire(&wg->others)); looks++)
            go__before_look(looks);
        // Nobody but us takes from the list, so its head cannot come back under our eyes.
        while (!__atomic_compare_exchange_n(&wg->others, (void **)&more, more->next, false,
                                            __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
            ;
        more->next = list;
        list = more;
    }
    return list;
}

// Lets all n go on that wait. They have not been made ready, so wg is still theirs and alive.
static go__noinline void waitgroup_wake_all(go_waitgroup *wg, uint32_t n)
{
    struct go__m *m = go__long_work_begin();
    struct waiter *w = waitgroup_collect(wg, n);
    // Nobody else changes it: see the head of the file. Release: pairs with the acquire of a
    // go_waitgroup_wait that need not wait; what all did that counted down is visible there, for
    // the last of them has acquired it.
    go__store_release(&wg->state, 0);
    while (w) {
        struct waiter *next = w->next; // w's stack is alive again from go__ready on
        go__ready(w->g);
        w = next;
    }
    go__long_work_end(m);
}

static inline void waitgroup_wake(go_waitgroup *wg, uint32_t n)
{
    struct waiter *w = go__load_acquire(&wg->first); // pairs with waitgroup_announce
    if (go__unlikely(n != 1 || !w)) {
        waitgroup_wake_all(wg, n);
        return;
    }
    wg->first = NULL;
    go__store_release(&wg->state, 0); // as in waitgroup_wake_all
    go__ready(w->g);
}

void go_waitgroup_add(go_waitgroup *wg, int n)
{
    if (n < 0)
        go__race_release(wg);
    // Release: pairs with the acquire in go_waitgroup_wait. Acquire: who wakes the waiters does
    // so for all the others that counted down.
    uint64_t change = (uint64_t)(uint32_t)n << 32;
    uint64_t old = __atomic_fetch_add(&wg->state, change, __ATOMIC_ACQ_REL);
    int32_t now = count_of(old + change);
    if (go__unlikely(now < 0))
        gocc_panic("sync: negative WaitGroup counter");
    if (!waiters_of(old))
        return;
    if (go__unlikely(n > 0 && count_of(old) == 0))
        gocc_panic("sync: WaitGroup misuse: Add called concurrently with Wait");
    if (now == 0)
        waitgroup_wake(wg, waiters_of(old));
}

void go_waitgroup_done(go_waitgroup *wg)
{
    go_waitgroup_add(wg, -1);
}

// Park's callback: the waiter's stack is at rest, so the waker may have it from here on.
static void waitgroup_announce(void *waiter)
{
    struct waiter *w = waiter;
    go_waitgroup *wg = w->object;
    // Acquire, also below: if the count is zero, as in go_waitgroup_wait.
    uint64_t s = go__load_acquire(&wg->state);
    do {
        if (count_of(s) == 0) {
            go__ready(w->g);
            return;
        }
        // Who counts down to zero and sees us gets w by the releases below.
    } while (!__atomic_compare_exchange_n(&wg->state, &s, s + 1, false, __ATOMIC_ACQUIRE,
                                          __ATOMIC_ACQUIRE));
    // Release: pairs with waitgroup_collect. wg is alive: w is expected there.
    if (waiters_of(s) == 0) {
        go__store_release(&wg->first, w);
        return;
    }
    void *head = go__load(&wg->others);
    do
        w->next = head;
    while (!__atomic_compare_exchange_n(&wg->others, &head, w, false, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED));
}

void go_waitgroup_wait(go_waitgroup *wg)
{
    // Acquire: pairs with the release of the calls that counted down.
    if (count_of(go__load_acquire(&wg->state)) != 0) {
        struct waiter w;
        w.g = go__self();
        w.object = wg;
        go__park(waitgroup_announce, &w, GO__WAIT_WAITGROUP, wg);
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
