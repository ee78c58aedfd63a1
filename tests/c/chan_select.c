// LANGUAGE.md 6: go_select and go_try_select are select for plain C: operands once and in order, one
// case of those that can go, comma-ok, values in braces, -1 where a default would run.
// lib: tsan asan
// expect: none -1
// expect: order abcd
// expect: received 5 ok=1, untouched 0 1
// expect: sent, buffered 7 8
// expect: void 1
// expect: closed 0 ok=0
// expect: chosen 1 after 1
// expect: chance 1 1
// expect: braceless 1
#include <gocc.h>

#include <stdio.h>

struct pair {
    int a, b;
};

static char order[8];
static int n_order;

static go_chan(int) noted(char name, go_chan(int) c)
{
    order[n_order++] = name;
    return c;
}

static int value(char name, int v)
{
    order[n_order++] = name;
    return v;
}

static void send_later(void *arg)
{
    go_chan(int) c = arg;
    go_send(c, 11);
    go_release(c);
}

int main(void)
{
    go_chan(int) in = go_make(int, 1), other = go_make(int, 0), none = NULL;
    go_chan(struct pair) pairs = go_make(struct pair, 2);
    go_chan(void) done = go_make(void, 1);
    struct pair p = {1, 2};
    int v = 0, w = 0;
    bool ok = false, other_ok = true;

    printf("none %d\n", go_try_select(go_case_recv(in, &v, &ok), go_case_send(other, 1)));

    go_send(in, 5);
    int chosen = go_select(go_case_recv(noted('a', in), &v, &ok),
                           go_case_recv(noted('b', other), &w, &other_ok),
                           go_case_send(noted('c', none), value('d', 3)));
    printf("order %s\n", order);
    if (chosen == 0)
        printf("received %d ok=%d, untouched %d %d\n", v, ok, w, other_ok);

    switch (go_select(go_case_send(pairs, {.a = 6, .b = 7}))) {
    case 0:
        go_select(go_case_send(pairs, p), go_case_recv(none, NULL, NULL));
        p = go_recv(pairs);
        printf("sent, buffered %d", p.b);
        p = go_recv(pairs);
        printf(" %d\n", p.a + 7);
    }

    go_select(go_case_send(done, {}));
    printf("void %d\n", go_len(done));
    go_recv(done);

    go_close(done);
    go_close(in);
    v = 3;
    chosen = go_select(go_case_recv(in, &v, &ok));
    printf("closed %d ok=%d\n", v, ok);

    go_start(send_later, go_retain(other));
    chosen = go_select(go_case_after(GO_MINUTE), go_case_recv(other, NULL, NULL));
    int after = go_select(go_case_recv(other, &v, NULL), go_case_after(GO_MILLISECOND));
    printf("chosen %d after %d\n", chosen, after);

    int n[2] = {0, 0};
    for (int i = 0; i < 1000; i++)
        n[go_select(go_case_recv(in, NULL, NULL), go_case_recv(done, NULL, NULL))]++;
    printf("chance %d %d\n", n[0] > 300, n[1] > 300);

    if (go_try_select(go_case_recv(other, &v, &ok), go_case_recv(done, NULL, &ok)) == 1)
        printf("braceless %d\n", !ok);
    else
        printf("no braces\n");
    go_release(in);
    go_release(other);
    go_release(pairs);
    go_release(done);
    return 0;
}
