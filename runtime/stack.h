// Goroutine stacks: where they come from, how they are guarded, cached and given back.
// See stack.c.
#ifndef GO_STACK_H
#define GO_STACK_H

#include "base.h"

// Reads GOCC_STACK and learns what kind of guard the kernel offers. Once.
void go__stack_init(void);
// The bytes from a stack's guard to its top, guard included.
size_t go__stack_size(void) __attribute__((pure));
// What of it a goroutine can use, GOCC_STACK or a little more.
size_t go__stack_limit(void);
// A stack's top (16-byte aligned), from the shared pool. Fatal when there is no address space.
char *go__stack_new(void);
// Replaces the memory of a free stack: the thread sanitizer forgets what it knew of it.
void go__stack_renew(char *top);
// Puts n stacks into the shared pool. Nobody may stand on them.
void go__stack_free(char *const *tops, size_t n);
// Takes one to n stacks out of the shared pool, the last one the most recently used, or makes new
// ones. Returns how many; fatal when there is no address space.
size_t go__stack_take(char **tops, size_t n);
// The memory of the free stacks that nobody needed since the call before, or of all free ones,
// shall go back to the system. go__stack_trim gives some of it back, in about 0.1 ms; true: there
// is more. Both are the monitor's.
void go__stack_trim_begin(bool all);
bool go__stack_trim(void);
// True when addr lies in the guard page of the stack whose top is `top`.
bool go__stack_guard_hit(const char *top, const void *addr);
// Bytes of stack memory that are resident, in use or kept.
size_t go__stack_resident(void);
// Stacks made since the start, and those whose memory is with the system at present.
void go__stack_count(size_t *made, size_t *cold);

#endif
