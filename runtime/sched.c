// The scheduler: spawning, parking, readying, and finding work for threads that have none.
//
// A goroutine that parks picks the next one itself and switches to it directly; only when its
// P has nothing to run does it leave to its thread's scheduler stack (g0), where schedule()
// looks at timers, other Ps and the global queue, and at last puts the thread to sleep.
//
// Invariants:
//   - The stack of a parked goroutine is in use until somebody has run m->post after the
//     switch away from it; until then nobody else may learn that it parked.
//   - m->p and p->m change only under sched.retake, except while the owner's entry is open and
//     it holds that lock too; see gmp.h for the protocol.
//   - A goroutine that was readied is next to run on the readier's P. Another thread is woken
//     only when that displaces something: ping-pong stays on one processor.
//   - Pushers store, fence lightly, and look whether a P is idle; a thread that goes idle
//     announces it, fences heavily, and looks at all queues again. One of them sees the other.
//   - While a thread spins for work (n_spinning > 0) pushers wake nobody; the last one to stop
//     spinning because it found work wakes another. So one item wakes at most one thread.
//
// main is goroutine 1 and runs on the process's own stack, on whichever thread it is resumed.
// Sources: Go's proc.go (idle and spinning threads), FIFO and next-slot rules as there.
#define _GNU_SOURCE
#include "gmp.h"
#include "metrics.h"
#include "netpoll.h"
#include "switch.h"

#include <gocc/runtime.h>

#include <sched.h>
#include <string.h>

struct go__sched go__sched;
uint64_t go__fp_start;

#ifdef GO__TSAN
#define NEW_STACKS true // each goroutine gets one of which the sanitizer knows nothing
#else
#define NEW_STACKS false
#endif

enum {
    FAIR = 64,     // every so many picks the oldest of the queues goes first
    ID_BATCH = 16, // goroutine numbers taken by a P at a time
    G_BLOCK = 128, // descriptors allocated at a time
    G_KEEP = 512,  // descriptors that a P keeps free
};

// ---- descriptors -------------------------------------------------------------------------

struct g_block {
    struct g_block *next;
    struct go__g g[G_BLOCK];
};
static struct go__lock g_lock; // GO__RANK_LEAF: the two below
static struct g_block *g_blocks;
static struct go__g *g_free;

// Up to 64 free descriptors as a list.
static struct go__g *g_take_batch(uint32_t *count)
{
    go__lock(&g_lock, GO__RANK_LEAF);
    struct go__g *head = g_free, *last = head;
    uint32_t n = head ? 1 : 0;
    while (head && n < 64 && last->next) {
        last = last->next;
        n++;
    }
    if (head) {
        g_free = last->next;
        last->next = NULL;
    }
    go__unlock(&g_lock);
    if (!head) {
        struct g_block *block = go__calloc(1, sizeof(*block));
        for (n = 0; n < G_BLOCK; n++) {
            block->g[n].next = head;
            head = &block->g[n];
        }
        go__lock(&g_lock, GO__RANK_LEAF);
        block->next = g_blocks;
        go__store_release(&g_blocks, block); // pairs with go__each_g: sees zeroed descriptors
        go__unlock(&g_lock);
    }
    *count = n;
    return head;
}

static void g_give_batch(struct go__g *head, struct go__g *tail)
{
    go__lock(&g_lock, GO__RANK_LEAF);
    tail->next = g_free;
    g_free = head;
    go__unlock(&g_lock);
}

static struct go__g *g_new(struct go__p *p)
{
    struct go__g *g;
    if (go__likely(p != NULL)) {
        if (go__unlikely(!p->free))
            p->free = g_take_batch(&p->n_free);
        g = p->free;
        p->free = g->next;
        p->n_free--;
        return g;
    }
    uint32_t n;
    g = g_take_batch(&n);
    if (g->next) {
        struct go__g *tail = g->next;
        while (tail->next)
            tail = tail->next;
        g_give_batch(g->next, tail);
    }
    return g;
}

static void g_delete(struct go__p *p, struct go__g *g)
{
    go__store(&g->status, GO__G_FREE);
    if (!p) {
        g_give_batch(g, g);
        return;
    }
    g->next = p->free;
    p->free = g;
    if (go__unlikely(++p->n_free > G_KEEP)) {
        struct go__g *head = p->free, *tail = head;
        for (uint32_t i = 1; i < G_KEEP / 2; i++)
            tail = tail->next;
        p->free = tail->next;
        p->n_free -= G_KEEP / 2;
        g_give_batch(head, tail);
    }
}

