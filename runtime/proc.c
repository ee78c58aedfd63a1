// Threads and processors: the start of the runtime, threads that look for work, sleep and are
// woken, foreign threads, and who holds which P. sched.c decides which goroutine runs.
//
// Invariants:
//   - A thread of the runtime is running a goroutine, or on its scheduler stack with a P, or in
//     the idle list without one. One of those in the idle list, sched.timer_m, sleeps no longer
//     than until the earliest timer.
//   - m->p and p->m are written under sched.retake; the idle lists under sched.lock. Order:
//     retake before lock.
//   - The main thread never ends before the process (tools expect /proc/PID to work).
//   - n_detached counts goroutines that run on a thread that has lost its P.
#define _GNU_SOURCE
#include "fault.h"
#include "gmp.h"
#include "netpoll.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum {
    M_STACK = 256 << 10,   // timers' fire functions and unlock callbacks run there
    SPIN_ROUNDS = 24,      // about 20 us of looking for work before a thread sleeps
    NEAR_TIMER = 20000,    // ns: as long it waits for a timer without sleeping
    RETRY = 10000000,      // ns after which a thread that was not to be had is tried again
    PATIENCE = 1000000000, // ns for which that goes on when there is no other thread at all
    SPIN_PAUSES = 24,
};

// ---- descriptors of threads --------------------------------------------------------------

struct go__m *go__m_new(void)
{
    struct go__m *m;
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    for (m = go__sched.all_m; m; m = m->all_next)
        if (go__load_acquire(&m->dead)) // pairs with m_main and foreign_end: it is ours alone
            break;
    if (m)
        m->dead = false;
    go__unlock(&go__sched.lock);
    if (m) {
        // all_next stays: others walk the list.
        go__zero(m, offsetof(struct go__m, all_next));
        return m;
    }
    m = go__calloc(1, sizeof(*m));
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    m->all_next = go__sched.all_m;
    go__store_release(&go__sched.all_m, m); // pairs with walks of the list without the lock
    go__unlock(&go__sched.lock);
    return m;
}

void go__m_adopt_thread(struct go__m *m)
{
    m->tid = go__gettid();
    m->errno_at = go__errno_address();
    go__race_is_errno(m->errno_at);
    go__set_m(m);
}

// ---- who holds which P -------------------------------------------------------------------

void go__p_attach(struct go__m *m, struct go__p *p)
{
    go__lock(&go__sched.retake, GO__RANK_RETAKE);
    go__store(&m->p, p);
    go__store_release(&p->m, m);
    go__unlock(&go__sched.retake);
}

struct go__p *go__p_get_idle_locked(void)
{
    struct go__p *p = go__sched.idle_p;
    if (p) {
        go__sched.idle_p = p->idle_next;
        go__store(&go__sched.n_idle_p, go__sched.n_idle_p - 1);
        go__fence_light(); // pairs with the heavy one in monitor_sleep, which then looks at
                           // n_idle_p
        if (go__unlikely(go__load(&go__sched.monitor_until) == INT64_MAX))
            go__monitor_kick(0); // it sleeps without limit while all are idle
    }
    return p;
}

void go__p_put_idle_locked(struct go__p *p)
{
    p->idle_next = go__sched.idle_p;
    go__sched.idle_p = p;
    go__store(&go__sched.n_idle_p, go__sched.n_idle_p + 1);
}

struct go__p *go__p_look_again(struct go__m *m)
{
    if (m->foreign)
        return NULL;
    go__lock(&go__sched.retake, GO__RANK_RETAKE); // a borrow under way ends first
    struct go__p *p = go__load(&m->p);
    go__unlock(&go__sched.retake);
    return p;
}

struct go__p *go__p_regain(struct go__m *m)
{
    if (m->retire)
        return NULL;
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    struct go__p *p = go__p_get_idle_locked();
    if (p)
        go__sched.n_detached--;
    go__unlock(&go__sched.lock);
    if (p)
        go__p_attach(m, p);
    return p;
}

