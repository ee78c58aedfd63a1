// LANGUAGE.md 3: select {} and a select whose channels are all null block for ever.
#include "parts/test.h"

static void nothing(void *arg)
{
    (void)arg;
    gocc_select(NULL, 0, false);
}

static void nulls(void *arg)
{
    (void)arg;
    struct gocc_case k[] = {gocc_case_recv((go_chan(int))NULL, NULL),
                            gocc_case_recv_release((go_chan(int))NULL, NULL)};
    gocc_select(k, 2, false);
}

static void one_null(void *arg)
{
    (void)arg;
    struct gocc_case k[] = {gocc_case_recv((go_chan(int))NULL, NULL)};
    gocc_select(k, 1, false);
}

int main(void)
{
    must_block(nothing, NULL);
    must_block(nulls, NULL);
    must_block(one_null, NULL);
}
