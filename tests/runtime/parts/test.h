// What the C tests of the library share: checks that print both values, goroutines from plain
// functions, and the two questions of every channel test, "does it block", "does it panic".
#ifndef TEST_H
#define TEST_H

#include <gocc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
            _Exit(1); \
        } \
    } while (0)

#define CHECK_EQ(a, b) \
    do { \
        long long test_a = (long long)(a), test_b = (long long)(b); \
        if (test_a != test_b) { \
            fprintf(stderr, "%s:%d: %s is %lld, %s is %lld\n", __FILE__, __LINE__, #a, test_a, #b, \
                    test_b); \
            _Exit(1); \
        } \
    } while (0)

#define LENGTH(array) ((int)(sizeof(array) / sizeof((array)[0])))

// ---- goroutines --------------------------------------------------------------------------

struct test_start {
    void (*f)(void *);
    void *arg;
};

static inline void test_run(void *args)
{
    struct test_start *s = args;
    s->f(s->arg);
}

// go f(arg);
static inline void start(void (*f)(void *), void *arg)
{
    static const struct gocc_type type = {"test", sizeof(struct test_start), 0, NULL, NULL};
    struct test_start s = {f, arg};
    gocc_go(&type, test_run, &s);
}

// A closure value that captures nothing and is never freed.
struct test_closure {
    struct gocc_object head;
    void (*code)(void *self);
};
#define CLOSURE(name, function) \
    static struct test_closure name##_closure = {GOCC_STATIC_OBJECT(NULL), function}; \
    gocc_func(void) name = &name##_closure.code

// Waits until the condition holds, 10 s at most.
#define EVENTUALLY(condition) \
    do { \
        int64_t test_end = go_now() + 10 * GO_SECOND; \
        while (!(condition)) { \
            CHECK(go_now() < test_end && #condition); \
            go_sleep(100 * GO_MICROSECOND); \
        } \
    } while (0)

#define LOAD(x) __atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define STORE(x, v) __atomic_store_n(&(x), v, __ATOMIC_RELEASE)
#define ADD(x, n) __atomic_add_fetch(&(x), n, __ATOMIC_ACQ_REL)

// Lets the other goroutines run until all that can block have done so, as far as waiting can
// show it.
static inline void settle(void)
{
    for (int i = 0; i < 20; i++)
        go_yield();
    go_sleep(2 * GO_MILLISECOND);
}

// ---- what a call does --------------------------------------------------------------------

struct test_call {
    void (*f)(void *);
    void *arg;
    int started, done;
};

static inline void test_call_run(void *arg)
{
    struct test_call *call = arg;
    STORE(call->started, 1);
    call->f(call->arg);
    STORE(call->done, 1);
}

// Calls f(arg) in a goroutine and returns once it has blocked, which is checked. The result
// is for must_go_on.
static inline struct test_call *must_block(void (*f)(void *), void *arg)
{
    struct test_call *call = malloc(sizeof(*call));
    *call = (struct test_call){f, arg, 0, 0};
    start(test_call_run, call);
    EVENTUALLY(LOAD(call->started));
    settle();
    CHECK_EQ(LOAD(call->done), 0);
    return call;
}

// Checks that a call which blocked now returns.
static inline void must_go_on(struct test_call *call)
{
    EVENTUALLY(LOAD(call->done));
    free(call);
}

struct test_recover {
    struct gocc_defer defer;
    char message[256];
};

static inline void test_recover_run(void *self)
{
    struct test_recover *r = self;
    const char *message = gocc_recover();
    snprintf(r->message, sizeof(r->message), "%s", message ? message : "(no panic)");
}

static __attribute__((noinline, unused)) void test_call_recovering(struct test_recover *r,
                                                                   void (*f)(void *), void *arg)
{
    GOCC_FRAME();
    gocc_defer(&gocc_frame, &r->defer, test_recover_run);
    f(arg);
}

// Calls f(arg), which must panic with this message; the panic is recovered.
static inline void must_panic(void (*f)(void *), void *arg, const char *message)
{
    struct test_recover r;
    memset(&r, 0, sizeof(r));
    test_call_recovering(&r, f, arg);
    if (strcmp(r.message, message) != 0) {
        fprintf(stderr, "panic is \"%s\", expected \"%s\"\n", r.message, message);
        _Exit(1);
    }
}

// ---- memory ------------------------------------------------------------------------------

// Bytes that the process has allocated and not freed.
static inline int64_t heap_bytes(void)
{
    go_mem_stats stats;
    go_read_mem_stats(&stats);
    return (int64_t)stats.heap;
}

#endif
