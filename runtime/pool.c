// The pool: things that are kept for the next user instead of being made anew.
//
// A shard per processor, each a last-in first-out stack under a lock that hardly anybody else
// takes; who finds his own empty takes from another, and only then makes a new one. A goroutine may
// be on another processor by the time it has the lock: that costs a miss of the cache and nothing
// else.
//
// What lies unused is given back. While any pool holds something, a timer ticks twelve times in
// IDLE; an item bears the tick of its put, and goes at the thirteenth after it. Since a stack is in
// the order of the puts, what is old lies at its bottom. A goroutine that the tick starts hands it
// to the pool's function, or to free. The timer keeps no deadlock from being found.
//
// Invariants:
//   - A pool points to its state, which is made by the first put and freed by go_pool_clear; all
//     states are in a list. A pool whose memory ends without that loses the state's few bytes;
//     its items are given back in time all the same.
//   - `ticking` is set while the timer is armed, and whoever put something in sees it set, or sets
//     it: a put stores, fences lightly and looks; the tick clears it, fences heavily and looks.
//
// Locks: `list_lock`, over the list and each state's `drop`; then a shard's.
//
// Rejected: Go's slots without a lock for the owner of the processor (the lock costs 3 ns, and all
// others would need a second protocol); a clock read a put (24 ns).
// Source of the meaning: Go's sync.Pool.
#include <gocc/object.h>
#include <gocc/sync.h>

#include <stdlib.h>

#include "lock.h"
#include "race.h"
#include "sched.h"

enum { TICKS = 12, MAX_SHARDS = 256, SHARD_MIN = 16 };
enum { IDLE_MS = 120000 };

struct entry {
    void *item;
    uint32_t tick; // of its put
};

struct shard {
    struct go__lock lock; // GO__RANK_WAIT: all of it
    uint32_t n, room;     // n: read without the lock by who looks for something
    struct entry *entries;
} __attribute__((aligned(GO__CACHE_LINE)));

struct go_pool_state {
    struct go_pool_state *next; // in `list`
    gocc_func(void, void *) drop;
    go_waitgroup dropping; // goroutines that give back items of this pool
    uint32_t n_shards;     // a power of two
    struct shard shards[];
};

static struct go__lock list_lock; // GO__RANK_SYNC
static struct go_pool_state *list;
static uint32_t ticking, tick_now;
static struct go__timer timer;

// ---- shards ------------------------------------------------------------------------------

static void shard_push(struct shard *s, void *item)
{
    go__lock(&s->lock, GO__RANK_WAIT);
    if (s->n == s->room) {
        uint32_t room = s->room ? 2 * s->room : SHARD_MIN;
        struct entry *bigger = go__alloc(room * sizeof(*bigger));
        if (s->n)
            go__copy(bigger, s->entries, s->n * sizeof(*bigger));
        go__free(s->entries);
        s->entries = bigger;
        s->room = room;
    }
    s->entries[s->n] = (struct entry){item, go__load(&tick_now)};
    go__race_release(s); // what was done to the item before the put
    go__store(&s->n, s->n + 1);
    go__unlock(&s->lock);
}

static void *shard_pop(struct shard *s)
{
    void *item = NULL;
    if (go__load(&s->n) == 0) // a put that is not seen yet has not happened before
        return NULL;
    go__lock(&s->lock, GO__RANK_WAIT);
    if (s->n) {
        item = s->entries[s->n - 1].item;
        go__store(&s->n, s->n - 1);
        go__race_acquire(s);
    }
    go__unlock(&s->lock);
    return item;
}

