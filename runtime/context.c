// Contexts, written with public headers only, as a user would.
//
// A context owns its parent. The other direction is weak: the contexts that can be cancelled form
// a tree of plain pointers (first_child, next, prev, up) under one mutex, that of the topmost one,
// which every context below keeps alive. So a cancel walks its whole subtree under one lock,
// without recursion, and a context that loses its last owner takes itself out.
//
// A deadline is a timer whose closure must not own the context (that could then not be freed before
// its deadline): both own a `link`, whose pointer to the context its end clears. Whatever ends the
// context stops the timer.
//
// Invariants:
//   - err, once set, stays; all contexts below have one too. Set under the tree's mutex, with
//     go_atomic_store_i32, read without it.
//   - `done` is made when first asked for, under the mutex, and is closed once err is set.
//   - Mutexes: a link's, then a tree's.
//
// Source of the meaning: Go's context package.
#include <gocc/atomic.h>
#include <gocc/context.h>
#include <gocc/object.h>
#include <gocc/sync.h>

#include <string.h>

// What a timer and the context that it ends have in common.
struct link {
    go_mutex mutex;
    go_context *ctx; // NULL: it has been freed
};

struct go_context {
    go_context *parent; // owned
    go_context *ends;   // itself if it can be cancelled, else the nearest parent that can; or NULL
    go_context *top;    // of its tree
    go_mutex mutex;     // top's: guards the tree
    go_context *up, *first_child, *next, *prev; // cancellable ones; up: the nearest
    struct gocc_hchan *done;                    // owned; NULL: nobody has asked
    int32_t err;
    bool has_deadline;
    int64_t deadline;
    struct link *link; // owned; with a timer
    go_timer *timer;   // owned; under the tree's mutex
    const void *key;   // of go_context_with_value
    void *value;
};

static struct {
    struct gocc_object head;
    go_context ctx;
} background = {GOCC_STATIC_OBJECT(NULL), {0}};

go_context *go_context_background(void)
{
    return &background.ctx;
}

// ---- the tree ----------------------------------------------------------------------------

static void tree_link(go_context *ctx)
{
    go_context *up = ctx->up;
    ctx->next = up->first_child;
    if (ctx->next)
        ctx->next->prev = ctx;
    up->first_child = ctx;
}

static void tree_unlink(go_context *ctx)
{
    if (ctx->prev)
        ctx->prev->next = ctx->next;
    else
        ctx->up->first_child = ctx->next;
    if (ctx->next)
        ctx->next->prev = ctx->prev;
}

// The one after ctx in the tree below `root`, children after their parents; skip: not those of ctx.
static go_context *tree_next(go_context *ctx, const go_context *root, bool skip)
{
    if (!skip && ctx->first_child)
        return ctx->first_child;
    while (ctx != root && !ctx->next)
        ctx = ctx->up;
    return ctx == root ? NULL : ctx->next;
}

static void end_one(go_context *ctx, int err)
{
    go_atomic_store_i32(&ctx->err, err);
    if (ctx->done)
        gocc_chan_close(ctx->done);
    if (ctx->timer)
        go_timer_stop(ctx->timer); // it need not run any more
}

static void cancel(go_context *root, int err)
{
    go_context *top = root->top;
    go_mutex_lock(&top->mutex);
    for (go_context *ctx = root, *next; ctx; ctx = next) {
        bool ended = ctx->err != 0; // and all below it
        next = tree_next(ctx, root, ended);
        if (!ended)
            end_one(ctx, err);
    }
    go_mutex_unlock(&top->mutex);
}

// ---- making and freeing ------------------------------------------------------------------

static void context_destroy(void *object)
{
    go_context *ctx = object;
    if (ctx->link) {
        go_mutex_lock(&ctx->link->mutex);
        ctx->link->ctx = NULL; // its timer may be about to end ctx
        go_mutex_unlock(&ctx->link->mutex);
    }
    if (ctx->ends != ctx)
        return;
    if (ctx->up) {
        go_mutex_lock(&ctx->top->mutex);
        tree_unlink(ctx);
        go_mutex_unlock(&ctx->top->mutex);
    }
    if (!ctx->err)
        end_one(ctx, GO_CANCELED); // nobody else can reach it; but some may wait for done
}