bool go__p_borrow_locked(struct go__p *p, struct go__m **from)
{
    struct go__m *m = go__load_acquire(&p->m);
    if (!m || go__load(&m->in_runtime))
        return false;
    go__stress_delay(); // m may enter just now
    go__store(&m->p, NULL);
    go__fence_heavy(); // pairs with the light one in go__enter
    // Acquire: pairs with go__leave; what m did to p before is visible to us.
    if (go__load_acquire(&m->in_runtime)) {
        go__store(&m->p, p);
        return false;
    }
    go__store(&p->m, NULL);
    *from = m;
    return true;
}

void go__p_return_locked(struct go__p *p, struct go__m *m)
{
    go__store_release(&p->m, m);
    // Release: m's next entry may read this without the lock and must see what we did to p.
    go__store_release(&m->p, p);
}

void go__p_share(struct go__p *p)
{
    struct go__g *g, *next = p->run_next;
    p->run_next = NULL;
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    if (next)
        go__global_put_locked(next);
    while ((g = go__runq_get_yield(p)) != NULL)
        go__global_put_locked(g);
    go__unlock(&go__sched.lock);
}

// All that waits in p's queues goes to the global one. Requires: p is the caller's.
static void p_empty(struct go__p *p)
{
    struct go__g *g;
    go__p_share(p);
    while ((g = go__runq_get(p)) != NULL)
        go__global_put(g);
}

// ---- threads -----------------------------------------------------------------------------

static void *m_main(void *arg)
{
    struct go__m *m = arg;
    // Not that of the thread that started this one, which may be the monitor: all blocked.
    pthread_sigmask(SIG_SETMASK, &go__sched.signal_mask, NULL);
    go__m_adopt_thread(m);
    go__race_adopt(&m->race);
    void *signal_stack = go__fault_thread_begin();
    m->in_runtime = 1;
    go__p_attach(m, m->next_p);
    m->next_p = NULL;
    go__schedule();
    go__fault_thread_end(signal_stack);
    go__set_m(NULL);
    go__store_release(&m->dead, true); // pairs with go__m_new: the struct is another thread's now
    return NULL;
}

// A new thread that starts with p. False: the system has none, or had none a moment ago; or it
// would be nice for ever, as its maker is: the monitor, which tries again, is not.
static bool m_start(struct go__p *p, bool spinning)
{
    static int64_t again; // not before this time
    struct go__m *self = go__m();
    if (self && go__load(&self->retire))
        return false;
    if (go__load(&again) && go__now() < go__load(&again))
        return false;
    struct go__m *m = go__m_new();
    pthread_attr_t attr;
    pthread_t thread;
    m->next_p = p;
    m->spinning = spinning;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, M_STACK);
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    go__sched.n_m++;
    go__unlock(&go__sched.lock);
    void *fiber = go__race_nursery_begin(self ? &self->race : NULL);
    int error = pthread_create(&thread, &attr, m_main, m);
    go__race_nursery_end(fiber);
    pthread_attr_destroy(&attr);
    if (error) {
        go__lock(&go__sched.lock, GO__RANK_SCHED);
        go__sched.n_m--;
        m->dead = true;
        go__unlock(&go__sched.lock);
    }
    go__store(&again, error ? go__now() + RETRY : 0);
    return error == 0;
}

// There is no thread for p, which nobody owns. Its work goes where every thread looks, also one
// that comes back to the runtime and takes p or another; and the monitor tries again.
static void p_without_thread(struct go__p *p)
{
    p_empty(p);
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    go__p_put_idle_locked(p);
    go__unlock(&go__sched.lock);
    go__store(&go__sched.starved, true);
    go__monitor_start(); // that one may have been refused as well
    go__monitor_kick(0);
}

// An idle thread; the one that waits for timers only when there is no other.
static struct go__m *m_get_idle_locked(void)
{
    struct go__m **at = &go__sched.idle_m, *m = *at;
    if (m && m == go__sched.timer_m && m->idle_next) {
        at = &m->idle_next;
        m = *at;
    }
    if (!m)
        return NULL;
    *at = m->idle_next;
    if (m == go__sched.timer_m)
        go__sched.timer_m = NULL;
    return m;
}

