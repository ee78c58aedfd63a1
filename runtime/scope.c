// Boxes: memory of captured variables, owned by the scope of the variable and by the closures that
// captured it.
//
// Compilers' cleanups end the scopes that control leaves by itself. A recovered panic and go_exit
// leave scopes without that, as longjmp does; so each goroutine lists the boxes whose scopes have
// not ended, and go__scopes_end ends those.
//
// Invariants:
//   - A box is in its goroutine's list from gocc_box until its scope has ended, and as long has the
//     scope as an owner: a box that is freed is in no list.
//   - The list is in the order of creation, newest first, so that what belongs to the functions
//     called since some moment stands before what was the first then. gocc_box_again keeps the
//     place. Scopes end in any order: the list is doubly linked.
//   - Only the goroutine itself reads or writes its list: no locks.
//
// Rejected: a list through the stack (a longjmp would leave it pointing at dead frames); cleanups
// in the manner of setjmp in each scope (they cost even where nothing panics).
#include "scope.h"

#include <gocc/abi.h>

#include "object.h"

// Precedes a box.
struct scope {
    struct scope *next, **link; // link: what points to this one; NULL when the scope has ended
    struct gocc_object head;
};
_Static_assert(sizeof(struct scope) % 16 == 0, "boxes must stay aligned as malloc aligns");

static struct scope *scope_of(void *box)
{
    return (struct scope *)box - 1;
}

static void box_destroy(void *box)
{
    go__free(scope_of(box));
}

// What was allocated stands in the word before the scope.
static void box_aligned_destroy(void *box)
{
    go__free(((void **)scope_of(box))[-1]);
}

static void hold_destroy(void *box)
{
    gocc_release(*(void **)box);
    box_destroy(box);
}

static const struct gocc_type box_type = {
    "captured variable", GO__OBJECT_OWN_SIZE, 0, NULL, box_destroy,
};
static const struct gocc_type box_aligned_type = {
    "captured variable", GO__OBJECT_OWN_SIZE, 0, NULL, box_aligned_destroy,
};
static const struct gocc_type hold_type = {
    "temporary", GO__OBJECT_OWN_SIZE, 0, NULL, hold_destroy,
};

static void insert(struct scope *s, struct scope **at)
{
    s->link = at;
    s->next = *at;
    if (s->next)
        s->next->link = &s->next;
    *at = s;
}

static void *new_scope(struct scope *s, const struct gocc_type *type, struct scope **at)
{
    s->head.refs = 1;
    s->head.type = type;
    insert(s, at);
    return s + 1;
}

static void *new_box(const struct gocc_type *type, size_t size, struct scope **at)
{
    return new_scope(go__calloc(1, sizeof(struct scope) + size), type, at);
}

// Requires: alignment is a power of two.
static void *new_aligned_box(size_t size, size_t alignment, struct scope **at)
{
    if (alignment <= 16)
        return new_box(&box_type, size, at);
    size_t before = sizeof(void *) + sizeof(struct scope);
    char *all = go__calloc(1, before + alignment + size);
    uintptr_t box = ((uintptr_t)all + before + alignment - 1) & ~(uintptr_t)(alignment - 1);
    struct scope *s = scope_of((void *)box);
    ((void **)s)[-1] = all;
    return new_scope(s, &box_aligned_type, at);
}

static struct scope **newest(void)
{
    return (struct scope **)&go__slots(go__self())->scopes;
}

static void end(struct scope *s)
{
    if (s->link) {
        *s->link = s->next;
        if (s->next)
            s->next->link = s->link;
        s->link = NULL;
    }
    gocc_release(s + 1);
}

void *gocc_box(size_t size)
{
    return new_box(&box_type, size, newest());
}

void *gocc_box_aligned(size_t size, size_t alignment)
{
    return new_aligned_box(size, alignment, newest());
}

void *gocc_box_again(volatile void *old, size_t size, size_t alignment, struct gocc_frame *f)
{
    if (!old)
        return gocc_box_aligned(size, alignment);
    struct scope *s = scope_of((void *)old);
    void *box = new_aligned_box(size, alignment, s->link);
    if (f && f->scopes == s)
        f->scopes = scope_of(box);
    end(s);
    return box;
}

void *gocc_hold(void *object)
{
    void **box = new_box(&hold_type, sizeof *box, newest());
    *box = object;
    return box;
}

void gocc_scope_end(volatile void *box_pointer)
{
    void *volatile *pointer = box_pointer;
    void *box = *pointer;
    *pointer = NULL;
    if (box)
        end(scope_of(box));
}

void go__scopes_end(struct go__g_slots *s, void *until)
{
    while (s->scopes && s->scopes != until)
        end(s->scopes);
}
