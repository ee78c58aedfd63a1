// LANGUAGE.md 5: the channel and timer of go_after used directly in a select case are freed when
// the select ends, whether the case won or lost, by default or by another case.
#include "parts/test.h"

static int64_t t;

static void lose(go_chan(int) ready)
{
    struct gocc_case k[] = {gocc_case_recv(ready, NULL),
                            gocc_case_recv_release(go_after(GO_HOUR), &t)};
    CHECK_EQ(gocc_select(k, 2, false), 0);
    go_send(ready, 1);
}

static void win(go_chan(int) never)
{
    struct gocc_case k[] = {gocc_case_recv(never, NULL),
                            gocc_case_recv_release(go_after(GO_MICROSECOND), &t)};
    CHECK_EQ(gocc_select(k, 2, false), 1);
}

static void by_default(void)
{
    struct gocc_case k[] = {gocc_case_recv_release(go_after(GO_HOUR), &t)};
    CHECK_EQ(gocc_select(k, 1, true), -1);
}

static void alone(void)
{
    CHECK(gocc_recv_release(go_after(GO_MICROSECOND)) <= go_now());
    struct gocc_case k[] = {gocc_case_recv_release(go_after(GO_MICROSECOND), &t)};
    CHECK_EQ(gocc_select(k, 1, false), 0);
}

int main(void)
{
    go_chan(int) ready = go_make(int, 1), never = go_make(int, 0);
    go_send(ready, 1);
    int64_t before = 0;
    for (int i = 0; i < 3000; i++) {
        lose(ready);
        win(never);
        by_default();
        alone();
        if (i == 500)
            before = heap_bytes();
    }
    CHECK(heap_bytes() - before < 20000);
    go_release(ready);
    go_release(never);
}
