// The run queues: one ring of 256 per P with an overflow list, a list of those that yielded,
// and the global queue.
//
// The ring. ring_head and ring_tail count up for ever; ring[i % 256] for head <= i < tail are
// the queued goroutines, oldest at head.
//   put   (owner)   writes ring[tail], then ring_tail = tail + 1 with release;
//   get   (owner)   reads ring[head], then ring_head: head -> head + 1 by compare-and-swap;
//   steal (anyone)  loads head, then tail (acquire: sees the slots), copies half of them out,
//                   then ring_head: head -> head + n by compare-and-swap.
// The compare-and-swap decides who owns what was copied; a slot is overwritten only after
// ring_head has passed it, which makes the thief's compare-and-swap fail (release on head,
// acquire in put). head is 32 bits: a thief would have to sleep through 2^32 gets for the
// swap to succeed wrongly. Source: Go's runtime, runqput, runqget, runqgrab.
//
// Overflow. When the ring is full its older half becomes a batch on a last-in list. A tree of
// 1,000,000 goroutines so grows depth first: 86-105 ms and 1,000 stacks, against 320-405 ms
// and 25,000-38,000 with first-in first-out overflow. So that nobody stays at the bottom for
// ever, every 64th pick of a P takes the oldest (go__runq_get_oldest). Thieves take the oldest
// batch: in a tree it holds the most work.
//
// Rejected: stealing the next slot (the owner would need a locked instruction at each hand-off,
// 2.7 of 14 ns; the monitor frees what sits there for long); a private ring with requests to
// steal (the answer takes as long as the goroutine that runs).
#include "gmp.h"

enum { MASK = GO__RING - 1, HALF = GO__RING / 2 };

// ---- overflow ----------------------------------------------------------------------------

static void over_push(struct go__p *p, struct go__g *batch)
{
    go__lock(&p->over_lock, GO__RANK_RUNQ);
    batch->batch_prev = NULL;
    batch->batch_next = p->over;
    if (p->over)
        p->over->batch_prev = batch;
    else
        p->over_oldest = batch;
    p->over = batch;
    go__store(&p->n_over, p->n_over + 1);
    go__unlock(&p->over_lock);
}

static void over_unlink_locked(struct go__p *p, struct go__g *batch)
{
    if (batch->batch_prev)
        batch->batch_prev->batch_next = batch->batch_next;
    else
        p->over = batch->batch_next;
    if (batch->batch_next)
        batch->batch_next->batch_prev = batch->batch_prev;
    else
        p->over_oldest = batch->batch_prev;
    go__store(&p->n_over, p->n_over - 1);
}

static struct go__g *over_pop(struct go__p *p, bool oldest)
{
    if (go__load(&p->n_over) == 0)
        return NULL;
    go__lock(&p->over_lock, GO__RANK_RUNQ);
    struct go__g *batch = oldest ? p->over_oldest : p->over;
    if (batch)
        over_unlink_locked(p, batch);
    go__unlock(&p->over_lock);
    return batch;
}

// The first goroutine of the oldest batch; the rest of the batch stays where it is.
static struct go__g *over_pop_one(struct go__p *p)
{
    if (go__load(&p->n_over) == 0)
        return NULL;
    go__lock(&p->over_lock, GO__RANK_RUNQ);
    struct go__g *g = p->over_oldest;
    if (g) {
        struct go__g *rest = g->next;
        struct go__g *above = g->batch_prev;
        if (rest) { // n_over stays: a thread that goes idle must not see 0 in between
            rest->batch_prev = above;
            rest->batch_next = NULL;
            if (above)
                above->batch_next = rest;
            else
                p->over = rest;
            p->over_oldest = rest;
        } else {
            over_unlink_locked(p, g);
        }
    }
    go__unlock(&p->over_lock);
    return g;
}

// Moves the batch into p's ring, which must be empty (its owner calls), but for the first,
// which is returned.
static struct go__g *ring_fill(struct go__p *p, struct go__g *batch)
{
    uint32_t tail = p->ring_tail;
    for (struct go__g *g = batch->next; g; g = g->next)
        go__store(&p->ring[tail++ & MASK], g);
    go__store_release(&p->ring_tail, tail); // pairs with the acquire in go__runq_steal
    return batch;
}

// ---- ring --------------------------------------------------------------------------------

