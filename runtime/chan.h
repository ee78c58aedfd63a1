// Channels and their wait queues, as select, sync and time see them.
#ifndef GO_CHAN_H
#define GO_CHAN_H

#include <gocc/abi.h>

#include "lock.h"
#include "object.h"
#include "sched.h"

// A select while it blocks. On the selecting goroutine's stack.
struct go__select {
    const struct gocc_case *cases; // [n]: for reports
    const struct go__waiter *waiters;
    int n;
    // Which of its waiters was chosen. Set once, from NULL, by whoever takes that waiter from
    // a queue (with that channel's lock held; two channels' takers compete by compare-exchange).
    struct go__waiter *winner;
};

// One blocked operation. Lies on the stack of the goroutine that blocks. Linked by the
// channel's lock; everything else is written before it is linked, or by the taker between
// taking it from the queue and making g ready.
struct go__waiter {
    struct go__waiter *next, *prev;
    struct go__g *g;
    void *elem;             // where the value is or goes; NULL: none, or dropped
    struct go__select *sel; // NULL: a plain send or receive
    bool ok;                // set by the taker: true when a value was passed, false on close
    bool linked;            // in a queue; under the channel's lock
};

struct go__waitq {
    struct go__waiter *first, *last;
};

// Invariants, under the lock:
//   - waiting receivers: count is 0 and there are no live waiting senders (except both of one
//     select, which does not serve itself); waiting senders: count is cap.
//   - closed: both queues are empty of live waiters.
//   - A waiter of a select that was won elsewhere is dead: it is dropped by whoever meets it.
// Unlocking is the last access to a channel by any operation that does not own it.
struct gocc_hchan {
    struct go__lock lock;
    bool closed;
    bool orphan;        // without owners; freed by the last of `selects`
    uint32_t elem_size; // 0 for chan<void>
    uint32_t cap, count;
    uint32_t read, write; // slots: next to receive from, next to send to
    uint32_t selects;     // blocked selects' waiters that will lock this channel again
    struct go__waitq receivers, senders;
    const char *elem_name; // "int"; of a named channel type "=queue_t"; static
    uintptr_t made;        // the address behind the call that made it; 0: the library; metrics.h
    char *slots;           // directly behind the struct that holds this channel
};

// Sets up c, zeroed, with its slots at `slots`.
void go__chan_init(struct gocc_hchan *c, size_t elem_size, const char *name, uint32_t cap,
                   void *slots);
// The destroy hook of objects that begin with a channel: frees c when no select needs it.
void go__chan_destroy(void *c);

// What an operation leaves to be done after unlocking.
struct go__chan_wake {
    struct go__g *g; // to be made ready; or NULL
};

static inline void go__chan_lock(struct gocc_hchan *c)
{
    go__lock(&c->lock, GO__RANK_CHAN);
}

// Park's unlock callback.
void go__chan_unlock_parked(void *c);

// Could a send (receive) go now? Drops dead waiters. Requires: lock held.
bool go__chan_can_send_locked(struct gocc_hchan *c);
bool go__chan_can_recv_locked(struct gocc_hchan *c);

enum go__chan_result {
    GO__CHAN_BLOCKED, // nothing was done
    GO__CHAN_DONE,    // a value was passed
    GO__CHAN_CLOSED,  // send: must panic; receive: elem was zeroed
};
// One step that never blocks. Requires: lock held. Ensures: wake->g is to be made ready once
// all locks are released.
enum go__chan_result go__chan_send_locked(struct gocc_hchan *c, const void *elem,
                                          struct go__chan_wake *wake);
enum go__chan_result go__chan_recv_locked(struct gocc_hchan *c, void *elem,
                                          struct go__chan_wake *wake);

void go__waitq_push(struct go__waitq *q, struct go__waiter *w);
void go__waitq_remove(struct go__waitq *q, struct go__waiter *w);

_Noreturn void go__chan_panic_closed(void);

#endif
