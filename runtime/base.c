// Fatal errors, memory, clock, futex, randomness, fences and the thread-local (base.h).
//
// Messages go through write(2), not stdio: the thread may hold any lock of libc's when the
// runtime gives up. Memory comes from malloc, so that a program's own malloc, the sanitizers
// and valgrind see it.
#define _GNU_SOURCE
#include "base.h"
#include "race.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__) && !defined(__ILP32__)
__thread struct go__m *go__tls_m __attribute__((tls_model("initial-exec")));
#else
static __thread struct go__m *go__tls_m __attribute__((tls_model("initial-exec")));
go__noinline struct go__m *go__m(void)
{
    __asm__ volatile("" ::: "memory");
    return go__tls_m;
}
#endif
static __thread uint64_t random_state __attribute__((tls_model("initial-exec")));

go__noinline void go__set_m(struct go__m *m)
{
    __asm__ volatile("" ::: "memory");
    go__tls_m = m;
}

go__noinline int *go__errno_address(void)
{
    __asm__ volatile("" ::: "memory");
    return &errno;
}

int go__gettid(void)
{
    return (int)syscall(SYS_gettid);
}

// ---- errors ------------------------------------------------------------------------------

void (*go__trace_hook)(void);

void go__print_text(const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        ssize_t wrote = write(STDERR_FILENO, text, left);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return; // nobody is there to read it
        text += wrote;
        left -= (size_t)wrote;
    }
}

static void print_list(const char *format, va_list list)
{
    char text[1024];
    if (vsnprintf(text, sizeof(text), format, list) > 0)
        go__print_text(text);
}

void go__print(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    print_list(format, list);
    va_end(list);
}

void go__flush_stdout(void)
{
    struct pollfd out = {.fd = fileno(stdout), .events = POLLOUT};
    if (poll(&out, 1, 0) != 1) // a full pipe that nobody reads
        return;
    if (ftrylockfile(stdout) == 0) {
        fflush_unlocked(stdout);
        funlockfile(stdout);
    }
}

_Noreturn void go__exit_now(int status)
{
    _exit(status);
}

static int dying; // the thread that reports, 0 while none does; orders nothing

void go__await_report(void)
{
    int who = __atomic_load_n(&dying, __ATOMIC_RELAXED);
    while (who != 0 && who != go__gettid())
        pause();
}

void go__forget_report(void)
{
    dying = 0;
}

