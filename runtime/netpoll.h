// Descriptors that goroutines wait for.
#ifndef GO_NETPOLL_H
#define GO_NETPOLL_H

#include "base.h"

#include <gocc/sync.h>

enum {
    GO__FD_READ = 1, // as epoll's and poll's POLLIN
    GO__FD_WRITE = 4,
};

enum go__fd_result {
    GO__FD_READY,   // perhaps; try again
    GO__FD_TIMEOUT, // the time passed to the call, or the descriptor's deadline
    GO__FD_CLOSED,  // go__fd_forget was called, or fd is not open
    GO__FD_NO_WAIT, // a file that is always ready (a disk's): only a blocking call can wait for it
    GO__FD_NO_POLL, // within netpoll.c: epoll cannot
    GO__FD_TRY,     // go__fd_wait_known: did not wait, since something has happened
    GO__FD_UNKNOWN, // go__fd_wait_known: did not wait, since too little is known of fd
};

struct go__fd_interest {
    int fd;
    uint32_t events; // GO__FD_READ | GO__FD_WRITE
    bool plain;      // the open file has no O_NONBLOCK and no time limit for them: remember it
};

// Parks the calling goroutine (without epoll: its thread, for a moment) until one of n descriptors
// may have one of its events, somebody closes one of them or `until` (go_now time, INT64_MAX:
// never) has passed. n > 1, and with `deadlines` false, looks at no deadline of
// go__fd_set_deadline. Requires: not a foreign thread.
enum go__fd_result go__fd_wait(const struct go__fd_interest *fds, uint32_t n, int64_t until,
                               bool deadlines);

// The same for one descriptor with its deadline, and without a system call. n_events is what
// go__fd_n_events returned before the caller tried what would have blocked.
enum go__fd_result go__fd_wait_known(int fd, uint32_t events, uint32_t n_events);
uint32_t go__fd_n_events(int fd);
// Whether a read now, after go__fd_n_events, would find nothing, as far as is known: then the
// caller waits first. Known from tries to read, which report what they got: nothing, or something,
// `all` if it was less than they asked for.
bool go__fd_is_drained(int fd, uint32_t n_events);
void go__fd_note_empty(int fd, uint32_t n_events);
void go__fd_note_read(int fd, uint32_t n_events, bool all);

// Wakes everybody who waits for fd with GO__FD_CLOSED and forgets what was known of it.
void go__fd_forget(int fd);
// fd is another open file now, or was changed: go__fd_wait_known knows nothing of it.
void go__fd_renew(int fd);
// Whoever waits for fd tries again.
void go__fd_look_again(int fd);
// Sets the time after which operations on fd fail; 0 or INT64_MAX: none. Whoever waits looks again.
void go__fd_set_deadline(int fd, int64_t when);
bool go__fd_deadline_passed(int fd);
// A note that is only a guess, since descriptors are reused: fd was no socket the last time.
bool go__fd_is_file(int fd);
void go__fd_note_file(int fd, bool is_file);

// What those who accept from fd take turns by; NULL: fd is outside the table.
go_mutex *go__fd_accepting(int fd);

// ---- for the scheduler -------------------------------------------------------------------

// Whether an idle thread should sleep in go__netpoll_sleep: somebody has waited for a descriptor.
bool go__netpoll_used(void);
// Makes ready whose descriptors are; does not wait, and leaves it to another thread that is at it
// already. True: somebody was made ready.
bool go__netpoll(void);
// Sleeps until an event, `until` (go_now time, < 0: for ever) or go__netpoll_kick, but not when
// *woken is not 0: who kicks sets that first. One thread at a time. go__netpoll_deliver then hands
// out the events.
struct go__netpoll_events {
    int n;
    struct {
        int fd;
        uint32_t events;
    } at[64];
};
void go__netpoll_sleep(struct go__netpoll_events *events, int64_t until, const uint32_t *woken);
void go__netpoll_deliver(const struct go__netpoll_events *events);
void go__netpoll_kick(void); // ends a go__netpoll_sleep, or the next one
// Somebody waits for a descriptor, nobody is in go__netpoll, and nobody was for `after` ns.
bool go__netpoll_due(int64_t now, int64_t after);
void go__netpoll_after_fork(void);

#endif
