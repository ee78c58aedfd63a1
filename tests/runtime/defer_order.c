// LANGUAGE.md 4: deferred calls run last-in first-out when the function returns; in a loop each
// pass adds one.
#include "parts/test.h"

struct call {
    struct gocc_defer defer;
    int id;
};

static int order[100], n_order;

static void run(void *self)
{
    order[n_order++] = ((struct call *)self)->id;
}

static int function(int n)
{
    struct call first = {.id = 1000}, last = {.id = 2000};
    GOCC_FRAME(0);
    gocc_defer(&gocc_frame, &first.defer, run);
    for (int i = 0; i < n; i++) {
        struct call *each = gocc_defer_alloc(sizeof(*each));
        each->id = i;
        gocc_defer(&gocc_frame, &each->defer, run);
    }
    if (n == 3)
        return n;
    gocc_defer(&gocc_frame, &last.defer, run);
    CHECK_EQ(n_order, 0);
    return n;
}

int main(void)
{
    CHECK_EQ(function(50), 50);
    CHECK_EQ(n_order, 52);
    CHECK_EQ(order[0], 2000);
    for (int i = 0; i < 50; i++)
        CHECK_EQ(order[1 + i], 49 - i);
    CHECK_EQ(order[51], 1000);
    n_order = 0;
    CHECK_EQ(function(3), 3);
    CHECK_EQ(n_order, 4);
    CHECK_EQ(order[3], 1000);
}
