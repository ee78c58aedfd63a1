// What the poller knows of descriptors by their numbers: the table, what was learnt of each, and
// the doubts in it. netpoll.c waits.
//
// A wait that asks nobody (go__fd_wait_known) assumes what was so the last time: that the number is
// the same open file, registered with epoll; that it has no O_NONBLOCK and no time limit; and,
// perhaps, that it was drained. Each may have become wrong behind the runtime's back. So such a
// wait is in doubt, and once it has lasted for GO__FD_DOUBT, whoever polls looks into it: registers
// the descriptor again and asks for its flags and limits. If anything is different, the waiter is
// woken and looks for itself. If not, waits for this descriptor are believed in for twice as long,
// up to TRUST_MAX times: a server with 1,000 busy connections answers each but every 15 ms, and
// spent a twentieth of its time on doubts.
//
// Invariants:
//   - A waiter with `doubtful` stands in the list of an entry with `doubted`, whose bit is set in
//     its chunk; n_doubts counts the bits. A bit outlives its waiter and is dropped by the next
//     look: a busy descriptor sets it once.
//   - Where a bit is set, somebody polls at least every GO__FD_DOUBT or two: a thread that is
//     about to sleep longer says so first and then looks for bits, who sets one looks for such a
//     thread after, and undoes it.
#define _GNU_SOURCE
#include "fd.h"
#include "race.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { CHUNK = 1024, CHUNKS = 4096 };
enum { TRUST_MAX = 4 };
struct chunk {
    uint64_t doubts[CHUNK / 64]; // a bit for each entry that may have a wait in doubt; atomic
    struct go__fd_entry at[CHUNK];
};
static struct chunk *chunks[CHUNKS]; // release when made, acquire by readers
static uint32_t n_doubts;            // bits set in all of them; atomic
static uint32_t sleeps_long;         // who polls saw no doubts and may sleep for ever

// ---- the table ---------------------------------------------------------------------------