void go__each_g(void (*see)(struct go__g *g, void *arg), void *arg)
{
    for (struct g_block *b = go__load_acquire(&g_blocks); b; b = b->next)
        for (int i = 0; i < G_BLOCK; i++)
            if (go__load(&b->g[i].status) != GO__G_FREE)
                see(&b->g[i], arg);
}

__attribute__((constructor)) static void keep_over_fork(void)
{
    go__lock_over_fork(&g_lock, GO__RANK_LEAF, NULL);
}

void go__sched_forget(struct go__g *keep)
{
    for (struct g_block *b = g_blocks; b; b = b->next)
        for (int i = 0; i < G_BLOCK; i++)
            if (&b->g[i] != keep)
                b->g[i].status = GO__G_FREE; // counted no more; not used again either
}

static uint64_t id_new(struct go__p *p)
{
    if (!p)
        return __atomic_fetch_add(&go__sched.id_batch, 1, __ATOMIC_RELAXED);
    if (go__unlikely(p->id_next == p->id_end)) {
        p->id_next = __atomic_fetch_add(&go__sched.id_batch, ID_BATCH, __ATOMIC_RELAXED);
        p->id_end = p->id_next + ID_BATCH;
    }
    return p->id_next++;
}

// ---- stacks of goroutines ----------------------------------------------------------------

// The system calls and page faults of new stacks take microseconds: they are for moments when the
// thread holds no lock. A goroutine that parks does (the channel's, until the next one runs), so
// the first thing that a goroutine does on a new stack is to see to the next one's.
static void stacks_refill(struct go__p *p)
{
    p->n_stacks = (uint32_t)go__stack_take(p->stacks, GO__STACK_CACHE / 2);
}

static char *stack_take(struct go__p *p)
{
    if (go__unlikely(p->n_stacks == 0))
        stacks_refill(p);
    return p->stacks[--p->n_stacks];
}

// The caller may still stand on top: it stays in the cache, which only this thread looks at
// until it has switched away. What goes to the shared pool is older.
static void stack_give(struct go__p *p, char *top)
{
    if (go__unlikely(p->n_stacks == GO__STACK_CACHE)) {
        go__stack_free(p->stacks, GO__STACK_CACHE / 2);
        go__copy(p->stacks, p->stacks + GO__STACK_CACHE / 2,
                 GO__STACK_CACHE / 2 * sizeof(p->stacks[0]));
        p->n_stacks = GO__STACK_CACHE / 2;
    }
    p->stacks[p->n_stacks++] = top;
}

static void stack_bind(struct go__m *m, struct go__p *p, struct go__g *g)
{
    g->stack = stack_take(p);
    size_t size = go__stack_size();
    if (NEW_STACKS)
        go__stack_renew(g->stack);
    go__race_stack_clear(g->stack - size + 4096, size - 4096);
    go__race_create(&g->race, &m->race, g->stack - size, size);
}

// ---- waking ------------------------------------------------------------------------------

void go__inject(struct go__g *g)
{
    go__global_put(g);
    __atomic_thread_fence(__ATOMIC_SEQ_CST); // as in go__wake_if_idle
    if (go__load(&go__sched.n_idle_p) != 0 && go__load(&go__sched.n_spinning) == 0)
        go__wake_p();
}

static inline void put_next(struct go__p *p, struct go__g *g)
{
    struct go__g *displaced = p->run_next;
    if (go__stress(4))
        displaced = g;
    else
        p->run_next = g;
    if (displaced) {
        go__runq_put(p, displaced);
        if (!p->in_batch)
            go__wake_if_idle();
    }
}

struct go__p *go__batch_begin(struct go__m *m)
{
    struct go__p *p = go__p_of(m);
    if (p)
        p->in_batch = true;
    return p;
}

void go__batch_end(struct go__p *p)
{
    if (!p)
        return;
    p->in_batch = false;
    if (!go__runq_empty(p))
        go__wake_if_idle();
}

// ---- picking and switching ---------------------------------------------------------------

