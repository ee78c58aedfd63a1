// LANGUAGE.md 6: plain C has the channels too, as the macros of gocc/chan.h, under every compiler.
// expect: 42 closed=0
// expect: 7 8 len=1 cap=2
// expect: try 0 1 0 1 9 1
// expect: void 1 0
// expect: drained 0 closed=1
// expect: one way 5
#include <gocc.h>

#include <stdio.h>

struct pair {
    int a, b;
};

static void take(go_recv_chan(int) in, go_send_chan(int) out)
{
    go_send(out, go_recv(in));
}

int main(void)
{
    go_chan(int) c = go_make(int, 1);
    bool ok = false, got;
    go_send(c, 42);
    int v = go_recv_ok(c, &ok);
    printf("%d closed=%d\n", v, !ok);

    go_chan(struct pair) pairs = go_make(struct pair, 2);
    struct pair p = {1, 2};
    go_send(pairs, {.a = 7, .b = 8});
    go_send(pairs, p);
    p = go_recv(pairs);
    printf("%d %d len=%d cap=%d\n", p.a, p.b, go_len(pairs), go_cap(pairs));
    go_release(pairs);

    got = go_try_recv(c, &v, &ok);
    printf("try %d", got);
    got = go_try_send(c, 9);
    printf(" %d", got);
    got = go_try_send(c, 10);
    printf(" %d", got);
    got = go_try_recv(c, &v, &ok);
    printf(" %d %d %d\n", got, v, ok);

    go_chan(void) done = go_make(void, 1);
    go_send(done, {});
    go_recv(done);
    got = go_try_send(done, {});
    printf("void %d", got);
    go_try_recv(done, NULL, NULL);
    printf(" %d\n", go_len(done));
    go_release(done);

    go_chan(int) d = go_retain(c), e = go_make(int, 1);
    go_send(d, 5);
    take(c, e);
    int passed = go_recv(e);
    go_close(d);
    v = go_recv_ok(c, &ok);
    printf("drained %d closed=%d\n", v, !ok);
    printf("one way %d\n", passed);
    go_release(d);
    go_release(c);
    go_release(e);
    return 0;
}
