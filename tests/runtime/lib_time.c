// gocc/time.h: the units, durations of nothing, and what stops what.
// lib: plain asan
#include "parts/test.h"

static void ignore(void *self)
{
    ADD(*(int *)go_func_arg(self), 1);
}

static void give_way(void *arg)
{
    ADD(*(int *)arg, 1);
}

int main(void)
{
    CHECK_EQ(GO_MICROSECOND, 1000 * GO_NANOSECOND);
    CHECK_EQ(GO_MILLISECOND, 1000 * GO_MICROSECOND);
    CHECK_EQ(GO_SECOND, 1000 * GO_MILLISECOND);
    CHECK_EQ(GO_MINUTE, 60 * GO_SECOND);
    CHECK_EQ(GO_HOUR, 60 * GO_MINUTE);
    CHECK_EQ(sizeof(go_duration), 8);

    int64_t last = go_now();
    for (int i = 0; i < 100000; i++) {
        int64_t now = go_now();
        CHECK(now >= last);
        last = now;
    }
    go_sleep(GO_MILLISECOND);
    CHECK(go_now() - last >= GO_MILLISECOND);

    // At most 0: gives way, or fires as soon as possible.
    int n = 0;
    start(give_way, &n);
    while (!LOAD(n))
        go_sleep(-1);
    go_sleep(0);
    go_recv_chan(int64_t) c = go_after(-GO_HOUR);
    CHECK_EQ(go_cap(c), 1);
    int64_t at = go_recv(c);
    CHECK(at >= last && at <= go_now());
    go_release(c);
    go_release(go_after(GO_HOUR)); // with its timer
    go_timer *t = go_timer_new(0);
    go_recv(t->c);
    go_release(t);

    // go_after_func: no channel; stopped by its release; a null function is nobody's before it
    // fires.
    go_func(void) f = go_make_func(ignore, &n);
    n = 0;
    t = go_after_func(-1, f);
    CHECK(!t->c);
    EVENTUALLY(LOAD(n) == 1);
    go_release(t);
    t = go_after_func(5 * GO_MILLISECOND, f);
    go_release(t);
    t = go_after_func(GO_HOUR, NULL);
    CHECK(go_timer_stop(t));
    go_release(t);
    go_sleep(10 * GO_MILLISECOND);
    CHECK_EQ(LOAD(n), 1);
    go_release(f);

    // Tickers: capacity 1, stop does not close, reset of a stopped one, a tick of before is
    // dropped.
    go_ticker *k = go_ticker_new(GO_MILLISECOND);
    CHECK_EQ(go_cap(k->c), 1);
    EVENTUALLY(go_len(k->c) == 1);
    int64_t begin = go_now();
    go_ticker_reset(k, 5 * GO_MILLISECOND);
    CHECK(go_recv(k->c) - begin >= 5 * GO_MILLISECOND);
    go_ticker_stop(k);
    bool ok = false;
    CHECK(!go_try_recv(k->c, NULL, &ok) && !ok);
    go_ticker_stop(k);
    go_ticker_reset(k, GO_MILLISECOND);
    go_recv_ok(k->c, &ok);
    CHECK(ok);
    go_release(k);
    c = go_tick(GO_MILLISECOND);
    CHECK_EQ(go_cap(c), 1);
    go_recv(c);
    go_release(c);
    CHECK(!go_tick(0) && !go_tick(-1));
}
