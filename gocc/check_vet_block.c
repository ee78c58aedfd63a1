// gocc vet: operations that may block where they must not, and cases that cannot be.
//
//   lock-across-block  a pthread mutex or a stdio lock belongs to the thread; whoever blocks while
//                      holding it may go on on another one, and others on this thread deadlock
//   unreachable-case   a select case on a channel that is NULL, and what stands behind select {}
//
// Only what stands between lock and unlock in the text counts, up to the first unlock of the same
// argument, or to the end of the function when that is deferred: what is on no path to a block is
// not said, what is on a wrong path may be missed.
#include "check_vet.h"
#include "scan.h"

#include <string.h>

// ---- lock-across-block -------------------------------------------------------------------

struct lock {
    const char *take, *release, *what;
};

static const struct lock *lock_at(const struct source *s, const struct token *t)
{
    static const struct lock locks[] = {
        {"pthread_mutex_lock", "pthread_mutex_unlock", "pthread mutex"},
        {"pthread_spin_lock", "pthread_spin_unlock", "pthread spin lock"},
        {"pthread_rwlock_rdlock", "pthread_rwlock_unlock", "pthread rwlock"},
        {"pthread_rwlock_wrlock", "pthread_rwlock_unlock", "pthread rwlock"},
        {"flockfile", "funlockfile", "lock of the stream"},
    };
    for (unsigned i = 0; i < sizeof locks / sizeof *locks; i++)
        if (token_is(s, t, locks[i].take) && token_is(s, t + 1, "("))
            return &locks[i];
    return NULL;
}

// From behind the `(` at t to the `)` that belongs to it.
static struct span arguments(const struct source *s, const struct token *t)
{
    return span_of(t->hi, token_closing(s, t)->lo);
}

static bool same_text(const struct source *s, struct span a, struct span b)
{
    return a.hi - a.lo == b.hi - b.lo && !memcmp(s->text + a.lo, s->text + b.lo, a.hi - a.lo);
}

static bool is_deferred(const struct node *n, const struct node *function)
{
    for (; n && n != function; n = n->parent)
        if (n->kind == NODE_DEFER)
            return true;
    return false;
}

// Where the lock is given back, or the function ends.
static uint32_t release_of(struct node *function, const struct lock *lock,
                           const struct token *taken)
{
    const struct source *s = function->source;
    struct span object = arguments(s, taken + 1);
    for (const struct token *t = taken + 1; t->hi < function->body.hi && t->kind != TOK_EOF; t++)
        if (token_is(s, t, lock->release) && token_is(s, t + 1, "(") &&
            same_text(s, arguments(s, t + 1), object) &&
            !is_deferred(node_at(function, span_of(t->lo, t->hi)), function))
            return t->lo;
    return function->body.hi;
}

static bool has_default(const struct node *select)
{
    for (const struct node *c = select->child; c; c = c->next)
        if (c->kind == NODE_CASE && c->form == CASE_DEFAULT)
            return true;
    return false;
}

// Code of the function itself, not of a closure or goroutine in it.
static bool is_own(const struct node *n, const struct node *function)
{
    for (; n && n != function; n = n->parent)
        if (n->kind == NODE_CLOSURE || n->kind == NODE_GO || n->kind == NODE_DEFER)
            return false;
    return n == function;
}

static struct span blocking_node(const struct node *n)
{
    switch (n->kind) {
    case NODE_SEND:
        return n->not_ours ? span_of(0, 0) : n->arrow;
    case NODE_RECV:
    case NODE_RECV_OK:
        return n->arrow;
    case NODE_SELECT:
        return has_default(n) ? span_of(0, 0) : n->keyword;
    case NODE_RANGE:
        return n->range == RANGE_CHAN ? n->keyword : span_of(0, 0);
    default:
        return span_of(0, 0);
    }
}

static bool is_blocking_call(const struct source *s, const struct token *t)
{
    static const char *const words[] = {
        "go_sleep",         "go_yield",        "go_mutex_lock", "go_rwmutex_lock",
        "go_rwmutex_rlock", "go_cond_wait",    "go_accept",     "go_waitgroup_wait",
        "go_errgroup_wait", "go_limiter_wait", "go_dial",       "go_semaphore_acquire",
    };
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (token_is(s, t, words[i]) && token_is(s, t + 1, "("))
            return true;
    return false;
}

