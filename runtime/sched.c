// The scheduler: parking, readying, yielding, and the switch from one goroutine to the next. How
// they begin and end is spawn.c's, what threads do that have none proc.c's.
//
// A goroutine that parks picks the next one itself and switches to it directly; only when its
// P has nothing to run does it leave to its thread's scheduler stack (g0), where schedule()
// looks at timers, other Ps and the global queue, and at last puts the thread to sleep.
//
// Invariants:
//   - The stack of a parked goroutine is in use until somebody has run m->post after the
//     switch away from it; until then nobody else may learn that it parked.
//   - m->p and p->m change only under sched.retake; see gmp.h for the protocol.
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
#include "metrics.h"
#include "netpoll.h"
#include "run.h"
#include "switch.h"

#include <gocc/runtime.h>

#include <sched.h>

struct go__sched go__sched;
bool go__measuring;
struct go__fp go__fp_start;

// ---- waking ------------------------------------------------------------------------------

void go__inject(struct go__g *g)
{
    go__global_put(g);
    __atomic_thread_fence(__ATOMIC_SEQ_CST); // as in go__wake_if_idle
    if (go__load(&go__sched.n_idle_p) != 0 && go__load(&go__sched.n_spinning) == 0)
        go__wake_p();
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

struct go__g *go__p_pick_fair(struct go__p *p)
{
    struct go__g *g = NULL;
    if (p->tick & GO__FAIR) {
        if (!(g = go__global_get(p)) && !(g = go__runq_get_yield(p)))
            g = go__runq_get_oldest(p);
    } else {
        if (!(g = go__runq_get_oldest(p)) && !(g = go__runq_get_yield(p)))
            g = go__global_get(p);
    }
    return g;
}

// For whoever needs it not inlined.
struct go__g *go__pick(struct go__p *p)
{
    return go__p_pick(p);
}

// Picks what runs after g, or NULL: the scheduler's stack must look for it.
static inline struct go__g *pick_after(struct go__m *m, struct go__p *p, struct go__g *g)
{
    // Timers and the like wait until post has run: it may release a lock they need.
    if (go__unlikely(!p || g->lock_m || go__load(&p->attention)))
        return NULL;
    struct go__g *next = go__p_pick(p);
    if (next && go__unlikely(next->lock_m != NULL)) {
        m->pending = next;
        return NULL;
    }
    return next;
}

// Leaves the running goroutine's stack for another context and returns when it is resumed. The one
// place where goroutines switch: so go__switch's ret returns to where its call came from in the
// other context too, and the processor predicts it.
static go__noinline void switch_to(void **save, void *to, char *top)
{
    go__switch(save, to, top);
    struct go__m *m = go__m();
    go__race_arrive(&m->g->race);
    go__m_run_post(m);
    go__race_run(&m->g->race);
}

// As suspend, for all cases.
static go__noinline void suspend_slow(struct go__m *m, struct go__g *g, void (*post)(void *),
                                      void *arg)
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
    if (next) {
        go__g_make_running(m, p, next);
        go__g_set_fp(next, &g->fp);
        to = next->sp;
    } else if (go__load(&go__measuring)) {
        g->since = go__now(); // nothing else is to be done
    }
    go__race_leave(&g->race, next ? &next->race : &m->race, &m->race);
    switch_to(&g->sp, to, next ? next->stack : NULL);
}

// Leaves g's stack, runs post(arg), and returns when g is resumed, with the entry still open.
// Requires: g->fp is what the processor has. No call in it but the last one: so it has nothing to
// save.
static go__noinline void suspend(struct go__m *m, struct go__g *g, void (*post)(void *), void *arg)
{
    struct go__p *p = go__load_acquire(&m->p); // as in go__p_of
    struct go__g *next = go__likely(p != NULL) ? go__p_take_at_hand(p, g) : NULL;
    if (go__unlikely(!next)) {
        suspend_slow(m, g, post, arg);
        return;
    }
    m->post = post;
    m->post_arg = arg;
    if (!next->sp)
        go__g_bind_kept(m, p, next);
    go__g_set_fp(next, &g->fp);
    m->g = next;
    go__store(&next->status, GO__G_RUNNING);
    go__race_leave(&g->race, &next->race, &m->race);
    switch_to(&g->sp, next->sp, next->stack);
}

// ---- park, ready, yield -----------------------------------------------------------------

// What reports say of g from now on.
static inline void note_wait(struct go__g *g, enum go__wait why, const void *object)
{
    g->object = object;
    g->since = go__load(&go__sched.coarse_now);
    // In one store: two would cost a message 2 %.
    go__store(&g->status_why, (uint16_t)(GO__G_WAITING | (uint32_t)why << 8));
}

static struct go__g *foreign_park(struct go__m *m, void (*unlock)(void *), void *arg,
                                  enum go__wait why, const void *object)
{
    struct go__g *g = m->g;
    int saved = *m->errno_at;
    go__enter_known(m);
    note_wait(g, why, object);
    go__store(&m->wake, 0);
    if (unlock)
        unlock(arg);
    // Acquire: pairs with the release in foreign_ready. A 2 is for the thread of the runtime whose
    // struct this was: go__m_look_again may come late.
    for (uint32_t wake; (wake = go__load_acquire(&m->wake)) != 1;)
        go__futex_wait(&m->wake, wake, -1);
    go__store(&g->status, GO__G_RUNNING);
    go__leave(m);
    *m->errno_at = saved;
    return g;
}

static void foreign_ready(struct go__g *g)
{
    uint32_t *wake = &g->m->wake; // stays mapped, also when the thread has gone by then
    go__store_release(wake, 1);
    go__futex_wake(wake, 1);
}

