// poll and select as .gc code makes them: the goroutine parks on all the descriptors at once
// (netpoll.c), and the system's own poll, which does not wait, says what is ready. LANGUAGE.md 6.
//
// select is made of poll, so only its own limit of FD_SETSIZE descriptors is left of it, and what
// Linux does: the time that is left is written back.
#define _GNU_SOURCE
#include "posix.h"

#include <limits.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>

#define MS INT64_C(1000000)

static uint32_t interest_of(short events)
{
    // The same bits in epoll. None is widened: it would be ready at once, again and again.
    return (uint32_t)events & (POLLIN | POLLPRI | POLLOUT | POLLRDHUP | POLLRDNORM | POLLRDBAND |
                               POLLWRNORM | POLLWRBAND);
}

static int poll_blocking(struct pollfd *fds, nfds_t n, int64_t until)
{
    int64_t left = until - go__now();
    struct timespec t = {left / SECOND, left % SECOND}, zero = {0, 0};
    go__enter_blocking();
    int got = ppoll(fds, n, until == INT64_MAX ? NULL : left > 0 ? &t : &zero, NULL);
    go__exit_blocking();
    return got;
}

static int poll_until(struct pollfd *fds, nfds_t n, int64_t until)
{
    int got = poll(fds, n, 0);
    if (got != 0 || until == 0 || n > INT_MAX / sizeof(struct go__fd_interest))
        return got;
    struct go__fd_interest few[8], *in = few;
    if (n > sizeof(few) / sizeof(few[0]))
        in = go__alloc(n * sizeof(*in));
    uint32_t n_in = 0;
    for (nfds_t i = 0; i < n; i++)
        if (fds[i].fd >= 0)
            in[n_in++] = (struct go__fd_interest){fds[i].fd, interest_of(fds[i].events), false};
    while (got == 0) {
        enum go__fd_result r = go__fd_wait(in, n_in, until, false);
        if (r == GO__FD_NO_WAIT) {
            got = poll_blocking(fds, n, until);
            break;
        }
        got = poll(fds, n, 0);
        if (r == GO__FD_TIMEOUT)
            break;
    }
    int error = error_get();
    if (in != few)
        go__free(in);
    go__race_acquire(&go__io_order);
    if (got < 0)
        fail(error);
    return got;
}

int gocc_posix_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
    if (go__on_foreign_thread())
        return poll(fds, n, timeout_ms);
    int64_t until = timeout_ms < 0 ? INT64_MAX : timeout_ms == 0 ? 0 : go__now() + timeout_ms * MS;
    return poll_until(fds, n, until);
}

static bool set_has(const fd_set *set, int fd)
{
    return set && FD_ISSET(fd, set);
}

// Leaves in *set those of which poll said one of `events`; returns how many.
static int set_keep(fd_set *set, const struct pollfd *p, nfds_t n, short events)
{
    int kept = 0;
    for (nfds_t i = 0; set && i < n; i++) {
        if (!FD_ISSET(p[i].fd, set))
            continue;
        if (p[i].revents & events)
            kept++;
        else
            FD_CLR(p[i].fd, set);
    }
    return kept;
}

static int select_until(int n, fd_set *r, fd_set *w, fd_set *x, int64_t until)
{
    struct pollfd p[FD_SETSIZE];
    nfds_t used = 0;
    for (int fd = 0; fd < n && fd < FD_SETSIZE; fd++) {
        short events = (short)((set_has(r, fd) ? POLLIN | POLLRDBAND : 0) |
                               (set_has(w, fd) ? POLLOUT : 0) | (set_has(x, fd) ? POLLPRI : 0));
        if (events)
            p[used++] = (struct pollfd){.fd = fd, .events = events};
    }
    if (poll_until(p, used, until) < 0)
        return -1;
    for (nfds_t i = 0; i < used; i++)
        if (p[i].revents & POLLNVAL)
            return fail(EBADF);
    return set_keep(r, p, used, POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR) +
           set_keep(w, p, used, POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR) +
           set_keep(x, p, used, POLLPRI);
}

int gocc_posix_select(int n, fd_set *r, fd_set *w, fd_set *x, struct timeval *timeout)
{
    if (go__on_foreign_thread() || n < 0 || n > FD_SETSIZE ||
        (timeout && (timeout->tv_sec < 0 || timeout->tv_usec < 0 || timeout->tv_usec >= 1000000)))
        return select(n, r, w, x, timeout);
    int64_t now = go__now(), until = INT64_MAX;
    if (timeout) {
        int64_t span = timeout->tv_sec > INT64_MAX / SECOND / 2
                           ? INT64_MAX / 2
                           : timeout->tv_sec * SECOND + timeout->tv_usec * 1000;
        until = span ? now + span : 0;
    }
    int got = select_until(n, r, w, x, until);
    if (timeout && until) { // as Linux does: what is left
        int error = error_get();
        int64_t left = until - go__now();
        left = left < 0 ? 0 : left;
        *timeout = (struct timeval){left / SECOND, left % SECOND / 1000};
        if (got < 0)
            fail(error);
    }
    return got;
}
