// The network poller: one epoll instance, and who waits for which descriptor.
//
// A wait is an op on the stack of the goroutine that parks, with a waiter for each descriptor, in
// the list of that descriptor's entry in the table. Descriptors are armed one-shot each time
// somebody waits (EPOLL_CTL_MOD, which also looks at once whether they are ready): so a number that
// was closed by plain C and came back as another file is noticed (ENOENT), nothing is polled that
// nobody waits for, and a descriptor's flags, which belong to everyone who shares the open file,
// are never touched. Every wake-up may be for nothing: the caller tries its call again.
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
// Rejected: edge-triggered registration once per descriptor (saves the epoll_ctl of each wait, but
// misses a reused number for ever); a thread of its own (two more switches for each event).
// Source of the place in the scheduler: Go's netpoll.go and findRunnable.
#define _GNU_SOURCE
#include "netpoll.h"
#include "gmp.h"
#include "race.h"
#include "sched.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

_Static_assert(GO__FD_READ + 0 == EPOLLIN + 0 && GO__FD_WRITE + 0 == EPOLLOUT + 0, "the same bits");

struct op {
    struct go__lock lock; // held until the goroutine's stack is at rest; GO__RANK_FD_OP
    uint32_t fired;       // 1: somebody ends the wait
    enum go__fd_result result;
    struct go__g *g;
    struct go__timer timer;
    int64_t until; // INT64_MAX: no timer
};

struct waiter {
    struct op *op;
    struct waiter *next, **at;
    uint32_t events;
    bool linked;
};

// What is known of one descriptor number.
struct entry {
    struct go__lock lock; // GO__RANK_FD
    bool is_file;         // a guess; see go__fd_is_file
    int64_t deadline;     // 0: none. Read without the lock
    struct waiter *first;
    go_mutex accepting; // see go__fd_accepting
    uint32_t closes;    // so often it was closed; release by go__fd_forget
};

enum { CHUNK = 1024, CHUNKS = 4096 };
static struct entry *chunks[CHUNKS]; // release when made, acquire by readers

static struct go__lock init_lock; // GO__RANK_LEAF
static int epoll_fd = -1, kick_fd = -1;
static uint32_t state; // 0 not tried, 1 usable, 2 not to be had; release, acquire
static uint32_t polling;
static int64_t last_poll;

// ---- the table ---------------------------------------------------------------------------

