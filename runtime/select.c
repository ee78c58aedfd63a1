// select: waits on several channels at once.
//
// Invariants:
//   - The channels of all cases are locked together, in the order of their addresses and each
//     once, while the cases are looked at and while the waiters are queued: default is taken
//     only if at one moment no case could go, and no wake-up is lost.
//   - A waiter per case, all pointing at one struct go__select. Who takes one of them from a
//     queue must first win the select (a compare-exchange on `winner`).
//   - A blocked select counts in its channels' `selects`, one per waiter, which keeps the
//     memory of a channel that somebody closes and releases meanwhile. The winner's share is
//     given back by its taker, since that channel may be freed before the select wakes; the
//     others' by the select, which must lock their channels anyway to take its waiters away.
//   - It follows that go__park's unlock callback may still read the select's stack between
//     two unlocks: the select does not return before it has had the lock of every channel
//     but the winner's, and after the last unlock the callback reads nothing.
//
// Waiters of up to INLINE_CASES cases lie on the stack; more are allocated. The order in which the
// channels are locked stands in the cases themselves, so that what blocks needs nothing of
// gocc_select's frame and is called last, by a jump, as in gocc_chan_recv: one return address less
// that the processor expects wrongly after the switch, and that one left by a jump (switch.h).
// Source: Go's runtime/select.go. Go shuffles the cases and takes the first that can go; here
// those that can go are counted and one is drawn: one random number, and none at all when
// only one can go.
#include <gocc/abi.h>

#include "chan.h"
#include "race.h"
#include "switch.h"

enum {
    INLINE_CASES = 8,
};

// The select while it blocks.
struct op {
    struct go__select sel;
    int n_locks;
};

// ---- locking -----------------------------------------------------------------------------

// The k-th channel to lock.
static inline struct gocc_hchan *lock_at(const struct gocc_case *cases, int k)
{
    return cases[cases[k].order].chan;
}

static inline void swap_orders(struct gocc_case *cases, int i, int k)
{
    uint32_t swap = cases[i].order;
    cases[i].order = cases[k].order;
    cases[k].order = swap;
}

// Restores the heap order of the first n orders below the i-th.
static void sift_down(struct gocc_case *cases, int i, int n)
{
    for (int child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && lock_at(cases, child) < lock_at(cases, child + 1))
            child++;
        if (lock_at(cases, i) >= lock_at(cases, child))
            return;
        swap_orders(cases, i, child);
    }
}

static go__noinline int order_many(struct gocc_case *cases, int n)
{
    int n_chans = 0, n_locks = 0;
    for (int i = 0; i < n; i++)
        if (cases[i].chan)
            cases[n_chans++].order = (uint32_t)i;
    for (int i = n_chans / 2; i-- > 0;)
        sift_down(cases, i, n_chans);
    for (int end = n_chans - 1; end > 0; end--) {
        swap_orders(cases, 0, end);
        sift_down(cases, 0, end);
    }
    for (int i = 0; i < n_chans; i++)
        if (i == 0 || lock_at(cases, i) != lock_at(cases, n_locks - 1))
            cases[n_locks++].order = cases[i].order;
    return n_locks;
}

static inline int order_few(struct gocc_case *cases, int n)
{
    int n_locks = 0;
    for (int i = 0; i < n; i++) {
        struct gocc_hchan *c = cases[i].chan;
        int at = n_locks;
        while (at > 0 && lock_at(cases, at - 1) > c)
            at--;
        if (!c || (at > 0 && lock_at(cases, at - 1) == c))
            continue;
        for (int k = n_locks++; k > at; k--)
            cases[k].order = cases[k - 1].order;
        cases[at].order = (uint32_t)i;
    }
    return n_locks;
}

// Locks the channels of all cases in the order of their addresses, each once. Returns how many.
static inline int lock_all(struct gocc_case *cases, int n)
{
    int n_locks = n <= INLINE_CASES ? order_few(cases, n) : order_many(cases, n);
    for (int i = 0; i < n_locks; i++)
        go__chan_lock(lock_at(cases, i));
    return n_locks;
}

// See the head of the file for what may be read when.
static inline void unlock_all(const struct gocc_case *cases, int n_locks)
{
    for (int i = 0; i < n_locks;) {
        struct gocc_hchan *c = lock_at(cases, i++);
        go__unlock(&c->lock);
    }
}

// Park's callback.
static void unlock_parked(void *arg)
{
    const struct op *op = arg;
    unlock_all(op->sel.cases, op->n_locks);
}

// ---- without blocking --------------------------------------------------------------------

static bool can_go_locked(const struct gocc_case *k)
{
    if (!k->chan)
        return false;
    return k->kind == GOCC_SEND ? go__chan_can_send_locked(k->chan)
                                : go__chan_can_recv_locked(k->chan);
}

// One case that can go, each with the same probability; -1 when there is none.
static int choose_locked(const struct gocc_case *cases, int n)
{
    int n_ready = 0, chosen = -1;
    for (int i = 0; i < n; i++)
        if (can_go_locked(&cases[i]) && n_ready++ == 0)
            chosen = i;
    if (n_ready <= 1)
        return chosen;
    int skip = (int)go__choose((uint32_t)n_ready), i = chosen;
    chosen = -1;
    // Selects that were counted may have been won elsewhere meanwhile: then the last that
    // can still go, if any.
    for (; i < n && skip >= 0; i++) {
        if (can_go_locked(&cases[i])) {
            chosen = i;
            skip--;
        }
    }
    return chosen;
}