static struct go__g *pick_fair(struct go__p *p)
{
    struct go__g *g = NULL;
    if (p->tick & FAIR) {
        if (!(g = go__global_get(p)) && !(g = go__runq_get_yield(p)))
            g = go__runq_get_oldest(p);
    } else {
        if (!(g = go__runq_get_oldest(p)) && !(g = go__runq_get_yield(p)))
            g = go__global_get(p);
    }
    return g;
}

// The next goroutine of p's own, or of the global queue.
static inline struct go__g *pick(struct go__p *p)
{
    uint64_t tick = p->tick + 1;
    struct go__g *g;
    go__store(&p->tick, tick); // the monitor's sign of life
    if (go__unlikely(tick % FAIR == 0 || go__stress(4)) && (g = pick_fair(p)))
        return g;
    g = p->run_next;
    if (g) {
        p->run_next = NULL;
        return g;
    }
    if (go__runq_any(p) && (g = go__runq_get(p)))
        return g;
    if ((g = go__runq_get_yield(p)))
        return g;
    return go__global_get(p);
}

struct go__g *go__pick(struct go__p *p)
{
    return pick(p);
}

// Runs what the context that was left wanted done once its stack is out of use.
static inline void run_post(struct go__m *m)
{
    void (*post)(void *) = m->post;
    if (post) {
        go__stress_delay();
        m->post = NULL;
        post(m->post_arg);
    }
}

// Makes g the goroutine of m; with its sp and stack go__switch can go there. Requires: p is m's.
// (m->p itself reads NULL while the monitor tries to take it.)
static inline void make_running(struct go__m *m, struct go__p *p, struct go__g *g)
{
    if (go__unlikely(!g->sp))
        stack_bind(m, p, g);
    m->g = g;
    go__store(&g->status, GO__G_RUNNING);
}

// Picks what runs after g, or NULL: the scheduler's stack must look for it.
static inline struct go__g *pick_after(struct go__m *m, struct go__p *p, struct go__g *g)
{
    // Timers and the like wait until post has run: it may release a lock they need.
    if (go__unlikely(!p || g->lock_m || go__load(&p->attention)))
        return NULL;
    struct go__g *next = pick(p);
    if (next && go__unlikely(next->lock_m != NULL)) {
        m->pending = next;
        return NULL;
    }
    return next;
}

// Leaves g's stack, runs post(arg), and returns when g is resumed, with the entry still open.
// The one place where goroutines switch: so go__switch's ret returns to where its call came
// from in the other context too, and the processor predicts it.
static go__noinline void suspend(struct go__m *m, struct go__g *g, void (*post)(void *), void *arg)
{
    struct go__p *p = go__p_of(m);
    m->post = post;
    m->post_arg = arg;
    struct go__g *next = pick_after(m, p, g);
    if (go__unlikely(next == g)) { // it yielded, and those it yielded to went elsewhere
        go__store(&g->status, GO__G_RUNNING);
        return;
    }
    go__stress_delay(); // the waiter may be known already, its stack is still in use
    void *to = m->g0_sp;
    if (go__likely(next != NULL)) {
        make_running(m, p, next);
        to = next->sp;
    } else if (go__load(&go__measuring)) {
        g->since = go__now(); // nothing else is to be done
    }
    go__race_leave(&g->race, next ? &next->race : &m->race, &m->race);
    go__switch(&g->sp, to, next ? next->stack : NULL);
    go__race_arrive(&g->race);
    run_post(go__m());
    go__race_run(&g->race);
}

// ---- the life of a goroutine -------------------------------------------------------------

static void g_free_detached(void *arg)
{
    struct go__g *g = arg;
    if (g->stack)
        go__stack_free(&g->stack, 1);
    __atomic_fetch_add(&go__sched.n_ended, 1, __ATOMIC_RELAXED); // a count, no more
    if (g == go__sched.g1)
        return; // its fiber is the process's first thread
    go__race_destroy(&g->race);
    g_delete(NULL, g);
}

// Gives back what g owns: arguments and the objects among them.
static go__noinline void g_drop_args_slow(struct go__g *g)
{
    const struct gocc_type *type = g->type;
    char *args = g->args;
    for (uint32_t i = 0; i < type->n_owned; i++)
        gocc_release(*(void **)(args + type->owned[i]));
    if (args != (char *)g->inline_args)
        go__free(args);
}

static inline void g_drop_args(struct go__g *g)
{
    if (g->type && (g->type->n_owned || g->args != (void *)g->inline_args))
        g_drop_args_slow(g);
}

