// LANGUAGE.md 3: default is taken only if nothing else can go; a select with it never waits.
#include "parts/test.h"

int main(void)
{
    for (int cap = 0; cap < 3; cap++) {
        go_chan(int) c = go_make(int, cap);
        int v = 0, w = 5;
        struct gocc_case k[] = {gocc_case_recv(c, &v), gocc_case_send((go_chan(int))NULL, &w)};
        CHECK_EQ(gocc_select(k, 2, true), -1);
        CHECK_EQ(gocc_select(NULL, 0, true), -1);
        for (int i = 0; i < cap; i++) {
            CHECK(go_try_send(c, 10 + i));
        }
        CHECK(!go_try_send(c, 99));
        for (int i = 0; i < cap; i++) {
            CHECK_EQ(gocc_select(k, 2, true), 0);
            CHECK(k[0].ok);
            CHECK_EQ(v, 10 + i);
        }
        CHECK_EQ(gocc_select(k, 2, true), -1);
        go_close(c);
        v = 5;
        CHECK_EQ(gocc_select(k, 2, true), 0);
        CHECK(!k[0].ok);
        CHECK_EQ(v, 0);
        go_release(c);
    }
}
