// The life of a goroutine: its start, the bottom of its stack, and its end.
//
// One that ends hands its stack to the next goroutine if that has none yet, without a switch: so a
// tree of 1,000,000 goroutines uses about 1,000 stacks. What it owns, its arguments and the objects
// among them, is given back before it counts as ended. Without a P, and under the thread sanitizer,
// where each goroutine has a stack of its own, it ends on the scheduler's stack instead.
#include "run.h"
#include "switch.h"

#include <string.h>

static void g_free_detached(void *arg)
{
    struct go__g *g = arg;
    if (g->stack)
        go__stack_free(&g->stack, 1);
    __atomic_fetch_add(&go__sched.n_ended, 1, __ATOMIC_RELAXED); // a count, no more
    if (g == go__sched.g1)
        return; // its fiber is the process's first thread
    go__race_destroy(&g->race);
    go__g_delete_shared(g);
}

// Gives back what g owns: arguments and the objects among them.
static go__noinline void g_drop_args(struct go__g *g)
{
    const struct gocc_type *type = g->type;
    char *args = g->args;
    for (uint32_t i = 0; i < type->n_owned; i++)
        gocc_release(*(void **)(args + type->owned[i]));
    if (args != (char *)g->inline_args)
        go__free(args);
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
    struct go__g *next = go__load(&p->attention) ? NULL : go__p_pick(p);
    if (next && (next->sp || next->lock_m || !g->stack)) {
        m->pending = next;
        next = NULL;
    }
    return next;
}

