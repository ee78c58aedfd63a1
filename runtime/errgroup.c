// Groups of goroutines with one error, written with public headers only, as a user would.
//
// The limit is a buffered channel with a place for each goroutine that may run: a send takes one.
//
// Source: golang.org/x/sync/errgroup.
#include <gocc/atomic.h>
#include <gocc/errgroup.h>
#include <gocc/object.h>
#include <gocc/sync.h>

struct go_errgroup {
    go_context *ctx;           // owned
    struct gocc_hchan *places; // owned; NULL: no limit
    go_waitgroup running;
    int32_t err; // the first; atomic
};

go_errgroup *go_errgroup_new(go_context *parent)
{
    static const uint32_t owned[] = {
        offsetof(struct go_errgroup, ctx),
        offsetof(struct go_errgroup, places),
    };
    static const struct gocc_type type = {"errgroup", sizeof(go_errgroup), 2, owned, NULL};
    go_errgroup *g = gocc_new(&type);
    g->ctx = go_context_with_cancel(parent);
    return g;
}

struct member {
    go_errgroup *g;
    gocc_func(int) f;
};

struct deferred_end {
    struct gocc_defer defer;
    go_errgroup *g;
};

static void run_deferred_end(void *self)
{
    go_errgroup *g = ((struct deferred_end *)self)->g;
    if (g->places)
        gocc_chan_recv(g->places, NULL);
    go_waitgroup_done(&g->running);
}

static void run_member(void *args)
{
    struct member *m = args;
    struct deferred_end end = {.g = m->g};
    GOCC_FRAME();
    gocc_defer(&gocc_frame, &end.defer, run_deferred_end); // also when f ends by go_exit
    int err = gocc_call(m->f);
    if (err && go_atomic_cas_i32(&m->g->err, 0, err))
        go_context_cancel(m->g->ctx);
}

static void start(go_errgroup *g, gocc_func(int) f)
{
    static const uint32_t owned[] = {offsetof(struct member, g), offsetof(struct member, f)};
    static const struct gocc_type type = {
        "go_errgroup_go", sizeof(struct member), 2, owned, NULL,
    };
    struct member m = {g, f};
    go_waitgroup_add(&g->running, 1);
    gocc_go(&type, run_member, &m);
}

void go_errgroup_go(go_errgroup *g, gocc_func(int) f)
{
    if (g->places)
        gocc_chan_send(g->places, NULL);
    start(g, f);
}

bool go_errgroup_try_go(go_errgroup *g, gocc_func(int) f)
{
    struct gocc_case place = gocc_case_send(g->places, NULL);
    if (g->places && gocc_select(&place, 1, true) < 0)
        return false;
    start(g, f);
    return true;
}

int go_errgroup_wait(go_errgroup *g)
{
    go_waitgroup_wait(&g->running);
    go_context_cancel(g->ctx);
    return go_atomic_load_i32(&g->err);
}

go_context *go_errgroup_context(go_errgroup *g)
{
    return g->ctx;
}

void go_errgroup_set_limit(go_errgroup *g, int n)
{
    if (g->places && gocc_chan_len(g->places))
        gocc_panic("errgroup: modify limit while %d goroutines in the group are still active",
                   gocc_chan_len(g->places));
    go_release(g->places);
    g->places = n < 0 ? NULL : gocc_chan_make(0, "void", n);
}
