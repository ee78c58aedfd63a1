// How the runtime starts, how threads that it did not start join it, and what changes the
// whole of it: go_max_procs and fork.
//
// The first runtime call of the process starts it; no thread is created by that. When the main
// thread makes its first call, what runs there becomes goroutine 1 on the process's own stack,
// and the thread gets a scheduler stack of its own. Any other thread that calls in is foreign:
// its descriptor parks on a futex, and it never holds a P.
#define _GNU_SOURCE
#include "gmp.h"
#include "metrics.h"
#include "netpoll.h"
#include "switch.h"

#include <gocc/runtime.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_P = 1024 };

// Brings the section that names gdb's script into every program (gdb_script.S).
extern const char go__gdb_script[];
static const char *const gdb_script __attribute__((used)) = go__gdb_script;

static struct go__lock start_lock; // held by whoever starts the runtime
static struct go__lock changing;   // held by who is in go_max_procs
static bool started;               // release by the starter, acquire by everyone else
static pthread_key_t foreign_key;  // ends the descriptors of foreign threads

static void p_make(uint32_t n)
{
    while (go__sched.n_p_made < n) {
        struct go__p *p = go__calloc_lines(sizeof(*p));
        p->id = go__sched.n_p_made;
        p->out = true;
        go__sched.p[p->id] = p;
        go__store_release(&go__sched.n_p_made, p->id + 1); // pairs with readers of p[]
    }
}

static uint32_t clamp_procs(long n)
{
    return n < 1 ? 1 : n > MAX_P ? MAX_P : (uint32_t)n;
}

static void foreign_end(void *arg)
{
    struct go__m *m = arg;
    go__set_m(NULL);
    go__store_release(&m->dead, true); // pairs with go__m_new
}

// A processor that the forking thread does not hold. Its thread, if it had one, may have been at
// its descriptors and stacks: they are given up. So is what it had to run.
static void p_forget(struct go__p *p)
{
    if (p->m) {
        p->free = p->free_more = NULL;
        p->n_free = p->n_stacks = 0;
    }
    p->m = NULL;
    p->out = p->id >= go__sched.n_p;
    if (!p->out)
        go__p_put_idle_locked(p);
}

static void queues_forget(struct go__p *p)
{
    p->run_next = p->yield_head = p->over = p->over_oldest = NULL;
    p->n_over = p->attention = 0;
    p->ring_head = p->ring_tail;
    p->in_batch = false;
    p->over_lock.held = 0; // all that it guards is dropped
    p->n_ended = p->n_started;
    p->id_next = p->id_end; // the next `go` starts a monitor
}

static void threads_forget(struct go__m *self)
{
    for (struct go__m *m = go__sched.all_m; m; m = m->all_next)
        m->dead = m != self;
}

// In the child of a fork only the calling thread exists. It keeps its goroutine and its P, with
// everything else forgotten: enough to go on until exec, or as a new program of one goroutine.
// The locks that there are once were held at the fork (go__lock_over_fork); those of processors and
// descriptors that other threads held are free again, with what they guard dropped.
static void after_fork(void)
{
    struct go__m *self = go__m();
    struct go__p *p = self ? go__load(&self->p) : NULL;
    struct go__sched *s = &go__sched;
    if (!started)
        return;
    go__forget_report();
    go__timers_forget();
    go__netpoll_after_fork();
    go__sched_forget(self ? self->g : NULL);
    threads_forget(self);
    s->global_head = s->global_tail = NULL;
    s->idle_p = NULL;
    s->idle_m = s->timer_m = NULL;
    s->n_global = s->n_idle_p = s->n_spinning = s->n_detached = s->n_outside = 0;
    s->n_hogs = self && self->retire;
    s->n_retiring = p && p->id >= s->n_p;
    s->n_m = self && !self->foreign;
    s->monitor_state = 0;
    s->monitor_runs = false;
    s->monitor_until = 0;
    for (uint32_t i = s->n_p_made; i-- > 0;) {
        queues_forget(s->p[i]);
        if (s->p[i] != p)
            p_forget(s->p[i]);
    }
    s->n_started = s->n_ended = 0;
    s->main_exited |= !self || self->g != s->g1;
    if (!self)
        return;
    self->tid = go__gettid();
    if (!p && !self->foreign)
        go__p_attach(self, go__p_get_idle_locked());
}

__attribute__((constructor)) static void keep_over_fork(void)
{
    go__lock_over_fork(&start_lock, GO__RANK_START, NULL);
    go__lock_over_fork(&changing, GO__RANK_SYNC, NULL);
    go__lock_over_fork(&go__sched.lock, GO__RANK_SCHED, NULL);
    // The lower of the scheduler's two: both are free then.
    go__lock_over_fork(&go__sched.retake, GO__RANK_RETAKE, after_fork);
}

// As in Go: what is no positive decimal number is as good as nothing.
static long max_procs_wanted(void)
{
    const char *text = getenv("GOMAXPROCS");
    if (!text || !*text || text[strspn(text, "0123456789")])
        return 0;
    long n = strtol(text, NULL, 10);
    return n > INT32_MAX ? 0 : n;
}

