// gocc/context.h, semaphore.h, errgroup.h, rate.h: what their docstrings say of NULL, nothing, too
// much and the ends of contexts.
// lib: plain asan
#include "parts/test.h"

#include <errno.h>
#include <math.h>

static void nil_key(void *arg)
{
    go_context_with_value(arg, NULL, "value");
}

static void wait_done(void *arg)
{
    go_recv(go_context_done(arg));
}

struct acquire {
    go_semaphore *s;
    go_context *ctx;
    int64_t n;
    int result;
};

static void acquire(void *arg)
{
    struct acquire *a = arg;
    a->result = go_semaphore_acquire(a->s, a->ctx, a->n);
}

static void release_too_much(void *arg)
{
    go_semaphore_release(arg, 1);
}

static int end_with(void *self)
{
    return *(int *)go_func_arg(self);
}

static void contexts(void)
{
    go_context *background = go_context_background();
    CHECK(background == go_context_background());
    int64_t t = 7;
    static int key, other;
    for (int i = 0; i < 2; i++) { // NULL means it too
        go_context *none = i ? background : NULL;
        go_context_cancel(none);
        CHECK(!go_context_err(none) && !go_context_done(none) && !go_context_value(none, &key));
        CHECK(!go_context_deadline(none, &t) && !go_context_deadline(none, NULL));
    }
    CHECK_EQ(t, 7);

    go_context *parent = go_context_with_cancel(NULL);
    go_recv_chan(void) done = go_context_done(parent);
    CHECK(done && done == go_context_done(parent));
    int64_t soon = go_now() + GO_MINUTE;
    go_context *early = go_context_with_deadline(parent, soon);
    go_context *late = go_context_with_timeout(early, GO_HOUR);
    CHECK(go_context_deadline(early, &t) && t == soon && go_context_deadline(early, NULL));
    t = 0;
    CHECK(go_context_deadline(late, &t) && t == soon); // the parent's earlier one stays
    CHECK(!go_context_deadline(parent, &t));

    // The nearest value counts; the keys are addresses; the context with it cannot be cancelled.
    go_context *a = go_context_with_value(early, &key, "outer");
    go_context *b = go_context_with_value(a, &key, "inner");
    CHECK(strcmp(go_context_value(a, &key), "outer") == 0);
    CHECK(strcmp(go_context_value(b, &key), "inner") == 0 && !go_context_value(b, &other));
    CHECK(go_context_deadline(b, &t) && t == soon);
    go_context_cancel(b);
    CHECK(!go_context_err(b) && !go_context_err(a));
    must_panic(nil_key, parent, "nil key");

    // Cancelling does not wait, ends all below, and once.
    struct test_call *waits[] = {must_block(wait_done, early), must_block(wait_done, late),
                                 must_block(wait_done, b)};
    go_context_cancel(parent);
    CHECK_EQ(go_context_err(parent), GO_CANCELED);
    CHECK_EQ(go_context_err(late), GO_CANCELED);
    CHECK_EQ(go_context_err(b), GO_CANCELED);
    for (int i = 0; i < LENGTH(waits); i++)
        must_go_on(waits[i]);
    go_context_cancel(parent);
    go_context *after = go_context_with_timeout(parent, 0); // has ended; why, its parent says first
    CHECK_EQ(go_context_err(after), GO_CANCELED);
    go_context *past = go_context_with_deadline(NULL, go_now());
    CHECK_EQ(go_context_err(past), GO_DEADLINE_EXCEEDED);
    go_context_cancel(past);
    CHECK_EQ(go_context_err(past), GO_DEADLINE_EXCEEDED); // has ended already
    go_context *all[] = {parent, early, late, a, b, after, past};
    for (int i = 0; i < LENGTH(all); i++)
        go_release(all[i]);
}

