// LANGUAGE.md 3: a receive on a closed channel drains the buffer, then yields zero values at
// once; a send on it and closing it again panic.
#include "parts/test.h"

static void send(void *arg)
{
    go_chan(long) c = arg;
    go_send(c, 1);
}

static void close_it(void *arg)
{
    go_chan(long) c = arg;
    go_close(c);
}

static void try_send(void *arg)
{
    go_chan(long) c = arg;
    go_try_send(c, 1);
}

int main(void)
{
    for (int cap = 0; cap < 5; cap++) {
        go_chan(long) c = go_make(long, cap);
        for (int i = 0; i < cap; i++)
            go_send(c, i + 1);
        go_close(c);
        bool ok = false;
        for (int i = 0; i < cap; i++) {
            CHECK_EQ(go_recv_ok(c, &ok), i + 1);
            CHECK(ok);
        }
        for (int i = 0; i < 3; i++) {
            CHECK_EQ(go_recv_ok(c, &ok), 0);
            CHECK(!ok);
        }
        long v = 5;
        CHECK(go_try_recv(c, &v, &ok));
        CHECK_EQ(v, 0);
        CHECK(!ok);
        must_panic(send, c, "send on closed channel");
        must_panic(try_send, c, "send on closed channel");
        must_panic(close_it, c, "close of closed channel");
        go_release(c);
    }
}
