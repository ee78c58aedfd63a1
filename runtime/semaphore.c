// The weighted semaphore, written with public headers only, as a user would.
//
// Who waits lies in a list, on its own stack, with a channel that is closed when it has got its
// units. The first is served first: a large request is not starved by small ones that would fit.
//
// Lock: mutex, over all members and the waiters.
// Source: golang.org/x/sync/semaphore.
#include <gocc/object.h>
#include <gocc/semaphore.h>

struct waiter {
    struct waiter *next, *prev;
    int64_t n;
    struct gocc_hchan *ready; // closed by who gives it its units
    bool served;
};

void go_semaphore_init(go_semaphore *s, int64_t n)
{
    *s = (go_semaphore){.size = n};
}

static void unlink_locked(go_semaphore *s, struct waiter *w)
{
    if (w->prev)
        w->prev->next = w->next;
    else
        s->first = w->next;
    if (w->next)
        w->next->prev = w->prev;
    else
        s->last = w->prev;
}

static void push_locked(go_semaphore *s, struct waiter *w)
{
    w->prev = s->last;
    if (w->prev)
        w->prev->next = w;
    else
        s->first = w;
    s->last = w;
}

static void serve_locked(go_semaphore *s)
{
    struct waiter *w;
    while ((w = s->first) && s->size - s->taken >= w->n) {
        unlink_locked(s, w);
        s->taken += w->n;
        w->served = true;
        gocc_chan_close(w->ready);
    }
}

static bool try_locked(go_semaphore *s, int64_t n)
{
    if (s->size - s->taken < n || s->first)
        return false;
    s->taken += n;
    return true;
}

bool go_semaphore_try_acquire(go_semaphore *s, int64_t n)
{
    go_mutex_lock(&s->mutex);
    bool got = try_locked(s, n);
    go_mutex_unlock(&s->mutex);
    return got;
}

// Waits for w's units or the end of ctx; returns 0 or why ctx has ended.
static int wait_for(go_semaphore *s, struct waiter *w, go_context *ctx)
{
    struct gocc_case cases[2] = {
        gocc_case_recv(w->ready, NULL),
        gocc_case_recv(go_context_done(ctx), NULL),
    };
    gocc_select(cases, 2, false);
    int err = go_context_err(ctx);
    go_mutex_lock(&s->mutex);
    if (w->served && err) { // both: as if ctx had been first
        s->taken -= w->n;
        serve_locked(s);
    } else if (!w->served) {
        bool was_first = s->first == w;
        unlink_locked(s, w);
        if (was_first)
            serve_locked(s); // those behind may want less
    }
    go_mutex_unlock(&s->mutex);
    return err;
}

int go_semaphore_acquire(go_semaphore *s, go_context *ctx, int64_t n)
{
    int err = go_context_err(ctx);
    if (err)
        return err;
    go_mutex_lock(&s->mutex);
    if (try_locked(s, n)) {
        go_mutex_unlock(&s->mutex);
        return 0;
    }
    if (n > s->size) { // never, and nobody shall wait behind it
        go_mutex_unlock(&s->mutex);
        gocc_chan_recv(gocc_hchan(go_context_done(ctx)), NULL);
        return go_context_err(ctx);
    }
    struct waiter w = {.n = n, .ready = gocc_chan_make(0, "void", 0)};
    push_locked(s, &w);
    go_mutex_unlock(&s->mutex);
    err = wait_for(s, &w, ctx);
    go_release(w.ready);
    return err;
}

void go_semaphore_release(go_semaphore *s, int64_t n)
{
    go_mutex_lock(&s->mutex);
    bool held = s->taken >= n;
    if (held) {
        s->taken -= n;
        serve_locked(s);
    }
    go_mutex_unlock(&s->mutex);
    if (!held)
        gocc_panic("semaphore: released more than held");
}
