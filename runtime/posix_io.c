// read, write, send, receive and their kin as .gc code makes them: they park the goroutine, not
// its thread. LANGUAGE.md 6.
//
// A descriptor's flags belong to its open file, which other processes and the terminal share: so
// O_NONBLOCK is never set. How a call is tried without blocking depends on what the descriptor is:
//   socket                    MSG_DONTWAIT
//   pipe, eventfd, timerfd …  preadv2 and pwritev2 with RWF_NOWAIT; where the kernel has not got
//                             that (ttys, pipes before Linux 6.4): poll, then the call itself
//                             within a bracket, in case somebody else was faster
//   file on a disk            the call itself within a bracket: the monitor moves the others away
// Which it is, is guessed from the last time and corrected by the error, since numbers are reused.
//
// When it would block: a user's own O_NONBLOCK gets its EAGAIN; SO_RCVTIMEO and SO_SNDTIMEO are
// obeyed; else the goroutine parks until the poller wakes it, perhaps for nothing, and tries again.
// That a descriptor has neither is remembered and looked up again only in waits that last
// (netpoll.c), so that a message costs one call to receive it and one to answer.
// Writes go on until all is written, as blocking ones do.
#define _GNU_SOURCE
#include "posix.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

static const int64_t PEEK_SHORTEST = 50000, PEEK_LONGEST = 10000000; // 50 µs, 10 ms

char go__io_order;

// ---- waiting -----------------------------------------------------------------------------

// The runtime's own looks at a descriptor are none of the program's: another goroutine may close
// it at the same time.
static int flags_of(int fd)
{
    go__race_ignore_begin();
    int flags = fcntl(fd, F_GETFL);
    go__race_ignore_end();
    return flags;
}

bool go__posix_ready(int fd, uint32_t events)
{
    struct pollfd p = {.fd = fd, .events = (short)events};
    go__race_ignore_begin();
    int n = poll(&p, 1, 0);
    go__race_ignore_end();
    return n != 0; // an error too: the call itself reports it
}

// The end of the time that the socket's SO_RCVTIMEO or SO_SNDTIMEO allows from now on.
static int64_t socket_limit(int fd, uint32_t events)
{
    struct timeval t;
    socklen_t size = sizeof(t);
    int option = events & GO__FD_READ ? SO_RCVTIMEO : SO_SNDTIMEO;
    if (getsockopt(fd, SOL_SOCKET, option, &t, &size) != 0 || (t.tv_sec == 0 && t.tv_usec == 0))
        return INT64_MAX;
    if (t.tv_sec > INT64_MAX / SECOND / 2)
        return INT64_MAX;
    return go__now() + t.tv_sec * SECOND + t.tv_usec * 1000;
}

// The wait is over, or could not begin.
static enum next after_wait(int fd, enum go__fd_result result, int64_t until)
{
    switch (result) {
    case GO__FD_READY:
    case GO__FD_TRY:
        return RETRY;
    case GO__FD_TIMEOUT:
        if (!go__fd_deadline_passed(fd) && until > go__now())
            return RETRY; // it was moved meanwhile
        fail(go__fd_deadline_passed(fd) ? ETIMEDOUT : EAGAIN);
        return FAIL;
    case GO__FD_CLOSED:
        fail(EBADF);
        return FAIL;
    default:
        return BLOCK;
    }
}

enum next go__posix_wait(int fd, uint32_t events, bool is_socket, uint32_t n_events, int64_t *until)
{
    if (*until == 0) {
        enum go__fd_result result = go__fd_wait_known(fd, events, n_events);
        if (result != GO__FD_UNKNOWN)
            return after_wait(fd, result, INT64_MAX);
    }
    int flags = flags_of(fd);
    if (flags < 0)
        return FAIL;
    if (flags & O_NONBLOCK) {
        fail(EAGAIN);
        return FAIL;
    }
    if (*until == 0)
        *until = is_socket ? socket_limit(fd, events) : INT64_MAX;
    struct go__fd_interest interest = {fd, events, *until == INT64_MAX};
    return after_wait(fd, go__fd_wait(&interest, 1, *until, true), *until);
}

// ---- one transfer ------------------------------------------------------------------------

enum kind { KIND_SOCKET, KIND_STREAM, KIND_DISK, KIND_BAD };

// read, write and their kin as one thing. iov is the caller's, or `one`, or a copy of the caller's
// (`owned`) from which what has been transferred is cut off.
struct io {
    int fd;
    uint32_t events; // GO__FD_READ or GO__FD_WRITE: the direction
    int flags;       // of send and recv
    struct iovec *iov, one;
    int n_iov;
    struct iovec *owned;
    struct sockaddr *name; // sendto, recvfrom
    socklen_t *name_size;
    struct msghdr *msg; // sendmsg, recvmsg: with iov, n_iov being its own
};

