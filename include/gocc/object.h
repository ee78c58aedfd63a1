// Owners of reference-counted objects, by hand. LANGUAGE.md 5.
#ifndef GOCC_OBJECT_H
#define GOCC_OBJECT_H

#include <gocc/abi.h>

// Adds an owner to x: a channel, closure, context, timer, ticker or any other object that the
// library made.
//
//   x  evaluated once; NULL is accepted.
//
// Returns x, with its type. Panics: never. Blocks: never. Threads: any that owns x, or to
// which an owner lends it meanwhile. Source: none in Go, which collects. LANGUAGE.md 5.
// Before: go_release(c) in two places for one c    After: one go_retain(c) first
#define go_retain(x) \
    __extension__({ \
        __typeof__(x) gocc_x = (x); \
        gocc_retain((const volatile void *)gocc_x); \
        gocc_x; \
    })

// Takes an owner of x away; the last one frees x and releases what x owns.
//
//   x  evaluated once; NULL is accepted. Not to be used by this owner afterwards.
//
// A timer or ticker is stopped, a context cancelled. What lies in a channel's buffer is
// dropped, not released. A channel may be released as soon as the last operation on it by
// its releaser has returned. Panics: never. Blocks: never. Threads: any.
// Order: whatever other owners did before their release happens before x is freed.
// Source: none in Go, which collects. LANGUAGE.md 5.
#define go_release(x) gocc_release((const volatile void *)(x))

#endif
