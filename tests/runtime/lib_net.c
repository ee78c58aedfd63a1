// gocc/net.h: addresses good and bad, errors, deadlines, several that accept in order; all of it
// from plain C.
// lib: plain asan
#define _GNU_SOURCE
#include "parts/test.h"

#include <fcntl.h>
#include <gocc/errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define FAILS(call, error) \
    do { \
        errno = 0; \
        CHECK_EQ(call, -1); \
        CHECK_EQ(errno, error); \
    } while (0)

struct accepting {
    int listener, fd, error;
};

static void accept_one(void *arg)
{
    struct accepting *a = arg;
    a->fd = go_accept(a->listener);
    a->error = errno;
}

static void check_socket(int fd)
{
    int on = 0;
    socklen_t size = sizeof(on);
    CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    CHECK(!(fcntl(fd, F_GETFL) & O_NONBLOCK));
    CHECK(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &size) == 0 && on);
}

int main(void)
{
    char address[64], other[64], small[4];

    // Addresses.
    FAILS(go_listen("127.0.0.1"), EINVAL);
    FAILS(go_dial("no port"), EINVAL);
    FAILS(go_listen("a..b:0"), EADDRNOTAVAIL);
    FAILS(go_dial("a..b:1"), EADDRNOTAVAIL);
    int listener = go_listen("127.0.0.1:0");
    CHECK(listener >= 0 && fcntl(listener, F_GETFD) & FD_CLOEXEC);
    CHECK_EQ(go_local_addr(listener, address, sizeof(address)), 0);
    CHECK(strncmp(address, "127.0.0.1:", 10) == 0 && atoi(address + 10) > 0);
    FAILS(go_local_addr(listener, small, sizeof(small)), ERANGE);
    FAILS(go_local_addr(-1, address, sizeof(address)), EBADF);
    FAILS(go_listen(address), EADDRINUSE);
    int on = 0;
    socklen_t size = sizeof(on);
    CHECK(getsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, &size) == 0 && on);

    // Who accepts first is served first; the sockets block, are closed on exec and do not delay.
    struct accepting a = {listener, -1, 0}, b = {listener, -1, 0};
    struct test_call *first = must_block(accept_one, &a), *second = must_block(accept_one, &b);
    int c = go_dial(address);
    must_go_on(first);
    CHECK(!LOAD(second->done));
    int d = go_dial(address);
    must_go_on(second);
    check_socket(a.fd);
    check_socket(c);
    CHECK(write(c, "x", 1) == 1 && read(a.fd, small, 1) == 1);

    // Deadlines: of who waits, of who comes later, none again.
    close(a.fd);
    first = must_block(accept_one, &a);
    CHECK_EQ(go_set_deadline(listener, go_now()), 0);
    must_go_on(first);
    CHECK(a.fd == -1 && a.error == ETIMEDOUT);
    FAILS(go_accept(listener), ETIMEDOUT);
    CHECK_EQ(go_set_deadline(listener, 0), 0);
    first = must_block(accept_one, &a);
    int e = go_dial(address);
    must_go_on(first);
    FAILS(go_set_deadline(-1, 0), EBADF);
    FAILS(go_accept(-1), EBADF);
    int fds[] = {a.fd, b.fd, c, d, e, listener};
    for (int i = 0; i < LENGTH(fds); i++)
        close(fds[i]);
    FAILS(go_dial(address), ECONNREFUSED);

    // Every interface, IPv6 where there is one.
    listener = go_listen(":0");
    CHECK(listener >= 0 && go_local_addr(listener, other, sizeof(other)) == 0);
    snprintf(address, sizeof(address), "localhost:%s", strrchr(other, ':') + 1);
    c = go_dial(address);
    CHECK(c >= 0);
    close(c);
    snprintf(address, sizeof(address), "%s", strrchr(other, ':')); // no host: this machine
    c = go_dial(address);
    CHECK(c >= 0);
    close(c);
    close(listener);
    listener = go_listen("[::1]:0");
    if (listener >= 0) {
        CHECK(go_local_addr(listener, other, sizeof(other)) == 0 && !strncmp(other, "[::1]:", 6));
        c = go_dial(other);
        CHECK(c >= 0);
        close(c);
        close(listener);
    }
}
