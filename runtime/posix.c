// The blocking POSIX calls as .gc code makes them: they park the goroutine, not its thread.
// LANGUAGE.md 6. gocc rewrites `read(…)` to `gocc_posix_read(…)` where it means POSIX's function;
// the prototypes are those of the system's headers (posix_parks in gocc/sema_index.c has the list).
// posix_io.c has those that transfer bytes, posix_poll.c poll and select; here are the rest.
#define _GNU_SOURCE
#include "posix.h"

#include <gocc/sync.h>
#include <gocc/time.h>

#include <time.h>
#include <unistd.h>

int *gocc_errno(void)
{
    return go__errno_address();
}

// ---- connections -------------------------------------------------------------------------

// There is no accept that does not wait but by O_NONBLOCK. So: one goroutine at a time waits for
// a listening socket and then accepts; without this all that wait would try, and all but one hold
// a thread each. The turns are the socket's own: who waits for one listener must not hold up those
// of another.
static int accept_one(int fd, struct sockaddr *name, socklen_t *size, int flags)
{
    int64_t until = 0;
    for (;;) {
        uint32_t n_events = go__fd_n_events(fd);
        if (go__fd_deadline_passed(fd))
            return fail(ETIMEDOUT);
        enum next next = BLOCK;
        if (!go__posix_ready(fd, GO__FD_READ))
            next = go__posix_wait(fd, GO__FD_READ, true, n_events, &until);
        if (next == FAIL)
            return -1;
        if (next == RETRY)
            continue;
        go__enter_blocking(); // another process may be faster
        int got = accept4(fd, name, size, flags);
        go__exit_blocking();
        go__fd_renew(got);
        return got;
    }
}

int gocc_posix_accept4(int fd, struct sockaddr *name, socklen_t *size, int flags)
{
    go_mutex *m = go__on_foreign_thread() ? NULL : go__fd_accepting(fd);
    if (!m)
        return accept4(fd, name, size, flags);
    go_mutex_lock(m);
    int got = accept_one(fd, name, size, flags);
    int error = error_get();
    go_mutex_unlock(m);
    go__race_acquire(&go__io_order);
    if (got < 0)
        fail(error);
    return got;
}

int gocc_posix_accept(int fd, struct sockaddr *name, socklen_t *size)
{
    return gocc_posix_accept4(fd, name, size, 0);
}

int gocc_posix_connect(int fd, const struct sockaddr *name, socklen_t size)
{
    go__race_release(&go__io_order);
    if (go__on_foreign_thread())
        return connect(fd, name, size);
    go__enter_blocking(); // no connect that does not wait but by O_NONBLOCK; go_dial parks
    int result = connect(fd, name, size);
    go__exit_blocking();
    return result;
}

int gocc_posix_close(int fd)
{
    go__fd_forget(fd);
    go__race_ignore_begin(); // others may be within a call on it: they get EBADF
    int result = close(fd);
    int error = error_get();
    go__race_ignore_end();
    go__fd_renew(fd);
    go__fd_look_again(fd); // who came to wait in between; or for what has the number now
    if (result != 0)
        fail(error);
    return result;
}

// ---- clocks ------------------------------------------------------------------------------

unsigned gocc_posix_sleep(unsigned seconds)
{
    if (go__on_foreign_thread())
        return sleep(seconds);
    go_sleep(seconds * GO_SECOND);
    return 0;
}

int gocc_posix_usleep(useconds_t us)
{
    if (go__on_foreign_thread())
        return usleep(us);
    go_sleep(us * GO_MICROSECOND);
    return 0;
}

int gocc_posix_nanosleep(const struct timespec *t, struct timespec *rest)
{
    if (go__on_foreign_thread() || t->tv_sec < 0 || t->tv_nsec < 0 || t->tv_nsec >= SECOND)
        return nanosleep(t, rest);
    go_sleep(t->tv_sec > INT64_MAX / SECOND / 2 ? INT64_MAX / 2 : t->tv_sec * SECOND + t->tv_nsec);
    return 0;
}