static enum go__chan_result step_locked(struct gocc_case *k, struct go__chan_wake *wake)
{
    enum go__chan_result r;
    if (k->kind == GOCC_SEND)
        return go__chan_send_locked(k->chan, k->elem, wake);
    r = go__chan_recv_locked(k->chan, k->elem, wake);
    k->ok = r == GO__CHAN_DONE;
    return r;
}

// What came of a look at all cases.
struct outcome {
    int index;   // of the case that was carried out; -1: none can go
    bool closed; // that was a send, which must panic
    struct go__g *wake;
};

static go__noinline struct outcome try_locked(struct gocc_case *cases, int n)
{
    for (;;) {
        struct go__chan_wake wake = {NULL};
        int i = choose_locked(cases, n);
        if (i < 0)
            return (struct outcome){-1, false, NULL};
        enum go__chan_result r = step_locked(&cases[i], &wake);
        if (r != GO__CHAN_BLOCKED)
            return (struct outcome){i, cases[i].kind == GOCC_SEND && r == GO__CHAN_CLOSED, wake.g};
        // The waiter that made it ready was a select's, won elsewhere since: look again.
    }
}

// Returns the index of the case that was carried out, or -1: default.
static inline int finish(struct gocc_case *cases, int n, int index, bool closed)
{
    for (int i = 0; i < n; i++)
        if (cases[i].kind == GOCC_RECV_RELEASE)
            gocc_release(cases[i].chan);
    if (go__unlikely(closed))
        go__chan_panic_closed();
    return index;
}

// ---- blocking ----------------------------------------------------------------------------

static struct go__waitq *queue_of(const struct gocc_case *k)
{
    return k->kind == GOCC_SEND ? &k->chan->senders : &k->chan->receivers;
}

static inline void enqueue_all_locked(struct go__select *sel, struct go__waiter *waiters)
{
    struct go__g *self = go__self();
    for (int i = 0; i < sel->n; i++) {
        const struct gocc_case *k = &sel->cases[i];
        struct go__waiter *w = &waiters[i];
        if (!k->chan)
            continue;
        w->g = self;
        w->elem = k->elem;
        w->sel = sel;
        go__race_release(w);
        go__waitq_push(queue_of(k), w);
        k->chan->selects++;
    }
}

// Takes the waiter of a case that lost away from its channel, and frees the channel if it
// has no owner left and no other select needs it.
static void dequeue(struct gocc_case *k, struct go__waiter *w)
{
    struct gocc_hchan *c = k->chan;
    go__chan_lock(c);
    if (w->linked)
        go__waitq_remove(queue_of(k), w);
    bool last = --c->selects == 0 && c->orphan;
    go__unlock(&c->lock);
    if (last)
        go__object_free(c);
}

// Requires: all locks held.
static inline int wait_locked(struct gocc_case *cases, int n, int n_locks,
                              struct go__waiter *waiters)
{
    struct op op = {{.cases = cases, .waiters = waiters, .n = n}, n_locks};
    enqueue_all_locked(&op.sel, waiters);
    go__park(unlock_parked, &op, GO__WAIT_SELECT, &op.sel);
    struct go__waiter *winner = op.sel.winner;
    int index = (int)(winner - waiters);
    go__race_acquire(winner);
    for (int i = 0; i < n; i++)
        if (cases[i].chan && i != index)
            dequeue(&cases[i], &waiters[i]);
    cases[index].ok = winner->ok;
    return index;
}

static inline bool was_closed(const struct gocc_case *k)
{
    return k->kind == GOCC_SEND && !k->ok;
}

static go__returns_elsewhere go__noinline int wait_few(struct gocc_case *cases, int n, int n_locks)
{
    struct go__waiter waiters[INLINE_CASES];
    int i = wait_locked(cases, n, n_locks, waiters);
    return finish(cases, n, i, was_closed(&cases[i]));
}

static go__noinline int wait_many(struct gocc_case *cases, int n, int n_locks)
{
    struct go__waiter *waiters = go__alloc((size_t)n * sizeof(*waiters));
    int i = wait_locked(cases, n, n_locks, waiters);
    go__free(waiters);
    return finish(cases, n, i, was_closed(&cases[i]));
}

// ---- gocc_select -------------------------------------------------------------------------

// The single case of a select without default is the plain operation.
static go__noinline int run_one(struct gocc_case *k)
{
    if (k->kind == GOCC_SEND)
        gocc_chan_send(k->chan, k->elem);
    else
        k->ok = gocc_chan_recv(k->chan, k->elem);
    return finish(k, 1, 0, false);
}

int gocc_select(struct gocc_case *cases, int n, bool has_default)
{
    if (go__unlikely(n <= 1) && !has_default)
        return n ? run_one(cases) : (gocc_block(), 0);
    int n_locks = lock_all(cases, n);
    struct outcome o = try_locked(cases, n);
    if (o.index < 0 && !has_default)
        return n <= INLINE_CASES ? wait_few(cases, n, n_locks) : wait_many(cases, n, n_locks);
    unlock_all(cases, n_locks);
    if (o.wake)
        go__ready(o.wake);
    else
        go__poll();
    return finish(cases, n, o.index, o.closed);
}

void gocc_block(void)
{
    for (;;)
        go__park(NULL, NULL, GO__WAIT_SELECT_NONE, NULL);
}