static void g_unlock_thread(struct go__g *g)
{
    if (g->lock_m) {
        g->lock_m->lock_g = NULL;
        g->lock_m = NULL;
        g->locked = 0;
    }
}

// Ends m->g: returns the next goroutine if that can take over the stack as it is, else NULL
// after nothing has been switched: the caller must leave by g_leave.
static struct go__g *g_end(struct go__m *m, struct go__p *p)
{
    struct go__g *g = m->g;
    g_unlock_thread(g);
    p->n_ended++;
    struct go__g *next = go__load(&p->attention) ? NULL : pick(p);
    if (next && (next->sp || next->lock_m || !g->stack)) {
        m->pending = next;
        next = NULL;
    }
    return next;
}

// Leaves the stack of the ended goroutine g for m->pending or the scheduler.
static inline _Noreturn __attribute__((always_inline)) void
g_leave(struct go__m *m, struct go__p *p, struct go__g *g)
{
    struct go__g *next = m->pending;
    if (g->stack)
        stack_give(p, g->stack);
    if (g != go__sched.g1)
        g_delete(p, g);
    else
        go__sched.main_exited = true;
    if (next && !next->lock_m) {
        m->pending = NULL;
        make_running(m, p, next);
        go__race_leave(NULL, &next->race, &m->race);
        go__switch_leave(next->sp, next->stack);
    }
    m->g = NULL;
    go__race_leave(NULL, &m->race, &m->race);
    go__switch_leave(m->g0_sp, NULL);
}

static _Noreturn void g_leave_detached(struct go__m *m, struct go__g *g)
{
    g_unlock_thread(g);
    if (g == go__sched.g1)
        go__sched.main_exited = true;
    m->post = g_free_detached;
    m->post_arg = g;
    go__race_leave(NULL, &m->race, &m->race);
    go__switch_leave(m->g0_sp, NULL);
}

// Hands the stack of the ended goroutine to `next`, which has none and has not run.
static void g_inherit(struct go__m *m, struct go__p *p, struct go__g *next)
{
    struct go__g *g = m->g;
    next->stack = g->stack;
    next->race = g->race;
    g_delete(p, g);
    m->g = next;
    go__store(&next->status, GO__G_RUNNING);
}

// The bottom of every goroutine's stack; runs one goroutine after another on it.
_Noreturn void go__g_entry(void)
{
    go__outermost_frame();
    struct go__m *m = go__m();
    go__race_arrive(&m->g->race);
    run_post(m);
    struct go__p *p = go__p_of(m);
    if (go__unlikely(p && p->n_stacks == 0))
        stacks_refill(p);
    go__race_run(&m->g->race);
    for (;;) {
        struct go__g *g = m->g;
        go__race_acquire(g->args); // pairs with the release in gocc_go
        go__store_release(&m->in_runtime, 0);
        g->run(g->args);
        m = go__m();
        g = m->g;
        g_drop_args(g);
        m = go__enter();
        p = go__p_of(m);
        if (go__unlikely(!p || NEW_STACKS))
            g_leave_detached(m, g);
        struct go__g *next = g_end(m, p);
        if (!next)
            g_leave(m, p, g);
        g_inherit(m, p, next);
        go__fp_restart();
    }
}

_Noreturn void go__goexit(void)
{
    struct go__m *m = go__enter();
    struct go__g *g = m->g;
    if (g->foreign)
        go__throw("go_exit outside a goroutine");
    go__leave(m);
    g_drop_args(g);
    m = go__enter();
    struct go__p *p = go__p_of(m);
    if (!p || NEW_STACKS)
        g_leave_detached(m, g);
    struct go__g *next = g_end(m, p);
    if (next)
        m->pending = next; // the loop that could hand the stack over is not ours to return to
    g_leave(m, p, g);
}

static inline void args_copy(struct go__g *g, const struct gocc_type *type, const void *args)
{
    uint32_t size = type->size;
    g->args = go__likely(size <= GO__INLINE_ARGS && !NEW_STACKS) ? (void *)g->inline_args
                                                                 : go__alloc(size);
    // TSan sees it: a race on them is the program's.
    if (size == sizeof(void *))
        memcpy(g->args, args, sizeof(void *)); // one store; the commonest size
    else if (size)
        memcpy(g->args, args, size);
    for (uint32_t i = 0; i < type->n_owned; i++)
        gocc_retain(*(void **)((char *)g->args + type->owned[i]));
}