static go_context *context_new(go_context *parent)
{
    static const uint32_t owned[] = {
        offsetof(go_context, timer),
        offsetof(go_context, link),
        offsetof(go_context, done),
        offsetof(go_context, parent),
    };
    static const struct gocc_type type = {
        "context", sizeof(go_context), 4, owned, context_destroy,
    };
    go_context *ctx = gocc_new(&type);
    if (!parent)
        parent = &background.ctx;
    ctx->parent = gocc_retain(parent);
    ctx->ends = parent->ends;
    ctx->has_deadline = parent->has_deadline;
    ctx->deadline = parent->deadline;
    return ctx;
}

go_context *go_context_with_cancel(go_context *parent)
{
    go_context *ctx = context_new(parent);
    ctx->up = ctx->ends;
    ctx->ends = ctx;
    ctx->top = ctx->up ? ctx->up->top : ctx;
    if (ctx->up) {
        go_mutex_lock(&ctx->top->mutex);
        tree_link(ctx);
        ctx->err = ctx->up->err;
        go_mutex_unlock(&ctx->top->mutex);
    }
    return ctx;
}

// ---- deadlines ---------------------------------------------------------------------------

// The closure that a deadline's timer calls.
struct ender {
    void (*run)(void *self);
    struct link *link; // owned
};

static void ender_run(void *self)
{
    struct link *link = ((struct ender *)self)->link;
    go_mutex_lock(&link->mutex);
    if (link->ctx)
        cancel(link->ctx, GO_DEADLINE_EXCEEDED);
    go_mutex_unlock(&link->mutex);
}

static void timer_set(go_context *ctx, go_duration d)
{
    static const struct gocc_type link_type = {"link", sizeof(struct link), 0, NULL, NULL};
    static const uint32_t owned[] = {offsetof(struct ender, link)};
    static const struct gocc_type ender_type = {
        "context deadline", sizeof(struct ender), 1, owned, NULL,
    };
    struct ender *ender = gocc_new(&ender_type);
    ctx->link = gocc_new(&link_type);
    ctx->link->ctx = ctx;
    ender->run = ender_run;
    ender->link = gocc_retain(ctx->link);
    go_timer *timer = go_after_func(d, (gocc_func(void))ender);
    go_release(ender);
    go_mutex_lock(&ctx->top->mutex);
    ctx->timer = timer;
    if (ctx->err) // a parent's end has not seen the timer
        go_timer_stop(timer);
    go_mutex_unlock(&ctx->top->mutex);
}

go_context *go_context_with_deadline(go_context *parent, int64_t t)
{
    go_context *ctx = go_context_with_cancel(parent);
    if (ctx->has_deadline && ctx->deadline <= t)
        return ctx; // it ends with its parent
    ctx->has_deadline = true;
    ctx->deadline = t;
    int64_t now = go_now();
    if (t <= now)
        cancel(ctx, GO_DEADLINE_EXCEEDED);
    else if (!ctx->err)
        timer_set(ctx, t - now);
    return ctx;
}

go_context *go_context_with_timeout(go_context *parent, go_duration d)
{
    int64_t now = go_now();
    return go_context_with_deadline(parent, d > INT64_MAX - now ? INT64_MAX : now + d);
}

go_context *go_context_with_value(go_context *parent, const void *key, void *value)
{
    if (!key)
        gocc_panic("nil key");
    go_context *ctx = context_new(parent);
    ctx->key = key;
    ctx->value = value;
    return ctx;
}

// ---- using -------------------------------------------------------------------------------

void go_context_cancel(go_context *ctx)
{
    if (!ctx || ctx->ends != ctx)
        return;
    cancel(ctx, GO_CANCELED);
}

gocc_recv_chan(void) go_context_done(go_context *ctx)
{
    go_context *ends = ctx ? ctx->ends : NULL;
    if (!ends)
        return NULL;
    go_mutex_lock(&ends->top->mutex);
    if (!ends->done) {
        ends->done = gocc_chan_make(0, "void", 0);
        if (ends->err)
            gocc_chan_close(ends->done);
    }
    struct gocc_hchan *done = ends->done;
    go_mutex_unlock(&ends->top->mutex);
    return (gocc_recv_chan(void))done;
}

int go_context_err(go_context *ctx)
{
    return ctx && ctx->ends ? go_atomic_load_i32(&ctx->ends->err) : 0;
}

bool go_context_deadline(go_context *ctx, int64_t *t)
{
    if (!ctx || !ctx->has_deadline)
        return false;
    if (t)
        *t = ctx->deadline;
    return true;
}

void *go_context_value(go_context *ctx, const void *key)
{
    for (; ctx; ctx = ctx->parent)
        if (ctx->key == key && key)
            return ctx->value;
    return NULL;
}
