// LANGUAGE.md 4: go_exit runs the deferred calls and ends the goroutine; a recover there stops no
// exit, also after a panic in one of those calls.
#include "parts/test.h"

static int n_run, n_after, n_none;

static void count(void *self)
{
    (void)self;
    ADD(n_run, 1);
}

static void recover_nothing(void *self)
{
    (void)self;
    if (!gocc_recover())
        ADD(n_none, 1);
}

static void panic_once(void *self)
{
    (void)self;
    gocc_panic("in a deferred call");
}

static void recover_panic(void *self)
{
    (void)self;
    CHECK(gocc_recover());
    ADD(n_run, 1);
}

static void inner(void)
{
    struct gocc_defer a = {0}, b = {0};
    GOCC_FRAME();
    gocc_defer(&gocc_frame, &a, count);
    gocc_defer(&gocc_frame, &b, recover_nothing);
    go_exit();
}

static void middle(void)
{
    struct gocc_defer a = {0}, b = {0};
    GOCC_FRAME();
    gocc_defer(&gocc_frame, &a, recover_panic);
    gocc_defer(&gocc_frame, &b, panic_once);
    inner();
    ADD(n_after, 1);
}

static void goroutine(void *arg)
{
    (void)arg;
    struct gocc_defer a = {0};
    GOCC_FRAME();
    gocc_defer(&gocc_frame, &a, count);
    middle();
    ADD(n_after, 1);
}

int main(void)
{
    for (int i = 0; i < 100; i++)
        start(goroutine, NULL);
    EVENTUALLY(LOAD(n_run) == 300);
    EVENTUALLY(go_num_goroutine() == 1);
    CHECK_EQ(LOAD(n_none), 100);
    CHECK_EQ(LOAD(n_after), 0);
}
