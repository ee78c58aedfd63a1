// The network poller: one epoll instance, and who waits for which descriptor.
//
// A wait is an op on the stack of the goroutine that parks, with a waiter for each descriptor, in
// the list of that descriptor's entry in the table. A descriptor's flags, which belong to everyone
// who shares the open file, are never touched. Every wake-up may be for nothing: the caller tries
// its call again.
//
// Descriptors are registered edge-triggered. A wait is begun in one of two ways:
//   go__fd_wait        asks epoll (EPOLL_CTL_MOD, which also looks at once whether it is ready),
//   and
//                      so notices that a number was closed by plain C and came back as another
//                      file (ENOENT);
//   go__fd_wait_known  makes no system call. It needs an earlier wait that found nothing unusual
//                      (`plain`: no O_NONBLOCK, no SO_RCVTIMEO), and the number of events that the
//                      caller read before its try: if that has changed, it shall try again. (Of all
//                      that wait for a descriptor, each must have tried since the last event, since
//                      epoll tells it once.)
// What a known wait assumes may have become wrong behind the runtime's back; whoever polls looks
// into those that last (fd.c). Those that end before, as a busy server's do, have cost nothing.
//
// Invariants:
//   - waiter->linked and the lists are under the entry's lock, op->fired decides who ends the wait:
//     the one whose compare-exchange sets it. That one takes op->lock once before go__ready: the
//     goroutine releases it only when its stack is at rest (go__park's unlock). Who loses does not
//     touch op any more once it has left the entry's lock; the goroutine goes through each of these
//     locks before its op ends.
//   - n_outside counts ops, so that waiting for a descriptor is no deadlock. Counted by the waiting
//     goroutine before it can be woken and uncounted by whoever wakes it, after go__ready.
//   - One thread at a time is in epoll_wait (`polling`), for only then does a kick find it. Events
//     are handed out after that, by any number of threads.
//   - Who arms a descriptor needs to tell nobody: epoll_wait sees it also when it sleeps already.
//
// Who polls: a thread without work before it spins, the idle thread that waits for timers while it
// sleeps, and the monitor when nobody has for 10 ms.
//
// Rejected: to ask at each wait (fcntl, getsockopt, epoll_ctl: 0.8 of 10 us for a message there and
// back, and as much again when threads meet in them); a thread of its own (two more switches for
// each event).
// Source of the place in the scheduler: Go's netpoll.go and findRunnable.
#define _GNU_SOURCE
#include "netpoll.h"
#include "fd.h"
#include "gmp.h"
#include "race.h"
#include "sched.h"
#include "valgrind.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

_Static_assert(GO__FD_READ + 0 == EPOLLIN + 0 && GO__FD_WRITE + 0 == EPOLLOUT + 0, "the same bits");

struct go__fd_op {
    struct go__lock lock; // held until the goroutine's stack is at rest; GO__RANK_FD_OP
    uint32_t fired;       // 1: somebody ends the wait
    enum go__fd_result result;
    struct go__g *g;
    struct go__timer timer;
    int64_t until; // INT64_MAX: no timer
};

static struct go__lock init_lock; // GO__RANK_LEAF
static int epoll_fd = -1, kick_fd = -1;
static bool no_pwait2; // only epoll_wait, in milliseconds
static uint32_t state; // 0 not tried, 1 usable, 2 not to be had; release, acquire
static uint32_t polling;
static int64_t last_poll;
static int64_t last_doubts; // when doubts were last looked into; of who has `polling`

// ---- epoll -------------------------------------------------------------------------------

static void init_locked(void)
{
    go__race_ignore_begin(); // whose descriptors and calls these are is no concern of the program's
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    no_pwait2 = go__on_valgrind();
    kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    // Edge-triggered: each kick is one event, and nobody needs to read it away.
    struct epoll_event kick = {.events = EPOLLIN | EPOLLET, .data.fd = -1};
    bool usable =
        epoll_fd >= 0 && kick_fd >= 0 && epoll_ctl(epoll_fd, EPOLL_CTL_ADD, kick_fd, &kick) == 0;
    go__race_ignore_end();
    go__store_release(&state, usable ? 1 : 2); // pairs with usable and go__netpoll_used
}

static bool usable(void)
{
    // Acquire: pairs with init_locked, the descriptors are visible.
    if (go__likely(go__load_acquire(&state) == 1))
        return true;
    go__lock(&init_lock, GO__RANK_LEAF);
    bool first = go__load(&state) == 0;
    if (first)
        init_locked();
    go__unlock(&init_lock);
    if (first && go__load(&state) == 1)
        go__timer_thread_look_again(); // it sleeps on a futex, and is to sleep in epoll_wait
    return go__load(&state) == 1;
}

