// LANGUAGE.md 3: a null channel blocks for ever in both directions; its len and cap are 0;
// closing it panics.
#include "parts/test.h"

static go_chan(int) none;

static void send(void *arg)
{
    (void)arg;
    go_send(none, 1);
}

static void receive(void *arg)
{
    (void)arg;
    go_recv(none);
}

static void close_it(void *arg)
{
    (void)arg;
    go_close(none);
}

int main(void)
{
    must_block(send, NULL);
    must_block(receive, NULL);
    CHECK_EQ(go_len(none), 0);
    CHECK_EQ(go_cap(none), 0);
    int v = 3;
    bool ok = true;
    CHECK(!go_try_send(none, 1));
    CHECK(!go_try_recv(none, &v, &ok));
    CHECK_EQ(v, 3);
    must_panic(close_it, NULL, "close of nil channel");
}
