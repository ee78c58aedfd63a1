// LANGUAGE.md 6: a ticker sends every d; ticks that nobody receives are dropped, not kept; after
// stop nothing is received until reset.
#include "parts/test.h"

static void bad_ticker(void *arg)
{
    (void)arg;
    go_ticker_new(0);
}

static void bad_reset(void *arg)
{
    go_ticker_reset(arg, 0);
}

int main(void)
{
    int64_t begin = go_now(), last = 0;
    go_ticker *t = go_ticker_new(2 * GO_MILLISECOND);
    for (int i = 1; i <= 10; i++) {
        int64_t now = go_recv(t->c);
        CHECK(now - begin >= i * 2 * GO_MILLISECOND);
        CHECK(now > last);
        last = now;
    }
    go_sleep(20 * GO_MILLISECOND);
    CHECK_EQ(go_len(t->c), 1); // one tick, not ten
    go_ticker_stop(t);
    CHECK_EQ(go_len(t->c), 0);
    go_sleep(10 * GO_MILLISECOND);
    CHECK(!go_try_recv(t->c, NULL, NULL));
    begin = go_now();
    go_ticker_reset(t, 3 * GO_MILLISECOND);
    CHECK(go_recv(t->c) - begin >= 3 * GO_MILLISECOND);
    must_panic(bad_ticker, NULL, "non-positive interval for NewTicker");
    must_panic(bad_reset, t, "non-positive interval for Ticker.Reset");
    go_release(t);

    go_recv_chan(int64_t) c = go_tick(GO_MILLISECOND);
    for (int i = 0; i < 3; i++)
        go_recv(c);
    go_release(c);
    CHECK(!go_tick(0));
}
