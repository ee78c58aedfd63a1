// Locks and counters on which goroutines wait. LANGUAGE.md 6. All of them start as zero and
// are then ready for use; none may be copied or moved once it was used.
#ifndef GOCC_SYNC_H
#define GOCC_SYNC_H

#include <gocc/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- go_mutex ----------------------------------------------------------------------------

// Mutual exclusion. Not recursive. Belongs to no goroutine: another one may unlock it. The
// members are the library's.
typedef struct go_mutex {
    uint32_t state;
    uint32_t queue_lock;
    void *first, *last;
    uint32_t woken;
    uint32_t holder; // who locked it last, for reports
} go_mutex;

// Takes m, waiting until it is free.
//
//   m  zero at first; borrowed until the matching go_mutex_unlock has returned.
//
// Panics: never. Blocks: the goroutine; outside the runtime's threads, the calling thread.
// Threads: any. Who waits comes before newcomers once it has been overtaken a few times.
// Order: an unlock happens before the return of the next lock.
// Source: Go's sync.Mutex.Lock. LANGUAGE.md 6.
void go_mutex_lock(go_mutex *m);

// Frees m and lets one of those that wait go on.
//
//   m  locked; may be gone, or be freed by its next owner, when this returns.
//
// Panics: never; `fatal error: sync: unlock of unlocked mutex` when m is not locked.
// Blocks: never. Threads: any, not only the one that locked.
// Source: Go's sync.Mutex.Unlock. LANGUAGE.md 4, 6.
void go_mutex_unlock(go_mutex *m);

// Takes m if that needs no waiting; returns whether it did.
//
//   m  as for go_mutex_lock.
//
// Panics: never. Blocks: never. Threads: any.
// Order: that of go_mutex_lock when it returns true, none else.
// Source: Go's sync.Mutex.TryLock. LANGUAGE.md 6.
bool go_mutex_try_lock(go_mutex *m);

// ---- go_rwmutex --------------------------------------------------------------------------

// One writer or any number of readers. Not recursive: a reader that locks again while a writer
// waits never returns. The members are the library's.
typedef struct go_rwmutex {
    go_mutex writers;
    int32_t n_readers; // minus 2^30 while a writer has it or waits
    int32_t n_awaited; // readers that the waiting writer waits for
    uint32_t queue_lock;
    uint32_t n_tokens[2]; // leave to go on that nobody waits for yet: readers, writer
    void *first[2], *last[2];
} go_rwmutex;

// Takes rw for writing, waiting until nobody has it.
//
//   rw  zero at first; borrowed until the matching go_rwmutex_unlock has returned.
//
// Panics: never. Blocks: the goroutine; outside the runtime's threads, the calling thread.
// Threads: any. Readers that come while a writer waits wait behind it: writers do not starve.
// Order: every unlock and runlock before it happens before the return.
// Source: Go's sync.RWMutex.Lock. LANGUAGE.md 6.
void go_rwmutex_lock(go_rwmutex *rw);

// Frees rw and lets the readers that wait go on, or else the next writer.
//
//   rw  locked for writing.
//
// Panics: never; `fatal error: sync: Unlock of unlocked RWMutex` when it is not.
// Blocks: never. Threads: any, not only the one that locked.
// Order: happens before the return of the locks and rlocks that it lets through.
// Source: Go's sync.RWMutex.Unlock. LANGUAGE.md 4, 6.
void go_rwmutex_unlock(go_rwmutex *rw);

// Takes rw for reading, waiting while a writer has it or waits for it.
//
//   rw  zero at first; borrowed until the matching go_rwmutex_runlock has returned.
//
// Panics: never. Blocks: the goroutine; outside the runtime's threads, the calling thread.
// Threads: any.
// Order: the unlock before it happens before the return.
// Source: Go's sync.RWMutex.RLock. LANGUAGE.md 6.
void go_rwmutex_rlock(go_rwmutex *rw);

// Gives up reading; the last reader lets a writer that waits go on.
//
//   rw  locked for reading.
//
// Panics: never; `fatal error: sync: RUnlock of unlocked RWMutex` when it is not.
// Blocks: never. Threads: any, not only the one that locked.
// Order: happens before the return of the lock that it lets through.
// Source: Go's sync.RWMutex.RUnlock. LANGUAGE.md 4, 6.
void go_rwmutex_runlock(go_rwmutex *rw);

// Takes rw for writing, or for reading, if that needs no waiting; returns whether it did.
//
//   rw  as for go_rwmutex_lock and go_rwmutex_rlock.
//
// Panics: never. Blocks: never. Threads: any.
// Order: that of the call that waits when it returns true, none else.
// Source: Go's sync.RWMutex.TryLock, TryRLock. LANGUAGE.md 6.
bool go_rwmutex_try_lock(go_rwmutex *rw);
bool go_rwmutex_try_rlock(go_rwmutex *rw);

// ---- go_cond -----------------------------------------------------------------------------

// A place to wait for a condition that a mutex guards. The members are the library's.
typedef struct go_cond {
    go_mutex *mutex;
    uint32_t queue_lock;
    uint32_t unused;
    void *first, *last;
} go_cond;

