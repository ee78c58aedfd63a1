// Signals as values on channels.
//
// The handler only counts the signal and wakes a futex, all that it may do. A thread of its own,
// started by the first go_signal_notify, sleeps on the futex and sends. It is a foreign
// thread to the scheduler, so that a program which waits for a signal is no deadlock.
//
// Invariants:
//   - `receivers`, `wanted` and the saved handlers are under `mutex`. The thread sends under it too
//     (without waiting), so that nothing is sent after go_signal_stop.
//   - pending[s] is raised by the handler and taken by the thread. A signal that came twice before
//     the thread looked is sent twice.
//
// Source of the meaning: Go's os/signal.
#define _GNU_SOURCE
#include <gocc/object.h>
#include <gocc/signal.h>
#include <gocc/sync.h>

#include "lock.h"

#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNALS = 65 };

struct receiver {
    struct receiver *next;
    struct gocc_hchan *c; // owned
    bool wants[SIGNALS];
};

static go_mutex mutex;
static struct receiver *receivers;
static int wanted[SIGNALS]; // by so many receivers
static struct sigaction before[SIGNALS];
static bool started;
static uint32_t posted; // futex: changes with each signal
static uint32_t pending[SIGNALS];

#ifdef GO__TSAN
// Past the sanitizer, which keeps a signal until the thread's next call that it knows to block: the
// runtime's are none of those.
int __sigaction(int signal, const struct sigaction *new, struct sigaction *old);
#define sigaction(signal, new, old) __sigaction(signal, new, old)
#endif

// ---- from the handler to the channels ----------------------------------------------------

static void handler(int signal)
{
    int saved = *go__errno_address();
    // Release: pairs with the acquire in deliver.
    __atomic_fetch_add(&pending[signal], 1, __ATOMIC_RELEASE);
    __atomic_fetch_add(&posted, 1, __ATOMIC_RELEASE); // pairs with the acquire in thread_main
    go__futex_wake(&posted, 1);
    *go__errno_address() = saved;
}

static void send_locked(int signal)
{
    for (struct receiver *r = receivers; r; r = r->next) {
        struct gocc_case k = gocc_case_send(r->c, &signal);
        if (r->wants[signal])
            gocc_select(&k, 1, true); // no room: it is lost
    }
}

static void deliver(void)
{
    for (int s = 1; s < SIGNALS; s++) {
        // Acquire: pairs with the handler; what the thread did before the signal comes before it.
        uint32_t n = __atomic_exchange_n(&pending[s], 0, __ATOMIC_ACQUIRE);
        for (; n > 0; n--) {
            go_mutex_lock(&mutex);
            send_locked(s);
            go_mutex_unlock(&mutex);
        }
    }
}

static void *thread_main(void *arg)
{
    (void)arg;
    for (;;) {
        uint32_t seen = go__load_acquire(&posted); // pairs with the handler: what it counted
        deliver();
        go__futex_wait(&posted, seen, -1);
    }
    return NULL;
}

// A fork's child has no such thread: its first go_signal_notify starts one. Whoever was at the
// receivers may have been halfway through: the list itself is always whole.
static void after_fork(void)
{
    mutex = (go_mutex){0};
    started = false;
    for (int s = 0; s < SIGNALS; s++) {
        pending[s] = 0; // the parent's
        wanted[s] = 0;
        for (struct receiver *r = receivers; r; r = r->next)
            wanted[s] += r->wants[s];
    }
}

__attribute__((constructor)) static void see_to_forks(void)
{
    static struct go__lock none; // `mutex` is a goroutine's: a fork cannot wait for it
    go__lock_over_fork(&none, GO__RANK_SYNC, after_fork);
}

static void start_locked(void)
{
    sigset_t all, old;
    pthread_t thread;
    if (started)
        return;
    sigfillset(&all);        // the handlers run on the program's threads
    sigdelset(&all, SIGURG); // but for a trace of all, which stops this one too (trace.c)
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&thread, NULL, thread_main, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (error)
        go__throw("no thread for signals");
    pthread_detach(thread);
    started = true;
}

// ---- who wants what ----------------------------------------------------------------------

static void want_locked(struct receiver *r, int signal)
{
    if (signal < 1 || signal >= SIGNALS || r->wants[signal])
        return;
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART | SA_ONSTACK};
    sigfillset(&action.sa_mask);
    if (wanted[signal] == 0 && sigaction(signal, &action, &before[signal]) != 0)
        return; // SIGKILL, SIGSTOP, libc's own
    r->wants[signal] = true;
    wanted[signal]++;
}

static bool tells_of_a_fault(int signal)
{
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL ||
           signal == SIGTRAP || signal == SIGABRT || signal == SIGSYS;
}

static struct receiver *receiver_locked(struct gocc_hchan *c)
{
    struct receiver *r = receivers;
    while (r && r->c != c)
        r = r->next;
    if (r)
        return r;
    r = go__calloc(1, sizeof(*r));
    r->c = gocc_retain(c);
    r->next = receivers;
    go__store_release(&receivers, r); // whole also in the child of a fork just now
    return r;
}

void go_signal_notify(gocc_send_chan(int) c, ...)
{
    va_list numbers;
    int first = 0;
    if (!c)
        gocc_panic("os/signal: Notify using nil channel");
    go_mutex_lock(&mutex);
    start_locked();
    struct receiver *r = receiver_locked(gocc_hchan(c));
    va_start(numbers, c);
    for (int s; (s = va_arg(numbers, int)) != 0; first = s)
        want_locked(r, s);
    va_end(numbers);
    for (int s = 1; first == 0 && s < SIGNALS; s++)
        if (!tells_of_a_fault(s))
            want_locked(r, s);
    go_mutex_unlock(&mutex);
}

void go_signal_stop(gocc_send_chan(int) c)
{
    go_mutex_lock(&mutex);
    struct receiver **at = &receivers;
    while (*at && (*at)->c != gocc_hchan(c))
        at = &(*at)->next;
    struct receiver *r = *at;
    for (int s = 1; r && s < SIGNALS; s++)
        if (r->wants[s] && --wanted[s] == 0)
            sigaction(s, &before[s], NULL);
    if (r)
        *at = r->next;
    go_mutex_unlock(&mutex);
    if (r)
        go_release(r->c);
    go__free(r);
}
