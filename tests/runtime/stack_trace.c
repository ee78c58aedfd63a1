// LANGUAGE.md 6: go_stack_trace: the caller's trace, or all; what does not fit is left out; errno
// survives.
// lib: plain stress asan
// not: tsan (it calls handlers late: no frames of a thread that computes)
// expect: ok
#include "parts/check.h"

#include <errno.h>
#include <string.h>

static int woken;
static volatile int spinning, stop;

static void parked(void *args)
{
    (void)args;
    gocc_chan_recv(gocc_chan_make(0, "void", 0), NULL);
}

static void spins(void *args)
{
    (void)args;
    for (spinning = 1; !stop;)
        ;
    __atomic_add_fetch(&woken, 1, __ATOMIC_RELAXED);
}

int main(void)
{
    static char text[20000];
    errno = 77;
    size_t n = go_stack_trace(text, sizeof text, false);
    check(errno == 77, "%s\n", text);
    check(n == strlen(text), "%s\n", text);
    check(strncmp(text, "goroutine 1 [running]:\nmain(...)\n\t", 34) == 0, "%s\n", text);
    check(strstr(text, "stack_trace.c:"), "%s\n", text);
    check(go_stack_trace(text, 0, false) == 0 && go_stack_trace(text, 12, false) == 11, "%s\n",
          text);
    check(strcmp(text, "goroutine 1") == 0, "%s\n", text);
    start(parked, 0);
    start(spins, 0);
    while (!spinning)
        go_yield();
    do
        go_stack_trace(text, sizeof text, true);
    while (!strstr(text, " [chan receive]:\n") || !strstr(text, " [running]:\nspins(...)\n"));
    for (int i = 0; i < 20; i++) { // those that are stopped for it go on
        go_stack_trace(text, sizeof text, true);
        check(strstr(text, "goroutine 1 [running]:\nmain(...)\n"), "%s\n", text);
        check(strstr(text, " [chan receive]:\n"), "%s\n", text);
        // A busy machine may not let the spinning thread, which is nice by then, run in time.
        check(strstr(text, " [running]:\nspins(...)\n") || strstr(text, "stack unavailable"),
              "%s\n", text);
        check(strstr(text, "created by "), "%s\n", text);
    }
    stop = 1;
    while (!__atomic_load_n(&woken, __ATOMIC_RELAXED))
        go_yield();
    puts("ok");
    return 0;
}