static void report_held(const struct node *function, const struct lock *lock,
                        const struct token *taken, struct span at)
{
    struct source *s = function->source;
    unsigned line, column;
    source_position(s, taken->lo, &line, &column);
    report(LOCK_ACROSS_BLOCK, s, at,
           "this may block while the %s of line %u is held, which belongs to the thread; use a "
           "go_mutex",
           lock->what, line);
}

static void vet_held(struct unit *u, struct node *function, const struct lock *lock,
                     const struct token *taken)
{
    struct source *s = function->source;
    struct span held = span_of(taken->hi, release_of(function, lock, taken));
    for (const struct node *n = function; n; n = node_next(n, function)) {
        struct span at = blocking_node(n);
        if (!span_empty(at) && span_in(at, held) && is_own(n, function))
            report_held(function, lock, taken, at);
    }
    for (unsigned i = token_index(s, held.lo); s->tokens[i].hi <= held.hi; i++) {
        struct span at = span_of(s->tokens[i].lo, s->tokens[i].hi);
        if (is_blocking_call(s, &s->tokens[i]) && is_own(node_at(function, at), function))
            report_held(function, lock, taken, at);
    }
    for (const struct posix_use *p = u->posix_uses; p; p = p->next)
        if (p->source == s && span_in(p->span, held) && strcmp(p->name, "errno") != 0 &&
            is_own(node_at(function, p->span), function))
            report_held(function, lock, taken, p->span);
}

void vet_locks(struct unit *u, struct node *function)
{
    const struct source *s = function->source;
    for (unsigned i = token_index(s, function->body.lo); s->tokens[i].hi < function->body.hi; i++) {
        const struct token *t = &s->tokens[i];
        const struct lock *lock = lock_at(s, t);
        if (lock && is_own(node_at(function, span_of(t->lo, t->hi)), function))
            vet_held(u, function, lock, t);
    }
}

// ---- unreachable-case --------------------------------------------------------------------

// A local that is NULL from its declaration on, as one without initialiser is: nothing ever changes
// it.
static bool stays_null(struct unit *u, struct source *s, struct span name)
{
    const struct decl *d = span_is_name(s, name) ? sema_decl(u, s, name) : NULL;
    bool null = d && d->kind == DECL_VARIABLE && d->function && !d->declared_by && !d->is_extern &&
                (span_empty(d->initialiser) || text_is(s, d->initialiser, "NULL"));
    if (!null)
        return false;
    for (const struct use *use = d->uses; use; use = use->next)
        if (use->flags & (USE_WRITE | USE_ADDRESS | USE_MACRO))
            return false;
    return true;
}

static bool is_null(struct unit *u, struct source *s, struct span operand)
{
    uint32_t hi = operand.hi; // behind a cast: (chan<int>)NULL
    const struct token *last = token_before(s, hi);
    bool null = last && last->lo >= operand.lo && (token_is(s, last, "NULL"));
    return null || stays_null(u, s, operand);
}

// Behind select {} in the same block stands a statement, which no label leads to.
static struct span behind(const struct node *select)
{
    const struct token *t = token_after(select->source, select->span.hi);
    bool reachable = !t || token_is(select->source, t, "}") || t->kind != TOK_IDENT ||
                     token_is(select->source, t + 1, ":") || token_is(select->source, t, "case") ||
                     token_is(select->source, t, "default") ||
                     token_is(select->source, t, "else") ||
                     stands_braceless(select->source, select->span.lo);
    return reachable ? span_of(0, 0) : span_of(t->lo, t->hi);
}

void vet_select(struct unit *u, const struct node *select)
{
    unsigned cases = 0;
    for (const struct node *c = select->child; c; c = c->next) {
        if (c->kind != NODE_CASE)
            continue;
        cases++;
        if (c->form != CASE_DEFAULT && is_null(u, c->source, c->operand))
            report(UNREACHABLE_CASE, c->source, c->operand,
                   "this case never comes: its channel is always NULL");
    }
    struct span rest = cases == 0 ? behind(select) : span_of(0, 0);
    if (!span_empty(rest))
        report(UNREACHABLE_CASE, select->source, rest,
               "nothing behind select {} is reached: it waits for ever");
}
