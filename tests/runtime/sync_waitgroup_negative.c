// LANGUAGE.md 6 (Go's sync.WaitGroup): a count below zero panics.
#include "parts/test.h"

static void done(void *arg)
{
    go_waitgroup_done(arg);
}

int main(void)
{
    go_waitgroup wg = {0};
    must_panic(done, &wg, "sync: negative WaitGroup counter");
}