static bool io_reads(const struct io *io)
{
    return io->events == GO__FD_READ;
}

static size_t io_size(const struct io *io)
{
    size_t size = 0;
    for (int i = 0; i < io->n_iov; i++)
        size += io->iov[i].iov_len;
    return size;
}

static ssize_t socket_call(struct io *io, int flags)
{
    flags |= io->flags;
    if (io->msg || io->n_iov != 1) {
        struct msghdr plain = {0}, *msg = io->msg ? io->msg : &plain;
        msg->msg_iov = io->iov;
        msg->msg_iovlen = (size_t)io->n_iov;
        return io_reads(io) ? recvmsg(io->fd, msg, flags) : sendmsg(io->fd, msg, flags);
    }
    void *at = io->iov->iov_base;
    size_t size = io->iov->iov_len;
    return io_reads(io)
               ? recvfrom(io->fd, at, size, flags, io->name, io->name_size)
               : sendto(io->fd, at, size, flags, io->name, io->name_size ? *io->name_size : 0);
}

static ssize_t file_call(struct io *io)
{
    if (io->n_iov == 1)
        return io_reads(io) ? read(io->fd, io->iov->iov_base, io->iov->iov_len)
                            : write(io->fd, io->iov->iov_base, io->iov->iov_len);
    return io_reads(io) ? readv(io->fd, io->iov, io->n_iov) : writev(io->fd, io->iov, io->n_iov);
}

// The call as it stands; the thread may block in it.
static ssize_t blocking_call(struct io *io, enum kind kind)
{
    go__enter_blocking();
    ssize_t n = kind == KIND_SOCKET ? socket_call(io, 0) : file_call(io);
    go__exit_blocking(); // keeps errno
    return n;
}

static enum kind kind_of(int fd)
{
    struct stat st;
    go__race_ignore_begin();
    int error = fstat(fd, &st);
    go__race_ignore_end();
    if (error)
        return KIND_BAD;
    if (S_ISSOCK(st.st_mode))
        return KIND_SOCKET;
    return S_ISREG(st.st_mode) || S_ISBLK(st.st_mode) || S_ISDIR(st.st_mode) ? KIND_DISK
                                                                             : KIND_STREAM;
}

// Tries a pipe or the like. EAGAIN: it would block.
static ssize_t stream_try(struct io *io)
{
    ssize_t n = io_reads(io) ? preadv2(io->fd, io->iov, io->n_iov, -1, RWF_NOWAIT)
                             : pwritev2(io->fd, io->iov, io->n_iov, -1, RWF_NOWAIT);
    if (n >= 0 || (error_get() != EOPNOTSUPP && error_get() != ENOSYS))
        return n;
    int flags = flags_of(io->fd);
    if (!(flags & O_NONBLOCK) && !go__posix_ready(io->fd, io->events))
        return fail(EAGAIN);
    return blocking_call(io, KIND_STREAM);
}

// Whether to wait for something to read before anything is tried. Not for calls with flags or a
// message, whose results mean other things.
static bool io_is_drained(const struct io *io, uint32_t n_events)
{
    return io_reads(io) && io->flags == 0 && !io->msg && go__fd_is_drained(io->fd, n_events);
}

// Tells the poller what a try to read from a socket has found.
static void io_note(const struct io *io, uint32_t n_events, ssize_t n)
{
    if (!io_reads(io) || io->flags != 0 || io->msg)
        return;
    if (n > 0)
        go__fd_note_read(io->fd, n_events, (size_t)n < io_size(io));
    else if (n < 0 && error_get() == EAGAIN)
        go__fd_note_empty(io->fd, n_events);
}

// One successful part of the transfer, or -1.
static ssize_t io_step(struct io *io, int64_t *until, bool must_be_socket)
{
    bool is_socket = must_be_socket || !go__fd_is_file(io->fd);
    for (;;) {
        uint32_t n_events = go__fd_n_events(io->fd);
        if (go__fd_deadline_passed(io->fd))
            return fail(ETIMEDOUT);
        if (!is_socket || !io_is_drained(io, n_events)) {
            ssize_t n = is_socket ? socket_call(io, MSG_DONTWAIT) : stream_try(io);
            if (is_socket)
                io_note(io, n_events, n);
            if (n >= 0 || error_get() == EINTR)
                return n;
            if (is_socket && error_get() == ENOTSOCK && !must_be_socket) {
                go__fd_note_file(io->fd, true);
                is_socket = false;
                if (kind_of(io->fd) == KIND_DISK)
                    return blocking_call(io, KIND_DISK);
                continue;
            }
            if (error_get() != EAGAIN)
                return -1;
        }
        switch (go__posix_wait(io->fd, io->events, is_socket, n_events, until)) {
        case RETRY:
            continue;
        case FAIL:
            return -1;
        case BLOCK: // perhaps the number is another file's by now
            is_socket = must_be_socket || kind_of(io->fd) == KIND_SOCKET;
            return blocking_call(io, is_socket ? KIND_SOCKET : KIND_STREAM);
        }
    }
}

