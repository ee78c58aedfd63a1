// Atomic integers and pointers, the same on every back end (tcc has no <stdatomic.h>).
// LANGUAGE.md 6.
//
// Every call is sequentially consistent, as in Go: all of them, from all threads, have one order
// that agrees with each thread's own. The variables are plain ones, naturally aligned; what else
// reads or writes them at the same time is a data race.
//
// Panics: never. Blocks: never. Threads: any. Source: Go's sync/atomic.
#ifndef GOCC_ATOMIC_H
#define GOCC_ATOMIC_H

#include <gocc/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

// The value at addr, which is borrowed for the call.
int32_t go_atomic_load_i32(const int32_t *addr);
uint32_t go_atomic_load_u32(const uint32_t *addr);
int64_t go_atomic_load_i64(const int64_t *addr);
uint64_t go_atomic_load_u64(const uint64_t *addr);
void *go_atomic_load_ptr(void *const *addr);

// Sets *addr to value.
void go_atomic_store_i32(int32_t *addr, int32_t value);
void go_atomic_store_u32(uint32_t *addr, uint32_t value);
void go_atomic_store_i64(int64_t *addr, int64_t value);
void go_atomic_store_u64(uint64_t *addr, uint64_t value);
void go_atomic_store_ptr(void **addr, void *value);

// Adds delta, wrapping around; returns the new value.
int32_t go_atomic_add_i32(int32_t *addr, int32_t delta);
uint32_t go_atomic_add_u32(uint32_t *addr, uint32_t delta);
int64_t go_atomic_add_i64(int64_t *addr, int64_t delta);
uint64_t go_atomic_add_u64(uint64_t *addr, uint64_t delta);

// Sets *addr to value; returns the old one.
int32_t go_atomic_swap_i32(int32_t *addr, int32_t value);
uint32_t go_atomic_swap_u32(uint32_t *addr, uint32_t value);
int64_t go_atomic_swap_i64(int64_t *addr, int64_t value);
uint64_t go_atomic_swap_u64(uint64_t *addr, uint64_t value);
void *go_atomic_swap_ptr(void **addr, void *value);

// Sets *addr to value if it is old; returns whether it was.
bool go_atomic_cas_i32(int32_t *addr, int32_t old, int32_t value);
bool go_atomic_cas_u32(uint32_t *addr, uint32_t old, uint32_t value);
bool go_atomic_cas_i64(int64_t *addr, int64_t old, int64_t value);
bool go_atomic_cas_u64(uint64_t *addr, uint64_t old, uint64_t value);
bool go_atomic_cas_ptr(void **addr, void *old, void *value);

#ifdef __cplusplus
}
#endif

#endif
