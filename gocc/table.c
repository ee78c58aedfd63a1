// The table of capture.h: open addressing, linear probing, at most half full.
#include "capture.h"

#include <string.h>

static unsigned slot_of(const struct table *t, const void *key)
{
    uint64_t hash = (uint64_t)(uintptr_t)key * 0x9E3779B97F4A7C15u;
    unsigned i = (unsigned)(hash >> 32) & (t->room - 1);
    while (t->keys[i] && t->keys[i] != key)
        i = (i + 1) & (t->room - 1);
    return i;
}

void *table_get(const struct table *t, const void *key)
{
    return t->room ? t->values[slot_of(t, key)] : NULL;
}

static void grow(struct table *t)
{
    struct table old = *t;
    t->room = old.room ? old.room * 2 : 64;
    t->keys = arena_alloc(t->room * sizeof *t->keys);
    t->values = arena_alloc(t->room * sizeof *t->values);
    t->n = 0;
    for (unsigned i = 0; i < old.room; i++)
        if (old.keys[i])
            table_put(t, old.keys[i], old.values[i]);
}

void table_put(struct table *t, const void *key, void *value)
{
    if (t->n * 2 >= t->room)
        grow(t);
    unsigned i = slot_of(t, key);
    if (!t->keys[i])
        t->n++;
    t->keys[i] = key;
    t->values[i] = value;
}
