// LANGUAGE.md 4: a trace says who holds the mutex that a goroutine waits for: who locked it at
// once, who had waited for it, who tried it, and a thread whose first call that was.
#include "parts/test.h"

#include <gocc/runtime.h>

#include <pthread.h>

static go_mutex m;
static int has, may_go;

static void hold(void)
{
    __atomic_store_n(&has, 1, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&may_go, __ATOMIC_ACQUIRE))
        go_yield();
    go_mutex_unlock(&m);
}

static void lock(void *arg)
{
    (void)arg;
    go_mutex_lock(&m);
    hold();
}

static void try_lock(void *arg)
{
    (void)arg;
    CHECK(go_mutex_try_lock(&m));
    hold();
}

static void *thread(void *arg)
{
    lock(arg);
    return NULL;
}

static void wait_for_it(void *arg)
{
    (void)arg;
    go_mutex_lock(&m);
    go_mutex_unlock(&m);
}

// Whoever has m or will have it, not main, is named by a trace; then it goes on and m is free.
static void is_named(void)
{
    static char text[20000];
    char line[80];
    while (!__atomic_load_n(&has, __ATOMIC_ACQUIRE))
        go_yield();
    CHECK(m.holder > 1);
    snprintf(line, sizeof(line), "waits for a mutex that goroutine %u holds\n", m.holder);
    struct test_call *call = must_block(wait_for_it, NULL);
    EVENTUALLY((go_stack_trace(text, sizeof(text), true), strstr(text, line)));
    __atomic_store_n(&may_go, 1, __ATOMIC_RELEASE);
    must_go_on(call);
    go_mutex_lock(&m);
    go_mutex_unlock(&m);
    has = may_go = 0;
}

int main(void)
{
    pthread_t t;
    start(lock, NULL);
    is_named();

    go_mutex_lock(&m);
    struct test_call *call = must_block(lock, NULL);
    go_mutex_unlock(&m);
    is_named();
    must_go_on(call);

    start(try_lock, NULL);
    is_named();

    CHECK_EQ(pthread_create(&t, NULL, thread, NULL), 0);
    is_named();
    pthread_join(t, NULL);
}
