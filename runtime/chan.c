// Channels: a ring of slots, two queues of waiters, one lock.
//
// A value goes straight from the sender's stack to the receiver's whenever one of them
// already waits; the ring is used only while neither does. Waiters lie on the stacks of the
// goroutines that block, so that blocking allocates nothing.
//
// Invariants: see struct gocc_hchan. And, for the release of channels:
//   - Unlocking is the last access that an operation makes; who is to be woken is made ready
//     after it. The woken side does not touch the channel again (but a select, which is
//     counted in `selects` and keeps it alive): it may release it, or may have been woken by
//     a close that was followed by a release.
//   - The lock of a channel on which a goroutine parks is released by go__park once that
//     goroutine's stack is at rest, since the value is copied to or from that stack.
//
// Order, as in Go's memory model: a send happens before the receive of its value completes,
// a close before a receive that sees it, a receive on an unbuffered channel before the send
// completes, the k-th receive before the (k+cap)-th send completes. All by the lock; for the
// thread sanitizer, which does not see it, by the slot (ring) or the waiter (hand-off).
//
// Source: Go's runtime/chan.go. Rejected: a lock-free ring for buffered channels (close,
// select and hand-off then need a second protocol; the lock costs 2.5 ns).
#include "chan.h"

#include <limits.h>
#include <string.h>

#include "metrics.h"
#include "race.h"
#include "switch.h"

static const struct gocc_type chan_type = {
    "chan", GO__OBJECT_OWN_SIZE, 0, NULL, go__chan_destroy,
};

// ---- making and freeing ------------------------------------------------------------------

void go__chan_init(struct gocc_hchan *c, size_t elem_size, const char *name, uint32_t cap,
                   void *slots)
{
    c->elem_size = (uint32_t)elem_size;
    c->elem_name = name;
    c->cap = cap;
    c->slots = slots;
}

struct gocc_hchan *gocc_chan_make(size_t elem_size, const char *elem_name, int64_t n)
{
    const uint64_t max_bytes = (uint64_t)1 << 47; // no more can be addressed
    if (n < 0 || n > INT_MAX || elem_size > UINT32_MAX ||
        (elem_size && (uint64_t)n > max_bytes / elem_size))
        gocc_panic("makechan: size out of range");
    struct gocc_hchan *c = go__object_new(&chan_type, sizeof(*c) + elem_size * (size_t)n);
    go__chan_init(c, elem_size, elem_name, (uint32_t)n, c + 1);
    c->made = (uintptr_t)__builtin_return_address(0);
    return c;
}

void go__chan_destroy(void *chan)
{
    struct gocc_hchan *c = chan;
    go__chan_lock(c);
    bool wanted = c->selects != 0;
    c->orphan = wanted;
    go__unlock(&c->lock);
    if (go__unlikely(c->made & GO__MADE_IS_ROW))
        go__metrics_chan_gone(c);
    // Wanted: the last select to take its waiters away sees `orphan` and frees it.
    if (!wanted)
        go__object_free(c);
}

// ---- wait queues -------------------------------------------------------------------------

void go__waitq_push(struct go__waitq *q, struct go__waiter *w)
{
    w->linked = true;
    w->next = NULL;
    w->prev = q->last;
    if (q->last)
        q->last->next = w;
    else
        q->first = w;
    q->last = w;
}

void go__waitq_remove(struct go__waitq *q, struct go__waiter *w)
{
    w->linked = false;
    if (w->prev)
        w->prev->next = w->next;
    else
        q->first = w->next;
    if (w->next)
        w->next->prev = w->prev;
    else
        q->last = w->prev;
}

// The first waiter of q that is not dead; dead ones are dropped on the way.
static inline struct go__waiter *first_alive(struct go__waitq *q)
{
    struct go__waiter *w;
    // Relaxed: a stale NULL is settled by the compare-exchange in take.
    while ((w = q->first) && go__unlikely(w->sel && go__load(&w->sel->winner)))
        go__waitq_remove(q, w);
    return w;
}

