// No byte and no wake-up is lost between goroutines that wait for descriptors, while deadlines
// pass, descriptors are polled together, closed under those who wait, and their numbers reused.
//
// Tokens (bytes) wander through socket pairs; whoever finds its socket empty parks, sometimes with
// a deadline, sometimes in poll with a neighbour's. Beside them, pairs are opened, waited for and
// closed by another goroutine, all the time; and a foreign thread passes tokens on too.
//
// Found the planted bugs: wake without arming anew for those that are left (hangs); finish without
// op->lock (ready of a goroutine that does not wait yet). Did not find go__fd_look_again ending
// waits as closed (tests/run/net_echo.gc does), nor an idle thread that never polls: the monitor
// sees to it, late.
#include "parts/stress.h"

#include <gocc/net.h>
#include <gocc/time.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

ssize_t gocc_posix_read(int fd, void *buf, size_t n);
ssize_t gocc_posix_write(int fd, const void *buf, size_t n);
int gocc_posix_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
int gocc_posix_close(int fd);

#ifdef __SANITIZE_THREAD__
enum { CLOSERS = 0 }; // reading from a number that is reused is a race, and reported
#else
enum { CLOSERS = 4 };
#endif
enum { SLOTS = 24, TOKENS = 7 };

static int in[SLOTS], out[SLOTS];
static int ended;
static int64_t passes[SLOTS + 1];

static int error_now(void)
{
    return *go__errno_address();
}

static void pass(int to)
{
    char token = 't';
    check(gocc_posix_write(out[to], &token, 1) == 1, "write: errno %d", error_now());
}

static void wanderer(void *args)
{
    int me = (int)word_of(args);
    uint64_t random = (uint64_t)me * 91 + 5;
    while (!stress_over()) {
        uint32_t r = stress_random(&random);
        char token;
        if (r % 4 == 0) {
            int other = (int)(r / 64 % SLOTS);
            struct pollfd p[2] = {{.fd = in[me], .events = POLLIN},
                                  {.fd = in[other], .events = POLLIN}};
            check(gocc_posix_poll(p, 2, (int)(r / 4 % 20)) >= 0, "poll: errno %d", error_now());
        }
        go_set_deadline(in[me], go__now() + (r / 16 % 64) * 100000);
        ssize_t n = gocc_posix_read(in[me], &token, 1);
        if (n == 1) {
            passes[me]++;
            pass((int)(r / 1024 % SLOTS));
        } else {
            check(n < 0 && error_now() == ETIMEDOUT, "read: %d, errno %d", (int)n, error_now());
        }
    }
    raise_by_one(&ended);
}

// Both directions of one socket at once, each end with a reader and a writer: two wait for one
// descriptor, for different things.
static int duplex[2];
static int64_t written[2], taken[2];

static void duplex_writer(void *args)
{
    int end = (int)word_of(args);
    static char block[3000];
    while (!stress_over()) {
        check(gocc_posix_write(duplex[end], block, sizeof(block)) == sizeof(block),
              "write: errno %d", error_now());
        written[end] += sizeof(block);
    }
    shutdown(duplex[end], SHUT_WR);
    raise_by_one(&ended);
}

static void duplex_reader(void *args)
{
    int end = (int)word_of(args);
    char block[2000];
    ssize_t n;
    while ((n = gocc_posix_read(duplex[end], block, sizeof(block))) > 0)
        taken[end] += n;
    raise_by_one(&ended);
}

static void *foreign(void *arg)
{
    uint64_t random = 3;
    (void)arg;
    while (!stress_over()) {
        uint32_t r = stress_random(&random);
        int me = (int)(r % SLOTS);
        char token;
        if (recv(in[me], &token, 1, MSG_DONTWAIT) == 1) {
            passes[SLOTS]++;
            pass((int)(r / 64 % SLOTS));
        }
        usleep(100);
    }
    return NULL;
}

struct pair {
    int fd[2];
    struct gocc_hchan *done;
};

static void reader(void *args)
{
    struct pair *p = *(struct pair **)args;
    char token;
    ssize_t n = gocc_posix_read(p->fd[0], &token, 1);
    // Closed while it waited; or before it looked, and then the number may be another's already:
    // of one byte, an eventfd's EINVAL.
    check(n >= 0 || error_now() == EBADF || error_now() == EINVAL, "closed: %d, errno %d", (int)n, error_now());
    gocc_chan_send(p->done, NULL);
}

// A reader that was not in time races with whoever gets its number next, as it is to: the thread
// sanitizer, which asks for this, sees a number as memory that socketpair and close write.
const char *__tsan_default_suppressions(void)
{
    return "race:closer\n";
}

static void closer(void *args)
{
    static const struct gocc_type type = {"reader", sizeof(struct pair *), 0, NULL, NULL};
    uint64_t random = (uint64_t)word_of(args) * 17;
    while (!stress_over()) {
        struct pair p = {.done = gocc_chan_make(0, "void", 0)}, *at = &p;
        check(socketpair(AF_UNIX, SOCK_STREAM, 0, p.fd) == 0, "socketpair");
        gocc_go(&type, reader, &at);
        for (uint32_t i = stress_random(&random) % 4; i > 0; i--)
            go_yield();
        // The other end last, so that a reader which is not in time finds nothing or an end.
        gocc_posix_close(p.fd[0]);
        gocc_posix_close(p.fd[1]);
        gocc_chan_recv(p.done, NULL);
        gocc_release(p.done);
    }
    raise_by_one(&ended);
}

int main(void)
{
    pthread_t thread;
    stress_begin();
    for (int i = 0; i < SLOTS; i++) {
        int fd[2];
        check(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0, "socketpair");
        in[i] = fd[0];
        out[i] = fd[1];
    }
    for (int i = 0; i < TOKENS; i++)
        pass(i);
    check(pthread_create(&thread, NULL, foreign, NULL) == 0, "no thread");
    for (intptr_t i = 0; i < SLOTS; i++)
        start(wanderer, i);
    int small = 4096;
    check(socketpair(AF_UNIX, SOCK_STREAM, 0, duplex) == 0, "socketpair");
    for (intptr_t i = 0; i < 2; i++) {
        setsockopt(duplex[i], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
        start(duplex_writer, i);
        start(duplex_reader, i);
    }
    for (intptr_t i = 0; i < CLOSERS; i++) // last: their readers may read from a number used anew
        start(closer, i);
    while (__atomic_load_n(&ended, __ATOMIC_ACQUIRE) < SLOTS + CLOSERS + 4)
        go_sleep(10 * GO_MILLISECOND);
    pthread_join(thread, NULL);
    int tokens = 0;
    long long sum = 0;
    for (int i = 0; i < SLOTS; i++) {
        char token;
        while (recv(in[i], &token, 1, MSG_DONTWAIT) == 1)
            tokens++;
        sum += passes[i];
    }
    check(written[0] == taken[1] && written[1] == taken[0], "wrote %lld and %lld, read %lld and %lld",
          (long long)written[0], (long long)written[1], (long long)taken[1], (long long)taken[0]);
    check(tokens == TOKENS, "%d tokens of %d are left", tokens, TOKENS);
    printf("%lld passes, %lld by the thread\n", sum, (long long)passes[SLOTS]);
    return 0;
}
