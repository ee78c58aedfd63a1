// LANGUAGE.md 3: blocked goroutines are served first come, first served.
#include "parts/inside.h"
#include "parts/test.h"

enum { N = 50 };

static go_chan(int) c;
static int got[N], n_got;

static void receive(void *arg)
{
    int v = go_recv(c);
    got[v] = (int)(intptr_t)arg;
    ADD(n_got, 1);
}

static void send(void *arg)
{
    go_send(c, (int)(intptr_t)arg);
}

int main(void)
{
    // The i-th receiver to block gets the i-th value.
    c = go_make(int, 0);
    for (intptr_t i = 0; i < N; i++) {
        start(receive, (void *)i);
        EVENTUALLY(waiting(c) == i + 1);
    }
    for (int i = 0; i < N; i++)
        go_send(c, i);
    EVENTUALLY(LOAD(n_got) == N);
    for (int i = 0; i < N; i++)
        CHECK_EQ(got[i], i);
    go_release(c);

    // The i-th sender to block is the i-th to be received, behind what the buffer holds.
    for (int cap = 0; cap <= 3; cap++) {
        c = go_make(int, cap);
        for (intptr_t i = 0; i < N; i++) {
            start(send, (void *)i);
            EVENTUALLY(go_len(c) + waiting(c) == i + 1);
        }
        for (int i = 0; i < N; i++)
            CHECK_EQ(go_recv(c), i);
        go_release(c);
    }
}
