// LANGUAGE.md 3: a send blocks while the buffer is full, a receive while it is empty, and on
// an unbuffered channel each waits for the other.
#include "parts/inside.h"
#include "parts/test.h"

static void send_seven(void *arg)
{
    go_chan(int) c = arg;
    go_send(c, 7);
}

static void receive_seven(void *arg)
{
    go_chan(int) c = arg;
    CHECK_EQ(go_recv(c), 7);
}

int main(void)
{
    for (int cap = 0; cap < 4; cap++) {
        go_chan(int) c = go_make(int, cap);
        CHECK_EQ(go_cap(c), cap);
        for (int i = 0; i < cap; i++) {
            CHECK_EQ(go_len(c), i);
            go_send(c, 7);
        }
        CHECK_EQ(go_len(c), cap);
        struct test_call *sender = must_block(send_seven, c);
        CHECK_EQ(waiting(c), 1);
        CHECK_EQ(go_len(c), cap);
        for (int i = 0; i <= cap; i++)
            CHECK_EQ(go_recv(c), 7);
        must_go_on(sender);

        struct test_call *receiver = must_block(receive_seven, c);
        CHECK_EQ(waiting(c), 1);
        go_send(c, 7);
        must_go_on(receiver);
        CHECK_EQ(go_len(c), 0);
        go_release(c);
    }
}
