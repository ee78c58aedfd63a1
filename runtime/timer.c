// Timers: one 4-ary heap for the process.
//
// Invariants:
//   - The heap is ordered by when + slack, the latest time at which a timer should fire; what
//     is at the root fires as soon as its `when` has passed. So whoever sleeps until the root's
//     latest time fires with it most of what has come due before (100,000 sleeps of 10 ms to 1 s
//     cost a tenth of the processor time). t->heap_index is t's place while t->state is ARMED,
//     all under `lock`. next_when is the root's latest time, for looks without the lock.
//   - A timer is disarmed before its fire is called, and never touched after that call: fire
//     may well have freed it (a sleeping goroutine's timer is on its stack). What
//     go__timer_stop must know, whether fire still runs, is in m->firing of the thread.
//   - Somebody always sleeps no longer than until next_when: a thread without work
//     (sched.timer_m), else the monitor, which sets GO__ATTN_TIMERS on a P. No running thread
//     reads the clock for timers at a switch.
//
// Rejected: a heap for each P. It was built and measured on two processors: goroutines that arm and
// stop timers all the time took 225 ns for one instead of 128, for a new timer is nearly always the
// earliest of a short heap, and somebody must be told of that, under sched.lock; sleepers gained
// nothing. Nor did they from heap indices beside the heap instead of on their stacks: the cache
// miss then comes when the timer fires.
#include "gmp.h"

enum { IDLE, ARMED };
enum { ARITY = 4 };

static struct go__lock lock;      // GO__RANK_TIMERS
static struct go__lock fork_gate; // GO__RANK_FORK; while it is held no fire begins
// The key stands beside the pointer: timers are on the stacks of sleepers, each on a page of its
// own, and a sift would miss the cache at every comparison.
static struct entry {
    int64_t latest;
    uintptr_t tagged; // the timer; with FIXED: it is never stopped, so it need not know its place
} *heap;
static uint32_t n, room;
static int64_t next_when = INT64_MAX;
static uint32_t n_awaited; // those that are not in the background; read without the lock

static int64_t latest(const struct go__timer *t)
{
    return t->when < INT64_MAX - t->slack ? t->when + t->slack : INT64_MAX - 1;
}

enum { FIXED = 1 };

static inline struct go__timer *timer_of(struct entry e)
{
    return (struct go__timer *)(e.tagged & ~(uintptr_t)FIXED);
}

static inline void place(struct entry e, uint32_t i)
{
    heap[i] = e;
    if (!(e.tagged & FIXED))
        timer_of(e)->heap_index = i;
}

static void sift_up(struct entry e, uint32_t i)
{
    while (i > 0) {
        uint32_t up = (i - 1) / ARITY;
        if (heap[up].latest <= e.latest)
            break;
        place(heap[up], i);
        i = up;
    }
    place(e, i);
}

static void sift_down(struct entry e, uint32_t i)
{
    for (;;) {
        uint32_t first = i * ARITY + 1, least = first;
        if (first >= n)
            break;
        uint32_t end = first + ARITY < n ? first + ARITY : n;
        for (uint32_t k = first + 1; k < end; k++)
            if (heap[k].latest < heap[least].latest)
                least = k;
        if (heap[least].latest >= e.latest)
            break;
        place(heap[least], i);
        i = least;
    }
    place(e, i);
}

static void publish_next_locked(void)
{
    if (n && go__stress(64))
        for (uint32_t i = 1; i < n; i++)
            if (heap[i].latest < heap[(i - 1) / ARITY].latest)
                go__throw("timers: the heap is out of order");
    go__store_release(&next_when, n ? heap[0].latest : INT64_MAX);
}

static void remove_locked(struct go__timer *t, uint32_t i)
{
    struct entry last = heap[--n];
    t->state = IDLE;
    go__store_release(&n_awaited, n_awaited - !t->background); // pairs with go__timers_awaited
    if (i != n) {
        if (i > 0 && last.latest < heap[(i - 1) / ARITY].latest)
            sift_up(last, i);
        else
            sift_down(last, i);
    }
    publish_next_locked();
}

// Makes sure that somebody wakes at `when`, the new earliest time.
static void see_to_it(struct go__m *m, int64_t when)
{
    struct go__m *waiter = NULL;
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    bool covered = go__sched.timer_m != NULL;
    if (covered && go__sched.timer_m->timer_until > when) {
        waiter = go__sched.timer_m;
        waiter->timer_until = when;
    }
    go__unlock(&go__sched.lock);
    if (waiter)
        go__m_look_again(waiter);
    if (covered)
        return;
    struct go__p *p = go__p_of(m);
    if (p)
        // The P's next pick tells the monitor, unless the thread then goes idle and waits itself.
        __atomic_fetch_or(&p->attention, GO__ATTN_NEW_TIMER, __ATOMIC_RELAXED);
    else
        go__monitor_kick(when);
}

