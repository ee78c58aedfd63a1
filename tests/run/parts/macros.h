// Macros with constructs, and a function that uses one before it is redefined.
#ifndef MACROS_H
#define MACROS_H

#define PUT(c, v) ((void)0)
#undef PUT
#define PUT(c, v) c <- v
#define GET(c) (<-(c))

static inline void put_two(chan<int> c, int n)
{
    go {
        PUT(c, n);
        PUT(c, n + 1);
    }
}

#undef GET
#define GET(c) (-<-(c))
#endif
