// LANGUAGE.md 4: a panic runs the deferred calls of every function that it leaves; recover stops
// it, and the function whose deferred call recovered returns zero after its other deferred calls.
#include "parts/test.h"

struct call {
    struct gocc_defer defer;
    char name;
};

static char trace[100];

static void note(void *self)
{
    trace[strlen(trace)] = ((struct call *)self)->name;
}

static void recovering(void *self)
{
    note(self);
    const char *message = gocc_recover();
    CHECK(message && strcmp(message, "bad state 7") == 0);
    CHECK(!gocc_recover()); // only once
}

static void innermost(int depth)
{
    struct call c = {.name = 'c'}, d = {.name = 'd'};
    GOCC_FRAME();
    gocc_defer(&gocc_frame, &c.defer, note);
    gocc_defer(&gocc_frame, &d.defer, note);
    if (depth)
        innermost(depth - 1);
    else
        gocc_panic("bad state %d", 7);
    CHECK(!"reached");
}

static int outer(void)
{
    struct call a = {.name = 'a'}, r = {.name = 'r'}, b = {.name = 'b'};
    GOCC_FRAME(0);
    gocc_defer(&gocc_frame, &a.defer, note);
    gocc_defer(&gocc_frame, &r.defer, recovering);
    gocc_defer(&gocc_frame, &b.defer, note);
    innermost(2);
    return 5;
}

int main(void)
{
    CHECK(!gocc_recover());
    for (int i = 0; i < 1000; i++) {
        memset(trace, 0, sizeof(trace));
        CHECK_EQ(outer(), 0);
        CHECK(strcmp(trace, "dcdcdcbra") == 0);
    }
}
