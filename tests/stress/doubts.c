// LANGUAGE.md 6: a descriptor that was changed behind the runtime's back is noticed, also when
// several goroutines begin to wait for such at the same moment while the thread that polls sleeps.
//
// Each reader has waited for its number before. Then plain C puts another socket there, which epoll
// has not heard of; both readers wait; and a thread of which the runtime knows nothing writes to
// one, and to the other only when the first has read: nobody else could wake who polls.
//
// Planted and found: a wait that relies on another's doubt without a look whether the poller sleeps
// (hangs: the other one undoes its doubt, since it does).
// timeout: 60
#include "../runtime/parts/stress.h"

#include <gocc/net.h>
#include <gocc/sync.h>

#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

ssize_t gocc_posix_read(int fd, void *buf, size_t n);

enum { READERS = 2, HANGS_AFTER = 5000 };

static int at[READERS];  // where each reads
static int far[READERS]; // and the other end
static int waiting, got[READERS];

static void nap(int64_t ns)
{
    nanosleep(&(struct timespec){0, ns}, NULL);
}

static void read_one(int me)
{
    char byte;
    CHECK_EQ(gocc_posix_read(at[me], &byte, 1), 1);
    __atomic_store_n(&got[me], 1, __ATOMIC_RELEASE);
}

static void *write_one_by_one(void *arg)
{
    int first = (int)(intptr_t)arg;
    for (int i = 0; i < READERS; i++) {
        int to = (first + i) % READERS;
        nap(300000);
        CHECK_EQ(write(far[to], "x", 1), 1);
        for (int ms = 0; !__atomic_load_n(&got[to], __ATOMIC_ACQUIRE); ms++) {
            CHECK(ms < HANGS_AFTER);
            nap(1000000);
        }
    }
    return NULL;
}

static void new_pair(int me)
{
    int s[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
    CHECK_EQ(dup2(s[0], at[me]), at[me]);
    CHECK_EQ(dup2(s[1], far[me]), far[me]);
    close(s[0]);
    close(s[1]);
}

static go_waitgroup wg;

static void reader(void *arg)
{
    int me = (int)(intptr_t)arg;
    __atomic_add_fetch(&waiting, 1, __ATOMIC_ACQ_REL);
    while (__atomic_load_n(&waiting, __ATOMIC_ACQUIRE) < READERS)
        go_yield();
    read_one(me);
    go_waitgroup_done(&wg);
}

static void round_of(int first)
{
    pthread_t id;
    waiting = 0;
    for (int i = 0; i < READERS; i++)
        got[i] = 0;
    CHECK_EQ(pthread_create(&id, NULL, write_one_by_one, (void *)(intptr_t)first), 0);
    go_waitgroup_add(&wg, READERS);
    for (intptr_t i = 0; i < READERS; i++)
        start(reader, (void *)i);
    go_waitgroup_wait(&wg);
    pthread_join(id, NULL);
}

int main(void)
{
    uint64_t seed = 1;
    for (int i = 0; i < READERS; i++) {
        int s[2];
        CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
        at[i] = s[0];
        far[i] = s[1];
    }
    round_of(0); // each number is known
    while (stress_time_left()) {
        for (int i = 0; i < READERS; i++)
            new_pair(i);
        round_of((int)stress_random(&seed, READERS));
    }
}