// Parks the goroutine of m, which is no foreign thread's.
static go__always_inline struct go__g *park(struct go__m *m, void (*unlock)(void *arg), void *arg,
                                            enum go__wait why, const void *object)
{
    struct go__g *g = m->g;
    go__fp_save(&g->fp);
    go__enter_known(m);
    int saved = *m->errno_at;
    note_wait(g, why, object);
    suspend(m, g, unlock, arg);
    m = go__m();
    go__store_release(&m->in_runtime, 0);
    *m->errno_at = saved;
    return g;
}

static go__noinline struct go__g *park_any(void (*unlock)(void *arg), void *arg, enum go__wait why,
                                           const void *object)
{
    struct go__m *m = go__m();
    if (!m)
        m = go__m_attach();
    return m->foreign ? foreign_park(m, unlock, arg, why, object)
                      : park(m, unlock, arg, why, object);
}

void go__park_plain(void (*unlock)(void *arg), void *arg, enum go__wait why, const void *object)
{
    struct go__m *m = go__m();
    if (go__unlikely(!m || m->foreign))
        park_any(unlock, arg, why, object);
    else
        park(m, unlock, arg, why, object);
}

// For all kinds of waits: goroutines that resume each other return through the same functions.
void go__park_measured(void (*unlock)(void *arg), void *arg, enum go__wait why, const void *object)
{
    struct go__wait_note note;
    go__wait_begin(&note, why, object);
    struct go__m *m = go__m();
    struct go__g *g = go__unlikely(!m || m->foreign) ? park_any(unlock, arg, why, object)
                                                     : park(m, unlock, arg, why, object);
    int64_t waited = go__load(&go__sched.coarse_now) - g->since;
    if (go__unlikely(waited > 0))
        go__wait_end(&note, why, object, waited);
}

// As go__ready, for all cases; the entry is open.
static go__noinline void ready_slow(struct go__m *m, struct go__g *g)
{
    if (go__unlikely(go__load(&g->status) != GO__G_WAITING))
        go__fatal("ready of goroutine %llu, which does not wait", (unsigned long long)g->id);
    go__store(&g->status, GO__G_RUNNABLE);
    if (go__unlikely(g->foreign)) {
        foreign_ready(g);
    } else {
        struct go__p *p = go__p_of(m);
        if (go__likely(p != NULL))
            go__p_put_next(p, g);
        else
            go__inject(g);
    }
    go__leave(m);
}

static go__noinline void ready_first_call(struct go__g *g)
{
    ready_slow(go__enter(), g);
}

// No call but the last one, as in suspend.
void go__ready(struct go__g *g)
{
    struct go__m *m = go__m();
    if (go__unlikely(!m)) {
        ready_first_call(g);
        return;
    }
    go__enter_known(m);
    struct go__p *p = go__load_acquire(&m->p); // as in go__p_of
    if (go__unlikely(!p || p->run_next || g->foreign || go__load(&g->status) != GO__G_WAITING ||
                     go__stress(2))) {
        ready_slow(m, g);
        return;
    }
    go__store(&g->status, GO__G_RUNNABLE);
    p->run_next = g;
    go__leave(m);
}

struct go__m *go__long_work_begin(void)
{
    go__poll();
    return go__enter();
}

void go__long_work_end(struct go__m *m)
{
    go__leave(m);
}

static void post_inject(void *g)
{
    go__inject(g);
}

// Puts the running goroutine at the end of the line; the entry stays open.
static go__always_inline void give_way(struct go__m *m, struct go__p *p, struct go__g *g)
{
    go__fp_save(&g->fp);
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
    return p->run_next || p->yield_head || go__runq_any(p) || go__load(&go__sched.n_global);
}

static go__returns_elsewhere go__noinline void yield_to_others(struct go__m *m, struct go__p *p)
{
    give_way(m, p, m->g);
    go__store_release(&go__m()->in_runtime, 0);
}

static go__noinline void yield_foreign(struct go__m *m)
{
    go__leave(m);
    sched_yield();
}

static go__noinline void yield_without_p(struct go__m *m)
{
    struct go__p *p = go__p_look_again(m);
    if (!p)
        p = go__p_regain(m);
    if (!p || others_wait(p) || go__load(&p->attention))
        yield_to_others(m, p);
    else
        go__leave(m);
}

static go__noinline void yield_first_call(void)
{
    go__m_attach();
    go_yield();
}

// No call but the last one, as in suspend.
void go_yield(void)
{
    go__deliver_signals(); // a loop of yields may wait for a handler
    struct go__m *m = go__m();
    if (go__unlikely(!m)) {
        yield_first_call();
        return;
    }
    go__enter_known(m);
    struct go__p *p = go__load_acquire(&m->p); // as in go__p_of
    if (go__unlikely(m->foreign))
        yield_foreign(m);
    else if (go__unlikely(!p))
        yield_without_p(m);
    else if (others_wait(p) || go__load(&p->attention))
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

// ---- the descriptor's accessors ---------------------------------------------------------

struct go__g *go__self_first(void)
{
    return go__m_attach()->g;
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

// ---- the scheduler's stack --------------------------------------------------------------

// What runs on g0: finds a goroutine, switches to it, and comes back when that has nobody to
// switch to. Returns when the thread shall end.
void go__schedule(void)
{
    struct go__m *m = go__m(); // g0 never changes its thread
    struct go__g *g;
    for (;;) {
        go__m_run_post(m);
        m->g = NULL;
        g = go__find_work(m);
        if (!g)
            return;
        go__g_make_running(m, go__p_of(m), g);
        struct go__fp now;
        go__fp_save(&now);
        go__g_set_fp(g, &now);
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