// Leaves the stack of the ended goroutine g for m->pending or the scheduler.
static inline _Noreturn __attribute__((always_inline)) void
g_leave(struct go__m *m, struct go__p *p, struct go__g *g, const struct go__fp *now)
{
    struct go__g *next = m->pending;
    if (g->stack)
        go__p_give_stack(p, g->stack);
    if (g != go__sched.g1)
        go__g_delete(p, g);
    else
        go__sched.main_exited = true;
    if (next && !next->lock_m) {
        m->pending = NULL;
        go__g_make_running(m, p, next);
        go__g_set_fp(next, now);
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

// g_end and g_leave in the common case: what is next has run before and nothing overflows. Returns
// NULL if it is not that, after nothing has been done; or a goroutine that can take over the stack.
static inline struct go__g *g_end_quickly(struct go__m *m, struct go__p *p, struct go__g *g,
                                          const struct go__fp *now)
{
    if (go__unlikely(p->n_stacks == GO__STACK_CACHE || go__g_keeps_enough(p)))
        return NULL;
    struct go__g *next = go__p_take_at_hand(p, g);
    if (!next)
        return NULL;
    p->n_ended++;
    if (!next->sp)
        return next;
    p->stacks[p->n_stacks++] = g->stack;
    go__g_keep(p, g);
    m->g = next;
    go__fp_resume(&next->fp, now);
    go__store(&next->status, GO__G_RUNNING);
    go__race_leave(NULL, &next->race, &m->race);
    go__switch_leave(next->sp, next->stack);
}

// Hands the stack of the ended goroutine to `next`, which has none and has not run.
static void g_inherit(struct go__m *m, struct go__p *p, struct go__g *next)
{
    struct go__g *g = m->g;
    next->stack = g->stack;
    next->race = g->race;
    go__g_delete(p, g);
    m->g = next;
    go__store(&next->status, GO__G_RUNNING);
}

// The bottom of every goroutine's stack; runs one goroutine after another on it.
_Noreturn void go__g_entry(void)
{
    go__outermost_frame();
    struct go__m *m = go__m();
    go__race_arrive(&m->g->race);
    go__m_run_post(m);
    struct go__p *p = go__p_of(m);
    if (go__unlikely(p && p->n_stacks == 0))
        go__p_refill_stacks(p);
    go__race_run(&m->g->race);
    for (;;) {
        struct go__g *g = m->g;
        go__race_acquire(g->args); // pairs with the release in gocc_go
        go__store_release(&m->in_runtime, 0);
        g->run(g->args);
        struct go__fp now;
        go__fp_save(&now);
        m = go__m();
        g = m->g;
        if (go__unlikely(g->owns_args)) {
            g_drop_args(g);
            m = go__m(); // what it released may have parked
        }
        go__enter_known(m);
        p = go__p_of(m);
        if (go__unlikely(!p || GO__NEW_STACKS))
            g_leave_detached(m, g);
        struct go__g *next = g_end_quickly(m, p, g, &now);
        if (go__unlikely(!next) && !(next = g_end(m, p)))
            g_leave(m, p, g, &now);
        go__fp_begin(&now);
        g_inherit(m, p, next);
    }
}

_Noreturn void go__goexit(void)
{
    struct go__fp now;
    go__fp_save(&now);
    struct go__m *m = go__enter();
    struct go__g *g = m->g;
    if (g->foreign)
        go__throw("go_exit outside a goroutine");
    go__leave(m);
    if (g->owns_args)
        g_drop_args(g);
    m = go__enter();
    struct go__p *p = go__p_of(m);
    if (!p || GO__NEW_STACKS)
        g_leave_detached(m, g);
    struct go__g *next = g_end(m, p);
    if (next)
        m->pending = next; // the loop that could hand the stack over is not ours to return to
    g_leave(m, p, g, &now);
}

// Returns whether g owns something then.
static inline bool args_copy(struct go__g *g, const struct gocc_type *type, const void *args)
{
    uint32_t size = type->size;
    g->args = go__likely(size <= GO__INLINE_ARGS && !GO__NEW_STACKS) ? (void *)g->inline_args
                                                                     : go__alloc(size);
    // TSan sees it: a race on them is the program's.
    if (size == sizeof(void *))
        memcpy(g->args, args, sizeof(void *)); // one store; the commonest size
    else if (size)
        memcpy(g->args, args, size);
    for (uint32_t i = 0; i < type->n_owned; i++)
        gocc_retain(*(void **)((char *)g->args + type->owned[i]));
    return type->n_owned || g->args != (void *)g->inline_args;
}

// A free descriptor has no lock_m and no m.
static inline void g_init(struct go__g *g, const struct gocc_type *type, void (*run)(void *args),
                          const struct go__m *m, uintptr_t creator)
{
    g->sp = NULL;
    g->stack = NULL;
    g->run = run;
    g->type = type;
    g->slots = (struct go__g_slots){0};
    g->parent = m->g ? m->g->id : 0;
    g->creator = creator;
}

// From here on reports see g.
static inline void g_is_runnable(struct go__g *g)
{
    _Static_assert(GO__WAIT_NONE == 0, "not foreign, owns nothing, waits for nothing");
    go__store(&g->beginning, GO__G_RUNNABLE);
}

// As gocc_go, for all cases.
static go__noinline void go_slow(const struct gocc_type *type, void (*run)(void *args),
                                 const void *args, uintptr_t creator)
{
    struct go__m *m = go__enter();
    struct go__p *p = go__p_of(m);
    struct go__g *g = go__g_new(p);
    g_init(g, type, run, m, creator);
    g->id = go__g_id_new(p);
    bool owns = args_copy(g, type, args);
    g_is_runnable(g);
    g->owns_args = owns;
    go__race_release(g->args); // pairs with the acquire in go__g_entry
    if (go__unlikely(!go__load(&go__sched.monitor_state))) {
        go__monitor_start();
        if (p && !go__load(&go__sched.monitor_state))
            p->id_end = p->id_next; // the next `go` comes here again
    }
    if (go__likely(p != NULL)) {
        p->n_started++;
        go__p_put_next(p, g);
    } else {
        __atomic_fetch_add(&go__sched.n_started, 1, __ATOMIC_RELAXED);
        go__inject(g);
    }
    bool asked = !p || go__load(&p->attention);
    go__leave(m);
    if (go__unlikely(asked))
        go__poll();
}

// Whether p has what a goroutine of this type needs (arguments of up to 56 bytes: one test for
// size, multiple of 8 and owned objects), and nobody need be told of it. The monitor is not looked
// for: the first of each batch of numbers comes to go_slow, which starts it.
static inline bool go_is_quick(const struct go__p *p, const struct gocc_type *type)
{
    const uint32_t not_of_small_words = ~(uint32_t)(GO__INLINE_ARGS - sizeof(uint64_t));
    return !GO__NEW_STACKS && !((type->size & not_of_small_words) | type->n_owned) && p->free &&
           !p->run_next && p->id_next != p->id_end && !go__load(&p->attention) && !go__stress(2);
}

// No call but the last one: so it has nothing to save.
void gocc_go(const struct gocc_type *type, void (*run)(void *args), const void *args)
{
    uintptr_t creator = (uintptr_t)__builtin_return_address(0);
    struct go__m *m = go__m();
    struct go__p *p = NULL;
    if (go__likely(m != NULL)) {
        go__enter_known(m);
        p = go__load_acquire(&m->p); // as in go__p_of
    }
    if (go__unlikely(!p || !go_is_quick(p, type))) {
        if (m)
            go__leave(m);
        go_slow(type, run, args, creator);
        return;
    }
    struct go__g *g = p->free;
    p->free = g->next;
    p->n_free--;
    g_init(g, type, run, m, creator);
    g->id = p->id_next++;
    g->args = g->inline_args;
    for (uint32_t i = 0, size = type->size; i < size; i += sizeof(uint64_t))
        memcpy((char *)g->inline_args + i, (const char *)args + i, sizeof(uint64_t));
    g_is_runnable(g);
    p->n_started++;
    p->run_next = g;
    go__leave(m);
}