// m->wake has been set: ends its sleep, wherever it sleeps.
static void m_rouse(struct go__m *m)
{
    __atomic_thread_fence(
        __ATOMIC_SEQ_CST); // wake before in_poll: pairs with the one in m_sleep_once
    if (go__load(&m->in_poll))
        go__netpoll_kick();
    else
        go__futex_wake(&m->wake, 1);
}

static void m_wake(struct go__m *m)
{
    go__store_release(&m->wake, 1); // pairs with the acquire in m_sleep: next_p is visible
    m_rouse(m);
}

void go__m_look_again(struct go__m *m)
{
    // Pairs with the acquire in m_sleep. A word that is already 1 or 2 is left alone: m will look
    // anyway.
    uint32_t asleep = 0;
    if (__atomic_compare_exchange_n(&m->wake, &asleep, 2, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED))
        m_rouse(m);
}

void go__timer_thread_look_again(void)
{
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    struct go__m *m = go__sched.timer_m;
    go__unlock(&go__sched.lock);
    if (m) // it may have got work meanwhile: then its next sleep is for nothing, once
        go__m_look_again(m);
}

// Gives p, which nobody owns, to an idle thread or a new one.
static void p_hand_to_thread(struct go__p *p, bool spinning)
{
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    struct go__m *m = m_get_idle_locked();
    int64_t timers = go__sched.timer_m ? INT64_MAX : go__timers_next();
    go__unlock(&go__sched.lock);
    if (timers != INT64_MAX)
        go__monitor_kick(timers); // the thread that waited for them has other work now
    if (m) {
        m->next_p = p;
        m->spinning = spinning;
        m_wake(m);
        return;
    }
    if (m_start(p, spinning))
        return;
    if (spinning)
        __atomic_fetch_sub(&go__sched.n_spinning, 1, __ATOMIC_ACQ_REL);
    p_without_thread(p);
}

void go__p_start(struct go__p *p)
{
    p_hand_to_thread(p, false);
}