void go__begin_dying(void)
{
    int self = go__gettid(), none = 0;
    if (__atomic_compare_exchange_n(&dying, &none, self, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        return;
    if (none == self)
        go__exit_now(2);
    for (;;)
        pause();
}

_Noreturn void go__fatal(const char *format, ...)
{
    go__begin_dying();
    va_list list;
    va_start(list, format);
    go__flush_stdout();
    go__print("fatal error: ");
    print_list(format, list);
    go__print("\n");
    va_end(list);
    if (go__trace_hook)
        go__trace_hook();
    go__exit_now(2);
}

_Noreturn void go__throw(const char *message)
{
    go__fatal("%s", message);
}

// ---- memory ------------------------------------------------------------------------------

void *go__alloc(size_t size)
{
    go__race_ignore_begin(); // it is the runtime's own until it is handed out
    void *p = malloc(size ? size : 1);
    go__race_ignore_end();
    if (!p)
        go__throw("out of memory");
    return p;
}

void *go__calloc(size_t n, size_t size)
{
    go__race_ignore_begin();
    void *p = calloc(n ? n : 1, size ? size : 1);
    go__race_ignore_end();
    if (!p)
        go__throw("out of memory");
    return p;
}

void *go__calloc_lines(size_t size)
{
    size = (size + GO__CACHE_LINE - 1) / GO__CACHE_LINE * GO__CACHE_LINE;
    go__race_ignore_begin();
    void *p = aligned_alloc(GO__CACHE_LINE, size);
    if (p)
        memset(p, 0, size);
    go__race_ignore_end();
    if (!p)
        go__throw("out of memory");
    return p;
}

void go__free(void *p)
{
    go__race_ignore_begin();
    free(p);
    go__race_ignore_end();
}

void *go__map_pages(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

size_t go__peek(void *to, const void *from, size_t size)
{
    struct iovec here = {to, size}, there = {(void *)from, size};
    long n = syscall(SYS_process_vm_readv, getpid(), &here, 1L, &there, 1L, 0L);
    if (n < 0 && (errno == ENOSYS || errno == EPERM)) { // a sandbox's: then it must be there
        memcpy(to, from, size);
        return size;
    }
    return n < 0 ? 0 : (size_t)n;
}

// ---- time, futex, random -----------------------------------------------------------------

int64_t go__now(void)
{
    struct timespec now;
#if defined(GO__TSAN)
    // Not through the sanitizer's interceptor: it would take the write to our stack, which
    // another goroutine had before, for the program's.
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
#else
    clock_gettime(CLOCK_MONOTONIC, &now);
#endif
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

#if defined(GO__TSAN)
// The sanitizer keeps a signal until its thread's next call that it intercepts. A thread that
// sleeps in a bare system call makes none, and its program's handler would never run: so it gets up
// for it.
enum { SIGNALS_EVERY = 20000000 };

void go__deliver_signals(void)
{
    static const char *volatile nothing = "";
    volatile size_t n = strlen(nothing); // or there would be no call
    (void)n;
}
#else
enum { SIGNALS_EVERY = 0 };
#endif

// WAIT_BITSET takes an absolute CLOCK_MONOTONIC time. Returns 0 or what errno says.
static int futex_wait(const uint32_t *word, uint32_t value, int64_t deadline)
{
    struct timespec until, *timeout = NULL;
    if (deadline >= 0) {
        until = (struct timespec){deadline / 1000000000, deadline % 1000000000};
        timeout = &until;
    }
    long r = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, value, timeout, NULL,
                     FUTEX_BITSET_MATCH_ANY);
    return r == 0 ? 0 : errno;
}

bool go__futex_wait(const uint32_t *word, uint32_t value, int64_t deadline)
{
    int64_t until = deadline;
    int error;
    do {
        go__deliver_signals();
        if (SIGNALS_EVERY) {
            until = go__now() + SIGNALS_EVERY;
            until = deadline >= 0 && deadline < until ? deadline : until;
        }
        error = futex_wait(word, value, until);
    } while (error == ETIMEDOUT && until != deadline);
    go__deliver_signals();
    if (error == 0 || error == EAGAIN || error == EINTR)
        return true;
    if (error != ETIMEDOUT) // who cannot sleep would look, and look again
        go__fatal("futex wait: %s", strerrordesc_np(error));
    return false;
}

void go__futex_wake(const uint32_t *word, int n)
{
    if (syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0) < 0)
        go__fatal("futex wake: %s", strerrordesc_np(errno)); // somebody would sleep for ever
}

// splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
go__noinline uint64_t go__random(void)
{
    if (go__unlikely(random_state == 0))
        random_state = (uint64_t)go__now() * 2 + 1 + ((uint64_t)go__gettid() << 32);
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

long go__debug(const char *key, long otherwise)
{
    const char *at = getenv("GOCC_DEBUG");
    size_t n = strlen(key);
    while (at && *at) {
        if (strncmp(at, key, n) == 0 && at[n] == '=')
            return strtol(at + n + 1, NULL, 0);
        at = strchr(at, ',');
        if (at)
            at++;
    }
    return otherwise;
}

// ---- order -------------------------------------------------------------------------------

void go__before_look(unsigned number)
{
    if (number < 64)
        go__pause();
    else
        sched_yield();
}

bool go__light_is_free;

void go__base_init(void)
{
    // ENOSYS below Linux 4.14 and under some emulators and filters: then both sides fence.
    if (!go__debug("nomembarrier", 0))
        go__light_is_free =
            syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

void go__fence_heavy(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (go__light_is_free && syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0)
        go__fatal("membarrier: %s", strerrordesc_np(errno));
}

#ifdef GO__STRESS
void go__stress_delay(void)
{
    uint64_t r = go__random();
    if (r % 64 == 0)
        sched_yield();
    else if (r % 8 == 0)
        for (uint64_t i = r >> 8 & 255; i > 0; i--)
            go__pause();
}
#endif