static void start(void)
{
    go__base_init();
    go__stack_init();
    if (pthread_key_create(&foreign_key, foreign_end) != 0)
        go__throw("no key for thread-specific data");
    go__sched.p = go__calloc(MAX_P, sizeof(*go__sched.p));
    go__sched.id_batch = 2; // 1 is main's
    go__sched.coarse_now = go__now();
    long want = max_procs_wanted();
    uint32_t n = clamp_procs(want > 0 ? want : go_num_cpu());
    p_make(n);
    go__sched.n_p = n;
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    while (n-- > 0) {
        go__sched.p[n]->out = false;
        go__p_put_idle_locked(go__sched.p[n]);
    }
    go__unlock(&go__sched.lock);
    pthread_sigmask(SIG_BLOCK, NULL, &go__sched.signal_mask);
    go__fp_save(&go__fp_start);
    if (!go__forks_are_watched())
        go__throw("out of memory");
    if (go__debug("leak", 0))
        atexit(go__report_leaks);
    if (go__debug("metrics", 0))
        atexit(go__metrics_at_exit);
    go__measuring = go__debug("metrics", 0) != 0;
    atexit(go__await_report); // as Go's main does: a panic elsewhere is not cut off halfway
}

static void start_once(void)
{
    if (go__load_acquire(&started)) // pairs with the release below: the runtime is seen whole
        return;
    go__lock(&start_lock, GO__RANK_START);
    if (!started) {
        start();
        go__store_release(&started, true);
    }
    go__unlock(&start_lock);
}

#ifdef GO__ASAN
void go__race_adopt(struct go__race_fiber *r)
{
    pthread_attr_t attr;
    void *low = NULL;
    r->fake = NULL;
    r->size = 0;
    if (pthread_getattr_np(pthread_self(), &attr) == 0) {
        pthread_attr_getstack(&attr, &low, &r->size);
        pthread_attr_destroy(&attr);
    }
    r->bottom = low;
}
#endif

// The main thread's first call: its stack becomes goroutine 1.
static void attach_main(struct go__m *m)
{
    struct go__g *g = go__calloc(1, sizeof(*g));
    g->id = 1;
    g->status = GO__G_RUNNING;
    go__race_adopt(&g->race);
    go__sched.g1 = g;
    m->g = g;
    m->g0_stack = go__stack_new();
    go__race_create(&m->race, NULL, m->g0_stack - go__stack_size(), go__stack_size());
    m->g0_sp = go__switch_prepare(m->g0_stack, go__schedule_main);
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    go__sched.n_m++;
    struct go__p *p = go__p_get_idle_locked();
    if (!p)
        go__sched.n_detached++;
    go__unlock(&go__sched.lock);
    if (p)
        go__p_attach(m, p);
}

// A thread that the runtime did not start: its G parks on a futex.
static void attach_foreign(struct go__m *m)
{
    m->foreign = true;
    if (!m->foreign_g)
        m->foreign_g = go__calloc(1, sizeof(struct go__g));
    struct go__g *g = m->foreign_g;
    go__zero(g, sizeof(*g));
    g->foreign = true;
    g->m = m;
    g->id = __atomic_fetch_add(&go__sched.id_batch, 1, __ATOMIC_RELAXED);
    g->status = GO__G_RUNNING;
    m->g = g;
    pthread_setspecific(foreign_key, m);
}

struct go__m *go__m_attach(void)
{
    int saved = *go__errno_address();
    start_once();
    struct go__m *m = go__m_new();
    go__m_adopt_thread(m);
    if (m->tid == (int)getpid() && !go__sched.g1)
        attach_main(m);
    else
        attach_foreign(m);
    *go__errno_address() = saved;
    return m;
}

// ---- changes at run time -----------------------------------------------------------------

// Takes the idle ones among the P's from n on out of the idle list.
static void idle_p_drop_locked(uint32_t n)
{
    struct go__p *p = go__sched.idle_p;
    go__sched.idle_p = NULL;
    go__store(&go__sched.n_idle_p, 0);
    for (struct go__p *next; p; p = next) {
        next = p->idle_next;
        if (p->id < n)
            go__p_put_idle_locked(p);
        else
            p->out = true, go__sched.n_retiring--; // the caller counted it as held
    }
}

int go_max_procs(int n)
{
    go__self(); // starts the runtime
    if (n < 1)
        return (int)go__load(&go__sched.n_p);
    uint32_t want = clamp_procs(n);
    go__lock(&changing, GO__RANK_SYNC);
    p_make(want);
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    uint32_t had = go__sched.n_p;
    go__store_release(&go__sched.n_p, want); // pairs with who indexes p[] by it (sysmon.c)
    if (want < had) {
        go__sched.n_retiring += had - want;
        idle_p_drop_locked(want);
    }
    for (uint32_t i = had; i < want; i++) {
        struct go__p *p = go__sched.p[i];
        if (!p->out) {
            go__sched.n_retiring--; // its thread never noticed that it was out of service
            continue;
        }
        p->out = false;
        go__p_put_idle_locked(p);
    }
    go__unlock(&go__sched.lock);
    for (uint32_t i = want; i < had; i++)
        __atomic_fetch_or(&go__sched.p[i]->attention, GO__ATTN_GIVE_WAY, __ATOMIC_RELAXED);
    go__unlock(&changing);
    if (want > had)
        go__wake_p();
    go__poll();
    return (int)had;
}

void go_lock_thread(void)
{
    struct go__g *g = go__self();
    struct go__m *m = go__m();
    if (g->foreign || g->locked++)
        return;
    g->lock_m = m;
    m->lock_g = g;
}

void go_unlock_thread(void)
{
    struct go__g *g = go__self();
    if (g->foreign || !g->locked || --g->locked)
        return;
    struct go__m *m = g->lock_m;
    m->lock_g = NULL;
    g->lock_m = NULL;
    // Relaxed: the monitor may be about to set it. Then the P is gone, and the thread finds out by
    // go__p_look_again, which takes the lock under which it is set.
    if (go__unlikely(go__load(&m->retire)))
        go__leave_nice_thread(m);
}