// Gives cond its mutex.
//
//   cond   any memory; may be initialised again when nobody waits.
//   mutex  borrowed for as long as cond is used.
//
// Panics: never. Blocks: never. Threads: any, before the others use cond.
// Source: Go's sync.NewCond. LANGUAGE.md 6.
void go_cond_init(go_cond *cond, go_mutex *mutex);

// Unlocks the mutex, waits for a signal or broadcast, and locks the mutex again. The condition
// may have changed again by then: wait in a loop that looks at it.
//
//   cond  initialised, its mutex locked by the caller; borrowed until the call returns.
//
// Panics: never; `fatal error: sync: unlock of unlocked mutex` when the mutex is not locked.
// Blocks: the goroutine; outside the runtime's threads, the calling thread. Threads: any.
// Returns only after a signal or broadcast that was made after the call began.
// Order: that signal or broadcast happens before the return.
// Source: Go's sync.Cond.Wait. LANGUAGE.md 6.
void go_cond_wait(go_cond *cond);

// Lets the one that has waited longest, or all that wait, go on.
//
//   cond  borrowed until the call returns; its mutex may be locked, but need not be.
//
// Panics: never. Blocks: never. Threads: any.
// Source: Go's sync.Cond.Signal, Broadcast. LANGUAGE.md 6.
void go_cond_signal(go_cond *cond);
void go_cond_broadcast(go_cond *cond);

// ---- go_waitgroup ------------------------------------------------------------------------

// A count of what is still to be done. The members are the library's.
typedef struct go_waitgroup {
    uint64_t state; // what is to be done << 32 | goroutines that wait
    void *first, *others;
} go_waitgroup;

// Adds n, which may be negative, to the count; at zero all that wait go on.
//
//   wg  zero at first; borrowed until the call returns. What raises the count from zero must
//       happen before the wait that is to see it.
//
// Panics: "sync: negative WaitGroup counter"; "sync: WaitGroup misuse: Add called
// concurrently with Wait". Blocks: never. Threads: any.
// Order: a call that lowers the count happens before the return of the waits it lets through.
// Source: Go's sync.WaitGroup.Add. LANGUAGE.md 6.
void go_waitgroup_add(go_waitgroup *wg, int n);

// go_waitgroup_add(wg, -1): one thing is done.
//
//   wg  may be gone when this returns, if somebody waited for it.
//
// Panics: "sync: negative WaitGroup counter". Blocks: never. Threads: any.
// Source: Go's sync.WaitGroup.Done. LANGUAGE.md 6.
void go_waitgroup_done(go_waitgroup *wg);

// Waits until the count is zero.
//
//   wg  borrowed until the call returns; may be used again, or be gone, after that.
//
// Panics: never. Blocks: the goroutine; outside the runtime's threads, the calling thread.
// Threads: any number at a time.
// Order: the calls that brought the count to zero happen before the return.
// Source: Go's sync.WaitGroup.Wait. LANGUAGE.md 6.
void go_waitgroup_wait(go_waitgroup *wg);

// Adds 1, and starts a goroutine that calls f and then go_waitgroup_done(wg), also when f ends
// by go_exit.
//
//   wg  borrowed until that go_waitgroup_done has returned.
//   f   called once. The library owns it meanwhile; a caller that made it still owns it too.
//
// Panics: when f is null, in the new goroutine. Blocks: never. Threads: any.
// Order: the call happens before f begins, the end of f before the waits it lets through.
// Source: Go's sync.WaitGroup.Go. LANGUAGE.md 6.
void go_waitgroup_go(go_waitgroup *wg, gocc_func(void) f);

// ---- go_once -----------------------------------------------------------------------------

// Does something once. The members are the library's.
typedef struct go_once {
    uint32_t done;
    uint32_t unused;
    go_mutex mutex;
} go_once;

// Calls f if no call with this once has been made before; else waits until that has ended.
//
//   once  zero at first; borrowed until the call returns.
//   f     borrowed until the call returns. A panic or go_exit in it counts as having ended; a
//         call with the same once from within f never returns.
//
// Panics: when f does, or when it is null and would be called. Blocks: while another
// goroutine is in f. Threads: any.
// Order: the end of f happens before the return of every call with this once.
// Source: Go's sync.Once.Do. LANGUAGE.md 6.
void go_once_do(go_once *once, gocc_func(void) f);

// ---- go_pool -----------------------------------------------------------------------------

// Things kept for the next user: buffers and the like. Any number of goroutines use it at once;
// each processor has a cache of its own. The members are the library's.
typedef struct go_pool {
    gocc_func(void *) make;
    struct go_pool_state *state;
} go_pool;

// Gives pool the function that makes an item when it has none. A pool that starts as zero makes
// none.
//
//   pool  any memory, but not a pool that is in use; empty afterwards. Its memory must live until
//         the last call with it has returned; before it ends, go_pool_clear frees what is in it.
//   make  returns a new item; called by go_pool_get. The pool owns the function too, until it is
//         cleared; a caller that made it still owns it. Or NULL.
//
// Panics: never. Blocks: never. Threads: any, before the others use the pool.
// Source: Go's sync.Pool. LANGUAGE.md 6.
void go_pool_init(go_pool *pool, gocc_func(void *) make);