// Moves what was put in before `tick` to items[], and returns how many these were. With items
// NULL only counts. Requires: lock held.
static uint32_t shard_take_old_locked(struct shard *s, uint32_t tick, void **items)
{
    uint32_t old = 0;
    while (old < s->n && (int32_t)(s->entries[old].tick - tick) < 0)
        old++;
    if (!items || !old)
        return old;
    for (uint32_t i = 0; i < old; i++)
        items[i] = s->entries[i].item;
    for (uint32_t i = old; i < s->n; i++)
        s->entries[i - old] = s->entries[i];
    go__race_acquire(s);
    go__store(&s->n, s->n - old);
    if (s->n == 0) {
        go__free(s->entries);
        s->entries = NULL;
        s->room = 0;
    }
    return old;
}

// ---- giving back -------------------------------------------------------------------------

// Items of one pool that are no longer in it.
struct batch {
    struct batch *next;
    struct go_pool_state *pool;   // counted in its `dropping`
    gocc_func(void, void *) drop; // owned
    uint32_t n;
    void *items[];
};

// What of p was put in before `tick`; NULL: nothing. Requires: list_lock held.
static struct batch *batch_collect_locked(struct go_pool_state *p, uint32_t tick)
{
    struct batch *b = NULL;
    for (uint32_t i = 0; i < p->n_shards; i++) {
        struct shard *s = &p->shards[i];
        go__lock(&s->lock, GO__RANK_WAIT);
        uint32_t had = b ? b->n : 0, more = shard_take_old_locked(s, tick, NULL);
        if (more) {
            struct batch *bigger = go__alloc(sizeof(*b) + (had + more) * sizeof(b->items[0]));
            if (had)
                go__copy(bigger->items, b->items, had * sizeof(b->items[0]));
            go__free(b);
            b = bigger;
            b->n = had + shard_take_old_locked(s, tick, b->items + had);
        }
        go__unlock(&s->lock);
    }
    if (b) {
        b->pool = p;
        b->drop = gocc_retain(p->drop);
        go_waitgroup_add(&p->dropping, 1);
    }
    return b;
}

static void batch_drop(struct batch *b)
{
    for (uint32_t i = 0; i < b->n; i++) {
        if (b->drop)
            gocc_call(b->drop, b->items[i]);
        else
            free(b->items[i]); // the program's, not ours
    }
    gocc_release(b->drop);
    go_waitgroup_done(&b->pool->dropping);
    go__free(b);
}

// The goroutine that a tick starts.
static void drop_batches(void *args)
{
    struct batch *b = *(struct batch **)args, *next;
    for (; b; b = next) {
        next = b->next;
        batch_drop(b);
    }
}

static bool any_items_locked(void)
{
    for (struct go_pool_state *p = list; p; p = p->next)
        for (uint32_t i = 0; i < p->n_shards; i++)
            if (go__load(&p->shards[i].n))
                return true;
    return false;
}

static void arm(void)
{
    int64_t every = go__debug("poolidle", IDLE_MS) * 1000000 / TICKS;
    timer.slack = every / 16;
    go__timer_start(&timer, go__now() + every);
}

static void start_ticking(void)
{
    if (!__atomic_exchange_n(&ticking, 1, __ATOMIC_SEQ_CST))
        arm();
}

static void on_tick(struct go__timer *t)
{
    static const struct gocc_type type = {"go_pool", sizeof(struct batch *), 0, NULL, NULL};
    struct batch *all = NULL;
    (void)t;
    go__lock(&list_lock, GO__RANK_SYNC);
    uint32_t now = tick_now + 1;
    go__store(&tick_now, now);
    for (struct go_pool_state *p = list; p; p = p->next) {
        struct batch *b = batch_collect_locked(p, now - TICKS);
        if (b) {
            b->next = all;
            all = b;
        }
    }
    go__store(&ticking, 0);
    go__fence_heavy(); // pairs with the light one in go_pool_put: it sees 0, or we see its item
    bool more = any_items_locked();
    go__unlock(&list_lock);
    if (all)
        gocc_go(&type, drop_batches, &all);
    if (more)
        start_ticking();
}