// Takes the first waiter that is alive; its goroutine is the caller's to make ready.
static inline struct go__waiter *take(struct gocc_hchan *c, struct go__waitq *q)
{
    struct go__waiter *w;
    while ((w = q->first)) {
        go__waitq_remove(q, w);
        if (go__likely(!w->sel))
            return w;
        if (go__load(&w->sel->winner)) // dead, as after each message to a select's other channel
            continue;
        struct go__waiter *none = NULL;
        // Relaxed: only one taker may win; what it writes to the waiter reaches the select
        // by go__ready and go__park.
        if (__atomic_compare_exchange_n(&w->sel->winner, &none, w, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
            c->selects--; // the winner's channel is not locked again on its account
            return w;
        }
    }
    return NULL;
}

bool go__chan_can_send_locked(struct gocc_hchan *c)
{
    return c->closed || c->count < c->cap || first_alive(&c->receivers);
}

bool go__chan_can_recv_locked(struct gocc_hchan *c)
{
    return c->count || c->closed || first_alive(&c->senders);
}

// ---- values ------------------------------------------------------------------------------

static inline void copy_value(void *to, const void *from, uint32_t size)
{
    if (size == sizeof(uint64_t))
        __builtin_memcpy(to, from, sizeof(uint64_t));
    else if (size == sizeof(uint32_t))
        __builtin_memcpy(to, from, sizeof(uint32_t));
    else if (size)
        memcpy(to, from, size);
}

static inline void *slot(struct gocc_hchan *c, uint32_t i)
{
    return c->slots + (size_t)i * c->elem_size;
}

static inline uint32_t slot_after(struct gocc_hchan *c, uint32_t i)
{
    return i + 1 == c->cap ? 0 : i + 1;
}

// Puts a value into the ring. Requires: lock held, count < cap. `count` is stored atomically
// for gocc_chan_len, which reads it without the lock.
static inline void ring_put(struct gocc_hchan *c, const void *elem)
{
    void *s = slot(c, c->write);
    go__race_acquire(s); // of the receive that emptied it
    copy_value(s, elem, c->elem_size);
    go__race_release(s);
    c->write = slot_after(c, c->write);
    go__store(&c->count, c->count + 1);
}

// Takes the oldest value from the ring. Requires: lock held, count > 0.
static inline void ring_get(struct gocc_hchan *c, void *elem)
{
    void *s = slot(c, c->read);
    go__race_acquire(s); // of the send that filled it
    if (elem)
        copy_value(elem, s, c->elem_size);
    go__race_release(s);
    c->read = slot_after(c, c->read);
    go__store(&c->count, c->count - 1);
}

// ---- steps that never block --------------------------------------------------------------

static go__always_inline enum go__chan_result send_step(struct gocc_hchan *c, const void *elem,
                                                        struct go__chan_wake *wake)
{
    wake->g = NULL;
    if (go__unlikely(c->closed))
        return GO__CHAN_CLOSED;
    struct go__waiter *w = take(c, &c->receivers);
    if (w) {
        go__race_acquire(w);
        if (w->elem)
            copy_value(w->elem, elem, c->elem_size);
        w->ok = true;
        go__race_release(w);
        wake->g = w->g;
        return GO__CHAN_DONE;
    }
    if (c->count == c->cap)
        return GO__CHAN_BLOCKED;
    ring_put(c, elem);
    return GO__CHAN_DONE;
}

static go__always_inline enum go__chan_result recv_step(struct gocc_hchan *c, void *elem,
                                                        struct go__chan_wake *wake)
{
    wake->g = NULL;
    if (go__unlikely(c->closed) && c->count == 0) {
        go__race_acquire(&c->closed);
        if (elem && c->elem_size)
            memset(elem, 0, c->elem_size);
        return GO__CHAN_CLOSED;
    }
    struct go__waiter *w = take(c, &c->senders);
    if (!w && c->count == 0)
        return GO__CHAN_BLOCKED;
    if (c->count)
        ring_get(c, elem);
    if (!w)
        return GO__CHAN_DONE;
    go__race_acquire(w);
    if (c->cap) // the ring was full: the waiting value goes to its end
        ring_put(c, w->elem);
    else if (elem)
        copy_value(elem, w->elem, c->elem_size);
    w->ok = true;
    go__race_release(w);
    wake->g = w->g;
    return GO__CHAN_DONE;
}

enum go__chan_result go__chan_send_locked(struct gocc_hchan *c, const void *elem,
                                          struct go__chan_wake *wake)
{
    return send_step(c, elem, wake);
}

enum go__chan_result go__chan_recv_locked(struct gocc_hchan *c, void *elem,
                                          struct go__chan_wake *wake)
{
    return recv_step(c, elem, wake);
}

// ---- operations --------------------------------------------------------------------------

void go__chan_unlock_parked(void *c)
{
    go__unlock(&((struct gocc_hchan *)c)->lock);
}

_Noreturn void go__chan_panic_closed(void)
{
    gocc_panic("send on closed channel");
}

static inline void wake_or_poll(struct go__chan_wake wake)
{
    if (wake.g)
        go__ready(wake.g);
    else
        go__poll();
}

// Queues the caller and parks until a taker comes. Requires: lock held, which go__park
// releases. Returns what the taker left in ok, but panics when a sender's channel was closed: its
// callers leave by calling it. The channel may be gone then.
static go__returns_elsewhere go__noinline bool wait_in(struct gocc_hchan *c, struct go__waitq *q,
                                                       void *elem, enum go__wait why)
{
    struct go__waiter w;
    w.g = go__self();
    w.elem = elem;
    w.sel = NULL;
    go__race_release(&w);
    go__waitq_push(q, &w);
    go__park(go__chan_unlock_parked, c, why, c);
    go__race_acquire(&w);
    if (go__unlikely(!w.ok) && why == GO__WAIT_CHAN_SEND)
        go__chan_panic_closed();
    return w.ok;
}

void gocc_chan_send(struct gocc_hchan *c, const void *elem)
{
    if (go__unlikely(!c))
        for (;;)
            go__park(NULL, NULL, GO__WAIT_CHAN_SEND_NIL, NULL);
    struct go__chan_wake wake;
    go__chan_lock(c);
    enum go__chan_result r = send_step(c, elem, &wake);
    if (r == GO__CHAN_BLOCKED) {
        wait_in(c, &c->senders, (void *)elem, GO__WAIT_CHAN_SEND);
        return;
    }
    go__unlock(&c->lock);
    if (go__unlikely(r == GO__CHAN_CLOSED))
        go__chan_panic_closed();
    wake_or_poll(wake);
}

bool gocc_chan_recv(struct gocc_hchan *c, void *elem)
{
    if (go__unlikely(!c))
        for (;;)
            go__park(NULL, NULL, GO__WAIT_CHAN_RECV_NIL, NULL);
    struct go__chan_wake wake;
    go__chan_lock(c);
    enum go__chan_result r = recv_step(c, elem, &wake);
    if (r == GO__CHAN_BLOCKED)
        return wait_in(c, &c->receivers, elem, GO__WAIT_CHAN_RECV);
    go__unlock(&c->lock);
    wake_or_poll(wake);
    return r == GO__CHAN_DONE;
}

bool gocc_chan_recv_release(struct gocc_hchan *c, void *elem)
{
    bool ok = gocc_chan_recv(c, elem);
    gocc_release(c);
    return ok;
}

// Takes all waiters of q that are alive and puts them into *list, linked by next.
static struct go__waiter **collect(struct gocc_hchan *c, struct go__waitq *q,
                                   struct go__waiter **list)
{
    struct go__waiter *w;
    while ((w = take(c, q))) {
        go__race_acquire(w);
        if (q == &c->receivers && w->elem && c->elem_size)
            memset(w->elem, 0, c->elem_size);
        w->ok = false;
        go__race_release(w);
        *list = w;
        list = &w->next;
    }
    *list = NULL;
    return list;
}

void gocc_chan_close(struct gocc_hchan *c)
{
    if (!c)
        gocc_panic("close of nil channel");
    struct go__waiter *all = NULL;
    struct go__m *m = go__long_work_begin();
    go__chan_lock(c);
    if (c->closed) {
        go__unlock(&c->lock);
        go__long_work_end(m);
        gocc_panic("close of closed channel");
    }
    go__race_release(&c->closed);
    go__store(&c->closed, true);
    collect(c, &c->senders, collect(c, &c->receivers, &all));
    go__unlock(&c->lock);
    while (all) {
        struct go__waiter *w = all;
        all = w->next; // w's stack is alive again from go__ready on
        go__ready(w->g);
    }
    go__long_work_end(m);
    go__poll();
}

int gocc_chan_len(const struct gocc_hchan *c)
{
    return c ? (int)go__load(&c->count) : 0;
}

int gocc_chan_cap(const struct gocc_hchan *c)
{
    return c ? (int)c->cap : 0;
}
