// The network poller: one epoll instance, and who waits for which descriptor.
//
// A wait is an op on the stack of the goroutine that parks, with a waiter for each descriptor, in
// the list of that descriptor's entry in the table. A descriptor's flags, which belong to everyone
// who shares the open file, are never touched. Every wake-up may be for nothing: the caller tries
// its call again.
//
// Descriptors are registered edge-triggered. A wait is begun in one of two ways:
//   go__fd_wait        asks epoll (EPOLL_CTL_MOD, which also looks at once whether the descriptor
//   is
//                      ready), and so notices that a number was closed by plain C and came back as
//                      another file (ENOENT);
//   go__fd_wait_known  makes no system call. It needs an earlier wait that found nothing unusual
//                      (`plain`: no O_NONBLOCK, no SO_RCVTIMEO), and the number of events that the
//                      caller read before its try: if that has changed, it shall try again. (Of all
//                      that wait for a descriptor, each must have tried since the last event, since
//                      epoll tells it once.)
// What a known wait assumes may have become wrong behind the runtime's back. So it is in doubt:
// when it has lasted for DOUBT, whoever polls makes up for what go__fd_wait would have asked
// (`look_into_doubts`), and if anything is different, the waiter is woken and looks for itself.
// Waits that end before, as those of a busy server do, have cost nothing.
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
#include "gmp.h"
#include "race.h"
#include "sched.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
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
    bool doubtful; // begun by go__fd_wait_known, and not looked into yet
    int64_t since; // doubtful: last_poll when it began
};

// What is known of one descriptor number. Under the lock, but for what is said to be read without.
struct entry {
    struct go__lock lock; // GO__RANK_FD
    bool is_file;         // a guess, read and written without the lock; see go__fd_is_file
    bool doubted;         // its bit in the chunk's `doubts` is set
    uint32_t plain;       // GO__FD_READ, GO__FD_WRITE: may be waited for by go__fd_wait_known
    uint32_t registered;  // the events that epoll was last asked for
    uint32_t n_events;    // written under the lock with release, read without it
    // What tries to read have found, see go__fd_is_drained. Without the lock: a guess among several
    // readers. But drained_at holds, whoever wrote it.
    uint32_t drained_at;
    uint8_t misses, skips;
    uint8_t may_skip; // 0 not asked yet, 1 yes, 2 no
    int64_t deadline; // 0: none. Read without the lock
    struct waiter *first;
    go_mutex accepting; // see go__fd_accepting
    uint32_t closes;    // so often it was closed; release by go__fd_forget
};

enum { CHUNK = 1024, CHUNKS = 4096 };
struct chunk {
    uint64_t doubts[CHUNK / 64]; // a bit for each entry that may have a wait in doubt; atomic
    struct entry at[CHUNK];
};
static struct chunk *chunks[CHUNKS]; // release when made, acquire by readers
static uint32_t n_doubts;            // bits set in all of them; atomic

#ifdef GO__STRESS
static const int64_t DOUBT = 200000;
#else
static const int64_t DOUBT = 10000000; // ns; how long a wait is believed in
#endif

static struct go__lock init_lock; // GO__RANK_LEAF
static int epoll_fd = -1, kick_fd = -1;
static uint32_t state; // 0 not tried, 1 usable, 2 not to be had; release, acquire
static uint32_t polling;
static int64_t last_poll;
static uint32_t sleeps_long; // who polls saw no doubts and may sleep for ever; see sleep_once
static int64_t last_doubts;  // when doubts were last looked into; of who has `polling`

// ---- the table ---------------------------------------------------------------------------

