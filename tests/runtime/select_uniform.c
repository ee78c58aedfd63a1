// LANGUAGE.md 3: among the cases that can go, one is chosen uniformly at random.
#include "parts/test.h"

enum { ROUNDS = 40000, MAX = 20 };

// All of n channels can be received from, but those with an index divisible by `dead`.
static void test(int n, int dead)
{
    go_chan(int) c[MAX];
    struct gocc_case k[MAX];
    int count[MAX] = {0}, live = 0;
    for (int i = 0; i < n; i++) {
        c[i] = go_make(int, 1);
        k[i] = gocc_case_recv(c[i], NULL);
        if (i % dead) {
            go_send(c[i], i);
            live++;
        }
    }
    for (int r = 0; r < ROUNDS; r++) {
        int i = gocc_select(k, n, r % 2);
        CHECK(i >= 0 && i < n && i % dead);
        count[i]++;
        go_send(c[i], i);
    }
    int expected = ROUNDS / live;
    for (int i = 0; i < n; i++) {
        if (i % dead)
            CHECK(count[i] > expected * 8 / 10 && count[i] < expected * 12 / 10);
        go_release(c[i]);
    }
}

int main(void)
{
    test(3, 3);
    test(8, 5);
    test(20, 7); // more than have room on the stack
}
