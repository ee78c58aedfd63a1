// gocc/atomic.h: each operation on each type: what it returns, what it leaves, and that it wraps.
// lib: plain tsan
#include "parts/test.h"

#define INTEGERS(S, T, MAX, MIN) \
    static void test_##S(void) \
    { \
        T x = 5; \
        CHECK(go_atomic_load_##S(&x) == 5); \
        go_atomic_store_##S(&x, MAX); \
        CHECK(go_atomic_load_##S(&x) == MAX); \
        CHECK(go_atomic_add_##S(&x, 1) == MIN); /* the new value */ \
        CHECK(go_atomic_add_##S(&x, (T) - 1) == MAX); \
        CHECK(go_atomic_swap_##S(&x, 7) == MAX); /* the old one */ \
        CHECK(!go_atomic_cas_##S(&x, 8, 9) && x == 7); \
        CHECK(go_atomic_cas_##S(&x, 7, 9) && x == 9); \
    } \
    static T shared_##S; \
    static void raise_##S(void *arg) \
    { \
        for (int i = 0; i < 1000; i++) { \
            go_atomic_add_##S(&shared_##S, 1); \
            for (T old; old = go_atomic_load_##S(&shared_##S), \
                        !go_atomic_cas_##S(&shared_##S, old, old + 1);) \
                ; \
        } \
        go_waitgroup_done(arg); \
    }
INTEGERS(i32, int32_t, INT32_MAX, INT32_MIN)
INTEGERS(u32, uint32_t, UINT32_MAX, 0)
INTEGERS(i64, int64_t, INT64_MAX, INT64_MIN)
INTEGERS(u64, uint64_t, UINT64_MAX, 0)

int main(void)
{
    test_i32();
    test_u32();
    test_i64();
    test_u64();

    int a, b;
    void *p = &a;
    CHECK(go_atomic_load_ptr(&p) == &a);
    go_atomic_store_ptr(&p, &b);
    CHECK(go_atomic_swap_ptr(&p, NULL) == &b && !p);
    CHECK(!go_atomic_cas_ptr(&p, &a, &b) && !p);
    CHECK(go_atomic_cas_ptr(&p, NULL, &a) && p == &a);

    go_waitgroup wg = {0};
    go_waitgroup_add(&wg, 16);
    for (int i = 0; i < 4; i++) {
        start(raise_i32, &wg);
        start(raise_u32, &wg);
        start(raise_i64, &wg);
        start(raise_u64, &wg);
    }
    go_waitgroup_wait(&wg);
    CHECK(shared_i32 == 8000 && shared_u32 == 8000 && shared_i64 == 8000 && shared_u64 == 8000);
}
