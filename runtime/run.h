// What sched.c and spawn.c share and have inlined: descriptors and stacks from a P's caches, the
// next goroutine, and making it the running one. Nobody else includes it, but descriptor.c.
#ifndef GO_RUN_H
#define GO_RUN_H

#include "gmp.h"

#ifdef GO__TSAN
#define GO__NEW_STACKS true // each goroutine gets one of which the sanitizer knows nothing
#else
#define GO__NEW_STACKS false
#endif

enum {
    GO__FAIR = 64,     // every so many picks the oldest of the queues goes first
    GO__ID_BATCH = 16, // goroutine numbers taken by a P at a time
    GO__G_KEEP = 512,  // free descriptors that a P keeps, in two lists
};

// ---- descriptors (descriptor.c) ------------------------------------------------------------

struct go__g *go__g_new_shared(void);
void go__g_delete_shared(struct go__g *g);
void go__g_refill(struct go__p *p); // p->free is empty: another list
void go__g_spill(struct go__p *p);  // p->free is full: puts it away

static inline struct go__g *go__g_new(struct go__p *p)
{
    if (go__unlikely(!p))
        return go__g_new_shared();
    if (go__unlikely(!p->free))
        go__g_refill(p);
    struct go__g *g = p->free;
    p->free = g->next;
    p->n_free--;
    return g;
}

// Requires: p->free is not full.
static inline void go__g_keep(struct go__p *p, struct go__g *g)
{
    go__store(&g->status, GO__G_FREE);
    g->next = p->free;
    p->free = g;
    p->n_free++;
}

static inline bool go__g_keeps_enough(const struct go__p *p)
{
    return p->n_free == GO__G_KEEP / 2;
}

static inline void go__g_delete(struct go__p *p, struct go__g *g)
{
    if (go__unlikely(go__g_keeps_enough(p)))
        go__g_spill(p);
    go__g_keep(p, g);
}

static inline uint64_t go__g_id_new(struct go__p *p)
{
    if (!p)
        return __atomic_fetch_add(&go__sched.id_batch, 1, __ATOMIC_RELAXED);
    if (go__unlikely(p->id_next == p->id_end)) {
        p->id_next = __atomic_fetch_add(&go__sched.id_batch, GO__ID_BATCH, __ATOMIC_RELAXED);
        p->id_end = p->id_next + GO__ID_BATCH;
    }
    return p->id_next++;
}

// ---- stacks ------------------------------------------------------------------------------

// The system calls and page faults of new stacks take microseconds: they are for moments when the
// thread holds no lock. A goroutine that parks does (the channel's, until the next one runs), so
// the first thing that a goroutine does on a new stack is to see to the next one's.
static inline void go__p_refill_stacks(struct go__p *p)
{
    p->n_stacks = (uint32_t)go__stack_take(p->stacks, GO__STACK_CACHE / 2);
}

// The caller may still stand on top: it stays in the cache, which only this thread looks at
// until it has switched away. What goes to the shared pool is older.
static inline void go__p_give_stack(struct go__p *p, char *top)
{
    if (go__unlikely(p->n_stacks == GO__STACK_CACHE)) {
        go__stack_free(p->stacks, GO__STACK_CACHE / 2);
        go__copy(p->stacks, p->stacks + GO__STACK_CACHE / 2,
                 GO__STACK_CACHE / 2 * sizeof(p->stacks[0]));
        p->n_stacks = GO__STACK_CACHE / 2;
    }
    p->stacks[p->n_stacks++] = top;
}

// Gives g a stack of p's cache, which must not be empty.
static inline void go__g_bind_kept(struct go__m *m, struct go__p *p, struct go__g *g)
{
    size_t size = go__stack_size();
    g->stack = p->stacks[--p->n_stacks];
    if (GO__NEW_STACKS)
        go__stack_renew(g->stack);
    go__race_stack_clear(g->stack - size + 4096, size - 4096);
    go__race_create(&g->race, &m->race, g->stack - size, size);
}

static inline void go__g_bind_stack(struct go__m *m, struct go__p *p, struct go__g *g)
{
    if (go__unlikely(p->n_stacks == 0))
        go__p_refill_stacks(p);
    go__g_bind_kept(m, p, g);
}

// ---- the next goroutine ------------------------------------------------------------------

// Makes g the next to run on p, which displaces the one that was.
static inline void go__p_put_next(struct go__p *p, struct go__g *g)
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

// The oldest of p's overflow, of those that yielded on it or of the global queue; or NULL.
struct go__g *go__p_pick_fair(struct go__p *p);

// The next goroutine of p's own, or of the global queue.
static inline struct go__g *go__p_pick(struct go__p *p)
{
    uint64_t tick = p->tick + 1;
    struct go__g *g;
    go__store(&p->tick, tick); // the monitor's sign of life
    if (go__unlikely(tick % GO__FAIR == 0 || go__stress(4)) && (g = go__p_pick_fair(p)))
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

// The next goroutine of p, if it is at hand and nothing else is to be looked at: takes it out of
// its place. NULL: a closer look is needed.
static inline struct go__g *go__p_take_at_hand(struct go__p *p, struct go__g *g)
{
    uint64_t tick = p->tick + 1;
    if (go__load(&p->attention) || g->lock_m || tick % GO__FAIR == 0 || go__stress(2))
        return NULL;
    struct go__g *next = p->run_next;
    bool readied = next != NULL;
    if (!readied && (go__runq_any(p) || !(next = p->yield_head) || next == g))
        return NULL;
    if (next->lock_m || (!next->sp && (GO__NEW_STACKS || p->n_stacks == 0)))
        return NULL;
    if (readied)
        p->run_next = NULL;
    else
        p->yield_head = next->next;
    go__store(&p->tick, tick);
    return next;
}

// Runs what the context that was left wanted done once its stack is out of use.
static inline void go__m_run_post(struct go__m *m)
{
    void (*post)(void *) = m->post;
    if (post) {
        go__stress_delay();
        m->post = NULL;
        post(m->post_arg);
    }
}

// Gives the processor, which has *now, the floating-point modes that g was left with or begins
// with.
static inline void go__g_set_fp(const struct go__g *g, const struct go__fp *now)
{
    if (g->sp)
        go__fp_resume(&g->fp, now);
    else
        go__fp_begin(now);
}

// Makes g the goroutine of m; with its sp and stack go__switch can go there. Requires: p is m's.
// (m->p itself reads NULL while the monitor tries to take it.)
static inline void go__g_make_running(struct go__m *m, struct go__p *p, struct go__g *g)
{
    if (go__unlikely(!g->sp))
        go__g_bind_stack(m, p, g);
    m->g = g;
    go__store(&g->status, GO__G_RUNNING);
}

#endif
