// TCP sockets as goroutines use them, over the poller and the calls of posix.c.
//
// Looking up a name blocks its thread (the resolver is libc's), within a bracket; numbers need
// none. go_dial connects with O_NONBLOCK, which it may set since nobody else has the descriptor
// yet, and clears it before it returns.
#define _GNU_SOURCE
#include "posix.h"

#include <gocc/net.h>
#include <gocc/time.h>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// Closes fd, keeping errno.
static int give_up(int fd)
{
    int error = error_get();
    close(fd);
    return fail(error);
}

// ---- addresses ---------------------------------------------------------------------------

enum { HOST_MAX = 256, PORT_MAX = 32 };

// Splits "host:port", "[host]:port", ":port".
static bool split(const char *addr, char *host, char *port)
{
    const char *colon = addr ? strrchr(addr, ':') : NULL;
    if (!colon || strlen(colon + 1) >= PORT_MAX || colon[1] == 0)
        return false;
    size_t n = (size_t)(colon - addr);
    if (n >= 2 && addr[0] == '[' && addr[n - 1] == ']') {
        addr++;
        n -= 2;
    } else if (memchr(addr, ':', n)) {
        return false; // an IPv6 address needs its brackets
    }
    if (n >= HOST_MAX)
        return false;
    memcpy(host, addr, n);
    host[n] = 0;
    snprintf(port, PORT_MAX, "%s", colon + 1);
    return true;
}

static int errno_of(int gai)
{
    switch (gai) {
    case EAI_SYSTEM:
        return error_get();
    case EAI_MEMORY:
        return ENOMEM;
    case EAI_AGAIN:
        return EAGAIN;
    case EAI_SERVICE:
        return EINVAL;
    default:
        return EADDRNOTAVAIL;
    }
}

// NULL: errno is set.
static struct addrinfo *look_up(const char *addr, int flags)
{
    char host[HOST_MAX], port[PORT_MAX];
    if (!split(addr, host, port)) {
        fail(EINVAL);
        return NULL;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICHOST};
    struct addrinfo *found = NULL;
    int error = getaddrinfo(host[0] ? host : NULL, port, &hints, &found);
    if (error == EAI_NONAME && host[0]) {
        hints.ai_flags = flags | AI_ADDRCONFIG;
        go__enter_blocking();
        error = getaddrinfo(host, port, &hints, &found);
        go__exit_blocking();
    }
    if (error) {
        fail(errno_of(error));
        return NULL;
    }
    return found;
}

int go_local_addr(int fd, char *buf, size_t size)
{
    struct sockaddr_storage name;
    socklen_t name_size = sizeof(name);
    char host[INET6_ADDRSTRLEN + 20], port[PORT_MAX], text[sizeof(host) + sizeof(port) + 4];
    if (getsockname(fd, (struct sockaddr *)&name, &name_size) != 0)
        return -1;
    if (getnameinfo((struct sockaddr *)&name, name_size, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return fail(EAFNOSUPPORT);
    int n = snprintf(text, sizeof(text), strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
    if ((size_t)n >= size)
        return fail(ERANGE);
    memcpy(buf, text, (size_t)n + 1);
    return 0;
}

// ---- listening ---------------------------------------------------------------------------

static void set_on(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value, sizeof(value)); // a wish
}

static int listen_at(const struct addrinfo *a)
{
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    set_on(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (a->ai_family == AF_INET6)
        set_on(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    if (bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0)
        return give_up(fd);
    go__fd_set_deadline(fd, 0); // of a socket of that number that plain C closed
    return fd;
}

int go_listen(const char *addr)
{
    struct addrinfo *found = look_up(addr, AI_PASSIVE);
    if (!found)
        return -1;
    int fd = -1;
    // Every interface: IPv6's takes both, so it comes first. (A host's come in libc's order.)
    for (int pass = 0; pass < 2 && fd < 0; pass++)
        for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next)
            if ((a->ai_family == AF_INET6) == (pass == 0))
                fd = listen_at(a);
    int error = error_get();
    freeaddrinfo(found);
    return fd < 0 ? fail(error) : fd;
}

int go_accept(int fd)
{
    int got;
    do
        got = gocc_posix_accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    while (got < 0 && (error_get() == ECONNABORTED || error_get() == EINTR));
    if (got >= 0) {
        set_on(got, IPPROTO_TCP, TCP_NODELAY, 1);
        go__fd_set_deadline(got, 0);
    }
    return got;
}

// ---- dialling ----------------------------------------------------------------------------

// Waits until fd's connect has ended; returns its error, or 0.
static int connect_end(int fd)
{
    if (go__on_foreign_thread()) {
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        while (poll(&p, 1, -1) < 0)
            ;
    } else {
        struct go__fd_interest in = {fd, GO__FD_WRITE, false};
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        while (poll(&p, 1, 0) == 0) {
            enum go__fd_result r = go__fd_wait(&in, 1, INT64_MAX, true);
            if (r == GO__FD_TIMEOUT)
                return ETIMEDOUT;
            if (r == GO__FD_READY)
                continue;
            go__enter_blocking();
            poll(&p, 1, -1);
            go__exit_blocking();
        }
    }
    int error = 0;
    socklen_t size = sizeof(error);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        return error_get();
    return error;
}

static int dial_at(const struct addrinfo *a)
{
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    go__fd_set_deadline(fd, 0);
    int error = connect(fd, a->ai_addr, a->ai_addrlen) == 0 ? 0 : error_get();
    if (error == EINPROGRESS || error == EINTR)
        error = connect_end(fd);
    if (error) {
        fail(error);
        return give_up(fd);
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    set_on(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    return fd;
}

int go_dial(const char *addr)
{
    struct addrinfo *found = look_up(addr, 0);
    if (!found)
        return -1;
    int fd = -1;
    for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next)
        fd = dial_at(a);
    int error = error_get();
    freeaddrinfo(found);
    return fd < 0 ? fail(error) : fd;
}

int go_set_deadline(int fd, int64_t when)
{
    if (fcntl(fd, F_GETFD) < 0)
        return -1;
    go__self(); // starts the runtime
    go__fd_set_deadline(fd, when);
    return 0;
}
