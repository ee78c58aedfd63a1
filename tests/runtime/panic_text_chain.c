// LANGUAGE.md 4 (Go prints both): of a panic in a deferred call the first line is the one that it
// replaced.
// stderr: panic: first
// stderr: 	panic: second
// stderr:
// stderr: goroutine 1 [running]:
// status: 2
#include "parts/test.h"

static void again(void *self)
{
    (void)self;
    gocc_panic("second");
}

int main(void)
{
    struct gocc_defer d = {0};
    GOCC_FRAME(0);
    gocc_defer(&gocc_frame, &d, again);
    gocc_panic("first");
}
