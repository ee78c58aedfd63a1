// A thousand goroutines that give way a few times each. They come to an end while something else
// holds up its threads, if it holds up nobody but itself.
#ifndef OTHERS_H
#define OTHERS_H

#include "check.h"

enum { OTHERS = 1000 };
static int others_done;

static void other(void *args)
{
    (void)args;
    for (int i = 0; i < 10; i++)
        go_yield();
    raise_by_one(&others_done);
}

static inline void run_others(void)
{
    for (int i = 0; i < OTHERS; i++)
        start(other, i);
    wait_until(&others_done, OTHERS);
}

#endif