bool go__netpoll_used(void)
{
    return go__load_acquire(&state) == 1;
}

int go__fd_arm_locked(struct go__fd_entry *e, int fd)
{
    uint32_t want = 0;
    for (struct go__fd_waiter *w = e->first; w; w = w->next)
        want |= w->events;
    // The peer's end in any case: see wake.
    const uint32_t always = EPOLLRDHUP | EPOLLET;
    struct epoll_event event = {.events = e->registered | want | always, .data.fd = fd};
    go__race_ignore_begin();
    int error = epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0 ? 0 : errno;
    if (error) {
        go__store(&e->plain, 0);
        e->registered = 0;
        event.events = want | always;
        if (error == ENOENT)
            error = epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
    }
    go__race_ignore_end();
    if (!error)
        e->registered |= want;
    return error;
}

// ---- ending a wait -----------------------------------------------------------------------

// True: the caller ends op's wait, by finish. Relaxed: only one may win; result reaches the
// goroutine by op->lock and go__ready.
static bool win(struct go__fd_op *op, enum go__fd_result result)
{
    uint32_t none = 0;
    if (!__atomic_compare_exchange_n(&op->fired, &none, 1, false, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED))
        return false;
    op->result = result;
    return true;
}

static void finish(struct go__fd_op *op)
{
    struct go__g *g = op->g;
    go__lock(&op->lock, GO__RANK_FD_OP); // the goroutine's stack is at rest when we have it
    go__unlock(&op->lock);
    go__ready(g);
    __atomic_fetch_sub(&go__sched.n_outside, 1, __ATOMIC_RELEASE); // pairs with deadlock's look
}

static void timer_fire(struct go__timer *t)
{
    struct go__fd_op *op = t->arg;
    if (win(op, GO__FD_TIMEOUT))
        finish(op);
}

// Ends the waits of fd that want one of `events`; true: there was one.
static bool wake(int fd, uint32_t events, enum go__fd_result result)
{
    struct go__fd_entry *e = go__fd_entry_of(fd, false);
    struct go__fd_op *won[16];
    bool any = false, more = e != NULL;
    while (more) {
        uint32_t n = 0;
        more = false;
        go__lock(&e->lock, GO__RANK_FD);
        // The end may lie behind the last bytes, with one event for both: a read that has emptied
        // the socket must be followed by another.
        if (events != UINT32_MAX && events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
            go__store(&e->may_skip, 2);
        // Pairs with the acquire in go__fd_n_events: who reads this sees what has happened.
        go__store_release(&e->n_events, e->n_events + 1);
        for (struct go__fd_waiter *w = e->first, *next; w; w = next) {
            next = w->next;
            if (!(w->events & events))
                continue;
            if (n == sizeof(won) / sizeof(won[0])) {
                more = true;
                break;
            }
            go__fd_unlink_locked(w);
            if (win(w->op, result))
                won[n++] = w->op;
        }
        go__unlock(&e->lock);
        any |= n != 0;
        for (uint32_t i = 0; i < n; i++)
            finish(won[i]);
    }
    return any;
}

// ---- waiting -----------------------------------------------------------------------------

static void unlock_op(void *arg)
{
    struct go__fd_op *op = arg;
    if (op->until != INT64_MAX)
        go__timer_start(&op->timer, op->until); // may fire at once: it waits for op->lock
    go__unlock(&op->lock);
}

static void add_locked(struct go__fd_entry *e, struct go__fd_op *op, struct go__fd_waiter *w,
                       const struct go__fd_interest *in, bool deadlines)
{
    if (deadlines && e->deadline && e->deadline < op->until)
        op->until = e->deadline;
    w->op = op;
    w->events = in->events | EPOLLERR | EPOLLHUP; // epoll tells these to everyone
    w->doubtful = false;
    go__fd_link_locked(e, w);
}

static enum go__fd_result add(struct go__fd_op *op, struct go__fd_waiter *w,
                              const struct go__fd_interest *in, bool deadlines)
{
    struct go__fd_entry *e = go__fd_entry_of(in->fd, true);
    if (!e)
        return in->fd < 0 ? GO__FD_CLOSED : GO__FD_NO_POLL;
    go__lock(&e->lock, GO__RANK_FD);
    add_locked(e, op, w, in, deadlines);
    int error = go__fd_arm_locked(e, in->fd);
    if (error)
        go__fd_unlink_locked(w);
    else if (in->plain)
        go__store(&e->plain, e->plain | in->events);
    go__unlock(&e->lock);
    switch (error) {
    case 0:
        return GO__FD_READY;
    case EBADF:
        return GO__FD_CLOSED;
    case EPERM:
        return GO__FD_NO_WAIT;
    default:
        return GO__FD_NO_POLL; // no memory, too many watches, an epoll in a circle
    }
}

// The known way. GO__FD_READY: w is in the list; GO__FD_UNKNOWN and GO__FD_TRY: it is not.
static enum go__fd_result add_known(struct go__fd_op *op, struct go__fd_waiter *w,
                                    const struct go__fd_interest *in, uint32_t n_events)
{
    struct go__fd_entry *e = go__fd_entry_of(in->fd, false);
    if (!e)
        return GO__FD_UNKNOWN;
    enum go__fd_result result = GO__FD_READY;
    go__lock(&e->lock, GO__RANK_FD);
    if ((e->plain & in->events) != in->events) {
        result = GO__FD_UNKNOWN;
    } else if (e->n_events != n_events) {
        result = GO__FD_TRY;
    } else {
        add_locked(e, op, w, in, true);
        if (!go__fd_doubt_locked(e, w, in->fd, go__load(&last_poll))) {
            go__fd_unlink_locked(w);
            result = GO__FD_UNKNOWN;
        }
    }
    go__unlock(&e->lock);
    return result;
}

static void remove_all(struct go__fd_waiter *w, const struct go__fd_interest *fds, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct go__fd_entry *e = go__fd_entry_of(fds[i].fd, false);
        go__lock(&e->lock, GO__RANK_FD); // also when unlinked: who lost is within it
        if (w[i].linked)
            go__fd_unlink_locked(&w[i]);
        go__unlock(&e->lock);
    }
}

