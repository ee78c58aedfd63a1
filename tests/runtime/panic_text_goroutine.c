// LANGUAGE.md 4: a panic in any goroutine ends the process, after that goroutine's deferred calls.
// expect: deferred
// stderr: panic: send on closed channel
// stderr:
// stderr-match: goroutine \d+ \[running\]:
// status: 2
#include "parts/test.h"

static void say(void *self)
{
    (void)self;
    printf("deferred\n");
}

static void goroutine(void *arg)
{
    struct gocc_defer d = {0};
    go_chan(int) c = arg;
    GOCC_FRAME();
    gocc_defer(&gocc_frame, &d, say);
    go_send(c, 1);
}

int main(void)
{
    go_chan(int) c = go_make(int, 1);
    go_close(c);
    start(goroutine, c);
    gocc_block();
}