// In the child of a fork the timer and the goroutines that gave items back are gone. A shard that
// somebody was at is emptied: its items are lost.
static void after_fork(void)
{
    for (struct go_pool_state *p = list; p; p = p->next) {
        p->dropping = (go_waitgroup){0};
        for (uint32_t i = 0; i < p->n_shards; i++)
            if (go__is_locked(&p->shards[i].lock))
                p->shards[i] = (struct shard){0};
    }
    ticking = 0;
    if (go__m() && any_items_locked()) // else the next put sees to it
        start_ticking();
}

__attribute__((constructor)) static void keep_over_fork(void)
{
    go__lock_over_fork(&list_lock, GO__RANK_SYNC, after_fork);
}

// ---- the pool ----------------------------------------------------------------------------

static struct go_pool_state *state_new(void)
{
    uint32_t n = 1;
    while (n < go__processors() && n < MAX_SHARDS)
        n *= 2;
    size_t size = sizeof(struct go_pool_state) + n * sizeof(struct shard);
    struct go_pool_state *p = go__calloc_lines(size);
    p->n_shards = n;
    return p;
}

// The state of a pool; made, and put into the list, if it has none.
static struct go_pool_state *state_of(go_pool *pool)
{
    // Acquire: pairs with the release below; the state is seen whole.
    struct go_pool_state *p = go__load_acquire(&pool->state);
    if (go__likely(p != NULL))
        return p;
    struct go_pool_state *fresh = state_new();
    go__lock(&list_lock, GO__RANK_SYNC);
    p = go__load(&pool->state);
    if (!p) {
        p = fresh;
        fresh->next = list;
        list = fresh;
        timer.fire = on_tick;
        timer.background = true;
        go__store_release(&pool->state, fresh);
    }
    go__unlock(&list_lock);
    if (p != fresh)
        go__free(fresh);
    return p;
}

void go_pool_init(go_pool *pool, gocc_func(void *) make)
{
    *pool = (go_pool){.make = gocc_retain(make)};
}

void go_pool_on_drop(go_pool *pool, gocc_func(void, void *) drop)
{
    struct go_pool_state *p = state_of(pool);
    gocc_retain(drop);
    go__lock(&list_lock, GO__RANK_SYNC);
    gocc_func(void, void *) before = p->drop;
    p->drop = drop;
    go__unlock(&list_lock);
    gocc_release(before);
}

void *go_pool_get(go_pool *pool)
{
    struct go_pool_state *p = go__load_acquire(&pool->state); // pairs with state_of
    if (go__likely(p != NULL)) {
        uint32_t here = go__processor(), mask = p->n_shards - 1;
        for (uint32_t i = 0; i < p->n_shards; i++) {
            void *item = shard_pop(&p->shards[(here + i) & mask]);
            if (go__likely(item != NULL)) {
                go__poll();
                return item;
            }
        }
    }
    return pool->make ? gocc_call(pool->make) : NULL;
}

void go_pool_put(go_pool *pool, void *item)
{
    if (!item)
        return;
    struct go_pool_state *p = state_of(pool);
    shard_push(&p->shards[go__processor() & (p->n_shards - 1)], item);
    go__fence_light(); // pairs with the heavy one in on_tick
    if (go__unlikely(!go__load(&ticking)))
        start_ticking();
}

void go_pool_clear(go_pool *pool)
{
    struct go_pool_state *p = go__load_acquire(&pool->state); // pairs with state_of
    gocc_release(pool->make);
    *pool = (go_pool){0};
    if (!p)
        return;
    go__lock(&list_lock, GO__RANK_SYNC);
    struct go_pool_state **at = &list;
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    struct batch *all = batch_collect_locked(p, tick_now + 1);
    go__unlock(&list_lock);
    if (all)
        batch_drop(all);
    go_waitgroup_wait(&p->dropping);
    gocc_release(p->drop);
    for (uint32_t i = 0; i < p->n_shards; i++)
        go__free(p->shards[i].entries); // of one that was emptied by gets
    go__free(p);
}
