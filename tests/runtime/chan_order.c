// LANGUAGE.md 3: values arrive in the order in which they were sent, whatever the capacity.
#include "parts/test.h"

enum { N = 2000 };

static void send_all(void *arg)
{
    go_chan(int) c = arg;
    for (int i = 0; i < N; i++)
        go_send(c, i);
    go_close(c);
}

int main(void)
{
    static const int caps[] = {0, 1, 2, 3, 10, 128, 5000};
    for (int k = 0; k < LENGTH(caps); k++) {
        go_chan(int) c = go_make(int, caps[k]);
        start(send_all, c);
        for (int i = 0; i < N; i++)
            CHECK_EQ(go_recv(c), i);
        bool ok = true;
        CHECK_EQ(go_recv_ok(c, &ok), 0);
        CHECK(!ok);
        go_release(c);
    }
}