void go__wake_p(void)
{
    uint32_t none = 0;
    // What the caller queued comes before the look at n_spinning, for a failing exchange orders
    // nothing: pairs with the heavy fence in go_idle, whose thread counted itself out before it.
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    // Acquire and release: at most one waker; pairs with stop_spinning and go_idle.
    if (!__atomic_compare_exchange_n(&go__sched.n_spinning, &none, 1, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        return;
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    struct go__p *p = go__p_get_idle_locked();
    // Under the lock: who goes idle after this look counts as idle only after we do not count as
    // spinning, so that no pusher sees the one and relies on the other.
    if (!p)
        __atomic_fetch_sub(&go__sched.n_spinning, 1, __ATOMIC_ACQ_REL);
    go__unlock(&go__sched.lock);
    if (p)
        p_hand_to_thread(p, true);
}

// ---- looking for work --------------------------------------------------------------------

static void start_spinning(struct go__m *m)
{
    if (!m->spinning) {
        m->spinning = true;
        __atomic_fetch_add(&go__sched.n_spinning, 1, __ATOMIC_ACQ_REL);
    }
}

// Found something: there may be more where it came from, and pushers woke nobody meanwhile.
static void stop_spinning(struct go__m *m)
{
    if (!m->spinning)
        return;
    m->spinning = false;
    uint32_t before = __atomic_fetch_sub(&go__sched.n_spinning, 1, __ATOMIC_ACQ_REL);
    // Not counted any more before the look at n_idle_p: pairs with the heavy fence in go_idle.
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (before == 1 && go__load(&go__sched.n_idle_p) != 0)
        go__wake_p();
}

static struct go__g *steal_round(struct go__p *p)
{
    uint32_t n = go__load_acquire(&go__sched.n_p_made), from = n > 1 ? go__choose(n) : 0;
    for (uint32_t i = 0; i < n; i++) {
        struct go__p *victim = go__sched.p[(from + i) % n];
        if (victim == p || go__runq_empty(victim))
            continue;
        struct go__g *g = go__runq_steal(p, victim);
        if (g) {
            go__store(&p->n_steals, p->n_steals + 1);
            return g;
        }
    }
    return go__global_get(p);
}

static struct go__g *spin_for_work(struct go__m *m, struct go__p *p)
{
    uint32_t busy = go__sched.n_p - go__load(&go__sched.n_idle_p);
    if (!m->spinning && 2 * go__load(&go__sched.n_spinning) >= busy)
        return NULL;
    start_spinning(m);
    for (int round = 0; round < SPIN_ROUNDS; round++) {
        struct go__g *g = steal_round(p);
        if (g)
            return g;
        if (busy <= 1) // only this P was not idle: nobody will push
            break;
        for (int i = 0; i < SPIN_PAUSES; i++)
            go__pause();
    }
    return NULL;
}

static bool any_work(void)
{
    if (go__load(&go__sched.n_global))
        return true;
    uint32_t n = go__load_acquire(&go__sched.n_p_made); // pairs with p_make
    for (uint32_t i = 0; i < n; i++)
        if (!go__runq_empty(go__sched.p[i]))
            return true;
    return false;
}

// Gives up m's P. False: work turned up, and m has a P again.
static bool go_idle(struct go__m *m, struct go__p *p)
{
    go__lock(&go__sched.retake, GO__RANK_RETAKE);
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    if (go__sched.n_global || p->id >= go__sched.n_p) {
        go__unlock(&go__sched.lock);
        go__unlock(&go__sched.retake);
        return false;
    }
    go__store(&m->p, NULL);
    go__store(&p->m, NULL);
    p->attention = 0;
    go__p_put_idle_locked(p);
    go__unlock(&go__sched.lock);
    go__unlock(&go__sched.retake);
    if (m->spinning) {
        m->spinning = false;
        // Before the fence: a pusher that saw it, and so woke nobody, pushed before our last look.
        __atomic_fetch_sub(&go__sched.n_spinning, 1, __ATOMIC_ACQ_REL);
    }
    go__fence_heavy(); // idle is announced before the last look: pairs with go__wake_if_idle
    if (!any_work())
        return true;
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    p = go__p_get_idle_locked();
    go__unlock(&go__sched.lock);
    if (!p)
        return true; // somebody else woke up for it
    go__p_attach(m, p);
    start_spinning(m);
    return false;
}

// Takes p from m without giving it to anyone yet.
static void p_detach(struct go__m *m, struct go__p *p)
{
    go__lock(&go__sched.retake, GO__RANK_RETAKE);
    go__store(&m->p, NULL);
    go__store(&p->m, NULL);
    go__unlock(&go__sched.retake);
}

// go_max_procs has taken p out of service: its goroutines go to the global queue, and m goes
// on with an idle P if there is one. True: m has none and shall sleep.
static bool p_retire(struct go__m *m, struct go__p *p)
{
    go__attend(p); // the monitor may have to hear of a timer
    p_empty(p);
    p_detach(m, p);
    p->attention = 0;
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    if (p->id < go__sched.n_p)
        go__p_put_idle_locked(p); // back in service meanwhile
    else
        p->out = true, go__sched.n_retiring--;
    p = go__p_get_idle_locked();
    if (!p && m->spinning) { // it shall sleep; under the lock as in go__wake_p
        m->spinning = false;
        __atomic_fetch_sub(&go__sched.n_spinning, 1, __ATOMIC_ACQ_REL);
    }
    go__unlock(&go__sched.lock);
    if (p)
        go__p_attach(m, p);
    return p == NULL;
}

static void idle_list_remove_locked(struct go__m *m)
{
    struct go__m **at = &go__sched.idle_m;
    while (*at != m)
        at = &(*at)->idle_next;
    *at = m->idle_next;
    if (go__sched.timer_m == m)
        go__sched.timer_m = NULL;
}

// A timer is due, or an earlier one was armed, or nothing: leaves the idle list, unless a waker
// has already taken m off it. True: m->next_p is set.
static bool leave_idle_list(struct go__m *m)
{
    bool listed = false;
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    for (struct go__m *i = go__sched.idle_m; i; i = i->idle_next)
        listed |= i == m;
    if (listed) {
        idle_list_remove_locked(m);
        m->next_p = go__p_get_idle_locked();
    }
    go__unlock(&go__sched.lock);
    if (listed && !m->next_p)
        go__timers_run(); // all Ps are busy: what fires goes to the global queue
    for (uint32_t wake; !listed && (wake = go__load_acquire(&m->wake)) != 1;)
        go__futex_wait(&m->wake, wake, -1); // the waker is about to set it
    return m->next_p != NULL;
}

// On a futex, or if m is the one that waits for timers, for descriptors too.
static void m_sleep_once(struct go__m *m, bool polls, int64_t until,
                         struct go__netpoll_events *events)
{
    events->n = 0;
    if (!polls) {
        go__futex_wait(&m->wake, 0, until);
        return;
    }
    go__store(&m->in_poll, 1);
    __atomic_thread_fence(__ATOMIC_SEQ_CST); // in_poll before wake: pairs with the one in m_rouse
    go__netpoll_sleep(events, until, &m->wake);
    go__store(&m->in_poll, 0);
}

// Sleeps until somebody hands m a P, or m takes one for timers or descriptors that are due.
static void m_sleep(struct go__m *m)
{
    struct go__netpoll_events events;
    int64_t now;
    for (;;) {
        int64_t until = -1;
        bool polls = false;
        go__lock(&go__sched.lock, GO__RANK_SCHED);
        go__store(&m->wake, 0);
        m->idle_next = go__sched.idle_m;
        go__sched.idle_m = m;
        if (!go__sched.timer_m) {
            // timer_m is set and then the time read, both under the lock: whoever arms an
            // earlier timer after that finds us (see_to_it in timer.c).
            go__sched.timer_m = m;
            m->timer_until = go__timers_next();
            if (m->timer_until != INT64_MAX)
                until = m->timer_until;
            // After timer_m, both under the lock: go__timer_thread_look_again finds us else.
            polls = go__netpoll_used();
        }
        bool all_idle = go__sched.n_idle_p == go__sched.n_p;
        go__unlock(&go__sched.lock);
        if (all_idle)
            go__deadlock_check();
        m_sleep_once(m, polls, until, &events);
        now = go__now();
        go__store(&go__sched.coarse_now, now);
        // Acquire: pairs with m_wake; next_p is visible.
        if (go__load_acquire(&m->wake) == 1 || leave_idle_list(m))
            break;
        go__netpoll_deliver(&events); // all Ps are busy: to the global queue
    }
    go__store(&m->wake, 0); // 0 while it runs: wait_for_locked relies on it
    go__p_attach(m, m->next_p);
    m->next_p = NULL;
    go__timers_hand_over(now);
    go__netpoll_deliver(&events);
}

// m has come to its scheduler stack without a P: its goroutine overstayed and has now left.
// False: the thread shall end, because it computed too long and is nice for ever.
static bool after_loss(struct go__m *m)
{
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    go__sched.n_detached--;
    go__sched.n_hogs -= m->retire;
    struct go__p *p = m->retire ? NULL : go__p_get_idle_locked();
    bool all_idle = go__sched.n_idle_p == go__sched.n_p;
    go__unlock(&go__sched.lock);
    if (p) {
        go__p_attach(m, p);
        return true;
    }
    if (!m->retire) {
        m_sleep(m);
        return true;
    }
    if (all_idle)
        go__deadlock_check();
    uint32_t never = 0;
    while (m->tid == (int)getpid())
        go__futex_wait(&never, 0, -1);
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    go__sched.n_m--;
    go__unlock(&go__sched.lock);
    return false;
}

void go__leave_nice_thread(struct go__m *m)
{
    go__enter_known(m);
    struct go__p *p = go__p_of(m);
    if (p) {
        go__lock(&go__sched.lock, GO__RANK_SCHED);
        go__sched.n_detached++;
        go__unlock(&go__sched.lock);
        p_detach(m, p);
        go__p_start(p);
    }
    go__leave(m);
    go__poll();
}

static void threads_retry(void)
{
    if (!go__load(&go__sched.starved))
        return;
    go__store(&go__sched.starved, false); // it is set again if there is none yet
    if (go__load(&go__sched.n_global))
        go__wake_p();
}

int64_t go__find_thread(int64_t *since)
{
    int64_t now = go__now();
    threads_retry();
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    bool none =
        go__sched.n_global && go__sched.n_idle_p == go__sched.n_p && go__sched.n_detached == 0;
    go__unlock(&go__sched.lock);
    if (!none || *since == 0)
        *since = now;
    if (now - *since > PATIENCE)
        go__throw("no thread to run goroutines: pthread_create fails");
    return now + RETRY;
}

// The goroutine that is locked to this thread has parked: passes the P on, and sleeps until
// the goroutine is picked somewhere.
static struct go__g *wait_for_locked(struct go__m *m, struct go__p *p)
{
    if (p) {
        p_detach(m, p);
        go__p_start(p);
    } else {
        go__lock(&go__sched.lock, GO__RANK_SCHED);
        go__sched.n_detached--;
        go__unlock(&go__sched.lock);
    }
    int64_t since = 0;
    for (uint32_t wake; (wake = go__load_acquire(&m->wake)) != 1;) // there may be no monitor
        go__futex_wait(&m->wake, wake, go__load(&go__sched.starved) ? go__find_thread(&since) : -1);
    go__store(&m->wake, 0);
    go__p_attach(m, m->next_p);
    m->next_p = NULL;
    return m->lock_g;
}

// Passes m's P to the thread that g is locked to, which then runs g.
static void hand_to_locked(struct go__m *m, struct go__g *g)
{
    struct go__m *owner = g->lock_m;
    struct go__p *p = go__p_of(m);
    p_detach(m, p);
    owner->next_p = p;
    m_wake(owner);
    m_sleep(m);
}

// Waits, keeping the P, for a timer that is due so soon that sleeping would take longer: a futex
// wakes 50 us late. True: it is due, or there is something else to look at.
static bool wait_for_timer(int64_t when)
{
    for (;;) {
        int64_t left = when - go__now();
        if (left <= 0)
            return true;
        if (left > NEAR_TIMER)
            return false;
        if (go__load(&go__sched.n_global) || go__timers_next() != when)
            return true;
        go__pause();
    }
}

static struct go__g *find_own(struct go__m *m, struct go__p *p)
{
    if (go__unlikely(p->id >= go__load(&go__sched.n_p)))
        return NULL;
    for (;;) {
        if (go__unlikely(go__load(&p->attention)))
            go__attend(p);
        struct go__g *g = go__pick(p);
        if (g)
            return g;
        if (go__netpoll())
            continue;
        int64_t before = go__timers_next();
        if (before == INT64_MAX || (go__timers_run() == before && !wait_for_timer(before)))
            break;
    }
    return spin_for_work(m, p);
}

struct go__g *go__find_work(struct go__m *m)
{
    for (;;) {
        struct go__p *p = go__p_of(m);
        if (m->lock_g)
            return wait_for_locked(m, p);
        struct go__g *g = m->pending;
        m->pending = NULL;
        if (!g) {
            if (!p) {
                if (!after_loss(m))
                    return NULL;
                continue;
            }
            g = find_own(m, p);
        }
        if (!g) {
            if (p->id >= go__load(&go__sched.n_p) ? p_retire(m, p) : go_idle(m, p))
                m_sleep(m);
            continue;
        }
        stop_spinning(m);
        if (go__likely(!g->lock_m || g->lock_m == m))
            return g;
        hand_to_locked(m, g);
    }
}
