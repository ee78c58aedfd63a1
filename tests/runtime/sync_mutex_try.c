// LANGUAGE.md 6: try_lock takes a mutex only if that needs no waiting; another goroutine may
// unlock it.
#include "parts/test.h"

static go_mutex m;

static void lock(void *arg)
{
    (void)arg;
    go_mutex_lock(&m);
}

static void unlock(void *arg)
{
    (void)arg;
    go_mutex_unlock(&m);
}

int main(void)
{
    CHECK(go_mutex_try_lock(&m));
    CHECK(!go_mutex_try_lock(&m));
    struct test_call *call = must_block(lock, NULL);
    CHECK(!go_mutex_try_lock(&m));
    go_mutex_unlock(&m);
    must_go_on(call);
    CHECK(!go_mutex_try_lock(&m));
    start(unlock, NULL);
    EVENTUALLY(go_mutex_try_lock(&m));
    go_mutex_unlock(&m);
}