void go__timer_start(struct go__timer *t, int64_t when)
{
    struct go__m *m = go__enter();
    go__lock(&lock, GO__RANK_TIMERS);
    if (n == room) {
        uint32_t bigger = room ? 2 * room : 64;
        struct entry *new_heap = go__alloc(bigger * sizeof(*heap));
        for (uint32_t i = 0; i < n; i++)
            new_heap[i] = heap[i];
        go__free(heap);
        heap = new_heap;
        room = bigger;
    }
    t->when = when;
    t->state = ARMED;
    t->home = &heap;
    go__race_release(t);
    go__store(&n_awaited, n_awaited + !t->background);
    int64_t due = latest(t);
    struct entry e = {due, (uintptr_t)t | (t->fixed ? FIXED : 0)};
    sift_up(e, n++);
    bool earliest = heap[0].tagged == e.tagged;
    // Before the first `go` a sleeping thread of the runtime sees to its timer itself, and one in
    // the background has time. Who armed another may block.
    bool waits = t->background || (t->fixed && go__p_of(m));
    if (earliest)
        publish_next_locked();
    go__unlock(&lock); // from here on t may fire and be gone
    if (go__unlikely(!go__load(&go__sched.monitor_state)) && !waits)
        go__monitor_start();
    if (earliest)
        see_to_it(m, due);
    go__leave(m);
}

// Whether some other thread is within t's fire; t == NULL: within any.
static bool is_firing(struct go__timer *t, struct go__m *self)
{
    // Acquire: pairs with the release in go__timers_run; what fire did is visible after.
    for (struct go__m *m = go__load_acquire(&go__sched.all_m); m; m = m->all_next) {
        struct go__timer *firing = m == self ? NULL : go__load_acquire(&m->firing);
        if (firing && (!t || firing == t))
            return true;
    }
    return false;
}

static void await_fires(struct go__timer *t, struct go__m *self)
{
    for (unsigned looks = 0; is_firing(t, self); looks++)
        go__before_look(looks);
}

bool go__timer_stop(struct go__timer *t)
{
    struct go__m *m = go__enter();
    go__lock(&lock, GO__RANK_TIMERS);
    bool armed = t->state == ARMED;
    if (armed)
        remove_locked(t, t->heap_index);
    go__unlock(&lock);
    // firing is set under the lock before state changes: one of the two was seen.
    await_fires(t, m);
    if (!armed)
        go__race_acquire(&next_when); // a fire that is over happened before
    go__leave(m);
    return armed;
}

int64_t go__timers_next(void)
{
    return go__load_acquire(&next_when);
}

bool go__timers_awaited(void)
{
    return go__load_acquire(&n_awaited) != 0;
}

void go__timers_hand_over(int64_t now)
{
    int64_t next = go__timers_next();
    // A due one is for the caller to fire. A thread that becomes timer_m just now is no harm: the
    // monitor wakes once for nothing.
    if (next != INT64_MAX && next > now && !go__load(&go__sched.timer_m))
        go__monitor_kick(next);
}

int64_t go__timers_run(void)
{
    if (go__timers_next() == INT64_MAX)
        return INT64_MAX;
    int64_t now = go__now();
    struct go__m *m = go__enter();
    struct go__p *batch = NULL;
    bool fired = false;
    while (go__timers_next() != INT64_MAX) {
        go__lock(&lock, GO__RANK_TIMERS);
        struct go__timer *t = n ? timer_of(heap[0]) : NULL;
        if (!t || t->when > now || go__is_locked(&fork_gate)) {
            go__unlock(&lock);
            break;
        }
        if (!fired)
            batch = go__batch_begin(m);
        fired = true;
        go__store(&m->firing, t);
        remove_locked(t, 0);
        go__unlock(&lock);
        void *fiber = go__race_borrow_begin(&m->race);
        go__race_acquire(t); // of go__timer_start
        t->fire(t);
        go__race_release(&next_when);
        go__race_borrow_end(fiber);
        go__store_release(&m->firing, NULL); // pairs with is_firing; t may be gone
    }
    if (fired) {
        go__batch_end(batch);
        go__timers_hand_over(now);
    }
    go__leave(m);
    return go__timers_next();
}

// No goroutine forks while a timer fires: in the child the object would stay as the fire left it,
// its locks held, and the goroutine that forked may own it (a ticker that it is to stop there).
static void await_all_fires(void)
{
    // Whoever found the gate open has set m->firing by now: both are done under `lock`.
    go__lock(&lock, GO__RANK_TIMERS);
    go__unlock(&lock);
    await_fires(NULL, go__m());
}

__attribute__((constructor)) static void keep_over_fork(void)
{
    go__lock_first_over_fork(&fork_gate, await_all_fires);
    go__lock_over_fork(&lock, GO__RANK_TIMERS, NULL);
}

void go__timers_forget(void)
{
    while (n)
        timer_of(heap[--n])->state = IDLE;
    next_when = INT64_MAX;
    n_awaited = 0;
}
