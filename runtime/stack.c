// Goroutine stacks.
//
// Stacks are slices of slabs (64 MiB of address space), GOCC_STACK bytes each, committed by the
// kernel page by page as they are touched. The lowest page of each is its guard:
//   - MADV_GUARD_INSTALL (Linux 6.13): the mapping stays whole, so a million stacks are a
//     handful of mappings; 0.9 us; survives MADV_DONTNEED;
//   - mprotect where the kernel has not got it: splits the mapping, and the process may have
//     only vm.max_map_count of those. Half of them are used for guards, then
//   - no guard rather than no goroutine: an overflow there runs into the next stack.
// GOCC_DEBUG=noguard_install=1 forces the second way.
//
// Invariants: a top names its stack; free stacks are in a processor's cache (sched.c) or here,
// in `hot` (last used first, memory still there) or `cold` (memory given back). Lists are
// arrays of addresses, not links within the stacks: those would not survive the giving back.
//
// Rejected: the goroutine's descriptor at the stack's top (saves 200 bytes of a parked one, but
// then a goroutine that has not run yet needs a stack: 25,000-38,000 stacks instead of 1,000 in
// the skynet benchmark, and 9 ns per start); malloc'ed stacks (no guard); MAP_GROWSDOWN.
#define _GNU_SOURCE
#include "stack.h"
#include "lock.h"
#include "race.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

enum { SLAB = 64 << 20, DEFAULT_SIZE = 256 << 10, MIN_SIZE = 16 << 10 };

struct list {
    char **top;
    size_t n, room;
};

struct slab {
    struct slab *next;
    char *at, *end;
};

static struct go__lock lock; // GO__RANK_STACKS, guards all below
static struct slab *slabs;
static struct list hot, cold;
static size_t hot_low;           // the least that hot held since the last trim
static char *slab_at, *slab_end; // what is left of the newest slab
static size_t n_made;
static size_t size, page;
static bool guard_by_madvise;
static size_t mprotect_left; // guards that the map count still allows

// vm.max_map_count limits the mappings of a process; each guard makes two.
static size_t guards_allowed(void)
{
    size_t max = 65530;
    FILE *f = fopen("/proc/sys/vm/max_map_count", "re");
    if (f) {
        if (fscanf(f, "%zu", &max) != 1)
            max = 65530;
        fclose(f);
    }
    return max / 4;
}

void go__stack_init(void)
{
    page = (size_t)sysconf(_SC_PAGESIZE);
    const char *text = getenv("GOCC_STACK");
    unsigned long long want = text ? strtoull(text, NULL, 0) : 0;
    if (want == 0)
        want = DEFAULT_SIZE;
    if (want < MIN_SIZE)
        want = MIN_SIZE;
    if (want > (1ULL << 40))
        want = 1ULL << 40;
    size = ((size_t)want + page - 1) / page * page;
    if (size < 4 * page)
        size = 4 * page;
    char *probe = go__map_pages(2 * page);
    guard_by_madvise =
        probe && !go__debug("noguard_install", 0) && madvise(probe, page, MADV_GUARD_INSTALL) == 0;
    if (probe)
        munmap(probe, 2 * page);
    mprotect_left = guards_allowed();
}

size_t go__stack_size(void)
{
    return size;
}

bool go__stack_guard_hit(const char *top, const void *addr)
{
    const char *bottom = top - size, *at = addr;
    return bottom <= at && at < bottom + page;
}

static void list_push(struct list *l, char *top)
{
    if (l->n == l->room) {
        size_t room = l->room ? 2 * l->room : 256;
        char **bigger = go__alloc(room * sizeof(*bigger));
        if (l->n)
            go__copy(bigger, l->top, l->n * sizeof(*bigger));
        go__free(l->top);
        l->top = bigger;
        l->room = room;
    }
    l->top[l->n++] = top;
}

static bool slab_new_locked(void)
{
    size_t bytes = size < SLAB ? SLAB / size * size : size;
    char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (at == MAP_FAILED)
        return false;
    // A huge page would commit 2 MiB, eight stacks, at the first touch of one.
    madvise(at, bytes, MADV_NOHUGEPAGE);
    struct slab *slab = go__alloc(sizeof(*slab));
    *slab = (struct slab){slabs, at, at + bytes};
    go__store_release(&slabs, slab); // pairs with go__stack_resident
    slab_at = at;
    slab_end = at + bytes;
    return true;
}

static void guard_locked(char *bottom)
{
    if (guard_by_madvise && madvise(bottom, page, MADV_GUARD_INSTALL) == 0)
        return;
    if (mprotect_left == 0)
        return;
    mprotect_left--;
    if (mprotect(bottom, page, PROT_NONE) != 0)
        mprotect_left = 0;
}

