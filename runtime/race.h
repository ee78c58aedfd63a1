// What the thread and address sanitizers must be told about goroutines. Empty unless the
// library is built with -DGO__TSAN or -DGO__ASAN (not with -fsanitize: the runtime itself is
// never instrumented; gcc's fibers crash if it is).
//
// TSan: each goroutine is a fiber. Switches pass flag 1 (no synchronisation): two goroutines on
// one thread are as concurrent as on two. What does order them says so by go__race_acquire
// and go__race_release on an address that both sides know. Unlock callbacks run as the fiber of the
// thread's scheduler stack, and timers as one of their own, so that they order nobody: from a
// switch away to the end of m->post the sanitizer believes to be there. Memory that was somebody
// else's before (arguments, stacks) must come from malloc or mmap anew, for those make it forget.
// ASan: told the bounds of the stack that is switched to.
//
//   adopt    this thread's own stack            create, destroy   a goroutine's (g0: that of
//                                               the creating thread), or main's g0 (g0: NULL)
//   leave    directly before go__switch         arrive            directly after it
//   run      after m->post: this context goes on
#ifndef GO_RACE_H
#define GO_RACE_H

#include <stddef.h>
#include <string.h>

struct go__race_fiber {
#if defined(GO__TSAN)
    void *fiber;
    void *nursery; // of a thread: a fiber that waits for nobody and only creates others
    void *timers;  // of a thread: what fires there
#elif defined(GO__ASAN)
    void *fake;         // ASan's fake stack of a context that is not running
    const void *bottom; // its stack, bottom[size]
    size_t size;
#else
    char nothing[0];
#endif
};

#if defined(GO__TSAN)
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
void __tsan_ignore_thread_begin(void);
void __tsan_ignore_thread_end(void);
#define go__race_acquire(addr) __tsan_acquire((void *)(addr))
#define go__race_release(addr) __tsan_release((void *)(addr))
// Between the two, calls of libc that TSan intercepts leave no trace.
#define go__race_ignore_begin() __tsan_ignore_thread_begin()
#define go__race_ignore_end() __tsan_ignore_thread_end()
static inline void go__race_adopt(struct go__race_fiber *r)
{
    r->fiber = __tsan_get_current_fiber();
    r->nursery = __tsan_create_fiber(0);
    r->timers = __tsan_create_fiber(0);
}
#define go__race_destroy(r) __tsan_destroy_fiber((r)->fiber)
void AnnotateBenignRaceSized(const char *file, int line, const volatile void *at, size_t size,
                             const char *why);
// A thread's errno, which each goroutine that runs there has as its own.
#define go__race_is_errno(at) \
    AnnotateBenignRaceSized(__FILE__, __LINE__, at, sizeof(*(at)), "errno")
static inline void go__race_leave(struct go__race_fiber *from, struct go__race_fiber *to,
                                  struct go__race_fiber *g0)
{
    (void)from, (void)to;
    __tsan_release(g0); // what the callback will see
    __tsan_switch_to_fiber(g0->fiber, 1);
    __tsan_acquire(g0);
}
#define go__race_arrive(self) ((void)(self))
#define go__race_run(self) __tsan_switch_to_fiber((self)->fiber, 1)
// What a fiber or thread is created by happens before it: so not by whoever ran here last.
static inline void *go__race_nursery_begin(struct go__race_fiber *g0)
{
    void *now = __tsan_get_current_fiber();
    if (g0 && g0->nursery)
        __tsan_switch_to_fiber(g0->nursery, 1);
    return now;
}
#define go__race_nursery_end(fiber) __tsan_switch_to_fiber(fiber, 1)
static inline void go__race_create(struct go__race_fiber *r, struct go__race_fiber *g0,
                                   const void *bottom, size_t size)
{
    (void)bottom, (void)size;
    void *now = go__race_nursery_begin(g0);
    r->fiber = __tsan_create_fiber(0);
    r->nursery = g0 ? NULL : __tsan_create_fiber(0);
    r->timers = g0 ? NULL : __tsan_create_fiber(0);
    go__race_nursery_end(now);
}
// A timer's fire: begin's result goes to end. Not as g0, which knows what all have done that parked
// on its thread: so a timer's function would seem to come after that.
static inline void *go__race_borrow_begin(struct go__race_fiber *g0)
{
    void *now = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(g0->timers, 1);
    return now;
}
#define go__race_borrow_end(fiber) __tsan_switch_to_fiber(fiber, 1)
#else
#define go__race_acquire(addr) ((void)(addr))
#define go__race_release(addr) ((void)(addr))
#define go__race_ignore_begin() ((void)0)
#define go__race_ignore_end() ((void)0)
#define go__race_nursery_begin(g0) ((void)(g0), NULL)
#define go__race_nursery_end(fiber) ((void)(fiber))
#define go__race_borrow_begin(g0) ((void)(g0), NULL)
#define go__race_borrow_end(fiber) ((void)(fiber))
#define go__race_run(self) ((void)(self))
#define go__race_is_errno(at) ((void)(at))
#endif

#if defined(GO__ASAN)
void __sanitizer_start_switch_fiber(void **fake, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *fake, const void **old_bottom, size_t *old_size);
void __asan_unpoison_memory_region(const volatile void *at, size_t size);
void go__race_adopt(struct go__race_fiber *r); // in start.c
static inline void go__race_create(struct go__race_fiber *r, struct go__race_fiber *g0,
                                   const void *bottom, size_t size)
{
    (void)g0;
    r->fake = NULL, r->bottom = bottom, r->size = size;
}
#define go__race_destroy(r) ((void)(r))
// from NULL: that context ends here.
static inline void go__race_leave(struct go__race_fiber *from, struct go__race_fiber *to,
                                  struct go__race_fiber *g0)
{
    (void)g0;
    __sanitizer_start_switch_fiber(from ? &from->fake : NULL, to->bottom, to->size);
}
#define go__race_arrive(self) __sanitizer_finish_switch_fiber((self)->fake, NULL, NULL)
// A stack that is used anew: frames that were left by a jump never unpoisoned their red zones.
#define go__race_stack_clear(bottom, size) __asan_unpoison_memory_region(bottom, size)
#else
#define go__race_stack_clear(bottom, size) ((void)(bottom), (void)(size))
#endif

#if !defined(GO__TSAN) && !defined(GO__ASAN)
#define go__race_adopt(r) ((void)(r))
#define go__race_create(r, g0, low, n) ((void)(r), (void)(g0), (void)(low), (void)(n))
#define go__race_destroy(r) ((void)(r))
#define go__race_leave(from, to, g0) ((void)(from), (void)(to), (void)(g0))
#define go__race_arrive(self) ((void)(self))
#endif

// memcpy and memset for memory that only the runtime looks at.
static inline void go__copy(void *to, const void *from, size_t size)
{
    go__race_ignore_begin();
    memcpy(to, from, size);
    go__race_ignore_end();
}
static inline void go__zero(void *to, size_t size)
{
    go__race_ignore_begin();
    memset(to, 0, size);
    go__race_ignore_end();
}

#endif
