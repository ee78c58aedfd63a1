// LANGUAGE.md 6: go_stack_trace of all takes no longer with go_signal_notify, whose thread it stops
// as it does the others: their stacks are in it.
// not: tsan (the sanitizer delivers signals late)
// expect: the signals' thread has a stack
// expect: soon: 1
#include "parts/test.h"

#include <gocc/chan.h>
#include <gocc/signal.h>
#include <gocc/time.h>

#include <signal.h>

int main(void)
{
    static char text[20000];
    go_chan(int) c = go_make(int, 1);
    int64_t best = INT64_MAX;
    go_signal_notify(c, SIGUSR1, 0);
    raise(SIGUSR1);
    CHECK_EQ(go_recv(c), SIGUSR1); // the thread is known to the scheduler now
    for (int i = 0; i < 10; i++) {
        int64_t begun = go_now();
        go_stack_trace(text, sizeof(text), true);
        if (go_now() - begun < best)
            best = go_now() - begun;
    }
    const char *thread = strstr(text, "not started by the runtime");
    CHECK(thread);
    if (!strstr(thread, "stack unavailable"))
        puts("the signals' thread has a stack");
    printf("soon: %d\n", best < 150 * GO_MILLISECOND);
    return 0;
}
