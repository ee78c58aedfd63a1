// echo_load SERVER NAME: starts an echo server, holds 1,000 connections to it, on each of which a
// message of 64 bytes goes there and back all the time, and prints after two seconds the time per
// message and the processor time that the server needed for it.
//
// echo_load SERVER NAME idle: holds 10,000 connections, each of which has had one message echoed and
// is silent since, and prints the resident bytes of the server for each.
//
// The server prints host:port and goes on until it is killed.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 1000, IDLE = 10000, SIZE = 64, SECONDS = 2 };

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(1);
}

static pid_t start(const char *server, int *port)
{
    int out[2];
    char line[64] = "";
    pid_t pid;

    if (pipe(out) != 0 || (pid = fork()) < 0)
        fail("fork");
    if (pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        execl(server, server, (char *)NULL);
        fail(server);
    }
    close(out[1]);
    FILE *f = fdopen(out[0], "r");
    if (!f || !fgets(line, sizeof(line), f) || !strrchr(line, ':'))
        fail("the server's address");
    *port = atoi(strrchr(line, ':') + 1);
    return pid;
}

static int open_one(int port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)) != 0)
        fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

static long load(int poll, double end)
{
    struct epoll_event events[256];
    char buf[SIZE];
    long messages = 0;

    while (now() < end) {
        int n = epoll_wait(poll, events, 256, 1000);
        for (int i = 0; i < n; i++) {
            if (read(events[i].data.fd, buf, SIZE) != SIZE)
                fail("read"); // 64 bytes come in one piece on this machine's own interface
            if (write(events[i].data.fd, buf, SIZE) != SIZE)
                fail("write");
            messages++;
        }
    }
    return messages;
}

static void measure_load(const char *name, pid_t pid, int port)
{
    int poll = epoll_create1(0);
    char buf[SIZE] = "";
    struct rusage used;

    for (int i = 0; i < CONNECTIONS; i++) {
        int fd = open_one(port);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) != 0 || write(fd, buf, SIZE) != SIZE)
            fail("connection");
    }
    double begin = now();
    long messages = load(poll, begin + SECONDS);
    double took = now() - begin;
    kill(pid, SIGKILL);
    wait4(pid, NULL, 0, &used);
    double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                 (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    printf("%s_time %.3f us\n%s_cpu %.3f us\n", name, took * 1e6 / (double)messages, name,
           cpu * 1e6 / (double)messages);
}

static void open_idle(int port)
{
    int fd = open_one(port);
    char buf[SIZE] = "";

    if (write(fd, buf, SIZE) != SIZE || read(fd, buf, SIZE) != SIZE)
        fail("message");
}

static double resident_bytes(pid_t pid)
{
    char path[64];
    long total, resident;

    snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
    FILE *f = fopen(path, "r");
    if (!f || fscanf(f, "%ld %ld", &total, &resident) != 2)
        fail(path);
    fclose(f);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static void measure_idle(const char *name, pid_t pid, int port)
{
    open_idle(port); // what the first one costs is not counted
    double before = resident_bytes(pid);
    for (int i = 0; i < IDLE; i++)
        open_idle(port);
    printf("%s_bytes %.0f bytes\n", name, (resident_bytes(pid) - before) / IDLE);
    kill(pid, SIGKILL);
    wait4(pid, NULL, 0, NULL);
}

// As many as the system allows; the server inherits it.
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    int port;

    if (argc < 3 || argc > 4 || (argc == 4 && strcmp(argv[3], "idle") != 0))
        return 2;
    raise_descriptor_limit();
    pid_t pid = start(argv[1], &port);
    if (argc == 4)
        measure_idle(argv[2], pid, port);
    else
        measure_load(argv[2], pid, port);
    return 0;
}