static void semaphores(void)
{
    go_semaphore s;
    memset(&s, 0xa5, sizeof(s)); // any memory
    go_semaphore_init(&s, 3);
    CHECK_EQ(go_semaphore_acquire(&s, NULL, 0), 0);
    CHECK(go_semaphore_try_acquire(&s, 0) && go_semaphore_try_acquire(&s, 3));
    CHECK(!go_semaphore_try_acquire(&s, 1));
    go_semaphore_release(&s, 0);

    // More than the capacity waits for ctx, and nobody waits behind it; an ended context gets none.
    go_context *ctx = go_context_with_cancel(NULL);
    struct acquire much = {&s, ctx, 4, -1}, one = {&s, NULL, 1, -1};
    struct test_call *waits = must_block(acquire, &much), *behind = must_block(acquire, &one);
    go_semaphore_release(&s, 1);
    must_go_on(behind);
    CHECK_EQ(one.result, 0);
    CHECK(!LOAD(waits->done));
    go_context_cancel(ctx);
    must_go_on(waits);
    CHECK_EQ(much.result, GO_CANCELED);
    go_semaphore_release(&s, 3);
    CHECK_EQ(go_semaphore_acquire(&s, ctx, 1), GO_CANCELED);
    CHECK(go_semaphore_try_acquire(&s, 3)); // none was taken
    go_semaphore_release(&s, 3);
    must_panic(release_too_much, &s, "semaphore: released more than held");
    go_release(ctx);
}

static void groups(void)
{
    int zero = 0, error = EINVAL;
    go_func(int) good = go_make_func(end_with, &zero), bad = go_make_func(end_with, &error);
    go_errgroup *g = go_errgroup_new(NULL);
    CHECK_EQ(go_errgroup_wait(g), 0); // nothing was started
    CHECK_EQ(go_context_err(go_errgroup_context(g)), GO_CANCELED);
    go_release(g);

    go_context *parent = go_context_with_cancel(NULL);
    g = go_errgroup_new(parent);
    go_context *ctx = go_errgroup_context(g);
    CHECK(ctx == go_errgroup_context(g) && !go_context_err(ctx));
    go_errgroup_set_limit(g, 0); // none may start
    CHECK(!go_errgroup_try_go(g, good));
    go_errgroup_set_limit(g, -1); // any number
    for (int i = 0; i < 10; i++)
        CHECK(go_errgroup_try_go(g, good));
    go_errgroup_go(g, bad);
    EVENTUALLY(go_context_err(ctx) == GO_CANCELED); // at the first error
    CHECK_EQ(go_errgroup_wait(g), EINVAL);
    CHECK(!go_context_err(parent));
    go_release(g);

    g = go_errgroup_new(parent);
    go_context_cancel(parent);
    CHECK_EQ(go_context_err(go_errgroup_context(g)), GO_CANCELED);
    go_release(g);
    go_release(parent);
    go_release(good);
    go_release(bad);
}

static void limiters(void)
{
    go_limiter *l = go_limiter_new(INFINITY, 0);
    int64_t now = go_now();
    CHECK(go_limiter_allow(l) && go_limiter_allow_n(l, now, 1000));
    CHECK_EQ(go_limiter_wait(l, NULL), 0);
    go_release(l);

    l = go_limiter_new(1000, 2); // full at first
    CHECK(go_limiter_allow_n(l, now, 0) && !go_limiter_allow_n(l, now, 3));
    CHECK(go_limiter_allow_n(l, now, 2));
    for (int i = 0; i < 4; i++)
        CHECK_EQ(go_limiter_wait(l, NULL), 0);
    CHECK(go_now() - now >= 3 * GO_MILLISECOND);
    go_context *ctx = go_context_with_cancel(NULL);
    go_context_cancel(ctx);
    CHECK_EQ(go_limiter_wait(l, ctx), GO_CANCELED);
    go_release(ctx);
    go_limiter_set(l, 0, 0); // the bucket never holds one event
    CHECK_EQ(go_limiter_wait(l, NULL), ERANGE);
    CHECK(!go_limiter_allow(l));

    // At once, when the deadline would pass before.
    go_limiter_set(l, 1e-6, 1);
    go_limiter_allow(l);
    now = go_now();
    ctx = go_context_with_timeout(NULL, GO_HOUR);
    CHECK_EQ(go_limiter_wait(l, ctx), GO_DEADLINE_EXCEEDED);
    CHECK(go_now() - now < GO_MINUTE && !go_context_err(ctx));
    go_release(ctx);
    go_release(l);
}

int main(void)
{
    contexts();
    semaphores();
    groups();
    limiters();
}
