// The monitor: a thread without a P that hands P's on when their threads overstay, frees what
// sits in private queues while others idle, and sees that timers fire when every P is busy.
// Also the bracket around blocking calls. Deadlock is in report.c.
//
// It looks every 20 us to 5 ms, doubling while nothing happens, and sleeps without limit once
// all P's have been idle for a while; whoever takes a P out of the idle list then wakes it. It
// starts with the first `go`.
//
// A P is taken from its thread when something waits to run and
//   - the thread has said that it may block (go__enter_blocking) since the look before, or
//   - the same goroutine has run for 10 ms of the thread's CPU time, or
//   - it has not changed for 2 ms and the kernel says that the thread is blocked in a call.
// Wall time alone is no reason: on a loaded machine the thread may just be waiting for its
// turn. A goroutine that does call into the runtime is asked first (GO__ATTN_GIVE_WAY).
//
// A thread that lost its P for computing goes on nice: beside 100 of equal standing a P would get
// 2 % of two CPUs, and gets half of one. The first such thread is nicer by 5, three more by 10, all
// others at 19: that beside another process that computes is 1.5 % of a CPU, while 5 is a quarter.
// It cannot be un-niced without privilege, so the thread ends when its goroutine leaves it. There
// are never more than `threads_max` threads; then P's stay.
//
// Lock: sched.retake while taking (gmp.h has the protocol). Everything named seen_* is the
// monitor's alone.
#define _GNU_SOURCE
#include "gmp.h"
#include "metrics.h"
#include "netpoll.h"

#include <gocc/runtime.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define US INT64_C(1000)
#define MS INT64_C(1000000)

enum { THREADS_MAX = 1024 };
enum { LOOK = 1, TIMER = 2 }; // bits of sched.monitor_wake
#ifdef GO__STRESS
static const int64_t SHORTEST = 20 * US, LONGEST = 5 * MS, LONGEST_WAITED = 100 * US;
#else
static const int64_t SHORTEST = 20 * US, LONGEST = 5 * MS, LONGEST_WAITED = 2500 * US;
#endif
static const int64_t OVERSTAY = 10 * MS, BLOCKED = 2 * MS, BRACKET = 20 * US, PRIVATE = 50 * US;
// Descriptors are looked at at least so often: while every P is busy / while one is idle.
static const int64_t POLL_EVERY = 10 * MS, POLL_IDLE = 200 * US;
static const int64_t LATENESS_MAX = 2 * MS;
static const int64_t IDLE_FOR = 100 * MS, TRIM_EVERY = 1000 * MS, TRIM_PACE = 1 * MS;

static uint32_t threads_max = THREADS_MAX;
static int64_t starved_since; // no thread was to be had for goroutines; 0: not so
static uint32_t fast;         // the next look is at most 100 us away

// How late the monitor may be for a timer. While the threads that go idle see to the timers
// themselves it would wake for nothing, as often as they: so it doubles each time that was so, and
// is nothing again when all P's were busy and a timer waited. The monitor's; kickers read it
// relaxed: an old value costs a wake-up, or a timer these 2 ms once more.
static int64_t lateness;

// ---- what a thread is doing --------------------------------------------------------------

