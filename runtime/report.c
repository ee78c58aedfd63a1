// Deadlock: when it is one, and what is printed.
//
// It is one when nothing can ever run again: every P idle and every queue empty; no goroutine
// on a thread without a P, in a blocking call or bound to a thread that works; no timer; no
// descriptor or signal that somebody waits for (go__sched.n_outside); and no thread that the
// runtime did not start, for that one may call go__ready. Foreign threads are counted in
// /proc/self/task, twice, and only when all else holds. Threads that retire leave a moment
// after they were discounted: hence the retries.
#define _GNU_SOURCE
#include "gmp.h"
#include "trace.h"

#include <gocc/runtime.h>

#include <dirent.h>
#include <sched.h>
#include <string.h>
#include <time.h>

static const char *const wait_text[] = {
    [GO__WAIT_NONE] = "running",
    [GO__WAIT_CHAN_SEND] = "chan send",
    [GO__WAIT_CHAN_RECV] = "chan receive",
    [GO__WAIT_CHAN_SEND_NIL] = "chan send (nil chan)",
    [GO__WAIT_CHAN_RECV_NIL] = "chan receive (nil chan)",
    [GO__WAIT_SELECT] = "select",
    [GO__WAIT_SELECT_NONE] = "select (no cases)",
    [GO__WAIT_SLEEP] = "sleep",
    [GO__WAIT_MUTEX] = "sync.Mutex.Lock",
    [GO__WAIT_RWMUTEX_R] = "sync.RWMutex.RLock",
    [GO__WAIT_RWMUTEX_W] = "sync.RWMutex.Lock",
    [GO__WAIT_WAITGROUP] = "sync.WaitGroup.Wait",
    [GO__WAIT_COND] = "sync.Cond.Wait",
    [GO__WAIT_SEMAPHORE] = "semacquire",
    [GO__WAIT_IO] = "IO wait",
};

const char *go__state_text(const struct go__g *g)
{
    switch (go__load(&g->status)) {
    case GO__G_RUNNING:
        return "running";
    case GO__G_RUNNABLE:
        return "runnable";
    default:
        return wait_text[g->why];
    }
}

// GOCC_DEBUG=minute=MS makes minutes shorter. Without the monitor nobody keeps the coarse time.
int64_t go__minutes_waited(const struct go__g *g, int64_t now)
{
    int64_t minute = go__debug("minute", 60000) * 1000000;
    if (go__load(&g->status) != GO__G_WAITING || !go__sched.monitor_runs || minute <= 0)
        return 0;
    return (now - g->since) / minute;
}

static uint32_t count_threads(void)
{
    uint32_t n = 0;
    go__race_ignore_begin(); // as in sysmon.c
    DIR *dir = opendir("/proc/self/task");
    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;)
        n += e->d_name[0] != '.';
    if (dir)
        closedir(dir);
    go__race_ignore_end();
    return dir ? n : UINT32_MAX; // cannot tell: assume that somebody else is there
}

// A thread without a P may be in a timer's fire, and about to inject whom that wakes: it leaves
// `firing` set until it has had sched.lock for that. Read after the timers, since `firing` is set
// before a timer leaves the heap.
static bool a_timer_fires_locked(void)
{
    for (struct go__m *m = go__load_acquire(&go__sched.all_m); m; m = m->all_next)
        if (go__load_acquire(&m->firing)) // pairs with go__timers_run: whom it woke is queued
            return true;
    return false;
}

// All but the foreign threads. Requires: sched.lock, so that nobody takes a P or injects.
static bool nothing_can_run_locked(void)
{
    return go__sched.n_idle_p == go__sched.n_p && go__sched.n_global == 0 &&
           go__sched.n_detached == 0 && go__sched.n_retiring == 0 &&
           go__load(&go__sched.n_outside) == 0 && !go__timers_awaited() && !a_timer_fires_locked();
}

static uint32_t own_threads_locked(void)
{
    uint32_t n = go__sched.n_m + go__sched.monitor_runs;
    n += (uint32_t)go__debug("otherthreads", 0); // an emulator's, which never call in
#if defined(GO__TSAN)
    n++; // its background thread
#endif
    return n;
}

static _Noreturn void report(void)
{
    go__begin_dying();
    go__flush_stdout();
    if (go__sched.main_exited && go_num_goroutine() == 0)
        go__print("fatal error: no goroutines (main called go_exit) - deadlock!\n");
    else
        go__print("fatal error: all goroutines are asleep - deadlock!\n");
    go__die_others();
}

void go__deadlock_check(void)
{
    for (int attempt = 0; attempt < 20; attempt++) {
        go__lock(&go__sched.lock, GO__RANK_SCHED);
        bool dead = nothing_can_run_locked();
        uint32_t own = own_threads_locked();
        go__unlock(&go__sched.lock);
        if (!dead)
            return;
        uint32_t n = count_threads();
        if (n <= own) {
            // Nobody was there to change anything between the two: nobody ever will.
            go__lock(&go__sched.lock, GO__RANK_SCHED);
            dead = nothing_can_run_locked() && own_threads_locked() == own && count_threads() == n;
            go__unlock(&go__sched.lock);
            if (dead)
                report();
            return;
        }
        struct timespec moment = {0, 1000000};
        nanosleep(&moment, NULL);
    }
}

// ---- GOCC_DEBUG=leak=1 -------------------------------------------------------------------

static void count_waiting(struct go__g *g, void *arg)
{
    *(int *)arg += go__load(&g->status) == GO__G_WAITING;
}

static bool others_wait(void)
{
    int waiting = 0;
    struct go__g *main = go__sched.main_exited ? NULL : go__sched.g1;
    if (main)
        count_waiting(main, &waiting);
    go__each_g(count_waiting, &waiting);
    return waiting >= go_num_goroutine() - 1;
}

// Who was told to end a moment ago, and needs only to run for that, is no leak.
static void let_others_end(void)
{
    int64_t until = go__now() + 100000000;
    while (!others_wait() && go__now() < until)
        go_yield();
}

void go__report_leaks(void)
{
    enum { SIZE = 1 << 20 };
    let_others_end();
    int n = go_num_goroutine() - 1; // who calls exit is one of them
    if (n <= 0)
        return;
    char *text = go__alloc(SIZE);
    go_stack_trace(text, SIZE, true);
    char *others = strstr(text, "\n\n"); // the caller's own trace stands first
    go__print("goroutine leak: %d still there at exit\n", n);
    go__print_text(others ? others + 1 : "");
    go__free(text);
}
