// gocc vet: misuse that compiles. A function per rule; each rule only speaks where the text shows
// the mistake, and each can be switched off by -Wno-NAME.
//
//   copy-lock      a mutex, wait group … copied: the copy is another one
//   waitgroup-add  a goroutine adds itself to the wait group: Wait may look before it did
//   thread-local   a _Thread_local variable in a goroutine or closure, which changes threads
//   endless-defer  a defer in a loop that nothing leaves: it never runs
//   recover        where it can stop nothing
//   lost-cancel, loop-leak, local-address        check_vet_life.c
//   lock-across-block, unreachable-case          check_vet_block.c
#include "check_vet.h"

#include "scan.h"

#include <string.h>

static struct {
    const char *flag;
    bool off;
} rules[N_RULES] = {
    [COPY_LOCK] = {"-Wcopy-lock", false},
    [WAITGROUP_ADD] = {"-Wwaitgroup-add", false},
    [THREAD_LOCAL] = {"-Wthread-local", false},
    [ENDLESS_DEFER] = {"-Wendless-defer", false},
    [RECOVER] = {"-Wrecover", false},
    [LOST_CANCEL] = {"-Wlost-cancel", false},
    [LOCAL_ADDRESS] = {"-Wlocal-address", false},
    [LOCK_ACROSS_BLOCK] = {"-Wlock-across-block", false},
    [UNREACHABLE_CASE] = {"-Wunreachable-case", false},
    [LOOP_LEAK] = {"-Wloop-leak", false},
};

const char *vet_flag(enum vet_rule rule)
{
    return rules[rule].off ? NULL : rules[rule].flag;
}

bool vet_option(const char *option)
{
    bool off = !strncmp(option, "-Wno-", 5);
    for (int i = 0; i < N_RULES; i++)
        if (!strcmp(option + (off ? 5 : 2), rules[i].flag + 2) && !strncmp(option, "-W", 2)) {
            rules[i].off = off;
            return true;
        }
    return false;
}

// ---- copy-lock, thread-local -------------------------------------------------------------

bool is_go_callee(struct unit *u, const struct node *fn)
{
    const struct decl *f = fn->kind == NODE_FUNCTION ? sema_decl(u, fn->source, fn->name) : NULL;
    for (const struct use *use = f ? f->uses : NULL; use; use = use->next) {
        const struct node *n = node_at(u->files[use->source->index], use->span);
        if (n && n->kind == NODE_GO && n->callee.lo == use->span.lo && n->callee.hi == use->span.hi)
            return true;
    }
    return false;
}

// A function whose own run may be moved to another thread by what it calls; also any function,
// but there nothing says that a goroutine calls it.
static bool runs_on_any_thread(struct unit *u, const struct node *fn)
{
    for (; fn; fn = fn->owner)
        if (fn->kind == NODE_CLOSURE || fn->kind == NODE_GO || is_go_callee(u, fn))
            return true;
    return false;
}

static void vet_fact(struct unit *u, const struct vet_fact *f)
{
    switch (f->kind) {
    case VET_COPY:
        if (!is_fresh_local(u, f))
            report(COPY_LOCK, f->source, f->span, "this copies a %s; use a pointer to it", f->what);
        break;
    case VET_PARAMETER:
        report(COPY_LOCK, f->source, f->span, "a %s is passed by value; pass a pointer to it",
               f->what);
        break;
    case VET_THREAD_LOCAL:
        if (runs_on_any_thread(u, f->function))
            report(THREAD_LOCAL, f->source, f->span,
                   "'%s' belongs to a thread, and a goroutine may change its thread", f->what);
        break;
    }
}

// ---- waitgroup-add -----------------------------------------------------------------------

// The argument in `name(argument…` at token i: its text without a `&`, up to the comma or `)`.
static char *call_argument(const struct source *s, unsigned i, const char *name)
{
    const struct token *t = &s->tokens[i];
    if (!token_is(s, t, name) || !token_is(s, t + 1, "("))
        return NULL;
    const struct token *first = token_is(s, t + 2, "&") ? t + 3 : t + 2, *last = first;
    while (last->kind != TOK_EOF && !token_is(s, last, ",") && !token_is(s, last, ")"))
        last++;
    return last > first ? span_text(s, span_of(first->lo, last[-1].hi)) : NULL;
}

static const struct node *function_at(struct node *fn, struct span at)
{
    const struct node *n = node_at(fn, at);
    while (n && n != fn && n->kind != NODE_CLOSURE &&
           !((n->kind == NODE_GO || n->kind == NODE_DEFER) && n->what == GO_BLOCK &&
             span_in(at, n->body)))
        n = n->parent;
    return n;
}

// Where fn, or a block that it defers, tells the wait group that it is done; 0: nowhere.
static uint32_t says_done(struct node *fn, const char *group)
{
    const struct source *s = fn->source;
    for (unsigned i = token_index(s, fn->body.lo); s->tokens[i].lo < fn->body.hi; i++) {
        const char *done = call_argument(s, i, "go_waitgroup_done");
        if (!done || strcmp(done, group) != 0)
            continue;
        const struct node *in = function_at(fn, span_of(s->tokens[i].lo, s->tokens[i].hi));
        if (in == fn || (in && in->kind == NODE_DEFER && in->owner == fn))
            return s->tokens[i].lo;
    }
    return 0;
}

