// The readers-writer mutex and the condition variable.
//
// go_rwmutex. n_readers counts those that read or want to; a writer that has `writers` subtracts
// WRITER from it, which makes newcomers wait, and waits for as many readers as it saw (n_awaited).
// Two queues hold those that wait, `first[READERS]` and `first[WRITER_QUEUE]`; leave to go on that
// comes before its taker has queued is kept as a token, so that neither side needs to look twice.
//
// Order. Who counts whom is decided by the order of the changes of n_readers alone, and of those of
// n_awaited, each of which is one word with read-modify-writes only: so acquire and release
// suffice. A reader's change of n_readers acquires the writer's that let it in; the writer's, or
// the last reader's of n_awaited, acquires what all readers released before it, since these are one
// release sequence. Who waits gets the rest by queue_lock.
//
// go_cond. Who waits queues first and unlocks the mutex after that: a signal that comes in between
// finds it and marks it (`signalled`), and it then does not park.
//
// Lock: queue_lock of the object, over its queues and tokens; nothing is called while it is held.
// Source: Go's sync/rwmutex.go and the notification list of its sync.Cond.
#include <gocc/sync.h>

#include "lock.h"
#include "race.h"
#include "sched.h"

enum { READERS, WRITER_QUEUE };
enum { WRITER = 1 << 30 };

struct waiter {
    struct waiter *next;
    struct go__g *g;
    bool parked, signalled; // go_cond's; under queue_lock
};

static inline struct go__lock *queue_lock(uint32_t *word)
{
    _Static_assert(sizeof(struct go__lock) == sizeof(uint32_t), "public structs hold a word");
    return (struct go__lock *)word;
}

static void unlock_queue(void *lock)
{
    go__unlock(lock);
}

static void push(void **first, void **last, struct waiter *w)
{
    w->next = NULL;
    if (*first)
        ((struct waiter *)*last)->next = w;
    else
        *first = w;
    *last = w;
}

static struct waiter *pop(void **first)
{
    struct waiter *w = *first;
    if (w)
        *first = w->next;
    return w;
}

// ---- go_rwmutex --------------------------------------------------------------------------

// Takes a token of queue q, or waits for one.
static void token_take(go_rwmutex *rw, int q, enum go__wait why)
{
    struct waiter w = {.g = go__self()};
    struct go__lock *lock = queue_lock(&rw->queue_lock);
    go__lock(lock, GO__RANK_WAIT);
    if (rw->n_tokens[q]) {
        rw->n_tokens[q]--;
        go__unlock(lock);
        return;
    }
    push(&rw->first[q], &rw->last[q], &w);
    go__park(unlock_queue, lock, why, rw);
}

static void token_give(go_rwmutex *rw, int q)
{
    struct go__lock *lock = queue_lock(&rw->queue_lock);
    go__lock(lock, GO__RANK_WAIT);
    struct waiter *w = pop(&rw->first[q]);
    if (!w)
        rw->n_tokens[q]++;
    struct go__g *g = w ? w->g : NULL;
    go__unlock(lock);
    if (g)
        go__ready(g);
}

void go_rwmutex_rlock(go_rwmutex *rw)
{
    if (go__unlikely(__atomic_add_fetch(&rw->n_readers, 1, __ATOMIC_ACQ_REL) < 0))
        token_take(rw, READERS, GO__WAIT_RWMUTEX_R);
    go__race_acquire(&rw->n_readers);
}

bool go_rwmutex_try_rlock(go_rwmutex *rw)
{
    int32_t n = go__load(&rw->n_readers);
    while (n >= 0)
        if (__atomic_compare_exchange_n(&rw->n_readers, &n, n + 1, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED)) {
            go__race_acquire(&rw->n_readers);
            return true;
        }
    return false;
}

void go_rwmutex_runlock(go_rwmutex *rw)
{
    go__race_release(&rw->n_awaited);
    int32_t n = __atomic_add_fetch(&rw->n_readers, -1, __ATOMIC_ACQ_REL);
    if (go__unlikely(n < 0)) {
        if (n + 1 == 0 || n + 1 == -WRITER)
            go__misuse("sync: RUnlock of unlocked RWMutex");
        if (__atomic_add_fetch(&rw->n_awaited, -1, __ATOMIC_ACQ_REL) == 0)
            token_give(rw, WRITER_QUEUE);
    }
    go__poll();
}