// Takes the older half of the full ring out as a batch. False: thieves made room meanwhile.
static bool ring_spill(struct go__p *p, uint32_t head)
{
    struct go__g *half[HALF];
    for (uint32_t i = 0; i < HALF; i++)
        half[i] = go__load(&p->ring[(head + i) & MASK]);
    // Release and acquire: as in go__runq_get.
    if (!__atomic_compare_exchange_n(&p->ring_head, &head, head + HALF, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        return false;
    for (uint32_t i = 0; i < HALF; i++)
        half[i]->next = i + 1 < HALF ? half[i + 1] : NULL;
    over_push(p, half[0]);
    return true;
}

void go__runq_put(struct go__p *p, struct go__g *g)
{
    for (;;) {
        // Acquire: the thief that moved head has read its slots before we overwrite them.
        uint32_t head = go__load_acquire(&p->ring_head), tail = p->ring_tail;
        if (go__likely(tail - head < GO__RING)) {
            go__store(&p->ring[tail & MASK], g);
            go__store_release(&p->ring_tail, tail + 1); // pairs with the acquire in steal
            return;
        }
        ring_spill(p, head);
    }
}

static struct go__g *ring_get(struct go__p *p)
{
    for (;;) {
        uint32_t head = go__load_acquire(&p->ring_head);
        if (head == p->ring_tail)
            return NULL;
        struct go__g *g = go__load(&p->ring[head & MASK]);
        // Release: our read of the slot is over before anyone sees the new head.
        if (__atomic_compare_exchange_n(&p->ring_head, &head, head + 1, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED))
            return g;
    }
}

struct go__g *go__runq_get(struct go__p *p)
{
    struct go__g *g = ring_get(p);
    if (g)
        return g;
    struct go__g *batch = over_pop(p, false);
    if (!batch)
        return NULL;
    g = ring_fill(p, batch);
    // A thread that went idle meanwhile may have seen neither the batch nor the ring.
    go__wake_if_idle();
    return g;
}

struct go__g *go__runq_get_oldest(struct go__p *p)
{
    struct go__g *g = over_pop_one(p);
    return g ? g : ring_get(p);
}

bool go__runq_empty(struct go__p *p)
{
    return go__load_acquire(&p->ring_head) == go__load_acquire(&p->ring_tail) &&
           go__load(&p->n_over) == 0;
}

static struct go__g *ring_steal(struct go__p *p, struct go__p *victim)
{
    for (;;) {
        uint32_t head = go__load_acquire(&victim->ring_head);
        uint32_t tail = go__load_acquire(&victim->ring_tail); // pairs with put: sees the slots
        uint32_t n = tail - head;
        n -= n / 2;
        if (n == 0)
            return NULL;
        if (n > HALF) // head and tail are of different moments
            continue;
        // Into p's ring beyond its tail, where nobody looks yet; the last one is returned.
        uint32_t to = p->ring_tail;
        for (uint32_t i = 0; i < n; i++)
            go__store(&p->ring[(to + i) & MASK], go__load(&victim->ring[(head + i) & MASK]));
        if (!__atomic_compare_exchange_n(&victim->ring_head, &head, head + n, false,
                                         __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            continue;
        struct go__g *g = go__load(&p->ring[(to + n - 1) & MASK]);
        go__store_release(&p->ring_tail, to + n - 1);
        return g;
    }
}

// Requires: p's ring is empty.
struct go__g *go__runq_steal(struct go__p *p, struct go__p *victim)
{
    struct go__g *batch = over_pop(victim, true);
    if (batch)
        return ring_fill(p, batch);
    return ring_steal(p, victim);
}

// ---- the global queue --------------------------------------------------------------------

void go__global_put_list_locked(struct go__g *head, struct go__g *tail, uint32_t n)
{
    tail->next = NULL;
    if (go__sched.global_head)
        go__sched.global_tail->next = head;
    else
        go__sched.global_head = head;
    go__sched.global_tail = tail;
    go__store(&go__sched.n_global, go__sched.n_global + n);
}

void go__global_put_locked(struct go__g *g)
{
    go__global_put_list_locked(g, g, 1);
}

void go__global_put(struct go__g *g)
{
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    go__global_put_locked(g);
    go__unlock(&go__sched.lock);
}

struct go__g *go__global_get(struct go__p *p)
{
    if (go__load(&go__sched.n_global) == 0)
        return NULL;
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    uint32_t n = go__sched.n_global / go__sched.n_p + 1;
    if (n > HALF)
        n = HALF;
    uint32_t room = GO__RING - (p->ring_tail - go__load_acquire(&p->ring_head));
    if (n > room + 1)
        n = room + 1;
    if (n > go__sched.n_global)
        n = go__sched.n_global;
    struct go__g *first = go__sched.global_head, *last = first;
    for (uint32_t i = 1; i < n; i++)
        last = last->next;
    if (n) {
        go__sched.global_head = last->next;
        last->next = NULL;
        go__store(&go__sched.n_global, go__sched.n_global - n);
    }
    go__unlock(&go__sched.lock);
    if (n == 0)
        return NULL;
    for (struct go__g *g = first->next, *after; g; g = after) {
        after = g->next;
        go__runq_put(p, g);
    }
    if (n > 1)
        go__wake_if_idle(); // as in go__runq_get
    return first;
}