static void note_low_locked(void)
{
    if (hot.n < hot_low)
        hot_low = hot.n;
}

char *go__stack_new(void)
{
    char *top = NULL;
    go__lock(&lock, GO__RANK_STACKS);
    if (hot.n) {
        top = hot.top[--hot.n];
        note_low_locked();
    } else if (cold.n) {
        top = cold.top[--cold.n];
    } else if (slab_at != slab_end || slab_new_locked()) {
        guard_locked(slab_at);
        slab_at += size;
        top = slab_at;
        n_made++;
    }
    go__unlock(&lock);
    if (!top)
        go__throw("out of memory (goroutine stack)");
    go__race_stack_clear(top - size + page, size - page);
    return top;
}

// The lowest page of the stack that has been touched; top if none.
static char *touched(char *top)
{
    enum { PAGES = 64 };
    unsigned char flags[PAGES];
    for (char *at = top - size + page; at < top; at += PAGES * page) {
        size_t left = (size_t)(top - at) / page, pages = left < PAGES ? left : PAGES;
        if (mincore(at, pages * page, flags) != 0)
            return at;
        for (size_t i = 0; i < pages; i++)
            if (flags[i] & 1)
                return at + i * page;
    }
    return top;
}

void go__stack_renew(char *top)
{
    char *from = touched(top);
    if (from == top)
        return;
    go__race_ignore_begin();
    if (mmap(from, (size_t)(top - from), PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK | MAP_FIXED, -1,
             0) == MAP_FAILED)
        go__throw("out of memory (goroutine stack)");
    go__race_ignore_end();
    madvise(from, (size_t)(top - from), MADV_NOHUGEPAGE);
}

void go__stack_free(char *const *tops, size_t n)
{
    go__lock(&lock, GO__RANK_STACKS);
    for (size_t i = 0; i < n; i++)
        list_push(&hot, tops[i]);
    go__unlock(&lock);
}

size_t go__stack_take(char **tops, size_t n)
{
    go__lock(&lock, GO__RANK_STACKS);
    if (n > hot.n)
        n = hot.n;
    if (n)
        go__copy(tops, hot.top + hot.n - n, n * sizeof(*tops));
    hot.n -= n;
    note_low_locked();
    go__unlock(&lock);
    return n;
}

static void move_down(char **to, char **from, size_t n)
{
    go__race_ignore_begin();
    memmove(to, from, n * sizeof(*to));
    go__race_ignore_end();
}

size_t go__stack_trim_idle(void)
{
    enum { BATCH = 64 };
    char *batch[BATCH];
    size_t done = 0;
    go__lock(&lock, GO__RANK_STACKS);
    size_t want = hot_low;
    hot_low = hot.n;
    go__unlock(&lock);
    while (done < want) {
        size_t n = 0;
        go__lock(&lock, GO__RANK_STACKS);
        // The oldest stand first; taking them from there keeps the hot end hot.
        while (n < BATCH && done + n < want && n < hot.n) {
            batch[n] = hot.top[n];
            n++;
        }
        hot.n -= n;
        if (hot.n)
            move_down(hot.top, hot.top + n, hot.n);
        if (hot_low > hot.n)
            hot_low = hot.n;
        go__unlock(&lock);
        if (n == 0)
            break;
        for (size_t i = 0; i < n; i++)
            madvise(batch[i] - size + page, size - page, MADV_DONTNEED);
        go__lock(&lock, GO__RANK_STACKS);
        for (size_t i = 0; i < n; i++)
            list_push(&cold, batch[i]);
        go__unlock(&lock);
        done += n;
    }
    return done;
}

void go__stack_after_fork(void)
{
    lock.held = 0;
}

// Sums mincore over the slabs: about 0.1 ms per 1,000 stacks. Slabs are never unlinked.
size_t go__stack_resident(void)
{
    enum { PAGES = 16384 };
    unsigned char *flags = go__alloc(PAGES);
    size_t n = 0;
    // Acquire: pairs with slab_new_locked.
    for (struct slab *s = go__load_acquire(&slabs); s; s = s->next)
        for (char *at = s->at; at < s->end; at += PAGES * page) {
            size_t left = (size_t)(s->end - at) / page, pages = left < PAGES ? left : PAGES;
            if (mincore(at, pages * page, flags) != 0)
                continue;
            for (size_t i = 0; i < pages; i++)
                n += flags[i] & 1;
        }
    go__free(flags);
    return n * page;
}

void go__stack_count(size_t *made, size_t *n_cold)
{
    go__lock(&lock, GO__RANK_STACKS);
    *made = n_made;
    *n_cold = cold.n;
    go__unlock(&lock);
}