void go_rwmutex_lock(go_rwmutex *rw)
{
    go_mutex_lock(&rw->writers);
    int32_t n = __atomic_fetch_sub(&rw->n_readers, WRITER, __ATOMIC_ACQ_REL);
    if (n != 0 && __atomic_add_fetch(&rw->n_awaited, n, __ATOMIC_ACQ_REL) != 0)
        token_take(rw, WRITER_QUEUE, GO__WAIT_RWMUTEX_W);
    go__race_acquire(&rw->n_awaited);
    go__race_acquire(&rw->n_readers);
}

bool go_rwmutex_try_lock(go_rwmutex *rw)
{
    if (!go_mutex_try_lock(&rw->writers))
        return false;
    int32_t none = 0;
    if (!__atomic_compare_exchange_n(&rw->n_readers, &none, -WRITER, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED)) {
        go_mutex_unlock(&rw->writers);
        return false;
    }
    go__race_acquire(&rw->n_awaited);
    go__race_acquire(&rw->n_readers);
    return true;
}

static go__noinline void give_to_readers(go_rwmutex *rw, int32_t n)
{
    struct go__m *m = go__long_work_begin();
    while (n-- > 0)
        token_give(rw, READERS);
    go__long_work_end(m);
}

void go_rwmutex_unlock(go_rwmutex *rw)
{
    go__race_release(&rw->n_readers);
    int32_t n = __atomic_add_fetch(&rw->n_readers, WRITER, __ATOMIC_ACQ_REL);
    if (go__unlikely(n >= WRITER))
        go__misuse("sync: Unlock of unlocked RWMutex");
    if (n > 0)
        give_to_readers(rw, n);
    go_mutex_unlock(&rw->writers);
}

// ---- go_cond -----------------------------------------------------------------------------

void go_cond_init(go_cond *cond, go_mutex *mutex)
{
    *cond = (go_cond){.mutex = mutex};
}

void go_cond_wait(go_cond *cond)
{
    struct waiter w = {.g = go__self()};
    struct go__lock *lock = queue_lock(&cond->queue_lock);
    go__lock(lock, GO__RANK_WAIT);
    push(&cond->first, &cond->last, &w);
    go__unlock(lock);
    go_mutex_unlock(cond->mutex); // may give way: so without the lock
    go__lock(lock, GO__RANK_WAIT);
    if (w.signalled) {
        go__unlock(lock);
    } else {
        w.parked = true;
        go__park(unlock_queue, lock, GO__WAIT_COND, cond);
    }
    go__race_acquire(cond);
    go_mutex_lock(cond->mutex);
}

// Marks w. True: it has parked and is to be made ready; else it will see the mark, and may be gone
// once the lock is released.
static bool release_locked(struct waiter *w)
{
    w->signalled = true;
    return w->parked;
}

void go_cond_signal(go_cond *cond)
{
    struct go__lock *lock = queue_lock(&cond->queue_lock);
    go__race_release(cond);
    go__lock(lock, GO__RANK_WAIT);
    struct waiter *w = pop(&cond->first);
    struct go__g *g = w && release_locked(w) ? w->g : NULL;
    go__unlock(lock);
    if (g)
        go__ready(g);
}

void go_cond_broadcast(go_cond *cond)
{
    struct go__lock *lock = queue_lock(&cond->queue_lock);
    struct waiter *parked = NULL, **end = &parked, *w;
    go__race_release(cond);
    struct go__m *m = go__long_work_begin();
    go__lock(lock, GO__RANK_WAIT);
    while ((w = pop(&cond->first))) {
        if (!release_locked(w))
            continue;
        *end = w;
        end = &w->next;
    }
    *end = NULL;
    go__unlock(lock);
    while (parked) {
        w = parked;
        parked = w->next; // w's stack is alive again from go__ready on
        go__ready(w->g);
    }
    go__long_work_end(m);
}
