// Goroutine stacks.
//
// Stacks are slices of slabs (64 MiB of address space and more), GOCC_STACK bytes and a guard each,
// committed by the kernel page by page as they are touched. A slice is an odd number of pages:
// at a distance of 64 the top pages of all share a few sets of the TLB and their page table
// entries a few of the cache (a ring of 300 goroutines that yield: 19.7 instead of 12.9 ns each;
// the sieve a quarter slower). The lowest page of each is its guard:
//   - MADV_GUARD_INSTALL (Linux 6.13): the mapping stays whole, so a million stacks are a
//     handful of mappings; survives MADV_DONTNEED; 0.9 us, or 0.5 when one system call makes
//     those of a batch of stacks (process_madvise on the process itself, Linux 6.14);
//   - mprotect where the kernel has not got it: splits the mapping, and the process may have
//     only vm.max_map_count of those. Half of them are used for guards, then
//   - no guard rather than no goroutine: an overflow there runs into the next stack.
// GOCC_DEBUG=noguard_install=1 forces the second way, and no batches, as on older kernels.
//
// Invariants: a top names its stack; free stacks are in a processor's cache (run.h) or here,
// in `hot` (last used first, memory still there) or `cold` (memory given back). Lists are
// arrays of addresses, not links within the stacks: those would not survive the giving back.
// No system call is made under `lock`, but for the mapping of a slab: with one per stack, two
// processors that start goroutines spent more time on the lock than on the stacks.
//
// Rejected: the goroutine's descriptor at the stack's top (saves 200 bytes of a parked one, but
// then a goroutine that has not run yet needs a stack: 25,000-38,000 stacks instead of 1,000 in
// the skynet benchmark, and 9 ns per start); malloc'ed stacks (no guard); MAP_GROWSDOWN; having
// the kernel fill in the top pages of a batch beforehand (MADV_POPULATE_WRITE: 1.8 instead of 1.9
// us each, since nearly all of a page fault is the page).
#define _GNU_SOURCE
#include "stack.h"
#include "lock.h"
#include "race.h"
#include "valgrind.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

#ifndef PIDFD_SELF_THREAD
#define PIDFD_SELF_THREAD (-10000)
#endif

#define SLAB ((size_t)64 << 20)
#define LARGEST ((size_t)4 << 30)

enum {
    DEFAULT_SIZE = 256 << 10,
    MIN_SIZE = 16 << 10,
    BATCH = 64,      // stacks of one system call
    TRIM_STEP = 256, // stacks whose memory one call of go__stack_trim gives back: 0.1 ms
};

// top[first] to top[first + n - 1], the oldest first.
struct list {
    char **top;
    size_t first, n, room;
};

struct slab {
    struct slab *next;
    char *at, *end;
};

static struct go__lock lock; // GO__RANK_STACKS, guards all below
static struct slab *slabs;
static struct list hot, cold;
static size_t hot_low;           // the least that hot held since the last go__stack_trim_begin
static size_t trim_left;         // so many of hot, the oldest, shall go back to the system
static char *slab_at, *slab_end; // what is left of the newest slab
static size_t n_made;
static size_t size, page;
static bool guard_by_madvise, by_vector;
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

// Whether the kernel cannot read there. Emulators (qemu-user) agree to any advice and do nothing.
// Valgrind passes the advice on, but reads the signal set itself and would die of it.
static bool is_guarded(const char *at)
{
    if (go__on_valgrind())
        return true;
    return syscall(SYS_rt_sigprocmask, SIG_BLOCK, at, NULL, 8) != 0 && errno == EFAULT;
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
    size += page; // the guard
    if (size / page % 2 == 0)
        size += page;
    char *probe = go__map_pages(2 * page);
    guard_by_madvise = probe && !go__debug("noguard_install", 0) &&
                       madvise(probe, page, MADV_GUARD_INSTALL) == 0 && is_guarded(probe);
    struct iovec all = {probe, page};
    by_vector = guard_by_madvise && !go__on_valgrind() &&
                syscall(SYS_process_madvise, PIDFD_SELF_THREAD, &all, 1, MADV_GUARD_INSTALL, 0) ==
                    (long)page;
    if (probe)
        munmap(probe, 2 * page);
    mprotect_left = guards_allowed();
}

size_t go__stack_size(void)
{
    return size;
}

size_t go__stack_limit(void)
{
    return size - page;
}

bool go__stack_guard_hit(const char *top, const void *addr)
{
    const char *bottom = top - size, *at = addr;
    return bottom <= at && at < bottom + page;
}

// ---- lists of stacks ---------------------------------------------------------------------

// Makes room for one more at the end: in the room that the oldest left, or in more.
static void list_grow(struct list *l)
{
    char **to = l->top;
    if (l->first < l->room / 2 || l->room == 0) {
        l->room = l->room ? 2 * l->room : 256;
        to = go__alloc(l->room * sizeof(*to));
    }
    go__race_ignore_begin();
    if (l->n)
        memmove(to, l->top + l->first, l->n * sizeof(*to));
    go__race_ignore_end();
    if (to != l->top)
        go__free(l->top);
    l->top = to;
    l->first = 0;
}

static void list_push(struct list *l, char *top)
{
    if (l->first + l->n == l->room)
        list_grow(l);
    l->top[l->first + l->n++] = top;
}

// Moves the youngest, at most n, to tops, where the youngest of them is the last. Returns how many.
static size_t list_pop(struct list *l, char **tops, size_t n)
{
    if (n > l->n)
        n = l->n;
    l->n -= n;
    if (n)
        go__copy(tops, l->top + l->first + l->n, n * sizeof(*tops));
    return n;
}

