// LANGUAGE.md 5: an object is freed when its last owner has released it, with what it owns;
// static objects never are.
#include "parts/test.h"

static int n_destroyed;

static void count(void *object)
{
    (void)object;
    n_destroyed++;
}

struct node {
    struct node *next, *other;
};
static const uint32_t owned[] = {offsetof(struct node, next), offsetof(struct node, other)};
static const struct gocc_type node_type = {"node", sizeof(struct node), 2, owned, count};

int main(void)
{
    // Owners are counted.
    struct node *a = gocc_new(&node_type);
    CHECK(!a->next && !a->other);
    struct node *same = go_retain(a);
    CHECK(same == a);
    go_release(a);
    CHECK_EQ(n_destroyed, 0);
    go_release(a);
    CHECK_EQ(n_destroyed, 1);

    // What an object owns goes with it, unless somebody else owns it too; a chain of a million
    // needs no stack.
    struct node *shared = gocc_new(&node_type), *list = NULL;
    for (int i = 0; i < 1000000; i++) {
        struct node *n = gocc_new(&node_type);
        n->next = list;
        n->other = i % 1000 ? NULL : go_retain(shared);
        list = n;
    }
    n_destroyed = 0;
    go_release(list);
    CHECK_EQ(n_destroyed, 1000000);
    go_release(shared);
    CHECK_EQ(n_destroyed, 1000001);

    // Static objects, possibly in read-only memory, and NULL.
    static const struct {
        struct gocc_object head;
        int value;
    } fixed = {GOCC_STATIC_OBJECT(&node_type), 1};
    for (int i = 0; i < 3; i++) {
        CHECK(gocc_retain(&fixed.value) == &fixed.value);
        gocc_release(&fixed.value);
        gocc_release(&fixed.value);
    }
    CHECK(!gocc_retain(NULL));
    gocc_release(NULL);

    // The cleanup of a box.
    int *box = gocc_box(sizeof(int)), *kept = gocc_retain(box);
    *box = 7;
    gocc_scope_end(&box);
    CHECK(!box);
    CHECK_EQ(*kept, 7);
    gocc_release(kept);
}
