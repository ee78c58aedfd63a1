// LANGUAGE.md 3: closing a channel wakes a select that waits on it: a receive with a zero value
// and false, a send with a panic.
#include "parts/test.h"

static go_chan(long) c, other;

static void receive(void *arg)
{
    (void)arg;
    long v = 5;
    struct gocc_case k[] = {gocc_case_recv(other, &v), gocc_case_recv(c, &v)};
    CHECK_EQ(gocc_select(k, 2, false), 1);
    CHECK_EQ(v, 0);
    CHECK(!k[1].ok);
}

static void send(void *arg)
{
    (void)arg;
    long v = 5;
    struct gocc_case k[] = {gocc_case_send(c, &v), gocc_case_recv(other, &v)};
    gocc_select(k, 2, false);
}

static void send_panics(void *arg)
{
    must_panic(send, arg, "send on closed channel");
}

int main(void)
{
    void (*const functions[])(void *) = {receive, send_panics};
    for (int i = 0; i < LENGTH(functions); i++) {
        c = go_make(long, 0);
        other = go_make(long, 0);
        struct test_call *call = must_block(functions[i], NULL);
        go_close(c);
        must_go_on(call);
        functions[i](NULL); // closed already
        go_release(c);
        go_release(other);
    }
}
