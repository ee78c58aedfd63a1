// A library to be loaded before libc (LD_PRELOAD), in which the n-th of the calls of one kind fails.
//
//   FAULT_CALL   whose: a name of `calls` below
//   FAULT_AT     n: 1, 2, …
//   FAULT_REST   set: all from the n-th on fail
//   FAULT_ERRNO  with this number
//   FAULT_COUNT  a file of 8 bytes, which at the end holds how many calls there were: shared memory,
//                so that it is right however the process ends
//
// Calls that libc makes for itself (malloc within fopen) count as the program's own do; those that
// it makes past its own symbols (mmap within pthread_create) cannot be seen.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum call {
    NONE,
    MALLOC,
    CALLOC,
    ALIGNED_ALLOC,
    MMAP,
    MADVISE,
    MPROTECT,
    PTHREAD_CREATE,
    EPOLL_CREATE,
    EPOLL_CTL,
    EPOLL_WAIT,
    EVENTFD,
    KICK, // write to an eventfd
    FUTEX_WAITS,
    FUTEX_WAKES,
    MEMBARRIER,
    SIGALTSTACK,
    KEY_CREATE,
    ATFORK,
    OPEN,
    CALLS,
};

static const char *const calls[CALLS] = {
    [MALLOC] = "malloc",
    [CALLOC] = "calloc",
    [ALIGNED_ALLOC] = "aligned_alloc",
    [MMAP] = "mmap",
    [MADVISE] = "madvise",
    [MPROTECT] = "mprotect",
    [PTHREAD_CREATE] = "pthread_create",
    [EPOLL_CREATE] = "epoll_create",
    [EPOLL_CTL] = "epoll_ctl",
    [EPOLL_WAIT] = "epoll_wait",
    [EVENTFD] = "eventfd",
    [KICK] = "eventfd_write",
    [FUTEX_WAITS] = "futex_wait",
    [FUTEX_WAKES] = "futex_wake",
    [MEMBARRIER] = "membarrier",
    [SIGALTSTACK] = "sigaltstack",
    [KEY_CREATE] = "pthread_key_create",
    [ATFORK] = "pthread_atfork",
    [OPEN] = "open",
};

static enum call chosen;
static uint64_t from, to; // the calls that fail, counted from 1
static int error;
static uint64_t here, *count = &here;
static uint64_t eventfds; // one bit for each descriptor below 64

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

// Whether this call shall fail; errno is then set.
static bool fails(enum call call)
{
    if (call != chosen)
        return false;
    uint64_t n = __atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
    if (n < from || n > to)
        return false;
    errno = error;
    return true;
}

// The next definition of the function that this stands in.
#define NEXT(function) \
    static __typeof__(function) *next; \
    if (!next) \
        next = (__typeof__(next))dlsym(RTLD_NEXT, #function)

__attribute__((constructor)) static void begin(void)
{
    const char *call = getenv("FAULT_CALL"), *at = getenv("FAULT_AT");
    const char *number = getenv("FAULT_ERRNO"), *file = getenv("FAULT_COUNT");
    if (!call || !at || !number || !file)
        return;
    int fd = open(file, O_RDWR | O_CLOEXEC);
    void *shared = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd < 0 || shared == MAP_FAILED)
        abort();
    close(fd);
    count = shared;
    from = strtoull(at, NULL, 10);
    to = getenv("FAULT_REST") ? UINT64_MAX : from;
    error = atoi(number);
    unsetenv("LD_PRELOAD"); // the program's children are none of ours
    for (enum call c = NONE + 1; c < CALLS; c++)
        if (strcmp(call, calls[c]) == 0)
            chosen = c;
    if (!chosen)
        abort();
}

// ---- memory ------------------------------------------------------------------------------

void *malloc(size_t size)
{
    return fails(MALLOC) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails(CALLOC) ? NULL : __libc_calloc(n, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails(ALIGNED_ALLOC) ? NULL : __libc_memalign(alignment, size);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    NEXT(mmap);
    return fails(MMAP) ? MAP_FAILED : next(at, size, protection, flags, fd, offset);
}

int madvise(void *at, size_t size, int advice)
{
    NEXT(madvise);
    return fails(MADVISE) ? -1 : next(at, size, advice);
}

int mprotect(void *at, size_t size, int protection)
{
    NEXT(mprotect);
    return fails(MPROTECT) ? -1 : next(at, size, protection);
}

// ---- threads -----------------------------------------------------------------------------

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*f)(void *), void *arg)
{
    NEXT(pthread_create);
    return fails(PTHREAD_CREATE) ? error : next(thread, attr, f, arg);
}

int pthread_key_create(pthread_key_t *key, void (*end)(void *))
{
    NEXT(pthread_key_create);
    return fails(KEY_CREATE) ? error : next(key, end);
}

int __register_atfork(void (*a)(void), void (*b)(void), void (*c)(void), void *d)
{
    NEXT(__register_atfork);
    return fails(ATFORK) ? error : next(a, b, c, d);
}

int sigaltstack(const stack_t *new, stack_t *old)
{
    NEXT(sigaltstack);
    return fails(SIGALTSTACK) ? -1 : next(new, old);
}

// The library's own way to futex and membarrier.
long syscall(long number, ...)
{
    NEXT(syscall);
    va_list list;
    long a[6];
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    enum call call = NONE;
    if (number == SYS_futex)
        call = (a[1] & FUTEX_CMD_MASK) == FUTEX_WAKE ? FUTEX_WAKES : FUTEX_WAITS;
    else if (number == SYS_membarrier)
        call = MEMBARRIER;
    if (call != NONE && fails(call))
        return -1;
    return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

// ---- descriptors -------------------------------------------------------------------------

int epoll_create1(int flags)
{
    NEXT(epoll_create1);
    return fails(EPOLL_CREATE) ? -1 : next(flags);
}

int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
    NEXT(epoll_ctl);
    return fails(EPOLL_CTL) ? -1 : next(epfd, op, fd, event);
}

int epoll_wait(int epfd, struct epoll_event *events, int n, int timeout)
{
    NEXT(epoll_wait);
    return fails(EPOLL_WAIT) ? -1 : next(epfd, events, n, timeout);
}

int epoll_pwait2(int epfd, struct epoll_event *events, int n, const struct timespec *timeout,
                 const sigset_t *mask)
{
    NEXT(epoll_pwait2);
    return fails(EPOLL_WAIT) ? -1 : next(epfd, events, n, timeout, mask);
}

int eventfd(unsigned start, int flags)
{
    NEXT(eventfd);
    int fd = fails(EVENTFD) ? -1 : next(start, flags);
    if (fd >= 0 && fd < 64)
        __atomic_fetch_or(&eventfds, UINT64_C(1) << fd, __ATOMIC_RELAXED);
    return fd;
}

ssize_t write(int fd, const void *buf, size_t n)
{
    NEXT(write);
    bool kick = fd >= 0 && fd < 64 && __atomic_load_n(&eventfds, __ATOMIC_RELAXED) >> fd & 1;
    return kick && fails(KICK) ? -1 : next(fd, buf, n);
}

int open(const char *path, int flags, ...)
{
    NEXT(open);
    va_list list;
    va_start(list, flags);
    unsigned mode = va_arg(list, unsigned);
    va_end(list);
    return fails(OPEN) ? -1 : next(path, flags, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    NEXT(fopen);
    return fails(OPEN) ? NULL : next(path, mode);
}