// fn starts another goroutine there with that wait group, `t->wg` or the `t` that it lies in, for
// which it may add: it is counted itself.
static bool hands_on(const struct node *fn, const char *group, struct span where)
{
    char *head = arena_copy(group, strcspn(group, "-.["));
    for (const struct node *n = node_next(fn, fn); n; n = node_next(n, fn))
        if (n->kind == NODE_GO && span_in(n->span, where) &&
            span_has_word(n->source, n->span, head))
            return true;
    return false;
}

static void vet_started(struct node *fn)
{
    struct source *s = fn->source;
    for (unsigned i = token_index(s, fn->body.lo); s->tokens[i].lo < fn->body.hi; i++) {
        const char *group = call_argument(s, i, "go_waitgroup_add");
        struct span at = span_of(s->tokens[i].lo, s->tokens[i].hi);
        uint32_t done = group && function_at(fn, at) == fn ? says_done(fn, group) : 0;
        struct span between = done > at.lo ? span_of(at.lo, done) : fn->body;
        if (done && !hands_on(fn, group, between))
            report(WAITGROUP_ADD, s, at,
                   "the goroutine adds itself, perhaps after the wait; add before go");
    }
}

// ---- endless-defer -----------------------------------------------------------------------

// A `break` that leaves the loop, or one with a label, and not just a loop, switch or select in it.
static bool is_broken(struct node *loop)
{
    const struct source *s = loop->source;
    for (unsigned i = token_index(s, loop->body.lo); s->tokens[i].hi <= loop->body.hi; i++) {
        if (!token_is(s, &s->tokens[i], "break"))
            continue;
        const struct node *n = node_at(loop, span_of(s->tokens[i].lo, s->tokens[i].hi));
        while (n && n != loop && n->kind != NODE_LOOP && n->kind != NODE_RANGE &&
               n->kind != NODE_SWITCH && n->kind != NODE_SELECT && n->kind != NODE_JUMP)
            n = n->parent;
        if (!n || n == loop || n->kind == NODE_JUMP)
            return true;
    }
    return false;
}

static bool leaves(const struct source *s, struct span body)
{
    static const char *const words[] = {"return", "goto",       "panic", "exit",   "go_exit",
                                        "abort",  "quick_exit", "_exit", "longjmp"};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (span_has_word(s, body, words[i]))
            return true;
    return false;
}

static bool is_endless(struct unit *u, struct node *loop)
{
    long long value;
    bool always = span_empty(loop->clause[1])
                      ? loop->loop == LOOP_FOR
                      : sema_constant(u, loop->source, loop->clause[1], &value) && value;
    return always && !leaves(loop->source, loop->body) && !is_broken(loop);
}

static void vet_defer(struct unit *u, struct node *n)
{
    for (struct node *up = n->parent; up && up != n->owner; up = up->parent)
        if (up->kind == NODE_LOOP && is_endless(u, up)) {
            report(ENDLESS_DEFER, n->source, n->keyword,
                   "this never runs: deferred calls wait for the end of the function, and "
                   "nothing leaves the loop");
            return;
        }
}

// ---- recover -----------------------------------------------------------------------------

static void vet_recover(struct node *n)
{
    const struct node *fn = n->owner;
    if (n->not_ours || !text_is(n->source, n->name, "recover") || !fn)
        return;
    bool deferred = n->parent->kind == NODE_DEFER && n->parent->what == GO_BUILTIN;
    struct node *starter = function_starter(fn);
    if (deferred)
        report(RECOVER, n->source, n->span,
               "deferred itself, recover stops nothing; defer a block "
               "that calls it");
    else if ((starter && starter->kind == NODE_GO) ||
             (fn->kind == NODE_FUNCTION && text_is(fn->source, fn->name, "main")))
        report(RECOVER, n->source, n->span, "recover stops nothing outside of a deferred call");
}

// ---- all of them -------------------------------------------------------------------------

static void vet_node(struct unit *u, struct node *n)
{
    switch (n->kind) {
    case NODE_DEFER:
        vet_defer(u, n);
        break;
    case NODE_BUILTIN:
        vet_recover(n);
        break;
    case NODE_GO:
        vet_addresses(u, n);
        break;
    case NODE_FUNCTION:
    case NODE_CLOSURE:
        vet_locks(u, n);
        break;
    case NODE_SELECT:
        vet_select(u, n);
        break;
    default:
        break;
    }
}

void vet(struct unit *u)
{
    for (const struct vet_fact *f = sema_vet_facts(u); f; f = f->next)
        vet_fact(u, f);
    for (unsigned i = 0; i < u->n_sources; i++)
        for (struct node *n = u->files[i]; n; n = node_next(n, u->files[i])) {
            struct node *starter = function_starter(n);
            if ((starter && starter->kind == NODE_GO) || is_go_callee(u, n))
                vet_started(n);
            vet_node(u, n);
        }
    vet_lives(u);
}
