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
// Waiters of up to INLINE_CASES cases lie on the stack; more are allocated.
// Source: Go's runtime/select.go. Go shuffles the cases and takes the first that can go; here
// those that can go are counted and one is drawn: one random number, and none at all when
// only one can go.
#include <gocc/abi.h>

#include "chan.h"
#include "race.h"

enum {
    INLINE_CASES = 8,
};

struct op {
    struct go__select sel;
    struct gocc_case *cases;
    int n;
    int n_locks;
    struct gocc_hchan **locks;  // [n]: the channels, in order of address, each once
    struct go__waiter *waiters; // [n]
};

// ---- locking -----------------------------------------------------------------------------

// Restores the heap order of a[0 .. n) below a[i].
static void sift_down(struct gocc_hchan **a, int i, int n)
{
    for (int child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && a[child] < a[child + 1])
            child++;
        if (a[i] >= a[child])
            return;
        struct gocc_hchan *swap = a[i];
        a[i] = a[child];
        a[child] = swap;
    }
}

static void sort_many(struct gocc_hchan **a, int n)
{
    for (int i = n / 2; i-- > 0;)
        sift_down(a, i, n);
    for (int end = n - 1; end > 0; end--) {
        struct gocc_hchan *swap = a[0];
        a[0] = a[end];
        a[end] = swap;
        sift_down(a, 0, end);
    }
}

static void sort_few(struct gocc_hchan **a, int n)
{
    for (int i = 1; i < n; i++) {
        struct gocc_hchan *c = a[i];
        int at = i;
        for (; at > 0 && a[at - 1] > c; at--)
            a[at] = a[at - 1];
        a[at] = c;
    }
}

// Fills op->locks.
static void order_locks(struct op *op)
{
    int n = 0;
    for (int i = 0; i < op->n; i++)
        if (op->cases[i].chan)
            op->locks[n++] = op->cases[i].chan;
    if (n <= INLINE_CASES)
        sort_few(op->locks, n);
    else
        sort_many(op->locks, n);
    op->n_locks = 0;
    for (int i = 0; i < n; i++)
        if (i == 0 || op->locks[i] != op->locks[i - 1])
            op->locks[op->n_locks++] = op->locks[i];
}

static void lock_all(struct op *op)
{
    for (int i = 0; i < op->n_locks; i++)
        go__chan_lock(op->locks[i]);
}

// Also go__park's callback. See the head of the file for what may be read when.
static void unlock_all(void *arg)
{
    struct op *op = arg;
    struct gocc_hchan **locks = op->locks;
    for (int i = 0, n = op->n_locks; i < n;) {
        struct gocc_hchan *c = locks[i++];
        go__unlock(&c->lock);
    }
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
static int choose_locked(struct op *op)
{
    int n_ready = 0, chosen = -1;
    for (int i = 0; i < op->n; i++)
        if (can_go_locked(&op->cases[i]) && n_ready++ == 0)
            chosen = i;
    if (n_ready <= 1)
        return chosen;
    int skip = (int)go__choose((uint32_t)n_ready), i = chosen;
    chosen = -1;
    // Selects that were counted may have been won elsewhere meanwhile: then the last that
    // can still go, if any.
    for (; i < op->n && skip >= 0; i++) {
        if (can_go_locked(&op->cases[i])) {
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

// Carries out a case that can go; returns its index, or -1 when there is none.
static int try_locked(struct op *op, enum go__chan_result *result, struct go__chan_wake *wake)
{
    for (;;) {
        int i = choose_locked(op);
        if (i < 0)
            return -1;
        *result = step_locked(&op->cases[i], wake);
        if (*result != GO__CHAN_BLOCKED)
            return i;
        // The waiter that made it ready was a select's, won elsewhere since: look again.
    }
}

// ---- blocking ----------------------------------------------------------------------------

static struct go__waitq *queue_of(const struct gocc_case *k)
{
    return k->kind == GOCC_SEND ? &k->chan->senders : &k->chan->receivers;
}

static void enqueue_all_locked(struct op *op)
{
    struct go__g *self = go__self();
    for (int i = 0; i < op->n; i++) {
        struct gocc_case *k = &op->cases[i];
        struct go__waiter *w = &op->waiters[i];
        if (!k->chan)
            continue;
        w->g = self;
        w->elem = k->elem;
        w->sel = &op->sel;
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

// Requires: all locks held. Returns the index of the case that was carried out.
static int block(struct op *op)
{
    op->sel = (struct go__select){.cases = op->cases, .waiters = op->waiters, .n = op->n};
    enqueue_all_locked(op);
    go__park(unlock_all, op, GO__WAIT_SELECT, &op->sel);
    struct go__waiter *winner = op->sel.winner;
    int index = (int)(winner - op->waiters);
    go__race_acquire(winner);
    for (int i = 0; i < op->n; i++)
        if (op->cases[i].chan && i != index)
            dequeue(&op->cases[i], &op->waiters[i]);
    op->cases[index].ok = winner->ok;
    return index;
}

// ---- gocc_select -------------------------------------------------------------------------

static int run(struct op *op, bool has_default, bool *closed)
{
    enum go__chan_result result = GO__CHAN_BLOCKED;
    struct go__chan_wake wake = {NULL};
    order_locks(op);
    lock_all(op);
    int i = try_locked(op, &result, &wake);
    if (i < 0 && !has_default) {
        i = block(op);
        *closed = op->cases[i].kind == GOCC_SEND && !op->cases[i].ok;
        return i;
    }
    unlock_all(op);
    if (wake.g)
        go__ready(wake.g);
    else
        go__poll();
    *closed = i >= 0 && op->cases[i].kind == GOCC_SEND && result == GO__CHAN_CLOSED;
    return i;
}

// The single case of a select without default is the plain operation.
static int run_one(struct gocc_case *k)
{
    if (k->kind == GOCC_SEND)
        gocc_chan_send(k->chan, k->elem);
    else
        k->ok = gocc_chan_recv(k->chan, k->elem);
    return 0;
}

static int run_few(struct gocc_case *cases, int n, bool has_default, bool *closed)
{
    struct gocc_hchan *locks[INLINE_CASES];
    struct go__waiter waiters[INLINE_CASES];
    struct op op = {.cases = cases, .n = n, .locks = locks, .waiters = waiters};
    return run(&op, has_default, closed);
}

static int run_many(struct gocc_case *cases, int n, bool has_default, bool *closed)
{
    struct op op = {.cases = cases, .n = n};
    op.waiters = go__alloc((size_t)n * (sizeof(*op.waiters) + sizeof(*op.locks)));
    op.locks = (struct gocc_hchan **)(op.waiters + n);
    int i = run(&op, has_default, closed);
    go__free(op.waiters);
    return i;
}

static void release_cases(struct gocc_case *cases, int n)
{
    for (int i = 0; i < n; i++)
        if (cases[i].kind == GOCC_RECV_RELEASE)
            gocc_release(cases[i].chan);
}

int gocc_select(struct gocc_case *cases, int n, bool has_default)
{
    if (n == 0 && !has_default)
        gocc_block();
    bool closed = false;
    int i;
    if (n == 1 && !has_default)
        i = run_one(cases);
    else if (n <= INLINE_CASES)
        i = run_few(cases, n, has_default, &closed);
    else
        i = run_many(cases, n, has_default, &closed);
    release_cases(cases, n);
    if (closed)
        go__chan_panic_closed();
    return i;
}

void gocc_block(void)
{
    for (;;)
        go__park(NULL, NULL, GO__WAIT_SELECT_NONE, NULL);
}
