// LANGUAGE.md 3: a select without default waits until one of its cases can go, and carries out
// that one alone, for any number of cases, also with one channel in several of them.
#include "parts/test.h"

enum { MAX = 40 };

static go_chan(int) c[MAX];
static int n_cases, chosen, values[MAX];
static bool ok;

// Even channels are received from, odd ones sent to; channel 0 stands in two cases.
static void wait(void *arg)
{
    (void)arg;
    struct gocc_case k[MAX];
    for (int i = 0; i < n_cases; i++) {
        values[i] = i % 2 ? 100 + i : -1;
        k[i] = (struct gocc_case){gocc_hchan(c[i]), &values[i], i % 2 ? GOCC_SEND : GOCC_RECV,
                                  false, 0};
    }
    k[n_cases - 1] = gocc_case_recv(c[0], &values[n_cases - 1]);
    chosen = gocc_select(k, n_cases, false);
    ok = k[chosen].ok;
}

static void test(int n)
{
    n_cases = n;
    for (int i = 0; i < n - 1; i++) {
        for (int k = 0; k < n - 1; k++)
            c[k] = go_make(int, 0);
        struct test_call *call = must_block(wait, NULL);
        if (i % 2)
            CHECK_EQ(go_recv(c[i]), 100 + i);
        else
            go_send(c[i], 200 + i);
        must_go_on(call);
        CHECK(chosen == i || (i == 0 && chosen == n - 1));
        if (i % 2 == 0) // of a send that found its receiver there, ok says nothing
            CHECK(ok && values[chosen] == 200 + i);
        // No case but the chosen one has left anything behind.
        for (int k = 0; k < n - 1; k++) {
            CHECK(!go_try_send(c[k], 1));
            CHECK(!go_try_recv(c[k], NULL, NULL));
            go_release(c[k]);
        }
    }
}

int main(void)
{
    test(3);
    test(8);
    test(9); // waiters no longer on the stack
    test(21);
}
