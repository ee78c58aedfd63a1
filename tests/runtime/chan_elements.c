// LANGUAGE.md 3: an element is any complete object type: every size arrives whole, through the
// buffer and from stack to stack; chan<void> carries only the fact.
#include "parts/test.h"

#define SIZES(X) X(1) X(2) X(3) X(4) X(5) X(7) X(8) X(12) X(16) X(33) X(64) X(1000)

#define DEFINE(n) \
    struct s##n { \
        unsigned char b[n]; \
    }; \
    static void send##n(void *arg) \
    { \
        go_chan(struct s##n) c = arg; \
        for (int k = 0; k < 20; k++) { \
            struct s##n v; \
            memset(v.b, k + 1, n); \
            go_send(c, v); \
        } \
        go_close(c); \
    } \
    static void test##n(int cap) \
    { \
        go_chan(struct s##n) c = go_make(struct s##n, cap); \
        start(send##n, c); \
        for (int k = 0; k < 20; k++) { \
            struct s##n v = go_recv(c); \
            for (int i = 0; i < n; i++) \
                CHECK_EQ(v.b[i], k + 1); \
        } \
        struct s##n zero = go_recv(c); \
        for (int i = 0; i < n; i++) \
            CHECK_EQ(zero.b[i], 0); \
        go_release(c); \
    }
SIZES(DEFINE)

static void send_facts(void *arg)
{
    go_chan(void) c = arg;
    for (int i = 0; i < 20; i++)
        go_send(c, {});
    go_close(c);
}

int main(void)
{
    for (int cap = 0; cap < 4; cap++) {
#define CALL(n) test##n(cap);
        SIZES(CALL)
        go_chan(void) c = go_make(void, cap);
        start(send_facts, c);
        bool ok = true;
        int n = 0;
        while (go_recv_ok(c, &ok), ok)
            n++;
        CHECK_EQ(n, 20);
        go_release(c);
    }
}
