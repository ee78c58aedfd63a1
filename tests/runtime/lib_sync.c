// gocc/sync.h: what its docstrings say that no test of one type shows: other goroutines unlock,
// NULL arguments, use again, misuse.
// lib: plain asan
#include "parts/test.h"

static go_mutex mutex;
static go_rwmutex rw;
static go_cond cond;
static go_once once;
static go_waitgroup wg;

static void unlock(void *arg)
{
    (void)arg;
    go_mutex_unlock(&mutex);
}

static void lock(void *arg)
{
    (void)arg;
    go_mutex_lock(&mutex);
}

static void unlock_rw(void *arg)
{
    (void)arg;
    go_rwmutex_unlock(&rw);
}

static void read_lock(void *arg)
{
    (void)arg;
    go_rwmutex_rlock(&rw);
}

static void write_lock(void *arg)
{
    (void)arg;
    go_rwmutex_lock(&rw);
}

static void wait(void *arg)
{
    (void)arg;
    go_mutex_lock(&mutex);
    go_cond_wait(&cond);
    go_mutex_unlock(&mutex);
}

static void once_null(void *arg)
{
    (void)arg;
    go_once_do(&once, NULL);
}

static int n_once;

static void once_again(void *self)
{
    CLOSURE(f, once_again);
    (void)self;
    ADD(n_once, 1);
    go_once_do(&once, f);
}

static void once_within(void *arg)
{
    CLOSURE(f, once_again);
    (void)arg;
    go_once_do(&once, f);
}

static void once_exit(void *self)
{
    (void)self;
    ADD(n_once, 1);
    go_exit();
}

static void once_exiting(void *arg)
{
    CLOSURE(f, once_exit);
    go_once_do(arg, f);
}

static void below_zero(void *arg)
{
    (void)arg;
    go_waitgroup_add(&wg, -3);
}

static bool stop_at_once(void *self, void *key, void *value)
{
    (void)key;
    (void)value;
    ++*(int *)go_func_arg(self);
    return false;
}

int main(void)
{
    // A mutex belongs to no goroutine.
    go_mutex_lock(&mutex);
    struct test_call *waits = must_block(lock, NULL);
    start(unlock, NULL);
    must_go_on(waits);
    CHECK(!go_mutex_try_lock(&mutex));
    go_mutex_unlock(&mutex);
    CHECK(go_mutex_try_lock(&mutex));
    go_mutex_unlock(&mutex);

    // Nor does an rwmutex; a reader that locks again behind a waiting writer never returns.
    go_rwmutex_lock(&rw);
    waits = must_block(read_lock, NULL);
    start(unlock_rw, NULL);
    must_go_on(waits);
    struct test_call *writes = must_block(write_lock, NULL);
    waits = must_block(read_lock, NULL);
    CHECK(!go_rwmutex_try_rlock(&rw) && !go_rwmutex_try_lock(&rw));
    go_rwmutex_runlock(&rw); // the first reader's
    must_go_on(writes);
    settle();
    CHECK(!LOAD(waits->done));
    go_rwmutex_unlock(&rw);
    must_go_on(waits);
    go_rwmutex_runlock(&rw);
    CHECK(go_rwmutex_try_lock(&rw));
    go_rwmutex_unlock(&rw);

    // Signals need no locked mutex; one that nobody waits for is lost; broadcast wakes all.
    memset(&cond, 0xa5, sizeof(cond)); // any memory
    go_cond_init(&cond, &mutex);
    go_cond_signal(&cond);
    go_cond_broadcast(&cond);
    struct test_call *one = must_block(wait, NULL), *two = must_block(wait, NULL);
    go_cond_signal(&cond);
    must_go_on(one);
    settle();
    CHECK(!LOAD(two->done));
    one = must_block(wait, NULL);
    go_cond_broadcast(&cond);
    must_go_on(one);
    must_go_on(two);
    go_cond_init(&cond, &mutex);

    // Once: null is called, and panics, and counts; so does one that ends by go_exit.
    must_panic(once_null, NULL, "runtime error: invalid memory address or nil pointer dereference");
    once_null(NULL); // not called again
    static go_once other;
    start(once_exiting, &other);
    EVENTUALLY(LOAD(n_once) == 1);
    once_exiting(&other);
    CHECK_EQ(LOAD(n_once), 1);
    once = (go_once){0};
    must_block(once_within, NULL);
    CHECK_EQ(LOAD(n_once), 2);

    // Wait groups: any n, used again.
    go_waitgroup_add(&wg, 2);
    must_panic(below_zero, NULL, "sync: negative WaitGroup counter");
    wg = (go_waitgroup){0};
    go_waitgroup_add(&wg, 5);
    go_waitgroup_add(&wg, -5);
    go_waitgroup_wait(&wg);

    // Maps: by pointer from zero, by string after init; keys that were there stay; init empties.
    static go_map map;
    char a[] = "key", b[] = "key";
    void *value = a;
    CHECK(!go_map_load(&map, a, &value) && !value);
    go_map_store(&map, a, b);
    CHECK(go_map_load(&map, a, NULL) && !go_map_load(&map, b, NULL));
    CHECK(go_map_load_or_store(&map, a, a, NULL));
    CHECK(!go_map_load_or_store(&map, b, a, &value) && value == a);
    go_map_delete(&map, a);
    go_map_delete(&map, a);
    go_map_delete(&map, b);
    go_map_init(&map, go_hash_string, go_equal_string);
    CHECK(go_hash_string(a) == go_hash_string(b) && go_equal_string(a, b));
    CHECK(!go_equal_string(a, "other"));
    go_map_store(&map, a, NULL);
    CHECK(go_map_load_or_store(&map, b, b, &value) && !value);
    go_map_store(&map, "second", NULL);
    int calls = 0;
    go_func(bool, void *, void *) f = go_make_func(stop_at_once, &calls);
    go_map_range(&map, f);
    CHECK_EQ(calls, 1);
    go_release(f);
    go_map_delete(&map, "key");
    go_map_delete(&map, "second");
    go_map_init(&map, NULL, NULL);
    CHECK(!go_map_load(&map, a, NULL));
    CHECK(GO_MAP_SHARDS > 1);
}
