// What everything else in the library stands on: fatal errors, memory, the clock, futexes,
// randomness, fences, and the one thread-local, which names the thread's descriptor.
//
// Invariants:
//   - Only base.c and this header name the thread-local. The compilers keep the address of a
//     thread-local (and of errno) across a call that moves the goroutine to another thread,
//     and then use the old thread's; go__m() is a volatile load that they may not merge.
//   - The clock, randomness and choices are behind functions, so that another build of the
//     library can replay a schedule from a seed with a clock of its own.
//   - Nothing here takes a lock or knows a goroutine.
#ifndef GO_BASE_H
#define GO_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define go__likely(x) __builtin_expect(!!(x), 1)
#define go__unlikely(x) __builtin_expect(!!(x), 0)
#define go__noinline __attribute__((noinline))
#define go__always_inline inline __attribute__((always_inline))
// Last in a function whose frame must be there: the call before it does not become a jump.
#define go__no_tail_call() __asm__ volatile("")
#define go__containerof(p, T, member) ((T *)((char *)(p) - offsetof(T, member)))
#define GO__CACHE_LINE 64

// ---- errors ------------------------------------------------------------------------------

// "fatal error: MESSAGE", the traces of go__trace_hook, status 2. For what no recover stops,
// and for broken invariants of the runtime itself. Blocks: no. Returns: never.
_Noreturn void go__throw(const char *message);
// The same with a printf-style message.
_Noreturn void go__fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Set by the layer that can print goroutines; called between the message and the exit.
extern void (*go__trace_hook)(void);
// Writes to standard error, at most 1 KiB, past stdio and its locks.
void go__print(const char *format, ...) __attribute__((format(printf, 1, 2)));
// The same without a limit.
void go__print_text(const char *text);
// Flushes standard output unless that could wait: for another thread that holds its lock, or for
// the reader of a full pipe.
void go__flush_stdout(void);
// Only the first thread that fails may report: returns for that one. The others wait for the
// process's end; a second failure of the same thread ends it.
void go__begin_dying(void);
// At the process's exit: while another thread reports, waits until that ends the process. Else
// returns.
void go__await_report(void);
// In the child of a fork: whoever reports is not there.
void go__forget_report(void);
// Ends the process with `status` at once: no atexit handler may run on a broken heap.
_Noreturn void go__exit_now(int status);

// Checks that survive NDEBUG: both values are printed.
#define go__assert_eq(a, b) \
    do { \
        long long go_a = (long long)(a), go_b = (long long)(b); \
        if (go__unlikely(go_a != go_b)) \
            go__fatal("%s:%d: %s is %lld, %s is %lld", __FILE__, __LINE__, #a, go_a, #b, go_b); \
    } while (0)

// ---- memory ------------------------------------------------------------------------------

// malloc and calloc that never return NULL: out of memory is fatal. Freed by go__free.
void *go__alloc(size_t size) __attribute__((malloc, returns_nonnull));
void *go__calloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
// Zeroed memory that begins with a cache line. Never NULL; freed by go__free.
void *go__calloc_lines(size_t size) __attribute__((malloc, returns_nonnull));
void go__free(void *p);
// Pages straight from the system, zeroed, not counted against memory until touched.
// NULL when the system has none.
void *go__map_pages(size_t size);

// Copies up to `size` bytes of memory that may not be there; returns how many.
size_t go__peek(void *to, const void *from, size_t size);

// ---- time, futex, random -----------------------------------------------------------------

// Monotonic nanoseconds. 24-73 ns a call: not for paths that run at every switch.
int64_t go__now(void);
// Runs the program's handlers of the signals that the thread sanitizer keeps back.
#if defined(GO__TSAN)
void go__deliver_signals(void);
#else
#define go__deliver_signals() ((void)0)
#endif

// Sleeps while *word == value, at most until `deadline` (go__now time; < 0: for ever).
// Returns false when the deadline passed. May return true for no reason.
bool go__futex_wait(const uint32_t *word, uint32_t value, int64_t deadline);
// Wakes at most n threads that sleep on word.
void go__futex_wake(const uint32_t *word, int n);
// 64 random bits, from a generator of the calling thread (not for secrets).
uint64_t go__random(void);

// The value of `key` in GOCC_DEBUG=key=value,...; `otherwise` when it is not there.
long go__debug(const char *key, long otherwise);

// ---- stress ------------------------------------------------------------------------------

// In the build for stress tests (-DGO__STRESS) rare events are common: queues are short, the
// monitor takes P's for no reason, choices are random, and delays sit where a race has its
// window. go__stress(n) is true once in n times there, and never in the other builds.
#ifdef GO__STRESS
static inline bool go__stress(unsigned n)
{
    return go__random() % n == 0;
}
void go__stress_delay(void); // mostly nothing, now and then a pause or the end of a time slice
#else
#define go__stress(n) false
#define go__stress_delay() ((void)0)
#endif

// ---- order -------------------------------------------------------------------------------

static inline void go__pause(void)
{
#if defined(__x86_64__)
    __asm__ volatile("pause" ::: "memory");
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

// Between two looks for what another thread is about to do, the first being number 0: a pause,
// later the end of the time slice, since that thread has probably been preempted.
void go__before_look(unsigned number);

// Dekker-style store-then-load pairs in which one side runs a million times as often as the
// other: the frequent side calls go__fence_light (nothing but a compiler barrier where the
// kernel has membarrier), the rare side go__fence_heavy. For any two threads that do
//     A: store x; light; load y          B: store y; heavy; load x
// at least one sees the other's store. A heavy fence costs 0.4-10 us.
extern bool go__light_is_free; // set once, before the second thread exists
static inline void go__fence_light(void)
{
    if (go__likely(go__light_is_free))
        __asm__ volatile("" ::: "memory");
    else
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
void go__fence_heavy(void);

#define go__load(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define go__load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define go__store(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#define go__store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)

// ---- the calling thread ------------------------------------------------------------------

struct go__m;

// The descriptor of the calling thread, NULL before its first runtime call. Never cached
// across anything that can switch.
#if defined(__x86_64__) && !defined(__ILP32__)
extern __thread struct go__m *go__tls_m __attribute__((tls_model("initial-exec")));
static inline struct go__m *go__m(void)
{
    struct go__m *m;
    __asm__ volatile("movq go__tls_m@gottpoff(%%rip), %0\n\tmovq %%fs:(%0), %0" : "=r"(m));
    return m;
}
#else
struct go__m *go__m(void); // noinline
#endif
void go__set_m(struct go__m *m);
// Where the calling thread keeps errno. Noinline.
int *go__errno_address(void);
// The kernel's number of the calling thread.
int go__gettid(void);

// Called once, by the first runtime call of the process.
void go__base_init(void);

#endif
