// The atomic operations of <gocc/atomic.h>: functions, so that every compiler has the same.
//
// The thread sanitizer does not see into the library: each operation is told to it as an acquire
// and a release of the address, which is what sequential consistency means for data around it.
#include <gocc/atomic.h>

#include "base.h"
#include "race.h"

#define ORDER __ATOMIC_SEQ_CST

#define INTEGER(name, type) \
    type go_atomic_load_##name(const type *addr) \
    { \
        type value = __atomic_load_n(addr, ORDER); \
        go__race_acquire(addr); \
        return value; \
    } \
    void go_atomic_store_##name(type *addr, type value) \
    { \
        go__race_release(addr); \
        __atomic_store_n(addr, value, ORDER); \
    } \
    type go_atomic_add_##name(type *addr, type delta) \
    { \
        go__race_release(addr); \
        type value = __atomic_add_fetch(addr, delta, ORDER); \
        go__race_acquire(addr); \
        return value; \
    } \
    type go_atomic_swap_##name(type *addr, type value) \
    { \
        go__race_release(addr); \
        type old = __atomic_exchange_n(addr, value, ORDER); \
        go__race_acquire(addr); \
        return old; \
    } \
    bool go_atomic_cas_##name(type *addr, type old, type value) \
    { \
        go__race_release(addr); \
        bool done = __atomic_compare_exchange_n(addr, &old, value, false, ORDER, ORDER); \
        go__race_acquire(addr); \
        return done; \
    }

INTEGER(i32, int32_t)
INTEGER(u32, uint32_t)
INTEGER(i64, int64_t)
INTEGER(u64, uint64_t)

void *go_atomic_load_ptr(void *const *addr)
{
    void *value = __atomic_load_n(addr, ORDER);
    go__race_acquire(addr);
    return value;
}

void go_atomic_store_ptr(void **addr, void *value)
{
    go__race_release(addr);
    __atomic_store_n(addr, value, ORDER);
}

void *go_atomic_swap_ptr(void **addr, void *value)
{
    go__race_release(addr);
    void *old = __atomic_exchange_n(addr, value, ORDER);
    go__race_acquire(addr);
    return old;
}

bool go_atomic_cas_ptr(void **addr, void *old, void *value)
{
    go__race_release(addr);
    bool done = __atomic_compare_exchange_n(addr, &old, value, false, ORDER, ORDER);
    go__race_acquire(addr);
    return done;
}