static struct entry *entry_of(int fd, bool make)
{
    if (fd < 0 || fd >= CHUNK * CHUNKS)
        return NULL;
    struct chunk **at = &chunks[fd / CHUNK];
    struct chunk *chunk = go__load_acquire(at); // pairs with the exchange below: sees zeroes
    if (!chunk) {
        if (!make)
            return NULL;
        struct chunk *fresh = go__calloc(1, sizeof(*fresh));
        if (__atomic_compare_exchange_n(at, &chunk, fresh, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            chunk = fresh;
        else
            go__free(fresh);
    }
    return &chunk->at[fd % CHUNK];
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

// Registers fd for what its waiters want, and looks whether it is there already: that would come
// as an event. Returns 0 or errno. Nothing is known of fd any more if it was not registered.
static int arm_locked(struct entry *e, int fd)
{
    uint32_t want = 0;
    for (struct waiter *w = e->first; w; w = w->next)
        want |= w->events;
    struct epoll_event event = {.events = e->registered | want | EPOLLET, .data.fd = fd};
    go__race_ignore_begin();
    int error = epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0 ? 0 : errno;
    if (error) {
        go__store(&e->plain, 0);
        e->registered = 0;
        event.events = want | EPOLLET;
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
        // Pairs with the acquire in go__fd_n_events: who reads this sees what has happened.
        go__store_release(&e->n_events, e->n_events + 1);
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
        go__unlock(&e->lock);
        any |= n != 0;
        for (uint32_t i = 0; i < n; i++)
            finish(won[i]);
    }
    return any;
}

// ---- doubts ------------------------------------------------------------------------------

static void undoubt_locked(struct entry *e, int fd)
{
    e->doubted = false;
    __atomic_fetch_and(&chunks[fd / CHUNK]->doubts[fd % CHUNK / 64], ~(UINT64_C(1) << fd % 64),
                       __ATOMIC_RELAXED);
    __atomic_fetch_sub(&n_doubts, 1, __ATOMIC_RELAXED);
}

// False: nobody would look into it, since the thread that polls sleeps for long.
static bool doubt_locked(struct entry *e, struct waiter *w, int fd)
{
    w->doubtful = true;
    w->since = go__load(&last_poll);
    if (e->doubted) // mostly, with a busy descriptor
        return true;
    e->doubted = true;
    __atomic_fetch_or(&chunks[fd / CHUNK]->doubts[fd % CHUNK / 64], UINT64_C(1) << fd % 64,
                      __ATOMIC_RELAXED);
    // Both sequentially consistent, as in sleep_once: one of the two sees the other.
    if (__atomic_fetch_add(&n_doubts, 1, __ATOMIC_SEQ_CST) != 0 ||
        !__atomic_load_n(&sleeps_long, __ATOMIC_SEQ_CST))
        return true;
    undoubt_locked(e, fd);
    return false;
}

// Whether fd still is what its `plain` says: registered, and waited for without a limit.
static bool still_plain_locked(struct entry *e, int fd)
{
    if (arm_locked(e, fd) != 0 || e->plain == 0)
        return false;
    go__race_ignore_begin();
    int flags = fcntl(fd, F_GETFL);
    bool plain = flags >= 0 && !(flags & O_NONBLOCK);
    for (uint32_t event = GO__FD_READ; plain && event <= GO__FD_WRITE; event <<= 2) {
        struct timeval t;
        socklen_t size = sizeof(t);
        int option = event == GO__FD_READ ? SO_RCVTIMEO : SO_SNDTIMEO;
        if ((e->plain & event) && getsockopt(fd, SOL_SOCKET, option, &t, &size) == 0)
            plain = t.tv_sec == 0 && t.tv_usec == 0;
    }
    go__race_ignore_end();
    return plain;
}

static bool has_something(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    go__race_ignore_begin();
    int n = poll(&p, 1, 0);
    go__race_ignore_end();
    return n != 0;
}

// Looks into the waits for fd that began before `before`. False: who waits shall look.
static bool look_into(int fd, int64_t before)
{
    struct entry *e = entry_of(fd, false);
    bool doubtful = false, old = false, sound = true;
    go__lock(&e->lock, GO__RANK_FD);
    for (struct waiter *w = e->first; w; w = w->next) {
        doubtful |= w->doubtful;
        old |= w->doubtful && w->since < before;
    }
    if (old) {
        if (go__load(&e->may_skip) == 1 && has_something(fd)) // it was not as drained as it seemed
            go__store(&e->may_skip, 2);
        sound = still_plain_locked(e, fd);
        if (!sound)
            go__store(&e->plain, 0);
        for (struct waiter *w = e->first; w; w = w->next)
            w->doubtful = false;
    }
    if (old || !doubtful)
        undoubt_locked(e, fd);
    go__unlock(&e->lock);
    return sound;
}

// Looks into all waits in doubt that began before `before`; who shall be woken is added to *to.
static void look_into_doubts(struct go__netpoll_events *to, int64_t before)
{
    const int room = (int)(sizeof(to->at) / sizeof(to->at[0]));
    int saved = *go__errno_address();
    for (int i = 0; i < CHUNKS && go__load(&n_doubts); i++) {
        struct chunk *chunk = go__load_acquire(&chunks[i]); // pairs with entry_of
        for (int k = 0; chunk && k < CHUNK / 64; k++)
            for (uint64_t bits = go__load(&chunk->doubts[k]); bits; bits &= bits - 1) {
                int fd = i * CHUNK + k * 64 + __builtin_ctzll(bits);
                if (to->n == room) // the others' turn comes with the next look
                    return;
                if (!look_into(fd, before)) {
                    to->at[to->n].fd = fd;
                    to->at[to->n++].events = UINT32_MAX;
                }
            }
    }
    *go__errno_address() = saved;
}

// ---- waiting -----------------------------------------------------------------------------

static void unlock_op(void *arg)
{
    struct op *op = arg;
    if (op->until != INT64_MAX)
        go__timer_start(&op->timer, op->until); // may fire at once: it waits for op->lock
    go__unlock(&op->lock);
}

static void add_locked(struct entry *e, struct op *op, struct waiter *w,
                       const struct go__fd_interest *in, bool deadlines)
{
    if (deadlines && e->deadline && e->deadline < op->until)
        op->until = e->deadline;
    w->op = op;
    w->events = in->events | EPOLLERR | EPOLLHUP; // epoll tells these to everyone
    w->doubtful = false;
    link_locked(e, w);
}

static enum go__fd_result add(struct op *op, struct waiter *w, const struct go__fd_interest *in,
                              bool deadlines)
{
    struct entry *e = entry_of(in->fd, true);
    if (!e)
        return in->fd < 0 ? GO__FD_CLOSED : GO__FD_NO_POLL;
    go__lock(&e->lock, GO__RANK_FD);
    add_locked(e, op, w, in, deadlines);
    int error = arm_locked(e, in->fd);
    if (error)
        unlink_locked(w);
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
static enum go__fd_result add_known(struct op *op, struct waiter *w,
                                    const struct go__fd_interest *in, uint32_t n_events)
{
    struct entry *e = entry_of(in->fd, false);
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
        if (!doubt_locked(e, w, in->fd)) {
            unlink_locked(w);
            result = GO__FD_UNKNOWN;
        }
    }
    go__unlock(&e->lock);
    return result;
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

static void begin_wait(struct op *op)
{
    op->timer = (struct go__timer){.fire = timer_fire, .arg = op};
    __atomic_fetch_add(&go__sched.n_outside, 1, __ATOMIC_RELAXED);
    go__lock(&op->lock, GO__RANK_FD_OP);
}

// `result` is not GO__FD_READY: there is nothing to wait for.
static void end_wait(struct op *op, struct waiter *w, const struct go__fd_interest *fds,
                     uint32_t added, enum go__fd_result result)
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

static enum go__fd_result wait_with(struct op *op, struct waiter *w,
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

uint32_t go__fd_n_events(int fd)
{
    struct entry *e = entry_of(fd, false);
    // Acquire: pairs with wake; a try after this finds what the events were about.
    return e ? go__load_acquire(&e->n_events) : 0;
}

enum go__fd_result go__fd_wait_known(int fd, uint32_t events, uint32_t n_events)
{
    struct go__fd_interest in = {.fd = fd, .events = events};
    struct op op = {.g = go__self(), .until = INT64_MAX};
    struct waiter w;
    begin_wait(&op);
    enum go__fd_result result = add_known(&op, &w, &in, n_events);
    end_wait(&op, &w, &in, result == GO__FD_READY, result);
    return op.result;
}

static enum go__fd_result wait_epoll(const struct go__fd_interest *fds, uint32_t n, int64_t until,
                                     bool deadlines)
{
    enum { FEW = 4 };
    struct waiter few[FEW];
    struct op op = {.g = go__self(), .until = until};
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
    go__fd_renew(fd);
    wake(fd, UINT32_MAX, GO__FD_CLOSED);
}

void go__fd_renew(int fd)
{
    struct entry *e = entry_of(fd, false);
    if (!e)
        return;
    go__lock(&e->lock, GO__RANK_FD);
    go__store(&e->plain, 0);
    go__store(&e->misses, 0);
    go__store(&e->may_skip, 0);
    go__unlock(&e->lock);
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

// A read that gets less than it asked for has emptied a TCP socket; what comes after that is an
// event. Who reads message after message would try once more each time, only to be told so: a call
// of 0.3 of 10 us. After two such misses the try is left out, but for every 16th.
bool go__fd_is_drained(int fd, uint32_t n_events)
{
    struct entry *e = entry_of(fd, false);
    if (!e || go__load(&e->misses) < 2 || go__load(&e->drained_at) != n_events ||
        go__load(&e->may_skip) != 1 || !(go__load(&e->plain) & GO__FD_READ))
        return false;
    uint8_t skips = (go__load(&e->skips) + 1) % 16;
    go__store(&e->skips, skips);
    return skips != 0;
}

// Sockets that end a read early although there is more: those whose bytes are records to the
// kernel.
static bool is_plain_tcp(int fd)
{
    int protocol = 0;
    char layer[16] = "";
    socklen_t size = sizeof(protocol), layer_size = sizeof(layer);
    go__race_ignore_begin();
    bool tcp = getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
               protocol == IPPROTO_TCP &&
               (getsockopt(fd, IPPROTO_TCP, TCP_ULP, layer, &layer_size) != 0 || !layer[0]);
    go__race_ignore_end();
    return tcp;
}

void go__fd_note_empty(int fd, uint32_t n_events)
{
    struct entry *e = entry_of(fd, false);
    if (!e || go__load(&e->drained_at) != n_events)
        return;
    uint8_t misses = go__load(&e->misses);
    if (misses < 2)
        go__store(&e->misses, misses + 1);
    if (misses == 1 && go__load(&e->may_skip) == 0)
        go__store(&e->may_skip, is_plain_tcp(fd) ? 1 : 2);
}

void go__fd_note_read(int fd, uint32_t n_events, bool all)
{
    struct entry *e = entry_of(fd, false);
    if (!e)
        return;
    if (go__load(&e->drained_at) == n_events) // there was something after all
        go__store(&e->misses, 0);
    go__store(&e->drained_at, all ? n_events : n_events - 1);
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
    int64_t polled = go__now();
    go__store(&last_poll, polled);
    if (go__load(&n_doubts) && polled - last_doubts >= DOUBT / 2) {
        last_doubts = polled;
        look_into_doubts(&events, polled - DOUBT);
    }
    go__store_release(&polling, 0);
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
    __atomic_store_n(&sleeps_long, 1, __ATOMIC_SEQ_CST);
    bool doubts = __atomic_load_n(&n_doubts, __ATOMIC_SEQ_CST) != 0; // pairs with doubt_locked
    if (doubts)
        go__store(&sleeps_long, 0);
    if (until >= 0 || doubts)
        now = go__now();
    if (doubts && (until < 0 || until > now + DOUBT))
        stop = now + DOUBT;
    if (stop >= 0) {
        int64_t left = stop < now ? 0 : stop - now;
        timeout = (struct timespec){left / 1000000000, left % 1000000000};
    }
    collect(events, stop >= 0 ? &timeout : NULL);
    go__store(&sleeps_long, 0);
    now = go__now();
    go__store(&last_poll, now);
    if (events->n || stop == until)
        return false;
    last_doubts = now;
    look_into_doubts(events, now - DOUBT / 2);
    return events->n == 0;
}

void go__netpoll_sleep(struct go__netpoll_events *events, int64_t until, const uint32_t *woken)
{
    events->n = 0;
    // Somebody looks without waiting; or sleeps, having become timer_m after m was woken and taken
    // off the idle list: that one may sleep for ever, and m has work.
    while (!begin()) {
        if (go__load_acquire(woken))
            return;
        go__pause();
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
    state = polling = n_doubts = sleeps_long = 0;
    init_lock.held = 0;
    for (int i = 0; i < CHUNKS; i++) {
        struct chunk *chunk = chunks[i];
        if (!chunk)
            continue;
        go__zero(chunk->doubts, sizeof(chunk->doubts));
        for (int k = 0; k < CHUNK; k++) {
            struct entry *e = &chunk->at[k];
            *e = (struct entry){.is_file = e->is_file,
                                .n_events = e->n_events + 1,
                                .deadline = e->deadline,
                                .closes = e->closes};
        }
    }
}