void gocc_go(const struct gocc_type *type, void (*run)(void *args), const void *args)
{
    struct go__m *m = go__enter();
    struct go__p *p = go__p_of(m);
    struct go__g *g = g_new(p);
    g->sp = NULL;
    g->stack = NULL;
    g->run = run;
    g->type = type;
    g->lock_m = NULL;
    g->m = NULL;
    g->foreign = false;
    g->slots = (struct go__g_slots){0};
    g->id = id_new(p);
    g->parent = m->g ? m->g->id : 0;
    g->creator = (uintptr_t)__builtin_return_address(0);
    g->why = GO__WAIT_NONE;
    args_copy(g, type, args);
    go__store(&g->status, GO__G_RUNNABLE);
    go__race_release(g->args); // pairs with the acquire in go__g_entry
    if (go__unlikely(!go__load(&go__sched.monitor_state)))
        go__monitor_start();
    if (go__likely(p != NULL)) {
        p->n_started++;
        put_next(p, g);
    } else {
        __atomic_fetch_add(&go__sched.n_started, 1, __ATOMIC_RELAXED);
        go__inject(g);
    }
    bool asked = !p || go__load(&p->attention);
    go__leave(m);
    if (go__unlikely(asked))
        go__poll();
}

// ---- park, ready, yield ------------------------------------------------------------------

static void foreign_park(struct go__m *m, struct go__g *g, void (*unlock)(void *), void *arg)
{
    go__store(&m->wake, 0);
    if (unlock)
        unlock(arg);
    // Acquire: pairs with the release in foreign_ready. A 2 is for the thread of the runtime whose
    // struct this was: go__m_look_again may come late.
    for (uint32_t wake; (wake = go__load_acquire(&m->wake)) != 1;)
        go__futex_wait(&m->wake, wake, -1);
    go__store(&g->status, GO__G_RUNNING);
}

static void foreign_ready(struct go__g *g)
{
    uint32_t *wake = &g->m->wake; // stays mapped, also when the thread has gone by then
    go__store_release(wake, 1);
    go__futex_wake(wake, 1);
}

static go__always_inline struct go__g *park(void (*unlock)(void *arg), void *arg, enum go__wait why,
                                            const void *object)
{
    struct go__m *m = go__enter();
    struct go__g *g = m->g;
    int saved = *m->errno_at;
    g->why = (uint8_t)why;
    g->object = object;
    g->since = go__load(&go__sched.coarse_now);
    go__store(&g->status, GO__G_WAITING);
    if (go__unlikely(g->foreign)) {
        foreign_park(m, g, unlock, arg);
        go__leave(m);
    } else {
        suspend(m, g, unlock, arg);
        m = go__m();
        go__store_release(&m->in_runtime, 0);
    }
    *m->errno_at = saved;
    return g;
}

static go__noinline void park_measured(void (*unlock)(void *arg), void *arg, enum go__wait why,
                                       const void *object)
{
    struct go__wait_note note;
    go__wait_begin(&note, why, object);
    struct go__g *g = park(unlock, arg, why, object);
    int64_t waited = go__load(&go__sched.coarse_now) - g->since;
    if (go__unlikely(waited > 0))
        go__wait_end(&note, waited);
}

void go__park(void (*unlock)(void *arg), void *arg, enum go__wait why, const void *object)
{
    if (go__unlikely(go__load(&go__measuring)))
        park_measured(unlock, arg, why, object);
    else
        park(unlock, arg, why, object);
}

void go__ready(struct go__g *g)
{
    struct go__m *m = go__enter();
    if (go__unlikely(go__load(&g->status) != GO__G_WAITING))
        go__fatal("ready of goroutine %llu, which does not wait", (unsigned long long)g->id);
    go__store(&g->status, GO__G_RUNNABLE);
    if (go__unlikely(g->foreign)) {
        foreign_ready(g);
    } else {
        struct go__p *p = go__p_of(m);
        if (go__likely(p != NULL))
            put_next(p, g);
        else
            go__inject(g);
    }
    go__leave(m);
}

static void post_inject(void *g)
{
    go__inject(g);
}

