// LANGUAGE.md 6: go_after_func calls its closure in a goroutine of its own, once per start; stop
// tells whether it still prevented that.
#include "parts/test.h"

static int n_calls, n_destroyed;

static void call(void *self)
{
    (void)self;
    go_sleep(GO_MICROSECOND); // it may block
    ADD(n_calls, 1);
}

static void destroy(void *object)
{
    (void)object;
    ADD(n_destroyed, 1);
}

struct closure {
    void (*code)(void *self);
};
static const struct gocc_type type = {"f", sizeof(struct closure), 0, NULL, destroy};

int main(void)
{
    struct closure *f = gocc_new(&type);
    f->code = call;
    go_timer *t = go_after_func(GO_MILLISECOND, &f->code);
    go_release(f); // the timer owns it now
    CHECK(!t->c);
    EVENTUALLY(LOAD(n_calls) == 1);
    CHECK(!go_timer_stop(t));
    CHECK(!go_timer_reset(t, GO_MILLISECOND));
    EVENTUALLY(LOAD(n_calls) == 2);
    CHECK(!go_timer_reset(t, GO_HOUR));
    CHECK(go_timer_reset(t, 2 * GO_HOUR));
    CHECK(go_timer_stop(t));
    CHECK(!go_timer_stop(t));
    go_sleep(3 * GO_MILLISECOND);
    CHECK_EQ(LOAD(n_calls), 2);
    CHECK_EQ(LOAD(n_destroyed), 0);
    go_release(t);
    EVENTUALLY(LOAD(n_destroyed) == 1);
}