struct go__fd_entry *go__fd_entry_of(int fd, bool make)
{
    if (fd < 0 || fd >= CHUNK * CHUNKS)
        return NULL;
    struct chunk **at = &chunks[fd / CHUNK];
    struct chunk *chunk = go__load_acquire(at); // pairs with the exchange below: sees zeroes
    if (!chunk) {
        if (!make)
            return NULL;
        struct chunk *fresh = go__calloc(1, sizeof(*fresh));
        // Release: pairs with the acquire above; failing, with that of who was quicker.
        if (__atomic_compare_exchange_n(at, &chunk, fresh, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            chunk = fresh;
        else
            go__free(fresh);
    }
    return &chunk->at[fd % CHUNK];
}

void go__fd_link_locked(struct go__fd_entry *e, struct go__fd_waiter *w)
{
    struct go__fd_waiter **at = &e->first;
    while (*at) // first come, first woken
        at = &(*at)->next;
    w->next = NULL;
    w->at = at;
    w->linked = true;
    *at = w;
}

void go__fd_unlink_locked(struct go__fd_waiter *w)
{
    *w->at = w->next;
    if (w->next)
        w->next->at = w->at;
    w->linked = false;
}

// ---- what is known of a descriptor -------------------------------------------------------

uint32_t go__fd_n_events(int fd)
{
    struct go__fd_entry *e = go__fd_entry_of(fd, false);
    // Acquire: pairs with wake; a try after this finds what the events were about.
    return e ? go__load_acquire(&e->n_events) : 0;
}

void go__fd_renew(int fd)
{
    struct go__fd_entry *e = go__fd_entry_of(fd, false);
    if (!e)
        return;
    go__lock(&e->lock, GO__RANK_FD);
    go__store(&e->plain, 0);
    go__store(&e->misses, 0);
    go__store(&e->may_skip, 0);
    e->trust = 0;
    go__unlock(&e->lock);
}

bool go__fd_deadline_passed(int fd)
{
    struct go__fd_entry *e = go__fd_entry_of(fd, false);
    int64_t deadline = e ? go__load(&e->deadline) : 0;
    return go__unlikely(deadline != 0) && deadline <= go__now();
}

bool go__fd_is_file(int fd)
{
    struct go__fd_entry *e = go__fd_entry_of(fd, false);
    return e && go__load(&e->is_file);
}

void go__fd_note_file(int fd, bool is_file)
{
    struct go__fd_entry *e = go__fd_entry_of(fd, true);
    if (e && go__load(&e->is_file) != is_file)
        go__store(&e->is_file, is_file);
}

// A read that gets less than it asked for has emptied a TCP socket; what comes after that is an
// event. Who reads message after message would try once more each time, only to be told so: a call
// of 0.3 of 10 us. After two such misses the try is left out, but for every 16th.
bool go__fd_is_drained(int fd, uint32_t n_events)
{
    struct go__fd_entry *e = go__fd_entry_of(fd, false);
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
    struct go__fd_entry *e = go__fd_entry_of(fd, false);
    if (!e || go__load(&e->drained_at) != n_events)
        return;
    uint8_t misses = go__load(&e->misses);
    if (misses < 2)
        go__store(&e->misses, misses + 1);
    uint8_t unasked = 0; // not over the 2 of an end that has come meanwhile (netpoll.c)
    if (misses == 1 && go__load(&e->may_skip) == 0)
        __atomic_compare_exchange_n(&e->may_skip, &unasked, is_plain_tcp(fd) ? 1 : 2, false,
                                    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

void go__fd_note_read(int fd, uint32_t n_events, bool all)
{
    struct go__fd_entry *e = go__fd_entry_of(fd, false);
    if (!e)
        return;
    if (go__load(&e->drained_at) == n_events) // there was something after all
        go__store(&e->misses, 0);
    go__store(&e->drained_at, all ? n_events : n_events - 1);
}

go_mutex *go__fd_accepting(int fd)
{
    struct go__fd_entry *e = go__fd_entry_of(fd, true);
    return e ? &e->accepting : NULL;
}

// ---- doubts ------------------------------------------------------------------------------

static void undoubt_locked(struct go__fd_entry *e, int fd)
{
    e->doubted = false;
    __atomic_fetch_and(&chunks[fd / CHUNK]->doubts[fd % CHUNK / 64], ~(UINT64_C(1) << fd % 64),
                       __ATOMIC_RELAXED);
    __atomic_fetch_sub(&n_doubts, 1, __ATOMIC_RELAXED);
}

bool go__fd_doubt_locked(struct go__fd_entry *e, struct go__fd_waiter *w, int fd, int64_t now)
{
    w->doubtful = true;
    w->since = now;
    if (e->doubted) // mostly, with a busy descriptor
        return true;
    e->doubted = true;
    __atomic_fetch_or(&chunks[fd / CHUNK]->doubts[fd % CHUNK / 64], UINT64_C(1) << fd % 64,
                      __ATOMIC_RELAXED);
    // Both sequentially consistent, as in go__fd_sleep_begins: one of the two sees the other. Also
    // if there were doubts before: they may be one that is undone here on another thread.
    __atomic_fetch_add(&n_doubts, 1, __ATOMIC_SEQ_CST);
    go__stress_delay(); // who doubts meanwhile must not rely on us
    if (!__atomic_load_n(&sleeps_long, __ATOMIC_SEQ_CST))
        return true;
    undoubt_locked(e, fd);
    return false;
}

// Whether fd still is what its `plain` says: registered, and waited for without a limit.
static bool still_plain_locked(struct go__fd_entry *e, int fd)
{
    if (go__fd_arm_locked(e, fd) != 0 || e->plain == 0)
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
static bool look_into(int fd, int64_t before, bool idle)
{
    struct go__fd_entry *e = go__fd_entry_of(fd, false);
    bool doubtful = false, old = false, sound = true;
    go__lock(&e->lock, GO__RANK_FD);
    if (!idle)
        before -= (GO__FD_DOUBT << e->trust) - GO__FD_DOUBT;
    for (struct go__fd_waiter *w = e->first; w; w = w->next) {
        doubtful |= w->doubtful;
        old |= w->doubtful && w->since < before;
    }
    if (old) {
        if (go__load(&e->may_skip) == 1 && has_something(fd)) // it was not as drained as it seemed
            go__store(&e->may_skip, 2);
        sound = still_plain_locked(e, fd);
        if (!sound)
            go__store(&e->plain, 0);
        e->trust = !sound ? 0 : e->trust < TRUST_MAX ? e->trust + 1 : TRUST_MAX;
        for (struct go__fd_waiter *w = e->first; w; w = w->next)
            w->doubtful = false;
    }
    if (old || !doubtful)
        undoubt_locked(e, fd);
    go__unlock(&e->lock);
    return sound;
}

void go__fd_look_into_doubts(struct go__netpoll_events *to, int64_t before, bool idle)
{
    const int room = (int)(sizeof(to->at) / sizeof(to->at[0]));
    int saved = *go__errno_address();
    for (int i = 0; i < CHUNKS && go__load(&n_doubts); i++) {
        struct chunk *chunk = go__load_acquire(&chunks[i]); // pairs with go__fd_entry_of
        for (int k = 0; chunk && k < CHUNK / 64; k++)
            for (uint64_t bits = go__load(&chunk->doubts[k]); bits; bits &= bits - 1) {
                int fd = i * CHUNK + k * 64 + __builtin_ctzll(bits);
                if (to->n == room) // the others' turn comes with the next look
                    return;
                if (!look_into(fd, before, idle)) {
                    to->at[to->n].fd = fd;
                    to->at[to->n++].events = UINT32_MAX;
                }
            }
    }
    *go__errno_address() = saved;
}

bool go__fd_doubts(void)
{
    return go__load(&n_doubts) != 0;
}

bool go__fd_sleep_begins(void)
{
    // Announced before the look: pairs with go__fd_doubt_locked, which counts before it looks.
    __atomic_store_n(&sleeps_long, 1, __ATOMIC_SEQ_CST);
    bool doubts = __atomic_load_n(&n_doubts, __ATOMIC_SEQ_CST) != 0;
    if (doubts)
        go__store(&sleeps_long, 0);
    return doubts;
}

void go__fd_sleep_ends(void)
{
    go__store(&sleeps_long, 0);
}

void go__fd_after_fork(void)
{
    n_doubts = sleeps_long = 0;
    for (int i = 0; i < CHUNKS; i++) {
        struct chunk *chunk = chunks[i];
        if (!chunk)
            continue;
        go__zero(chunk->doubts, sizeof(chunk->doubts));
        for (int k = 0; k < CHUNK; k++) {
            struct go__fd_entry *e = &chunk->at[k];
            *e = (struct go__fd_entry){.is_file = e->is_file,
                                       .n_events = e->n_events + 1,
                                       .deadline = e->deadline,
                                       .closes = e->closes};
        }
    }
}
