// A bare switch between two stacks, of the callee-saved registers and nothing else: what a yield
// costs at least on this machine at this moment.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { N = 20000000, STACK = 64 << 10 };

#if defined(__x86_64__)
void swap_stacks(void **save, void *to);
__asm__(".text\n"
        "swap_stacks:\n"
        "    pushq %rbp\n    pushq %rbx\n    pushq %r12\n    pushq %r13\n    pushq %r14\n    pushq "
        "%r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n    popq %r14\n    popq %r13\n    popq %r12\n    popq %rbx\n    popq %rbp\n"
        "    ret\n");

static void *here, *there;

// Both sides run this, so that each switch returns to where the processor expects it.
static __attribute__((noinline)) void turns(void **mine, void **theirs, int n)
{
    for (int i = 0; i < n; i++)
        swap_stacks(mine, *theirs);
}

static void work(void)
{
    for (;;)
        turns(&there, &here, N);
}

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

int main(void)
{
    static char stack[STACK] __attribute__((aligned(16)));
    void **top = (void **)(stack + STACK) - 2; // work() finds its stack as behind a call

    *top = (void *)work;
    there = top - 6;
    turns(&here, &there, 1);
    int64_t start = now();
    turns(&here, &there, N / 2);
    printf("yield_floor %.2f ns\n", (double)(now() - start) / N);
    return EXIT_SUCCESS;
}
#else
int main(void) // no such number for this machine
{
    return EXIT_SUCCESS;
}
#endif