// The CPU time that thread tid has used, or 0. (The kernel's encoding of a thread's clock.)
static int64_t thread_cpu(int tid)
{
    struct timespec t;
    clockid_t clock = (clockid_t)((~(unsigned)tid << 3) | 6);
    if (clock_gettime(clock, &t) != 0)
        return 0;
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

// The first bytes of /proc/self/task/TID/NAME.
static bool task_read(int tid, const char *name, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/task/%d/%s", tid, name);
    go__race_ignore_begin(); // numbers of descriptors are memory to the sanitizer
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
    if (fd >= 0)
        close(fd);
    go__race_ignore_end();
    text[n > 0 ? n : 0] = 0;
    return n > 0;
}

// Whether the kernel has put the thread to sleep in a system call.
static bool thread_blocked(int tid)
{
    char text[256];
    // "running", or the call's number and arguments; needs ptrace access, which some
    // sandboxes deny. "TID (name) S ..." always works but a page fault shows D as well.
    if (task_read(tid, "syscall", text, sizeof(text)))
        return strncmp(text, "running", 7) != 0 && strncmp(text, "-1", 2) != 0;
    if (!task_read(tid, "stat", text, sizeof(text)))
        return false;
    char *state = strrchr(text, ')');
    return state && state[1] == ' ' && (state[2] == 'S' || state[2] == 'D');
}

// ---- taking ------------------------------------------------------------------------------

// Racy looks at private fields: they decide only whether a closer look is worth it.
static bool has_private(struct go__p *p)
{
    return go__load(&p->run_next) || go__load(&p->yield_head);
}

static bool timers_due(int64_t now)
{
    return go__timers_next() <= now;
}

static bool work_waits(struct go__p *p, int64_t now)
{
    return has_private(p) || !go__runq_empty(p) || go__load(&go__sched.n_global) ||
           timers_due(now) || go__netpoll_due(now, POLL_EVERY) || p->id >= go__load(&go__sched.n_p);
}

static bool thread_to_spare(void)
{
    return go__load(&go__sched.idle_m) || go__load(&go__sched.n_m) < threads_max;
}

// For the n-th of the hogs there are. The kernel's limit is 19, more is as much.
static int nicer_by(uint32_t n)
{
    if (n == 1)
        return 5;
    return n <= 4 ? 10 : 19;
}

// Takes p from its thread for good and gives it to another. `hog`: the thread computes.
static bool take(struct go__p *p, bool hog)
{
    struct go__m *m;
    uint32_t n_hogs = 0;
    if (!thread_to_spare())
        return false;
    go__lock(&go__sched.retake, GO__RANK_RETAKE);
    bool taken = go__p_borrow_locked(p, &m);
    if (taken) {
        go__lock(&go__sched.lock, GO__RANK_SCHED);
        go__sched.n_detached++;
        hog = hog && !m->lock_g && !m->retire;
        if (hog)
            n_hogs = ++go__sched.n_hogs;
        go__unlock(&go__sched.lock);
        go__store(&go__sched.n_hand_offs, go__sched.n_hand_offs + 1);
        if (hog)
            go__store(&m->retire, true);
    }
    go__unlock(&go__sched.retake);
    if (!taken)
        return false;
    if (hog) // threads have a nice value of their own: Linux only
        setpriority(PRIO_PROCESS, (id_t)m->tid,
                    getpriority(PRIO_PROCESS, (id_t)m->tid) + nicer_by(n_hogs));
    go__p_start(p);
    return true;
}

// Moves what is private to p to the global queue, for the P's that are idle.
static void free_private(struct go__p *p)
{
    struct go__m *m;
    go__lock(&go__sched.retake, GO__RANK_RETAKE);
    bool borrowed = go__p_borrow_locked(p, &m);
    if (borrowed) {
        go__p_share(p);
        go__p_return_locked(p, m);
    } else {
        // It is in the runtime: it can do it itself.
        __atomic_fetch_or(&p->attention, GO__ATTN_SHARE, __ATOMIC_RELAXED);
    }
    go__unlock(&go__sched.retake);
    if (borrowed)
        go__wake_p();
}

// ---- looking -----------------------------------------------------------------------------

// One P whose thread is m, at `now`. True: something happened, look again soon.
static bool look_at_overstay(struct go__p *p, struct go__m *m, int64_t now, int64_t stay)
{
    int64_t cpu = thread_cpu(m->tid);
    bool rests = cpu - p->looked_cpu < (now - p->looked) / 4 * 3;
    p->looked = now;
    p->looked_cpu = cpu;
    bool computes = cpu - p->seen_cpu >= OVERSTAY - MS;
    if (computes && take(p, true))
        return true;
    if (computes || stay >= OVERSTAY) // it is in the runtime, as a spawner is most of the time
        __atomic_fetch_or(&p->attention, GO__ATTN_GIVE_WAY, __ATOMIC_RELAXED);
    // Not all of the time since the last look used: blocked now and then (a reader of a disk is for
    // half of it), or waiting for a turn on a busy machine.
    if (stay >= BLOCKED && rests && thread_blocked(m->tid))
        return take(p, false);
    return false;
}

// The thread of p has said that it may block. True: look again soon.
static bool look_at_bracket(struct go__p *p, struct go__m *m, int64_t now)
{
    uint32_t blocking = go__load_acquire(&m->blocking);
    if (!(blocking & 1))
        return false;
    if (blocking != p->seen_blocking) { // another bracket than at the last look
        p->seen_blocking = blocking;
        p->seen_blocking_since = now;
        return true;
    }
    return now - p->seen_blocking_since >= BRACKET && take(p, false);
}

static bool look_at(struct go__p *p, int64_t now)
{
    struct go__m *m = go__load_acquire(&p->m); // pairs with go__p_attach: m is seen whole
    uint64_t tick = go__load(&p->tick);
    if (!m)
        return false;
    bool changed = tick != p->seen_tick || m != p->seen_m;
    if (changed) {
        p->seen_tick = tick;
        p->seen_m = m;
        p->seen_since = now;
        p->seen_cpu = p->looked_cpu = thread_cpu(m->tid);
        p->looked = now;
    }
    if (!work_waits(p, now))
        return false;
    if (go__stress(8) && take(p, go__stress(8)))
        return true;
    if (look_at_bracket(p, m, now))
        return true;
    if (changed)
        return false;
    int64_t stay = now - p->seen_since;
    if (go__load(&go__sched.n_idle_p) && has_private(p) && stay >= PRIVATE)
        free_private(p);
    return look_at_overstay(p, m, now, stay);
}

// Timers are due and no idle thread waits for them: some P must look.
static void look_at_timers(int64_t now)
{
    static uint32_t turn;
    if (!timers_due(now) || go__load(&go__sched.timer_m))
        return;
    go__store(&lateness, 0);
    if (go__load(&go__sched.n_idle_p)) {
        go__wake_p();
        return;
    }
    // Acquire: pairs with go_max_procs; p[] is there.
    struct go__p *p = go__sched.p[turn++ % go__load_acquire(&go__sched.n_p)];
    __atomic_fetch_or(&p->attention, GO__ATTN_TIMERS, __ATOMIC_RELAXED);
}

// Nobody looks at the descriptors that somebody waits for: an idle P's thread shall, or else some
// busy P. True: that may be so again soon.
static bool look_at_descriptors(int64_t now)
{
    static uint32_t turn;
    if (go__load(&go__sched.n_idle_p)) {
        if (go__netpoll_due(now, POLL_IDLE))
            go__wake_p();
        return go__netpoll_due(now, 0);
    }
    if (!go__netpoll_due(now, POLL_EVERY))
        return false;
    // Acquire: pairs with go_max_procs; p[] is there.
    struct go__p *p = go__sched.p[turn++ % go__load_acquire(&go__sched.n_p)];
    __atomic_fetch_or(&p->attention, GO__ATTN_POLL, __ATOMIC_RELAXED);
    return false;
}

// Memory of stacks that nobody needed for a second, or since all is idle, goes back to the system,
// a little at each look. True: there is more.
static bool look_at_stacks(int64_t now, bool idle)
{
    static int64_t last;
    if (now - last >= TRIM_EVERY || idle) {
        last = now;
        go__stack_trim_begin(idle);
    }
    return go__stack_trim();
}

// What a look found out for the next one.
struct seen {
    bool happened;  // a P changed hands, or may soon
    bool waited;    // a P has more to run than what runs
    bool poll_soon; // descriptors should be looked at soon
    bool trim_soon; // there is memory to give back
};

static struct seen look(int64_t now, bool idle)
{
    struct seen seen = {0};
    uint32_t n = go__load_acquire(&go__sched.n_p_made); // pairs with p_make
    for (uint32_t i = 0; i < n; i++) {
        struct go__p *p = go__sched.p[i];
        seen.happened |= look_at(p, now);
        seen.waited |= go__load(&p->m) && work_waits(p, now);
    }
    look_at_timers(now);
    // Also for a thread that waits for its locked goroutine: it may have gone to sleep before.
    if (!go__load(&go__sched.starved))
        starved_since = 0;
    else
        go__find_thread(&starved_since);
    seen.trim_soon = look_at_stacks(now, idle);
    seen.poll_soon = look_at_descriptors(now);
    return seen;
}

// ---- GOCC_DEBUG=schedtrace=MS ------------------------------------------------------------

static int64_t trace_every, trace_from, trace_next = INT64_MAX; // nanoseconds; the first: 0, off

uint32_t go__idle_threads(void)
{
    uint32_t n = 0;
    go__lock(&go__sched.lock, GO__RANK_SCHED);
    for (struct go__m *m = go__sched.idle_m; m; m = m->idle_next)
        n++;
    go__unlock(&go__sched.lock);
    return n;
}

// A line as Go's. The lengths are looks without a lock.
static void trace_print(int64_t now)
{
    char lengths[512] = "";
    size_t at = 0;
    uint32_t n = go__load_acquire(&go__sched.n_p_made); // pairs with p_make
    for (uint32_t i = 0; i < n && at < sizeof(lengths) - 16; i++) {
        struct go__p *p = go__sched.p[i];
        uint32_t queued = go__load(&p->ring_tail) - go__load(&p->ring_head);
        queued += go__load(&p->run_next) != NULL;
        at += (size_t)snprintf(lengths + at, sizeof(lengths) - at, i ? " %u" : "%u", queued);
    }
    go__print("SCHED %lldms: gomaxprocs=%u idleprocs=%u threads=%u spinningthreads=%u "
              "needspinning=0 idlethreads=%u runqueue=%u [%s]\n",
              (long long)((now - trace_from) / MS), go__load(&go__sched.n_p),
              go__load(&go__sched.n_idle_p),
              go__load(&go__sched.n_m) + 1, // the monitor's too
              go__load(&go__sched.n_spinning), go__idle_threads(), go__load(&go__sched.n_global),
              lengths);
    trace_next = now + trace_every;
}

static void trace_begin(void)
{
    trace_every = go__debug("schedtrace", 0) * MS;
    trace_from = go__now();
    if (trace_every > 0)
        trace_next = trace_from;
}

// ---- sleeping ----------------------------------------------------------------------------

static bool all_idle(void)
{
    return go__load(&go__sched.n_idle_p) == go__load(&go__sched.n_p);
}

// Sleeps until `until` or a kick, but not past a timer that nobody else waits for.
static bool monitor_sleep(int64_t until, bool deep)
{
    go__store(&go__sched.monitor_wake, 0);
    __atomic_store_n(&go__sched.monitor_until, until, __ATOMIC_SEQ_CST);
    // until is announced before the looks below: pairs with the kickers', which is a light one only
    // in go__p_get_idle_locked, for a monitor that sleeps without limit.
    if (deep)
        go__fence_heavy();
    else
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (deep && !all_idle())
        return false;
    int64_t timer = go__timers_next();
    bool for_timer = timer < until - lateness && !go__load(&go__sched.timer_m);
    if (for_timer)
        until = timer + lateness;
    go__futex_wait(&go__sched.monitor_wake, 0, until == INT64_MAX ? -1 : until);
    if (for_timer && go__timers_next() > until && lateness < LATENESS_MAX) // somebody was quicker
        go__store(&lateness, lateness ? 2 * lateness : US);
    bool kicked = go__load(&go__sched.monitor_wake) & LOOK;
    __atomic_store_n(&go__sched.monitor_until, 0, __ATOMIC_SEQ_CST); // awake: no kicks needed
    return kicked;
}

static int64_t next_delay(int64_t delay, const struct seen *seen)
{
    int64_t longest = seen->poll_soon   ? POLL_IDLE
                      : seen->trim_soon ? TRIM_PACE
                      : seen->waited    ? LONGEST_WAITED
                                        : LONGEST;
    delay = seen->happened ? SHORTEST : delay * 2;
    return delay < longest ? delay : longest;
}

static void *monitor_main(void *arg)
{
    (void)arg;
    int64_t delay = SHORTEST, busy_at = go__now();
    for (;;) {
        int64_t now = go__now();
        if (now - go__load(&go__sched.coarse_now) >= MS)
            go__store(&go__sched.coarse_now, now);
        if (!all_idle() || trace_every > 0 || go__load(&go__sched.starved))
            busy_at = now;
        bool idle = now - busy_at > IDLE_FOR;
        struct seen seen = look(now, idle);
        if (now >= trace_next)
            trace_print(now);
        bool deep = idle && !seen.trim_soon;
        delay = next_delay(delay, &seen);
        if (go__load(&go__measuring) && delay > MS) // coarse_now is the clock of waits
            delay = MS;
        go__store(&fast, delay <= 100 * US);
        if (monitor_sleep(deep ? INT64_MAX : now + delay, deep))
            delay = SHORTEST;
        if (deep)
            busy_at = go__now();
    }
    return NULL;
}

void go__monitor_kick(int64_t when)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST); // pairs with the fence in monitor_sleep
    int64_t until = go__load(&go__sched.monitor_until);
    if (until <= when || until - when <= go__load(&lateness))
        return;
    // For a timer it need not look around, only sleep anew.
    __atomic_fetch_or(&go__sched.monitor_wake, when == 0 ? LOOK : TIMER, __ATOMIC_RELEASE);
    go__futex_wake(&go__sched.monitor_wake, 1);
}

