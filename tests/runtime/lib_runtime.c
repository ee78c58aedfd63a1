// gocc/runtime.h, gocc/object.h: what their docstrings say of limits, threads and NULL.
// lib: plain
#define _GNU_SOURCE
#include "parts/test.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

// Calls f(arg) on a thread that the runtime did not start.
static void on_thread(void *(*f)(void *), void *arg)
{
    pthread_t t;
    CHECK(pthread_create(&t, NULL, f, arg) == 0);
    pthread_join(t, NULL);
}

static void *ask_id(void *arg)
{
    *(uint64_t *)arg = go_id();
    go_yield();         // to other threads
    go_lock_thread();   // without effect
    go_unlock_thread(); // likewise
    go_enter_blocking();
    go_exit_blocking();
    return NULL;
}

static void *use_everything(void *arg)
{
    go_chan(int) c = arg;
    go_mutex m = {0};
    go_waitgroup wg = {0};
    go_mutex_lock(&m);
    CHECK(!go_mutex_try_lock(&m));
    go_mutex_unlock(&m);
    go_waitgroup_wait(&wg);
    go_send(c, go_recv(c) + 1); // blocks this thread
    go_sleep(GO_MILLISECOND);
    go_context *ctx = go_context_with_timeout(NULL, GO_MILLISECOND);
    go_recv(go_context_done(ctx));
    go_release(ctx);
    return NULL;
}

static void wait_for_ever(void *arg)
{
    go_recv((go_chan(void))arg);
}

static void answer(void *arg)
{
    go_chan(int) c = arg;
    go_send(c, 1);
    CHECK_EQ(go_recv(c), 2);
}

int main(void)
{
    // Processors.
    int n = go_max_procs(0), cpus = go_num_cpu();
    CHECK_EQ(go_max_procs(5000), n);
    CHECK_EQ(go_max_procs(n), 1024);
    cpu_set_t set, one;
    CHECK(cpus >= 1 && sched_getaffinity(0, sizeof(set), &set) == 0 && cpus <= CPU_COUNT(&set));
    CPU_ZERO(&one);
    for (int i = 0; !CPU_COUNT(&one); i++)
        if (CPU_ISSET(i, &set))
            CPU_SET(i, &one);
    CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
    CHECK_EQ(go_num_cpu(), 1);
    CHECK(sched_setaffinity(0, sizeof(set), &set) == 0);

    // Goroutines: main and those that wait are counted.
    go_chan(void) never = go_make(void, 0);
    int before = go_num_goroutine();
    CHECK(before >= 1);
    for (int i = 0; i < 3; i++)
        must_block(wait_for_ever, never);
    CHECK_EQ(go_num_goroutine(), before + 3);
    for (int i = 0; i < 3; i++)
        go_send(never, {});
    EVENTUALLY(go_num_goroutine() == before);

    // Threads that the runtime did not start.
    uint64_t first = 0, second = 0;
    on_thread(ask_id, &first);
    on_thread(ask_id, &second);
    CHECK(first > 1 && second > 1 && first != second && go_id() == 1);
    go_chan(int) c = go_make(int, 0);
    start(answer, c);
    on_thread(use_everything, c);
    go_unlock_thread(); // without a go_lock_thread: nothing

    // Errors.
    CHECK(strcmp(go_strerror(ENOENT), strerror(ENOENT)) == 0);
    CHECK(strcmp(go_strerror(GO_CANCELED), "context canceled") == 0);
    CHECK(strcmp(go_strerror(GO_DEADLINE_EXCEEDED), "context deadline exceeded") == 0);
    CHECK(strcmp(go_strerror(123456), "unknown error") == 0);
    CHECK(strcmp(go_strerror(-1), "unknown error") == 0);
    for (int e = 0; e < 4096; e++) // no errno value is ours
        CHECK(e != GO_CANCELED && e != GO_DEADLINE_EXCEEDED);
    go_enter_blocking();
    errno = 55;
    go_exit_blocking();
    CHECK_EQ(errno, 55);

    // Memory, in bytes: what malloc gave counts as heap.
    go_mem_stats a, b;
    go_read_mem_stats(&a);
    volatile char *block = malloc(1 << 20);
    block[0] = 1;
    go_read_mem_stats(&b);
    CHECK(b.heap >= a.heap + (1 << 20) && b.sys >= b.stacks);
    free((void *)block);

    // NULL has no owners; an object with two survives one release. x is evaluated once.
    int *none = NULL;
    CHECK(!go_retain(none));
    go_release(none);
    go_chan(int) owners[] = {c, NULL}, *at = owners;
    CHECK(go_retain(*at++) == c && at == owners + 1);
    go_release(c);
    CHECK_EQ(go_cap(c), 0);
    go_release(c);
    go_release(never);
}
// not: valgrind (mallinfo2 knows nothing of its malloc)
