// LANGUAGE.md 3: a select does not communicate with itself: a send and a receive on the same
// unbuffered channel wait for two others.
#include "parts/test.h"

static go_chan(int) c;
static int chosen;

static void both(void *arg)
{
    (void)arg;
    int in = 0, out = 7;
    struct gocc_case k[] = {gocc_case_send(c, &out), gocc_case_recv(c, &in)};
    chosen = gocc_select(k, 2, false);
    if (chosen == 1)
        CHECK_EQ(in, 9);
}

int main(void)
{
    c = go_make(int, 0);
    struct test_call *call = must_block(both, NULL);
    CHECK_EQ(go_recv(c), 7);
    must_go_on(call);
    CHECK_EQ(chosen, 0);
    call = must_block(both, NULL);
    go_send(c, 9);
    must_go_on(call);
    CHECK_EQ(chosen, 1);
    // Two such selects serve each other.
    struct test_call *a = must_block(both, NULL);
    go_sleep(GO_MILLISECOND);
    int out = 9;
    struct gocc_case k[] = {gocc_case_recv(c, NULL), gocc_case_send(c, &out)};
    CHECK(gocc_select(k, 2, false) >= 0);
    must_go_on(a);
    go_release(c);
}