// Puts the running goroutine at the end of the line; the entry stays open.
static go__always_inline void give_way(struct go__m *m, struct go__p *p, struct go__g *g)
{
    int saved = *m->errno_at;
    go__store(&g->status, GO__G_RUNNABLE);
    if (!p || go__load(&go__sched.n_idle_p) != 0) {
        suspend(m, g, post_inject, g); // where an idle P finds it
    } else {
        go__runq_put_yield(p, g); // private to p: nobody takes it before the stack is left
        suspend(m, g, NULL, NULL);
    }
    *go__m()->errno_at = saved;
}

static bool others_wait(struct go__p *p)
{
    return p->run_next || p->yield_head || !go__runq_empty(p) || go__load(&go__sched.n_global);
}

static go__returns_elsewhere go__noinline void yield_to_others(struct go__m *m, struct go__p *p)
{
    give_way(m, p, m->g);
    go__store_release(&go__m()->in_runtime, 0);
}

void go_yield(void)
{
    struct go__m *m = go__enter();
    if (go__unlikely(m->foreign)) {
        go__leave(m);
        sched_yield();
        return;
    }
    struct go__p *p = go__p_of(m);
    if (!p)
        p = go__p_regain(m);
    if (!p || others_wait(p) || go__load(&p->attention))
        yield_to_others(m, p);
    else
        go__leave(m);
}

static go__noinline void poll_slow(void)
{
    struct go__m *m = go__m();
    if (!m || m->foreign || !m->g || m->firing) // a timer's fire has nobody who could give way
        return;
    m = go__enter();
    struct go__p *p = go__p_of(m);
    if (!p)
        p = go__p_regain(m);
    uint32_t bits = p ? go__load(&p->attention) : GO__ATTN_GIVE_WAY;
    if (p && !(bits & GO__ATTN_GIVE_WAY)) {
        go__attend(p);
        go__leave(m);
        return;
    }
    give_way(m, p, m->g);
    go__store_release(&go__m()->in_runtime, 0);
}

void go__poll(void)
{
    struct go__m *m = go__m();
    struct go__p *p = m ? go__load(&m->p) : NULL; // P's are never freed: a stale one does no harm
    if (go__unlikely(!p || go__load(&p->attention)))
        poll_slow();
}

// Does what p->attention asks of the owner, but for giving way. No runtime lock is held.
void go__attend(struct go__p *p)
{
    uint32_t bits = __atomic_exchange_n(&p->attention, 0, __ATOMIC_RELAXED);
    if (bits & GO__ATTN_TIMERS)
        go__timers_run();
    if (bits & GO__ATTN_NEW_TIMER)
        go__monitor_kick(go__timers_next());
    if (bits & GO__ATTN_SHARE) {
        go__p_share(p);
        go__wake_p();
    }
    if (bits & GO__ATTN_POLL)
        go__netpoll();
}

// ---- the descriptor's accessors ----------------------------------------------------------

go__noinline struct go__g *go__self(void)
{
    struct go__m *m = go__m();
    if (go__unlikely(!m))
        m = go__m_attach();
    return m->g;
}

uint32_t go__self_number_slow(void)
{
    struct go__g *g = go__self();
    return g ? (uint32_t)g->id : 0;
}

bool go__on_foreign_thread(void)
{
    return go__self()->foreign;
}

struct go__g_slots *go__slots(struct go__g *g)
{
    return &g->slots;
}

uint64_t go__g_id(const struct go__g *g)
{
    return g->id;
}

uint32_t go__choose(uint32_t n)
{
    return (uint32_t)(((go__random() >> 32) * n) >> 32); // Lemire's range reduction
}

// ---- the scheduler's stack ---------------------------------------------------------------

// What runs on g0: finds a goroutine, switches to it, and comes back when that has nobody to
// switch to. Returns when the thread shall end.
void go__schedule(void)
{
    struct go__m *m = go__m(); // g0 never changes its thread
    struct go__g *g;
    for (;;) {
        run_post(m);
        m->g = NULL;
        g = go__find_work(m);
        if (!g)
            return;
        make_running(m, go__p_of(m), g);
        go__race_leave(&m->race, &g->race, &m->race);
        go__switch(&m->g0_sp, g->sp, g->stack);
        go__race_arrive(&m->race);
    }
}

void go__schedule_main(void)
{
    go__race_arrive(&go__m()->race);
    go__schedule();
}