void go__monitor_start(void)
{
    static int64_t again; // there was no thread for it: not before this time
    // Acquire and release: `again` is whose who finds 0.
    if (__atomic_exchange_n(&go__sched.monitor_state, 1, __ATOMIC_ACQ_REL))
        return;
    if (again && go__now() < again) { // release: pairs with the exchange of the next one
        go__store_release(&go__sched.monitor_state, 0);
        return;
    }
    threads_max = (uint32_t)go__debug("threads", THREADS_MAX);
    trace_begin();
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t all, old;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, 256 << 10);
    sigfillset(&all); // the program's handlers run on the program's threads
    pthread_sigmask(SIG_SETMASK, &all, &old);
    bool runs = pthread_create(&thread, &attr, monitor_main, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    again = runs ? 0 : go__now() + 10 * MS;
    if (runs)
        go__sched.monitor_runs = true;
    else // nothing is taken from a thread that blocks; the next `go` tries again
        go__store_release(&go__sched.monitor_state, 0);
}

// ---- blocking calls ----------------------------------------------------------------------

void go__enter_blocking(void)
{
    go__self(); // starts the runtime
    struct go__m *m = go__m();
    if (m->foreign)
        return;
    struct go__p *p = go__load(&m->p);
    // Odd while inside; a new value each time, so the monitor knows one bracket from the next.
    go__store_release(&m->blocking, m->blocking + 1);
    if (p && !go__load(&fast) && go__load(&go__sched.monitor_runs) &&
        (has_private(p) || !go__runq_empty(p) || go__load(&go__sched.n_global)))
        go__monitor_kick(0);
}

void go__exit_blocking(void)
{
    struct go__m *m = go__m();
    if (m->foreign)
        return;
    int saved = *m->errno_at;
    go__store_release(&m->blocking, m->blocking + 1);
    if (!go__load(&m->p))
        go_yield(); // gets a P again, here or on another thread
    *go__m()->errno_at = saved;
}
