// LANGUAGE.md 3: closing wakes every goroutine that waits: receivers with zero values, senders
// with a panic.
#include "parts/test.h"

#include <gocc/metrics.h>

enum { N = 20 };

static int n_zero, n_panic;

static void receive(void *arg)
{
    go_chan(long) c = arg;
    bool ok = true;
    CHECK_EQ(go_recv_ok(c, &ok), 0);
    CHECK(!ok);
    ADD(n_zero, 1);
}

static void send(void *arg)
{
    go_chan(long) c = arg;
    go_send(c, 1);
}

static void send_panics(void *arg)
{
    must_panic(send, arg, "send on closed channel");
    ADD(n_panic, 1);
}

static int n_waiting(void)
{
    go_metrics metrics;
    go_metrics_read(&metrics);
    return (int)metrics.on_channels;
}

int main(void)
{
    for (int cap = 0; cap < 3; cap++) {
        n_zero = n_panic = 0;
        go_chan(long) c = go_make(long, cap), d = go_make(long, cap);
        for (int i = 0; i < N; i++)
            start(receive, c);
        for (int i = 0; i < N + cap; i++)
            if (i < cap)
                go_send(d, 1);
            else
                start(send_panics, d);
        EVENTUALLY(n_waiting() == 2 * N);
        go_close(c);
        go_release(c); // whoever was woken no longer needs it
        go_close(d);
        EVENTUALLY(LOAD(n_zero) == N && LOAD(n_panic) == N);
        for (int i = 0; i < cap; i++)
            CHECK_EQ(go_recv(d), 1);
        go_release(d);
    }
}