static void begin_wait(struct go__fd_op *op)
{
    op->timer = (struct go__timer){.fire = timer_fire, .arg = op};
    // Relaxed: a deadlock is looked for under sched.lock, after our P went idle under it.
    __atomic_fetch_add(&go__sched.n_outside, 1, __ATOMIC_RELAXED);
    go__lock(&op->lock, GO__RANK_FD_OP);
}

// `result` is not GO__FD_READY: there is nothing to wait for.
static void end_wait(struct go__fd_op *op, struct go__fd_waiter *w,
                     const struct go__fd_interest *fds, uint32_t added, enum go__fd_result result)
{
    // Not won: an event came already, and waits for the lock.
    if (result == GO__FD_READY || !win(op, result)) {
        go__park(unlock_op, op, GO__WAIT_IO, NULL);
        if (op->until != INT64_MAX)
            go__timer_stop(&op->timer);
    } else {
        go__unlock(&op->lock);
        __atomic_fetch_sub(&go__sched.n_outside, 1, __ATOMIC_RELAXED);
    }
    remove_all(w, fds, added);
}

static enum go__fd_result wait_with(struct go__fd_op *op, struct go__fd_waiter *w,
                                    const struct go__fd_interest *fds, uint32_t n, bool deadlines)
{
    enum go__fd_result result = GO__FD_READY;
    uint32_t added = 0;
    begin_wait(op);
    while (added < n && (result = add(op, &w[added], &fds[added], deadlines)) == GO__FD_READY)
        added++;
    end_wait(op, w, fds, added, result);
    return op->result;
}

enum go__fd_result go__fd_wait_known(int fd, uint32_t events, uint32_t n_events)
{
    struct go__fd_interest in = {.fd = fd, .events = events};
    struct go__fd_op op = {.g = go__self(), .until = INT64_MAX};
    struct go__fd_waiter w;
    begin_wait(&op);
    enum go__fd_result result = add_known(&op, &w, &in, n_events);
    end_wait(&op, &w, &in, result == GO__FD_READY, result);
    return op.result;
}

static enum go__fd_result wait_epoll(const struct go__fd_interest *fds, uint32_t n, int64_t until,
                                     bool deadlines)
{
    enum { FEW = 4 };
    struct go__fd_waiter few[FEW];
    struct go__fd_op op = {.g = go__self(), .until = until};
    if (n <= FEW)
        return wait_with(&op, few, fds, n, deadlines);
    struct go__fd_waiter *many = go__alloc(n * sizeof(*many));
    enum go__fd_result result = wait_with(&op, many, fds, n, deadlines);
    go__free(many);
    return result;
}

// What a thread waits for that is in poll itself.
struct poller {
    struct pollfd p;
    struct go__fd_entry *e; // NULL: outside the table
    uint32_t closes;        // e's when the wait began
};

static uint32_t closes_of(const struct go__fd_entry *e)
{
    return e ? go__load_acquire(&e->closes) : 0; // pairs with go__fd_forget
}