static ssize_t io_once(struct io *io, bool must_be_socket)
{
    int64_t until = 0;
    // A file the last time: look what it is now, before anything is tried.
    if (!must_be_socket && go__fd_is_file(io->fd)) {
        enum kind kind = kind_of(io->fd);
        if (kind == KIND_BAD)
            return -1;
        if (kind == KIND_DISK)
            return blocking_call(io, KIND_DISK);
        go__fd_note_file(io->fd, kind != KIND_SOCKET);
    }
    return io_step(io, &until, must_be_socket);
}

// ---- whole transfers ---------------------------------------------------------------------

// Cuts the first n bytes off.
static void io_advance(struct io *io, size_t n)
{
    if (io->iov != &io->one && !io->owned) {
        io->owned = go__alloc((size_t)io->n_iov * sizeof(*io->iov));
        go__copy(io->owned, io->iov, (size_t)io->n_iov * sizeof(*io->iov));
        io->iov = io->owned;
    }
    while (n >= io->iov->iov_len && io->n_iov > 1) {
        n -= io->iov->iov_len;
        io->iov++;
        io->n_iov--;
    }
    io->iov->iov_base = (char *)io->iov->iov_base + n;
    io->iov->iov_len -= n;
}

static bool has_descriptors(struct msghdr *msg)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            return true;
    return false;
}

// After one part of a transfer: false when the next is not to be joined to it. What goes beside the
// bytes is sent with the first part; received with each, so that the last one's stays, but for
// descriptors, with which the system ends a transfer too. whole: *io->msg before the first part.
static bool next_part(struct io *io, const struct msghdr *whole)
{
    if (io_reads(io))
        io->name = NULL, io->name_size = NULL;
    if (!io->msg)
        return true;
    if (!io_reads(io)) {
        io->msg->msg_control = NULL;
        io->msg->msg_controllen = 0;
        return true;
    }
    if (has_descriptors(io->msg))
        return false;
    io->msg->msg_namelen = whole->msg_namelen;
    io->msg->msg_controllen = whole->msg_controllen;
    return true;
}

// Goes on until everything has been transferred, the other side ends, or an error, which counts
// only if nothing was transferred before it.
static ssize_t io_all(struct io *io, bool must_be_socket)
{
    size_t size = io_size(io), done = 0;
    struct msghdr whole = io->msg ? *io->msg : (struct msghdr){0};
    for (;;) {
        ssize_t n = io_once(io, must_be_socket);
        if (n < 0 && done == 0)
            done = (size_t)-1;
        if (n <= 0)
            break;
        done += (size_t)n;
        if (done >= size || !next_part(io, &whole))
            break;
        io_advance(io, (size_t)n);
    }
    go__free(io->owned);
    return (ssize_t)done;
}

