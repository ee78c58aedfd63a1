// What valgrind is told of goroutines: where their stacks are. Else it takes a switch to another
// stack for a frame of many megabytes, and what lies there for undefined.
//
// A client request is a run of instructions that changes nothing, which valgrind knows: so it is in
// every build, and costs a few cycles for each stack that is made (not for those that are used
// again). Valgrind's own header is not needed: the instructions are fixed for ever, as programs
// carry them. Source of them and of the numbers: valgrind/valgrind.h, "The core" and
// "Client requests".
#ifndef GO_VALGRIND_H
#define GO_VALGRIND_H

#include <stdbool.h>
#include <stdint.h>

enum { GO__VALGRIND_RUNNING = 0x1001, GO__VALGRIND_STACK_REGISTER = 0x1501 };

static inline uintptr_t go__valgrind_request(uintptr_t request, uintptr_t a, uintptr_t b)
{
    uintptr_t args[6] = {request, a, b, 0, 0, 0}, result = 0;
#if defined(__x86_64__) && !defined(__ILP32__)
    __asm__ volatile("rolq $3, %%rdi\n\trolq $13, %%rdi\n\trolq $61, %%rdi\n\trolq $51, %%rdi\n\t"
                     "xchgq %%rbx, %%rbx"
                     : "+d"(result)
                     : "a"(args)
                     : "cc", "memory");
#elif defined(__aarch64__)
    __asm__ volatile("mov x3, %0\n\tmov x4, %1\n\t"
                     "ror x12, x12, #3\n\tror x12, x12, #13\n\tror x12, x12, #51\n\t"
                     "ror x12, x12, #61\n\torr x10, x10, x10\n\tmov %0, x3"
                     : "+r"(result)
                     : "r"(args)
                     : "x3", "x4", "cc", "memory");
#else
    (void)args;
#endif
    return result;
}

// Whether valgrind runs the program. It knows no system call of the last years, and says so at
// length when it meets one.
static inline bool go__on_valgrind(void)
{
    return go__valgrind_request(GO__VALGRIND_RUNNING, 0, 0) != 0;
}

// bottom[size] is a stack from now on.
static inline void go__valgrind_stack(const char *bottom, uintptr_t size)
{
    go__valgrind_request(GO__VALGRIND_STACK_REGISTER, (uintptr_t)bottom, (uintptr_t)bottom + size);
}

#endif
