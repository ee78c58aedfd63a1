// What the thread and address sanitizers must be told about goroutines. Empty unless the
// library is built with -DGO__TSAN or -DGO__ASAN (not with -fsanitize: the runtime itself is
// never instrumented; gcc's fibers crash if it is).
//
// TSan: each goroutine is a fiber. Switches pass flag 1 (no synchronisation): two goroutines on
// one thread are as concurrent as on two. What does order them says so by go__race_acquire
// and go__race_release on an address that both sides know.
// ASan: told the bounds of the stack that is switched to.
#ifndef GO_RACE_H
#define GO_RACE_H

#include <stddef.h>

struct go__race_fiber {
#if defined(GO__TSAN)
    void *fiber;
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
#define go__race_acquire(addr) __tsan_acquire((void *)(addr))
#define go__race_release(addr) __tsan_release((void *)(addr))
// The running context has no fiber yet but its thread's own.
static inline void go__race_adopt(struct go__race_fiber *r)
{
    r->fiber = __tsan_get_current_fiber();
}
static inline void go__race_create(struct go__race_fiber *r, const void *bottom, size_t size)
{
    (void)bottom, (void)size;
    r->fiber = __tsan_create_fiber(0);
}
static inline void go__race_destroy(struct go__race_fiber *r)
{
    __tsan_destroy_fiber(r->fiber);
    r->fiber = NULL;
}
// Directly before the switch.
static inline void go__race_switch(struct go__race_fiber *from, struct go__race_fiber *to)
{
    (void)from;
    __tsan_switch_to_fiber(to->fiber, 1);
}
static inline void go__race_switch_dying(struct go__race_fiber *to)
{
    __tsan_switch_to_fiber(to->fiber, 1);
}
static inline void go__race_switched(struct go__race_fiber *self)
{
    (void)self;
}
#define go__race_stack_clear(bottom, size) ((void)(bottom), (void)(size))
#elif defined(GO__ASAN)
void __sanitizer_start_switch_fiber(void **fake, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *fake, const void **old_bottom, size_t *old_size);
#define go__race_acquire(addr) ((void)(addr))
#define go__race_release(addr) ((void)(addr))
static inline void go__race_adopt(struct go__race_fiber *r)
{
    // The bounds of a thread's own stack are learnt at the first switch away from it.
    r->fake = NULL, r->bottom = NULL, r->size = 0;
}
static inline void go__race_create(struct go__race_fiber *r, const void *bottom, size_t size)
{
    r->fake = NULL, r->bottom = bottom, r->size = size;
}
static inline void go__race_destroy(struct go__race_fiber *r)
{
    r->bottom = NULL;
}
static inline void go__race_switch(struct go__race_fiber *from, struct go__race_fiber *to)
{
    __sanitizer_start_switch_fiber(&from->fake, to->bottom, to->size);
}
static inline void go__race_switch_dying(struct go__race_fiber *to)
{
    __sanitizer_start_switch_fiber(NULL, to->bottom, to->size);
}
static inline void go__race_switched(struct go__race_fiber *self)
{
    __sanitizer_finish_switch_fiber(self->fake, NULL, NULL);
}
// A stack that is used anew: frames that were left by a jump never unpoisoned their red zones.
void __asan_unpoison_memory_region(const volatile void *at, size_t size);
#define go__race_stack_clear(bottom, size) __asan_unpoison_memory_region(bottom, size)
#else
#define go__race_acquire(addr) ((void)(addr))
#define go__race_release(addr) ((void)(addr))
#define go__race_adopt(r) ((void)(r))
#define go__race_create(r, bottom, size) ((void)(r))
#define go__race_destroy(r) ((void)(r))
#define go__race_switch(from, to) ((void)(from), (void)(to))
#define go__race_switch_dying(to) ((void)(to))
#define go__race_switched(self) ((void)(self))
#define go__race_stack_clear(bottom, size) ((void)(bottom), (void)(size))
#endif

#endif