// MSG_WAITALL means nothing to sockets that keep messages apart.
static bool is_stream_socket(int fd)
{
    int type = 0;
    socklen_t size = sizeof(type);
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

// MSG_PEEK with MSG_WAITALL: what has come already stays, so the poller would report it at once,
// again and again. So it is told of the end only, and a look is taken every now and then.
static ssize_t io_peek_all(struct io *io)
{
    size_t size = io_size(io);
    struct msghdr whole = io->msg ? *io->msg : (struct msghdr){0};
    socklen_t name_size = io->name_size ? *io->name_size : 0;
    int64_t nap = PEEK_SHORTEST, until = 0;
    for (;;) {
        ssize_t n = io_step(io, &until, true); // the first bytes
        struct pollfd p = {.fd = io->fd, .events = POLLRDHUP};
        if (n <= 0 || (size_t)n >= size || poll(&p, 1, 0) != 0 || go__fd_deadline_passed(io->fd))
            return n;
        int64_t now = go__now();
        if (until == 0)
            until = socket_limit(io->fd, GO__FD_READ);
        if (now >= until)
            return n;
        struct go__fd_interest end = {io->fd, POLLRDHUP, false};
        int64_t next = until - now < nap ? until : now + nap;
        go__fd_wait(&end, 1, next, true);
        nap = nap < PEEK_LONGEST ? 2 * nap : nap;
        if (io->msg)
            *io->msg = whole;
        if (io->name_size)
            *io->name_size = name_size;
    }
}

static ssize_t io_run(struct io *io, bool must_be_socket)
{
    bool joins = io_reads(io) && (io->flags & MSG_WAITALL) && is_stream_socket(io->fd);
    ssize_t n;
    if (!io_reads(io))
        go__race_release(&go__io_order);
    if (go__on_foreign_thread())
        n = must_be_socket ? socket_call(io, 0) : file_call(io);
    else if (io->flags & (MSG_DONTWAIT | MSG_OOB | MSG_ERRQUEUE)) // these do not wait
        n = socket_call(io, 0);
    else if (joins && (io->flags & MSG_PEEK))
        n = io_peek_all(io);
    else if (io_reads(io) && !joins)
        n = io_once(io, must_be_socket);
    else
        n = io_all(io, must_be_socket);
    if (io_reads(io))
        go__race_acquire(&go__io_order);
    return n;
}

static ssize_t simple(int fd, uint32_t events, const void *buf, size_t n, int flags, bool socket)
{
    struct io io = {.fd = fd, .events = events, .flags = flags, .n_iov = 1};
    io.one = (struct iovec){(void *)buf, n};
    io.iov = &io.one;
    return io_run(&io, socket);
}

ssize_t gocc_posix_read(int fd, void *buf, size_t n)
{
    if (n == 0)
        return read(fd, buf, n); // never waits; recv would
    return simple(fd, GO__FD_READ, buf, n, 0, false);
}

ssize_t gocc_posix_write(int fd, const void *buf, size_t n)
{
    return simple(fd, GO__FD_WRITE, buf, n, 0, false);
}

ssize_t gocc_posix_recv(int fd, void *buf, size_t n, int flags)
{
    return simple(fd, GO__FD_READ, buf, n, flags, true);
}

ssize_t gocc_posix_send(int fd, const void *buf, size_t n, int flags)
{
    return simple(fd, GO__FD_WRITE, buf, n, flags, true);
}

static ssize_t vector(int fd, uint32_t events, const struct iovec *iov, int n)
{
    if (n <= 0 || n > IOV_MAX) // the system has the error
        return events == GO__FD_READ ? readv(fd, iov, n) : writev(fd, iov, n);
    struct io io = {.fd = fd, .events = events, .iov = (struct iovec *)iov, .n_iov = n};
    if (io_reads(&io) && io_size(&io) == 0)
        return readv(fd, iov, n); // never waits; recvmsg would
    return io_run(&io, false);
}

ssize_t gocc_posix_readv(int fd, const struct iovec *iov, int n)
{
    return vector(fd, GO__FD_READ, iov, n);
}

ssize_t gocc_posix_writev(int fd, const struct iovec *iov, int n)
{
    return vector(fd, GO__FD_WRITE, iov, n);
}

ssize_t gocc_posix_recvfrom(int fd, void *buf, size_t n, int flags, struct sockaddr *name,
                            socklen_t *size)
{
    struct io io = {.fd = fd, .events = GO__FD_READ, .flags = flags, .n_iov = 1};
    io.one = (struct iovec){buf, n};
    io.iov = &io.one;
    io.name = name;
    io.name_size = size;
    return io_run(&io, true);
}

ssize_t gocc_posix_sendto(int fd, const void *buf, size_t n, int flags, const struct sockaddr *name,
                          socklen_t size)
{
    struct io io = {.fd = fd, .events = GO__FD_WRITE, .flags = flags, .n_iov = 1};
    io.one = (struct iovec){(void *)buf, n};
    io.iov = &io.one;
    io.name = (struct sockaddr *)name;
    io.name_size = &size;
    return io_run(&io, true);
}

ssize_t gocc_posix_recvmsg(int fd, struct msghdr *msg, int flags)
{
    struct msghdr copy = *msg; // of the vectors what has been received is cut off
    struct io io = {.fd = fd, .events = GO__FD_READ, .flags = flags, .msg = &copy};
    io.iov = msg->msg_iov;
    io.n_iov = (int)msg->msg_iovlen;
    ssize_t n = io_run(&io, true);
    if (n >= 0) {
        msg->msg_namelen = copy.msg_namelen;
        msg->msg_controllen = copy.msg_controllen;
        msg->msg_flags = copy.msg_flags;
    }
    return n;
}

ssize_t gocc_posix_sendmsg(int fd, const struct msghdr *msg, int flags)
{
    struct msghdr copy = *msg; // what has been sent is cut off
    struct io io = {.fd = fd, .events = GO__FD_WRITE, .flags = flags, .msg = &copy};
    io.iov = msg->msg_iov;
    io.n_iov = (int)msg->msg_iovlen;
    return io_run(&io, true);
}
