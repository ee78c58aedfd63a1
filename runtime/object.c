// Reference-counted objects: channels, closures, boxes of captured variables (scope.c), timers.
//
// Invariants:
//   - The header lies directly in front of the address that is handed out, so that retain and
//     release need no type. refs < 0 means static: never written, as it may lie in read-only
//     memory.
//   - refs reaches zero once. Who brings it there is alone with the object: nobody else may
//     hold an address of it that he could retain.
//   - Freeing is a loop, not a recursion: a list of a million closures that own each other
//     must not need a million stack frames. Dead objects wait in a list through their refs.
//   - Destroy hooks may release other objects; those nest, so a hook is for what ends soon.
//
// Rejected: a count in the low bits of the type pointer (saves 8 of 16 bytes that malloc's
// rounding gives back), deferred counts (memory then moves in waves).
#include "object.h"

#include "race.h"

_Static_assert(sizeof(struct gocc_object) == 16, "objects must stay aligned as malloc aligns");

void *go__object_new(const struct gocc_type *type, size_t size)
{
    struct gocc_object *o = go__calloc(1, sizeof(*o) + size);
    o->refs = 1;
    o->type = type;
    return o + 1;
}

void go__object_free(void *object)
{
    go__free(go__object_head(object));
}

void *gocc_new(const struct gocc_type *type)
{
    return go__object_new(type, type->size);
}

void *gocc_retain(const volatile void *object)
{
    if (!object)
        return NULL;
    struct gocc_object *o = go__object_head(object);
    // Relaxed: the caller reaches the object through an owner, whose release comes later in
    // an order that already exists; a new owner needs no other.
    if (go__load(&o->refs) >= 0)
        __atomic_fetch_add(&o->refs, 1, __ATOMIC_RELAXED);
    return (void *)object;
}

// Takes an owner away. True when it was the last: the caller is then alone with o.
static bool drop_owner(struct gocc_object *o)
{
    // Acquire: pairs with the releasing fetch_sub of all former owners. A count of 1 is ours,
    // and without another owner nobody can raise it: the common end needs no locked write.
    int64_t refs = go__load_acquire(&o->refs);
    if (refs < 0)
        return false;
    if (refs == 0)
        go__fatal("release of an object that was freed");
    go__race_release(o);
    if (refs == 1) {
        go__store(&o->refs, 0);
    } else if (__atomic_fetch_sub(&o->refs, 1, __ATOMIC_RELEASE) != 1) {
        return false; // release: what we did to o happens before it is freed
    } else {
        __atomic_thread_fence(__ATOMIC_ACQUIRE); // pairs with the others' release
    }
    go__race_acquire(o);
    return true;
}

// Adds what o owns, as far as o was the last owner, to the list *dead.
static void release_owned(struct gocc_object *o, struct gocc_object **dead)
{
    const struct gocc_type *type = o->type;
    for (uint32_t i = 0; i < type->n_owned; i++) {
        void *owned = *(void **)((char *)(o + 1) + type->owned[i]);
        if (!owned || !drop_owner(go__object_head(owned)))
            continue;
        struct gocc_object *head = go__object_head(owned);
        head->refs = (int64_t)(intptr_t)*dead;
        *dead = head;
    }
}

void gocc_release(const volatile void *object)
{
    if (!object || !drop_owner(go__object_head(object)))
        return;
    struct gocc_object *dead = go__object_head(object);
    dead->refs = 0;
    while (dead) {
        struct gocc_object *o = dead;
        dead = (struct gocc_object *)(intptr_t)o->refs;
        o->refs = 0;
        const struct gocc_type *type = o->type;
        if (type && type->destroy)
            type->destroy(o + 1);
        if (type && type->size == GO__OBJECT_OWN_SIZE)
            continue; // destroy has freed it, or will
        if (type)
            release_owned(o, &dead);
        go__free(o);
    }
}