static struct entry *entry_of(int fd, bool make)
{
    if (fd < 0 || fd >= CHUNK * CHUNKS)
        return NULL;
    struct entry **at = &chunks[fd / CHUNK];
    struct entry *chunk = go__load_acquire(at); // pairs with the exchange below: sees zeroes
    if (!chunk) {
        if (!make)
            return NULL;
        struct entry *fresh = go__calloc(CHUNK, sizeof(*fresh));
        if (__atomic_compare_exchange_n(at, &chunk, fresh, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            chunk = fresh;
        else
            go__free(fresh);
    }
    return &chunk[fd % CHUNK];
}

static void link_locked(struct entry *e, struct waiter *w)
{
    struct waiter **at = &e->first;
    while (*at) // first come, first woken
        at = &(*at)->next;
    w->next = NULL;
    w->at = at;
    w->linked = true;
    *at = w;
}

static void unlink_locked(struct waiter *w)
{
    *w->at = w->next;
    if (w->next)
        w->next->at = w->at;
    w->linked = false;
}

// ---- epoll -------------------------------------------------------------------------------

static void init_locked(void)
{
    go__race_ignore_begin(); // whose descriptors and calls these are is no concern of the program's
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    // Edge-triggered: each kick is one event, and nobody needs to read it away.
    struct epoll_event kick = {.events = EPOLLIN | EPOLLET, .data.fd = -1};
    bool usable =
        epoll_fd >= 0 && kick_fd >= 0 && epoll_ctl(epoll_fd, EPOLL_CTL_ADD, kick_fd, &kick) == 0;
    go__race_ignore_end();
    go__store_release(&state, usable ? 1 : 2);
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

// Arms fd for what its waiters want. Returns 0 or errno.
static int arm_locked(struct entry *e, int fd)
{
    struct epoll_event event = {.events = EPOLLONESHOT, .data.fd = fd};
    for (struct waiter *w = e->first; w; w = w->next)
        event.events |= w->events;
    go__race_ignore_begin();
    int error = epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0 ? 0 : errno;
    if (error == ENOENT)
        error = epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
    go__race_ignore_end();
    return error;
}

// ---- ending a wait -----------------------------------------------------------------------

// True: the caller ends op's wait, by finish. Relaxed: only one may win; result reaches the
// goroutine by op->lock and go__ready.
static bool win(struct op *op, enum go__fd_result result)
{
    uint32_t none = 0;
    if (!__atomic_compare_exchange_n(&op->fired, &none, 1, false, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED))
        return false;
    op->result = result;
    return true;
}

static void finish(struct op *op)
{
    struct go__g *g = op->g;
    go__lock(&op->lock, GO__RANK_FD_OP); // the goroutine's stack is at rest when we have it
    go__unlock(&op->lock);
    go__ready(g);
    __atomic_fetch_sub(&go__sched.n_outside, 1, __ATOMIC_RELEASE); // pairs with deadlock's look
}

static void timer_fire(struct go__timer *t)
{
    struct op *op = t->arg;
    if (win(op, GO__FD_TIMEOUT))
        finish(op);
}

// Ends the waits of fd that want one of `events`; true: there was one.
static bool wake(int fd, uint32_t events, enum go__fd_result result)
{
    struct entry *e = entry_of(fd, false);
    struct op *won[16];
    bool any = false, more = e != NULL;
    while (more) {
        uint32_t n = 0;
        more = false;
        go__lock(&e->lock, GO__RANK_FD);
        for (struct waiter *w = e->first, *next; w; w = next) {
            next = w->next;
            if (!(w->events & events))
                continue;
            if (n == sizeof(won) / sizeof(won[0])) {
                more = true;
                break;
            }
            unlink_locked(w);
            if (win(w->op, result))
                won[n++] = w->op;
        }
        // One-shot: for those that want something else. Where that fails they look again, and
        // learn it.
        if (e->first && !more && result == GO__FD_READY && arm_locked(e, fd) != 0) {
            events = UINT32_MAX;
            more = true;
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
    struct op *op = arg;
    if (op->until != INT64_MAX)
        go__timer_start(&op->timer, op->until); // may fire at once: it waits for op->lock
    go__unlock(&op->lock);
}

static enum go__fd_result add(struct op *op, struct waiter *w, const struct go__fd_interest *in,
                              bool deadlines)
{
    struct entry *e = entry_of(in->fd, true);
    if (!e)
        return in->fd < 0 ? GO__FD_CLOSED : GO__FD_NO_POLL;
    go__lock(&e->lock, GO__RANK_FD);
    if (deadlines && e->deadline && e->deadline < op->until)
        op->until = e->deadline;
    w->op = op;
    w->events = in->events | EPOLLERR | EPOLLHUP; // epoll tells these to everyone
    link_locked(e, w);
    int error = arm_locked(e, in->fd);
    if (error)
        unlink_locked(w);
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

static void remove_all(struct waiter *w, const struct go__fd_interest *fds, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct entry *e = entry_of(fds[i].fd, false);
        go__lock(&e->lock, GO__RANK_FD); // also when unlinked: who lost is within it
        if (w[i].linked)
            unlink_locked(&w[i]);
        go__unlock(&e->lock);
    }
}

static enum go__fd_result wait_with(struct op *op, struct waiter *w,
                                    const struct go__fd_interest *fds, uint32_t n, bool deadlines)
{
    enum go__fd_result result = GO__FD_READY;
    uint32_t added = 0;
    __atomic_fetch_add(&go__sched.n_outside, 1, __ATOMIC_RELAXED);
    go__lock(&op->lock, GO__RANK_FD_OP);
    while (added < n && (result = add(op, &w[added], &fds[added], deadlines)) == GO__FD_READY)
        added++;
    if (added == n || !win(op, result)) { // not won: an event came already, and waits for the lock
        go__park(unlock_op, op, GO__WAIT_IO, NULL);
        if (op->until != INT64_MAX)
            go__timer_stop(&op->timer);
    } else {
        go__unlock(&op->lock);
        __atomic_fetch_sub(&go__sched.n_outside, 1, __ATOMIC_RELAXED);
    }
    remove_all(w, fds, added);
    return op->result;
}

static enum go__fd_result wait_epoll(const struct go__fd_interest *fds, uint32_t n, int64_t until,
                                     bool deadlines)
{
    enum { FEW = 4 };
    struct waiter few[FEW];
    struct op op = {.g = go__self(), .until = until};
    op.timer = (struct go__timer){.fire = timer_fire, .arg = &op};
    if (n <= FEW)
        return wait_with(&op, few, fds, n, deadlines);
    struct waiter *many = go__alloc(n * sizeof(*many));
    enum go__fd_result result = wait_with(&op, many, fds, n, deadlines);
    go__free(many);
    return result;
}

// What a thread waits for that is in poll itself.
struct poller {
    struct pollfd p;
    struct entry *e; // NULL: outside the table
    uint32_t closes; // e's when the wait began
};

static uint32_t closes_of(const struct entry *e)
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
        struct entry *e = entry_of(fds[i].fd, true);
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
    struct entry *e = entry_of(fd, false);
    if (!e)
        return;
    go__store(&e->deadline, 0);
    go__store(&e->is_file, false);
    __atomic_fetch_add(&e->closes, 1, __ATOMIC_RELEASE); // pairs with closes_of
    wake(fd, UINT32_MAX, GO__FD_CLOSED);
}

void go__fd_look_again(int fd)
{
    wake(fd, UINT32_MAX, GO__FD_READY);
}

void go__fd_set_deadline(int fd, int64_t when)
{
    struct entry *e = entry_of(fd, true);
    if (!e)
        return;
    go__lock(&e->lock, GO__RANK_FD); // so that a wait sees it, or is woken
    go__store(&e->deadline, when == INT64_MAX ? 0 : when < 0 ? 1 : when);
    go__unlock(&e->lock);
    go__fd_look_again(fd);
}

bool go__fd_deadline_passed(int fd)
{
    struct entry *e = entry_of(fd, false);
    int64_t deadline = e ? go__load(&e->deadline) : 0;
    return go__unlikely(deadline != 0) && deadline <= go__now();
}

bool go__fd_is_file(int fd)
{
    struct entry *e = entry_of(fd, false);
    return e && go__load(&e->is_file);
}

void go__fd_note_file(int fd, bool is_file)
{
    struct entry *e = entry_of(fd, true);
    if (e && go__load(&e->is_file) != is_file)
        go__store(&e->is_file, is_file);
}

go_mutex *go__fd_accepting(int fd)
{
    struct entry *e = entry_of(fd, true);
    return e ? &e->accepting : NULL;
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
    int n = epoll_pwait2(epoll_fd, events, room, timeout, NULL);
    if (n < 0 && errno != EINTR) // before Linux 5.11, or a sandbox that does not know it
        n = epoll_wait(epoll_fd, events, room, in_milliseconds(timeout));
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
    for (int i = 0; i < events->n; i++) {
        wake(events->at[i].fd, events->at[i].events, GO__FD_READY);
    }
}

bool go__netpoll(void)
{
    static const struct timespec now;
    struct go__netpoll_events events;
    if (!go__netpoll_used() || go__load(&go__sched.n_outside) == 0 || !begin())
        return false;
    int saved = *go__errno_address(); // of the goroutine that was asked to look (go__attend)
    collect(&events, &now);
    go__store_release(&polling, 0);
    go__store(&last_poll, go__now());
    go__netpoll_deliver(&events);
    *go__errno_address() = saved;
    return events.n != 0;
}

void go__netpoll_sleep(struct go__netpoll_events *events, int64_t until, const uint32_t *woken)
{
    struct timespec timeout, *limit = NULL;
    events->n = 0;
    if (until >= 0) {
        int64_t left = until - go__now();
        left = left < 0 ? 0 : left;
        timeout = (struct timespec){left / 1000000000, left % 1000000000};
        limit = &timeout;
    }
    // Somebody looks without waiting; or sleeps, having become timer_m after m was woken and taken
    // off the idle list: that one may sleep for ever, and m has work.
    while (!begin()) {
        if (go__load_acquire(woken))
            return;
        go__pause();
    }
    // A kick from before begin may have been taken by whoever polled then; *woken was set before
    // it. One after begin can only be ours.
    if (!go__load_acquire(woken)) {
        collect(events, limit);
        go__store(&last_poll, go__now());
    }
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
    init_lock.held = 0;
    for (int i = 0; i < CHUNKS; i++)
        for (int k = 0; chunks[i] && k < CHUNK; k++) {
            chunks[i][k].lock.held = 0;
            chunks[i][k].first = NULL;
            chunks[i][k].accepting = (go_mutex){0};
        }
}
