// What the poller knows of descriptors: private to netpoll.c, which waits for them, and fd.c.
#ifndef GO_FD_H
#define GO_FD_H

#include "lock.h"
#include "netpoll.h"

struct go__fd_op; // a wait, of one or more descriptors

struct go__fd_waiter {
    struct go__fd_op *op;
    struct go__fd_waiter *next, **at;
    uint32_t events;
    bool linked;
    bool doubtful; // begun by go__fd_wait_known, and not looked into yet
    int64_t since; // doubtful: last_poll when it began
};

// What is known of one descriptor number. Under the lock, but for what is said to be read without.
struct go__fd_entry {
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
    uint8_t trust;    // so often a wait was looked into and nothing was wrong; under `lock`
    int64_t deadline; // 0: none. Read without the lock
    struct go__fd_waiter *first;
    go_mutex accepting; // see go__fd_accepting
    uint32_t closes;    // so often it was closed; release by go__fd_forget
};

// What is known of fd. NULL: nothing, and with `make`, that fd is too large, or none.
struct go__fd_entry *go__fd_entry_of(int fd, bool make);
// Lists of waiters: first come, first woken.
void go__fd_link_locked(struct go__fd_entry *e, struct go__fd_waiter *w);
void go__fd_unlink_locked(struct go__fd_waiter *w);
// Registers fd with epoll for what its waiters want, and looks whether it is there already: that
// would come as an event. Returns 0 or errno. Nothing is known of fd any more if it was not
// registered. In netpoll.c.
int go__fd_arm_locked(struct go__fd_entry *e, int fd);

// ---- doubts ------------------------------------------------------------------------------

// How long a wait is believed in that has asked nobody, in ns.
#ifdef GO__STRESS
#define GO__FD_DOUBT INT64_C(200000)
#else
#define GO__FD_DOUBT INT64_C(10000000)
#endif

// w waits for fd, without having asked, since about `now`. False: nobody would look into it, since
// the thread that polls sleeps for long.
bool go__fd_doubt_locked(struct go__fd_entry *e, struct go__fd_waiter *w, int fd, int64_t now);
// Whether some wait may be in doubt.
bool go__fd_doubts(void);
// Looks into all waits in doubt that began before `before`; who shall be woken is added to *to.
// Where nothing was wrong so far, longer waits are believed in, unless `idle`: there is time.
void go__fd_look_into_doubts(struct go__netpoll_events *to, int64_t before, bool idle);
// Around a sleep in epoll_wait. Returns go__fd_doubts(); when that is false, no wait comes into
// doubt before go__fd_sleep_ends.
bool go__fd_sleep_begins(void);
void go__fd_sleep_ends(void);

// In a fork child: nobody waits, nothing is registered.
void go__fd_after_fork(void);

#endif
