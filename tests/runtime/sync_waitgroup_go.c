// LANGUAGE.md 6: go_waitgroup_go starts a goroutine that counts as done when it ends, also by
// go_exit; the closure is the library's as long as that needs it.
#include "parts/test.h"

static int n_calls, n_destroyed;

struct counter {
    void (*code)(void *self);
    int exits;
};

static void call(void *self)
{
    struct counter *c = self;
    ADD(n_calls, 1);
    if (c->exits)
        go_exit();
}

static void destroy(void *object)
{
    (void)object;
    ADD(n_destroyed, 1);
}

static const struct gocc_type type = {"counter", sizeof(struct counter), 0, NULL, destroy};

int main(void)
{
    go_waitgroup wg = {0};
    for (int i = 0; i < 100; i++) {
        struct counter *c = gocc_new(&type);
        c->code = call;
        c->exits = i % 2;
        go_waitgroup_go(&wg, &c->code);
        go_release(c);
    }
    go_waitgroup_wait(&wg);
    CHECK_EQ(LOAD(n_calls), 100);
    EVENTUALLY(LOAD(n_destroyed) == 100);
}