static int64_t earliest_deadline(const struct poller *w, uint32_t n, int64_t until)
{
    for (uint32_t i = 0; i < n; i++) {
        int64_t deadline = w[i].e ? go__load(&w[i].e->deadline) : 0;
        until = deadline && deadline < until ? deadline : until;
    }
    return until;
}

// One call of poll. False: nothing has come of it.
static bool poll_once(struct poller *w, struct pollfd *p, uint32_t n, int ms,
                      enum go__fd_result *result)
{
    for (uint32_t i = 0; i < n; i++)
        p[i] = w[i].p;
    go__enter_blocking();
    bool any = poll(p, n, ms) > 0;
    go__exit_blocking();
    *result = GO__FD_READY;
    for (uint32_t i = 0; i < n; i++)
        if (closes_of(w[i].e) != w[i].closes || (any && p[i].revents & POLLNVAL)) {
            *result = GO__FD_CLOSED; // perhaps the number is another's by now
            return true;
        }
    return any;
}

// Where epoll will not do it (no memory, too many watches or descriptors): the thread itself waits,
// a little at a time, since nobody can tell it of a close or of a deadline.
static enum go__fd_result wait_poll(const struct go__fd_interest *fds, uint32_t n, int64_t until,
                                    bool deadlines)
{
    enum { SLICE_MS = 10 };
    enum go__fd_result result;
    struct poller *w = go__alloc(n * sizeof(*w));
    struct pollfd *p = go__alloc(n * sizeof(*p));
    for (uint32_t i = 0; i < n; i++) {
        struct go__fd_entry *e = go__fd_entry_of(fds[i].fd, true);
        w[i] = (struct poller){{.fd = fds[i].fd, .events = (short)fds[i].events}, e, closes_of(e)};
    }
    for (;;) {
        int64_t limit = deadlines ? earliest_deadline(w, n, until) : until;
        int64_t left = (limit - go__now() + 999999) / 1000000;
        if (poll_once(w, p, n, left > SLICE_MS ? SLICE_MS : left < 0 ? 0 : (int)left, &result))
            break;
        result = GO__FD_TIMEOUT;
        if (limit <= go__now())
            break;
    }
    go__free(p);
    go__free(w);
    return result;
}

enum go__fd_result go__fd_wait(const struct go__fd_interest *fds, uint32_t n, int64_t until,
                               bool deadlines)
{
    enum go__fd_result result = GO__FD_NO_POLL;
    if (usable())
        result = wait_epoll(fds, n, until, deadlines);
    return result == GO__FD_NO_POLL ? wait_poll(fds, n, until, deadlines) : result;
}

// ---- what is known of a descriptor -------------------------------------------------------

void go__fd_forget(int fd)
{
    struct go__fd_entry *e = go__fd_entry_of(fd, false);
    if (!e)
        return;
    go__store(&e->deadline, 0);
    go__store(&e->is_file, false);
    __atomic_fetch_add(&e->closes, 1, __ATOMIC_RELEASE); // pairs with closes_of
    go__fd_renew(fd);
    wake(fd, UINT32_MAX, GO__FD_CLOSED);
}

void go__fd_look_again(int fd)
{
    wake(fd, UINT32_MAX, GO__FD_READY);
}

void go__fd_set_deadline(int fd, int64_t when)
{
    struct go__fd_entry *e = go__fd_entry_of(fd, true);
    if (!e)
        return;
    go__lock(&e->lock, GO__RANK_FD); // so that a wait sees it, or is woken
    go__store(&e->deadline, when == INT64_MAX ? 0 : when < 0 ? 1 : when);
    go__unlock(&e->lock);
    go__fd_look_again(fd);
}

// ---- polling -----------------------------------------------------------------------------

static bool begin(void)
{
    // Acquire and release: the epoll set itself is the kernel's; this only keeps others out.
    return !__atomic_exchange_n(&polling, 1, __ATOMIC_ACQUIRE);
}

static int in_milliseconds(const struct timespec *t)
{
    if (!t)
        return -1;
    return t->tv_sec > 1000000 ? 1000000000
                               : (int)(t->tv_sec * 1000 + (t->tv_nsec + 999999) / 1000000);
}

