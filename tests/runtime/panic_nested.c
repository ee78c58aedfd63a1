// LANGUAGE.md 4: a panic in a deferred call replaces the one that was under way; one that is
// recovered within the deferred call leaves the outer one going; an ordinary return inside a
// deferred call recovers nothing.
#include "parts/test.h"

static char seen[200];

static void recover_here(void *self)
{
    (void)self;
    const char *message = gocc_recover();
    strcat(seen, message ? message : "none");
    strcat(seen, ";");
}

static void panic_again(void *self)
{
    (void)self;
    gocc_panic("second");
}

static void replaced(void)
{
    struct gocc_defer outer = {0}, again = {0};
    GOCC_FRAME();
    gocc_defer(&gocc_frame, &outer, recover_here);
    gocc_defer(&gocc_frame, &again, panic_again);
    gocc_panic("first");
}

static void panic_inside(void)
{
    struct gocc_defer d = {0};
    GOCC_FRAME();
    gocc_defer(&gocc_frame, &d, recover_here);
    gocc_panic("inner");
}

static void return_inside(void)
{
    struct gocc_defer d = {0};
    GOCC_FRAME();
    gocc_defer(&gocc_frame, &d, recover_here);
}

static void both(void *self)
{
    (void)self;
    return_inside();
    panic_inside();
    return_inside();
}

static void kept(void)
{
    struct gocc_defer outer = {0}, d = {0};
    GOCC_FRAME();
    gocc_defer(&gocc_frame, &outer, recover_here);
    gocc_defer(&gocc_frame, &d, both);
    gocc_panic("outer");
}

int main(void)
{
    for (int i = 0; i < 1000; i++) {
        seen[0] = 0;
        replaced();
        CHECK(strcmp(seen, "second;") == 0);
        seen[0] = 0;
        kept();
        CHECK(strcmp(seen, "none;inner;none;outer;") == 0);
        CHECK(!gocc_recover());
    }
}