// Sets what is done with items that have lain in the pool for two minutes, or that are there when
// it is cleared. Without it they are given to free().
//
//   pool  initialised, or zero; borrowed until the call returns.
//   drop  called once with each such item, in a goroutine of the library's own or by
//         go_pool_clear. The pool owns the function too, until it is cleared.
//
// Panics: never; a panic in drop is that of its goroutine. Blocks: never. Threads: any.
// Source: what Go leaves to its garbage collector. LANGUAGE.md 6.
void go_pool_on_drop(go_pool *pool, gocc_func(void, void *) drop);

// Takes some item out of the pool, mostly one that was put in lately on this processor; when there
// is none, makes one.
//
//   pool  borrowed until the call returns.
//
// Returns the item, which is the caller's to put back or to free: in the state in which it was put
// in. NULL when the pool is empty and has no function, or that returned NULL.
// Panics: when the function does. Blocks: when the function does. Threads: any.
// Order: the put of an item happens before the return of the get that takes it.
// Source: Go's sync.Pool.Get. LANGUAGE.md 6.
void *go_pool_get(go_pool *pool);

// Gives an item to the pool.
//
//   pool  borrowed until the call returns.
//   item  the pool's from now on, until some go_pool_get returns it or it is dropped: from malloc,
//         if go_pool_on_drop says nothing else. NULL is ignored.
//
// Panics: never. Blocks: never. Threads: any.
// Order: happens before the return of the get that takes the item.
// Source: Go's sync.Pool.Put. LANGUAGE.md 6.
void go_pool_put(go_pool *pool, void *item);

// Drops all items of the pool and releases its functions: it is as it was before it was
// initialised.
//
//   pool  nobody else may use it meanwhile.
//
// Panics: when the function of go_pool_on_drop does. Blocks: until that function has returned for
// every item, also where a goroutine of the library's calls it. Threads: any.
// Source: what Go leaves to its garbage collector. LANGUAGE.md 5, 6.
void go_pool_clear(go_pool *pool);

// ---- go_map ------------------------------------------------------------------------------

// Into how many parts a go_map is divided, each with a lock of its own.
enum { GO_MAP_SHARDS = 8 };

// A map from pointers to pointers that any number of goroutines use at once. The members are the
// library's. Neither keys nor values are owned: what they point at must live while they are in it.
typedef struct go_map {
    uint64_t (*hash)(const void *key);
    bool (*equal)(const void *a, const void *b);
    struct {
        go_rwmutex mutex;
        void **buckets; // freed when the last entry goes
        uint64_t n_buckets, n;
    } shards[GO_MAP_SHARDS];
} go_map;

// Gives m its idea of equal keys. A map that starts as zero compares pointers.
//
//   m            any memory; empty afterwards.
//   hash, equal  equal keys must have equal hashes; NULL, NULL: by pointer. For keys that are
//                strings: go_hash_string, go_equal_string.
//
// Panics: never. Blocks: never. Threads: any, before the others use m.
// Source: Go's sync.Map. LANGUAGE.md 6.
void go_map_init(go_map *m, uint64_t (*hash)(const void *),
                 bool (*equal)(const void *, const void *));
uint64_t go_hash_string(const void *string);
bool go_equal_string(const void *a, const void *b);

// Whether m has key; *value is set to its value, or NULL. value may be NULL.
//
// Panics: never. Blocks: while another goroutine changes that part of m. Threads: any.
// Order: the store of a value happens before the load that returns it.
// Source: Go's sync.Map.Load. LANGUAGE.md 6.
bool go_map_load(go_map *m, const void *key, void **value);

// Sets the value of key.
//
//   key, value  borrowed until they are deleted or stored over; a key that was there stays.
//
// Panics: never. Blocks: while another goroutine is in that part of m. Threads: any.
// Source: Go's sync.Map.Store. LANGUAGE.md 6.
void go_map_store(go_map *m, const void *key, void *value);

// Sets the value of key unless m has it already. Returns whether it had; *actual is set to the
// value that m has now, and may be NULL.
//
// Otherwise as go_map_store. Source: Go's sync.Map.LoadOrStore. LANGUAGE.md 6.
bool go_map_load_or_store(go_map *m, const void *key, void *value, void **actual);

// Takes key out of m, if it is there.
//
// Otherwise as go_map_store. Source: Go's sync.Map.Delete. LANGUAGE.md 6.
void go_map_delete(go_map *m, const void *key);

// Calls f for each key and value until it returns false. Sees what was there when the call began
// and was not deleted before its turn; of changes made meanwhile, some. f may use m.
//
//   f  borrowed until the call returns.
//
// Panics: when f does. Blocks: while f does. Threads: any.
// Source: Go's sync.Map.Range. LANGUAGE.md 6.
void go_map_range(go_map *m, gocc_func(bool, void *, void *) f);

#ifdef __cplusplus
}
#endif
#endif
