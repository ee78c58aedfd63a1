// What the files of the blocking POSIX calls share: posix_io.c (transfers), posix_poll.c, posix.c
// (connections, closing, sleeping), and net.c above them.
#ifndef GO_POSIX_H
#define GO_POSIX_H

#include "netpoll.h"
#include "race.h"
#include "sched.h"

#include <gocc/abi.h>

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#define SECOND INT64_C(1000000000)

// errno is read and written through these alone: after a park the thread is another.
static inline int error_get(void)
{
    return *go__errno_address();
}

static inline int fail(int error)
{
    *go__errno_address() = error;
    return -1;
}

// For the thread sanitizer, which does not know which calls belong together: whoever writes
// anything happens before whoever reads anything later.
extern char go__io_order;

// What to do about a call that would block, after the wait.
enum next {
    RETRY,
    FAIL,  // errno is set
    BLOCK, // only the blocking call itself can wait
};

// Waits for one of `events` on fd, a call on which would have blocked after n_events
// (go__fd_n_events). *until is 0 the first time; then the end of the socket's own time limit.
enum next go__posix_wait(int fd, uint32_t events, bool is_socket, uint32_t n_events,
                         int64_t *until);
// Whether fd has one of `events` at this moment, or an error that the call itself will report.
bool go__posix_ready(int fd, uint32_t events);

int gocc_posix_accept4(int fd, struct sockaddr *name, socklen_t *size, int flags);

#endif
