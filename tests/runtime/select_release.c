// LANGUAGE.md 5: a select that blocks keeps its channels alive: another goroutine may close and
// release one of them, or all, before the select has come out.
// timeout: 60
#include "parts/test.h"

#include <gocc/metrics.h>

enum { N = 5000 };

static go_chan(int) a, b;
static int n_done;

static void wait(void *arg)
{
    (void)arg;
    int v;
    struct gocc_case k[] = {gocc_case_recv(a, &v), gocc_case_recv(b, &v), gocc_case_recv(b, &v)};
    gocc_select(k, 3, false);
    ADD(n_done, 1);
}

int main(void)
{
    go_metrics now;
    for (int i = 0; i < N; i++) {
        a = go_make(int, 0);
        b = go_make(int, 0);
        start(wait, NULL);
        do { // until it blocks: before that it has no hold on them
            go_yield();
            go_metrics_read(&now);
        } while (now.on_channels == 0);
        go_chan(int) mine = a, other = b;
        if (i % 2)
            go_send(mine, 1);
        else
            go_close(mine);
        // The select has been chosen, perhaps not run: what it waited on has no owner left.
        go_release(mine);
        go_release(other);
        EVENTUALLY(LOAD(n_done) == i + 1);
    }
}