// Requires: polling is ours. timeout NULL: for ever.
static void collect(struct go__netpoll_events *to, const struct timespec *timeout)
{
    struct epoll_event events[sizeof(to->at) / sizeof(to->at[0])];
    int room = (int)(sizeof(events) / sizeof(events[0]));
    go__race_ignore_begin();
    int n = -1;
    if (!go__load(&no_pwait2))
        n = epoll_pwait2(epoll_fd, events, room, timeout, NULL);
    if (n < 0 && (go__load(&no_pwait2) || errno != EINTR)) {
        go__store(&no_pwait2, true); // before Linux 5.11, or a sandbox that does not know it
        n = epoll_wait(epoll_fd, events, room, in_milliseconds(timeout));
    }
    go__race_ignore_end();
    if (n < 0 && errno != EINTR) // the program has closed a descriptor that is not its own
        go__fatal("epoll_wait: %s", strerrordesc_np(errno));
    to->n = 0;
    for (int i = 0; i < n; i++) {
        if (events[i].data.fd < 0)
            continue; // a kick
        to->at[to->n].fd = events[i].data.fd;
        to->at[to->n++].events = events[i].events;
    }
}

void go__netpoll_deliver(const struct go__netpoll_events *events)
{
    struct go__m *m = go__enter();
    struct go__p *batch = go__batch_begin(m);
    for (int i = 0; i < events->n; i++)
        wake(events->at[i].fd, events->at[i].events, GO__FD_READY);
    go__batch_end(batch);
    go__leave(m);
}

bool go__netpoll(void)
{
    static const struct timespec now;
    struct go__netpoll_events events;
    if (!go__netpoll_used() || go__load(&go__sched.n_outside) == 0 || !begin())
        return false;
    int saved = *go__errno_address(); // of the goroutine that was asked to look (go__attend)
    collect(&events, &now);
    int64_t polled = go__now();
    go__store(&last_poll, polled);
    if (go__fd_doubts() && polled - last_doubts >= GO__FD_DOUBT / 2) {
        last_doubts = polled;
        go__fd_look_into_doubts(&events, polled - GO__FD_DOUBT, false);
    }
    go__store_release(&polling, 0); // pairs with begin: last_doubts is the next one's
    go__netpoll_deliver(&events);
    *go__errno_address() = saved;
    return events.n != 0;
}

// Until an event, a kick, `until`, or the time to look into doubts; true: that was it, and nobody
// is to be woken.
static bool sleep_once(struct go__netpoll_events *events, int64_t until)
{
    struct timespec timeout;
    int64_t now = until, stop = until;
    bool doubts = go__fd_sleep_begins();
    if (until >= 0 || doubts)
        now = go__now();
    if (doubts && (until < 0 || until > now + GO__FD_DOUBT))
        stop = now + GO__FD_DOUBT;
    if (stop >= 0) {
        int64_t left = stop < now ? 0 : stop - now;
        timeout = (struct timespec){left / 1000000000, left % 1000000000};
    }
    collect(events, stop >= 0 ? &timeout : NULL);
    go__fd_sleep_ends();
    now = go__now();
    go__store(&last_poll, now);
    if (events->n || stop == until)
        return false;
    last_doubts = now;
    go__fd_look_into_doubts(events, now - GO__FD_DOUBT / 2, true);
    return events->n == 0;
}

void go__netpoll_sleep(struct go__netpoll_events *events, int64_t until, const uint32_t *woken)
{
    events->n = 0;
    // Somebody looks without waiting; or sleeps, having become timer_m after m was woken and taken
    // off the idle list: that one may sleep for ever, and m has work.
    for (unsigned looks = 0; !begin(); looks++) {
        if (go__load_acquire(woken))
            return;
        go__before_look(looks);
    }
    // A kick from before begin may have been taken by whoever polled then; *woken was set before
    // it. One after begin can only be ours.
    while (!go__load_acquire(woken) && sleep_once(events, until))
        ;
    go__store_release(&polling, 0);
}

bool go__netpoll_due(int64_t now, int64_t after)
{
    return go__netpoll_used() && go__load(&go__sched.n_outside) != 0 && !go__load(&polling) &&
           now - go__load(&last_poll) >= after;
}

void go__netpoll_kick(void)
{
    uint64_t one = 1;
    go__race_ignore_begin();
    ssize_t n = write(kick_fd, &one, sizeof(one));
    go__race_ignore_end();
    if (n < 0 && errno != EAGAIN) // EAGAIN: full, there are kicks enough
        go__fatal("write to the poller's eventfd: %s", strerrordesc_np(errno));
}

void go__netpoll_after_fork(void)
{
    // Shared with the parent: what is armed there must not be taken away here.
    if (epoll_fd >= 0)
        close(epoll_fd);
    if (kick_fd >= 0)
        close(kick_fd);
    epoll_fd = kick_fd = -1;
    state = polling = 0;
    init_lock.held = 0; // its holder was about to open what is closed here
    go__fd_after_fork();
}
