// Reference-counted objects: what the rest of the runtime makes them with.
#ifndef GO_OBJECT_H
#define GO_OBJECT_H

#include <gocc/object.h>

#include "base.h"

// type->size of an object whose destroy hook frees the memory itself, with
// go__object_free, at once or later: a channel waits for the selects that will return to it.
#define GO__OBJECT_OWN_SIZE UINT32_MAX

// A new object of `size` zero bytes behind its header, with one owner. Never NULL.
void *go__object_new(const struct gocc_type *type, size_t size);
// Frees the memory of an object without owners, and nothing else.
void go__object_free(void *object);

static inline struct gocc_object *go__object_head(const volatile void *object)
{
    return (struct gocc_object *)object - 1;
}

#endif