// The same with the oldest.
static size_t list_shift(struct list *l, char **tops, size_t n)
{
    if (n > l->n)
        n = l->n;
    if (n)
        go__copy(tops, l->top + l->first, n * sizeof(*tops));
    l->first += n;
    l->n -= n;
    return n;
}

// ---- new stacks --------------------------------------------------------------------------

// Each slab is twice as large as the one before, up to LARGEST: making one is a system call under
// the lock, which waits for the page faults that other threads are at.
static bool slab_new_locked(void)
{
    static size_t bytes = SLAB;
    char *at = MAP_FAILED;
    size_t want = bytes < size ? size : bytes / size * size;
    while ((at = mmap(NULL, want, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0)) ==
               MAP_FAILED &&
           want > size)
        want = want / 2 / size * size; // a limit on address space
    if (at == MAP_FAILED)
        return false;
    if (bytes < LARGEST)
        bytes *= 2;
    // A huge page would commit 2 MiB, eight stacks, at the first touch of one.
    madvise(at, want, MADV_NOHUGEPAGE);
    struct slab *slab = go__alloc(sizeof(*slab));
    *slab = (struct slab){slabs, at, at + want};
    go__store_release(&slabs, slab); // pairs with go__stack_resident
    slab_at = at;
    slab_end = at + want;
    return true;
}

// madvise for bytes[from] to bytes[from + length - 1] of each of n stacks. Returns for how many it
// could be done: the first ones.
static size_t advise(char *const *tops, size_t n, size_t from, size_t length, int advice)
{
    struct iovec part[BATCH];
    size_t done = 0;
    while (done < n) {
        size_t k = n - done < BATCH ? n - done : BATCH;
        long bytes = 0;
        for (size_t i = 0; i < k; i++)
            part[i] = (struct iovec){tops[done + i] - size + from, length};
        if (by_vector)
            bytes = syscall(SYS_process_madvise, PIDFD_SELF_THREAD, part, k, advice, 0);
        if (length && bytes >= (long)length)
            done += (size_t)bytes / length;
        else if (madvise(part[0].iov_base, length, advice) == 0)
            done++;
        else
            break;
    }
    return done;
}

// Guards of n new stacks.
static void guard(char *const *tops, size_t n)
{
    for (size_t i = 0; i < n; i++)
        go__valgrind_stack(tops[i] - size, size);
    size_t done = guard_by_madvise ? advise(tops, n, 0, page, MADV_GUARD_INSTALL) : 0;
    while (done < n) {
        go__lock(&lock, GO__RANK_STACKS);
        bool allowed = mprotect_left != 0;
        mprotect_left -= allowed;
        go__unlock(&lock);
        if (!allowed)
            return;
        if (mprotect(tops[done++] - size, page, PROT_NONE) != 0) {
            go__lock(&lock, GO__RANK_STACKS);
            mprotect_left = 0;
            go__unlock(&lock);
        }
    }
}

// Up to n new stacks, without guards yet. The first ones come one by one: most programs need few.
static size_t carve_locked(char **tops, size_t n)
{
    size_t many = 1 + n_made / 4, i = 0;
    if (n > many)
        n = many;
    if (slab_at == slab_end && !slab_new_locked())
        return 0;
    while (i < n && slab_at != slab_end)
        tops[i++] = slab_at += size;
    n_made += i;
    return i;
}

size_t go__stack_take(char **tops, size_t n)
{
    go__lock(&lock, GO__RANK_STACKS);
    size_t got = list_pop(&hot, tops, n), carved = 0;
    if (hot_low > hot.n)
        hot_low = hot.n;
    if (trim_left > hot.n)
        trim_left = hot.n;
    bool warm = got != 0;
    if (!got)
        got = list_pop(&cold, tops, n);
    if (!got)
        got = carved = carve_locked(tops, n);
    go__unlock(&lock);
    if (!got)
        go__throw("out of memory (goroutine stack)");
    guard(tops, carved);
    for (size_t i = 0; !warm && i < got; i++)
        *(volatile char *)(tops[i] - 1) = 0; // the page fault: here, no lock is held
    return got;
}

char *go__stack_new(void)
{
    char *top;
    go__stack_take(&top, 1);
    go__race_stack_clear(top - size + page, size - page);
    return top;
}

// ---- used stacks -------------------------------------------------------------------------

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

// The memory of free stacks. go__stack_renew cannot tell afterwards what of it had been used: where
// that matters, it gives back what there is itself.
static void give_back(char *const *tops, size_t n)
{
#ifdef GO__TSAN
    for (size_t i = 0; i < n; i++)
        go__stack_renew(tops[i]);
#else
    advise(tops, n, page, size - page, MADV_DONTNEED);
#endif
}

void go__stack_trim_begin(bool all)
{
    go__lock(&lock, GO__RANK_STACKS);
    trim_left = all ? hot.n : hot_low;
    hot_low = hot.n;
    go__unlock(&lock);
}

bool go__stack_trim(void)
{
    char *batch[BATCH];
    size_t left = 1;
    for (size_t done = 0, n = 0; left && done < TRIM_STEP; done += n) {
        go__lock(&lock, GO__RANK_STACKS);
        n = list_shift(&hot, batch, trim_left < BATCH ? trim_left : BATCH);
        left = trim_left -= n;
        hot_low = hot_low > n ? hot_low - n : 0;
        go__unlock(&lock);
        give_back(batch, n);
        go__lock(&lock, GO__RANK_STACKS);
        for (size_t i = 0; i < n; i++)
            list_push(&cold, batch[i]);
        go__unlock(&lock);
    }
    return left != 0;
}

__attribute__((constructor)) static void keep_over_fork(void)
{
    go__lock_over_fork(&lock, GO__RANK_STACKS, NULL);
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
