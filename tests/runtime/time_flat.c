// LANGUAGE.md 5: a million passes over a select with go_after leave memory flat, whether the timer
// fires or loses.
// timeout: 120
#include "parts/test.h"

enum { N = 1000000 };

int main(void)
{
    go_chan(int) never = go_make(int, 0), ready = go_make(int, 1);
    int64_t t, before = 0;
    go_send(ready, 1);
    for (int i = 0; i < N; i++) {
        struct gocc_case fires[] = {gocc_case_recv(never, NULL),
                                    gocc_case_recv_release(go_after(GO_MICROSECOND), &t)};
        if (i % 10 == 0) // real time passes: a tenth is enough
            CHECK_EQ(gocc_select(fires, 2, false), 1);
        else
            go_release((go_recv_chan(int64_t))fires[1].chan);
        struct gocc_case loses[] = {gocc_case_recv(ready, NULL),
                                    gocc_case_recv_release(go_after(GO_HOUR), &t)};
        CHECK_EQ(gocc_select(loses, 2, false), 0);
        go_send(ready, 1);
        if (i == N / 10)
            before = heap_bytes();
    }
    CHECK(heap_bytes() - before < 64 * 1024);
    go_release(never);
    go_release(ready);
}
