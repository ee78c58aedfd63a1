// LANGUAGE.md 5: a channel may be released as soon as the releasing goroutine's last operation
// on it has returned, while the other side still comes out of its own.
// timeout: 60
// not: tsan (60,000 goroutines take it minutes; stress/chan_release.c does the same)
#include "parts/test.h"

enum { N = 20000 };

static int n_done;

static void receive(void *arg)
{
    go_chan(int) c = arg;
    CHECK_EQ(go_recv(c), 5);
    ADD(n_done, 1);
}

static void send(void *arg)
{
    go_chan(int) c = arg;
    go_send(c, 5);
    ADD(n_done, 1);
}

static void receive_close(void *arg)
{
    go_chan(int) c = arg;
    bool ok = true;
    go_recv_ok(c, &ok);
    CHECK(!ok);
    ADD(n_done, 1);
}

int main(void)
{
    for (int i = 0; i < N; i++) {
        go_chan(int) c = go_make(int, 0);
        start(receive, c);
        go_send(c, 5);
        go_release(c);

        c = go_make(int, 0);
        start(send, c);
        CHECK_EQ(go_recv(c), 5);
        go_release(c);

        c = gocc_retain(go_make(int, 0));
        start(receive_close, c);
        if (i % 2)
            go_yield();
        go_close(c);
        go_release(c);
        EVENTUALLY(LOAD(n_done) == 3 * (i + 1));
        go_release(c);
    }
}
