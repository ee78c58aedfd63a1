// LANGUAGE.md 6: stop and reset return true if the timer had not fired or its value was not yet
// received, and nothing stale is received after either, as in Go 1.23.
#include "parts/test.h"

static bool received(go_timer *t)
{
    int64_t when;
    return go_try_recv(t->c, &when, NULL);
}

int main(void)
{
    int64_t begin = go_now();
    go_timer *t = go_timer_new(5 * GO_MILLISECOND);
    CHECK(go_recv(t->c) - begin >= 5 * GO_MILLISECOND);
    CHECK(!go_timer_stop(t)); // fired and received

    CHECK(!go_timer_reset(t, GO_HOUR));
    CHECK(go_timer_stop(t));  // not fired
    CHECK(!go_timer_stop(t)); // stopped already
    CHECK(!go_timer_reset(t, GO_MILLISECOND));
    EVENTUALLY(go_len(t->c) == 1);
    CHECK(go_timer_stop(t)); // fired, not received: dropped
    CHECK(!received(t));

    CHECK(!go_timer_reset(t, GO_MILLISECOND));
    EVENTUALLY(go_len(t->c) == 1);
    begin = go_now();
    CHECK(go_timer_reset(t, 10 * GO_MILLISECOND)); // the old value is gone
    CHECK(go_recv(t->c) - begin >= 10 * GO_MILLISECOND);

    CHECK(!go_timer_reset(t, 0));
    go_recv(t->c);
    CHECK(!go_timer_reset(t, INT64_MAX)); // the end of time, not the past
    go_sleep(2 * GO_MILLISECOND);
    CHECK(!received(t));
    go_release(t); // stops it

    // The channel may outlive the timer that it came from.
    t = go_timer_new(GO_MILLISECOND);
    go_recv_chan(int64_t) c = go_retain(t->c);
    go_release(t);
    go_sleep(3 * GO_MILLISECOND);
    CHECK(!go_try_recv(c, NULL, NULL));
    go_release(c);
}
