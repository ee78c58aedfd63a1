// gocc vet: what becomes of a value.
//
//   lost-cancel    a context made here that nobody cancels, releases, returns or stores
//   loop-leak      a channel or closure made in each pass of a loop that nobody releases …
//   local-address  `go f(&local)` in a function that goes on to return without waiting
//
// The first two look at every use of the variable that holds the value. A use is harmless when
// the text shows that nothing happens to the owner: an operation on the channel, an argument of a
// library function, or of a function of this file whose parameter is used harmlessly. Anything
// else may be the end of the value, and then nothing is said: no report is better than a wrong one.
#include "check_vet.h"
#include "scan.h"

#include <string.h>

enum { MAX_DEPTH = 4 }; // of functions that pass the value on

static bool is_local(const struct decl *d)
{
    return (d->kind == DECL_VARIABLE || d->kind == DECL_PARAMETER) && d->function && d->source &&
           !d->is_static && !d->is_extern;
}

static bool begins_with(const char *s, const char *head)
{
    return strncmp(s, head, strlen(head)) == 0;
}

// ---- calls -------------------------------------------------------------------------------

// A use that is an argument of its own of a call: which, and what is called.
struct argument {
    const struct token *callee; // the identifier before the `(`
    unsigned index;
};

// The call that token i begins an argument of.
static bool find_call(const struct source *s, unsigned i, struct argument *out)
{
    const struct token *t = s->tokens;
    if (i < 2 || !(token_is(s, &t[i - 1], ",") || token_is(s, &t[i - 1], "(")))
        return false;
    unsigned depth = 0;
    out->index = 0;
    while (--i > 0) {
        if (token_is(s, &t[i], ")") || token_is(s, &t[i], "]") || token_is(s, &t[i], "}"))
            depth++;
        else if (depth > 0)
            depth -= token_is(s, &t[i], "(") || token_is(s, &t[i], "[") || token_is(s, &t[i], "{");
        else if (token_is(s, &t[i], ","))
            out->index++;
        else if (token_is(s, &t[i], "("))
            break;
        else if (token_is(s, &t[i], ";") || token_is(s, &t[i], "{") || token_is(s, &t[i], "["))
            return false;
    }
    out->callee = i > 0 ? &t[i - 1] : NULL;
    return out->callee && out->callee->kind == TOK_IDENT;
}

static bool find_argument(const struct source *s, struct span use, struct argument *out)
{
    unsigned i = token_index(s, use.lo);
    return (token_is(s, &s->tokens[i + 1], ",") || token_is(s, &s->tokens[i + 1], ")")) &&
           find_call(s, i, out);
}

// Parameter number `index` of a function that is defined here; or NULL.
static const struct decl *parameter_of(struct unit *u, const struct decl *function, unsigned index)
{
    for (const struct decl *d = u->decls; d; d = d->next)
        if (d->kind == DECL_PARAMETER && d->function && d->function->kind == NODE_FUNCTION &&
            d->function->source == function->source &&
            text_is(function->source, d->function->name, function->name) && index-- == 0)
            return d;
    return NULL;
}

// The parameter that takes the argument; NULL unless the function called is defined here.
static const struct decl *parameter_at(struct unit *u, struct source *s, const struct argument *a)
{
    const struct decl *f = sema_decl(u, s, span_of(a->callee->lo, a->callee->hi));
    return f && f->kind == DECL_FUNCTION && f->source ? parameter_of(u, f, a->index) : NULL;
}

// ---- lost-cancel, loop-leak --------------------------------------------------------------

// The library's functions that end the value; two at most.
struct ending {
    const char *calls[2];
};

static bool is_ending(const struct source *s, const struct token *callee, const struct ending *e)
{
    for (int i = 0; i < 2; i++)
        if (e->calls[i] && token_is(s, callee, e->calls[i]))
            return true;
    return false;
}

static bool is_kept(struct unit *u, const struct decl *d, const struct ending *e, unsigned depth);

static bool argument_is_harmless(struct unit *u, const struct use *use, const struct ending *e,
                                 unsigned depth)
{
    struct argument a;
    if (!find_argument(use->source, use->span, &a) || is_ending(use->source, a.callee, e))
        return false;
    char *name = span_text(use->source, span_of(a.callee->lo, a.callee->hi));
    static const char *const builtins[] = {"close", "len", "cap"};
    for (unsigned i = 0; i < sizeof builtins / sizeof *builtins; i++)
        if (!strcmp(name, builtins[i]))
            return true;
    if (begins_with(name, "go_"))
        return strcmp(name, "go_retain") != 0;
    const struct decl *parameter = parameter_at(u, use->source, &a);
    return depth < MAX_DEPTH && parameter && is_kept(u, parameter, e, depth + 1);
}

// An operation on the channel itself, `<-c`, `c <- x`, `range c`; a call of the closure, `f(…)`.
static bool is_operated(struct unit *u, const struct use *use)
{
    const struct node *n = node_at(u->files[use->source->index], use->span);
    const struct token *next = token_after(use->source, use->span.hi);
    bool operand = n && n->operand.lo == use->span.lo && n->operand.hi == use->span.hi;
    return operand || (next && token_is(use->source, next, "("));
}

static bool is_harmless(struct unit *u, const struct use *use, const struct ending *e,
                        unsigned depth)
{
    if (use->flags & (USE_MACRO | USE_WRITE | USE_ADDRESS))
        return false;
    return is_operated(u, use) || argument_is_harmless(u, use, e, depth);
}

// A function of the library that makes a context, which begins at t.
static bool makes_context(const struct source *s, const struct token *t)
{
    return token_is(s, t, "go_context_with_cancel") || token_is(s, t, "go_context_with_timeout") ||
           token_is(s, t, "go_context_with_deadline");
}

// `x = go_context_with_…`
static bool assigns_context(const struct use *use)
{
    const struct token *t = token_after(use->source, use->span.hi);
    return t && token_is(use->source, t, "=") && makes_context(use->source, t + 1);
}

// All uses are harmless: whoever has the value has it still.
static bool is_kept(struct unit *u, const struct decl *d, const struct ending *e, unsigned depth)
{
    for (const struct use *use = d->uses; use; use = use->next)
        if (!is_harmless(u, use, e, depth) && !(depth == 0 && assigns_context(use)))
            return false;
    return true;
}

static struct span initial_value(const struct decl *d)
{
    return d->declared_by && d->declared_by->kind == NODE_DECLARE ? d->declared_by->value
                                                                  : d->initialiser;
}

static const struct ending cancel = {{"go_context_cancel", "go_release"}};

// maker(parent…): the parent is a variable of the same block that may be cancelled, and its end is
// the child's.
static bool ends_with_parent(struct unit *u, const struct decl *d, const struct token *maker)
{
    const struct token *t = maker + 2; // behind the `(`
    const struct decl *parent =
        t->kind == TOK_IDENT ? sema_decl(u, d->source, span_of(t->lo, t->hi)) : NULL;
    if (!parent || parent->kind != DECL_VARIABLE || parent->scope != d->scope ||
        parent->span.lo >= d->span.lo)
        return false;
    struct span value = initial_value(parent);
    return !is_kept(u, parent, &cancel, 0) ||
           (!span_empty(value) &&
            ends_with_parent(u, parent, &d->source->tokens[token_index(d->source, value.lo)]));
}

static void report_lost(struct unit *u, const struct decl *d, const struct token *maker,
                        struct span at)
{
    if (!ends_with_parent(u, d, maker))
        report(LOST_CANCEL, d->source, at,
               "'%s' is never cancelled: what waits for it, and its timer, stay; call "
               "go_context_cancel or go_release",
               d->name);
}

static void vet_context(struct unit *u, const struct decl *d)
{
    struct source *s = d->source;
    struct span value = initial_value(d);
    const struct token *first = &s->tokens[token_index(s, value.lo)];
    bool made = !span_empty(value) && makes_context(s, first), assigned = false;
    for (const struct use *use = d->uses; use; use = use->next)
        assigned |= use->source == s && assigns_context(use);
    if (!(made || assigned) || !is_kept(u, d, &cancel, 0))
        return;
    if (made)
        report_lost(u, d, first, d->name_span);
    for (const struct use *use = d->uses; use; use = use->next)
        if (use->source == s && assigns_context(use))
            report_lost(u, d, token_after(s, use->span.hi) + 1, use->span);
}

// f(go_context_with_…(…)), where f neither ends nor keeps it: nobody else can.
static void vet_passed_contexts(struct unit *u, struct source *s)
{
    for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++) {
        struct argument a;
        if (!makes_context(s, t) || !token_is(s, t + 1, "(") || t == s->tokens ||
            !find_call(s, (unsigned)(t - s->tokens), &a))
            continue;
        const struct token *end = token_closing(s, t + 1);
        bool whole = token_is(s, end + 1, ",") || token_is(s, end + 1, ")");
        const struct decl *p = whole ? parameter_at(u, s, &a) : NULL;
        if (p && is_kept(u, p, &cancel, 1))
            report(LOST_CANCEL, s, span_of(t->lo, t->hi),
                   "nobody cancels this context: what waits for it, and its timer, stay; keep it "
                   "in a variable for go_context_cancel or go_release");
    }
}

// d is made anew in each pass of a loop around it.
static bool is_in_loop(const struct decl *d)
{
    for (const struct node *n = d->scope; n && n != d->function; n = n->parent)
        if ((n->kind == NODE_LOOP && !span_in(d->span, n->clause[0])) || n->kind == NODE_RANGE)
            return true;
    return false;
}

static bool has_captures(const struct unit *u, const struct node *closure)
{
    for (const struct decl *d = u->decls; d; d = d->next)
        for (const struct use *use = is_local(d) ? d->uses : NULL; use; use = use->next)
            if (use->source == closure->source && span_in(use->span, closure->body) &&
                !span_in(d->name_span, closure->span))
                return true;
    return false;
}

static void vet_made(struct unit *u, const struct decl *d, struct span value)
{
    static const struct ending release = {{"go_release", NULL}};
    const struct node *n = node_at(u->files[d->source->index], value);
    if (!is_in_loop(d) || !n || n->span.lo != value.lo || n->span.hi != value.hi)
        return;
    bool channel = n->kind == NODE_BUILTIN && !n->not_ours && text_is(n->source, n->name, "make");
    bool closure = n->kind == NODE_CLOSURE && has_captures(u, n);
    if ((channel || closure) && is_kept(u, d, &release, 0))
        report(LOOP_LEAK, d->source, d->name_span,
               "'%s' is a new %s in each pass, and none is released; call go_release(%s)", d->name,
               channel ? "channel" : "closure", d->name);
}

void vet_lives(struct unit *u)
{
    for (const struct decl *d = u->decls; d; d = d->next) {
        struct span value = initial_value(d);
        if (!is_local(d) || d->in_macro)
            continue;
        vet_context(u, d);
        if (d->kind == DECL_VARIABLE && !span_empty(value))
            vet_made(u, d, value);
    }
    for (unsigned i = 0; i < u->n_sources; i++)
        vet_passed_contexts(u, u->sources[i]);
}

// ---- local-address -----------------------------------------------------------------------

// Calls that neither wait nor end the process.
static bool is_brief(const struct source *s, const struct token *t)
{
    static const char *const words[] = {
        "printf", "fprintf", "snprintf", "puts",   "fputs",  "putchar", "fflush",
        "malloc", "calloc",  "free",     "memset", "memcpy", "strlen",  "strcmp",
        "sizeof", "assert",  "if",       "switch", "return", "go_id",   "len",
        "cap",    "make",    "close",    "for",    "while",
    };
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (token_is(s, t, words[i]))
            return true;
    return false;
}

// Neither a loop nor anything that may wait. What runs in a goroutine does not count.
static bool passes_on(const struct node *n)
{
    return n->kind == NODE_GO || n->kind == NODE_BLOCK || n->kind == NODE_RETURN ||
           n->kind == NODE_DECLARE || n->kind == NODE_BUILTIN || n->kind == NODE_CHAN_TYPE ||
           node_around(n, NODE_GO);
}

// Nothing from `go` to the end of the function can wait, as far as the text shows: no operation on
// a channel, no call but of brief functions, no deferred call at all, and no loop but those around
// it, which are looked at from their beginning.
static bool returns_at_once(struct node *function, const struct node *go)
{
    const struct source *s = function->source;
    uint32_t at = go->span.hi;
    for (const struct node *up = go->parent; up && up != function; up = up->parent)
        if (up->kind == NODE_LOOP || up->kind == NODE_RANGE)
            at = up->span.lo;
    for (const struct node *n = node_next(function, function); n; n = node_next(n, function)) {
        bool around = n->span.lo <= go->span.lo && n->span.hi >= go->span.hi;
        if (n->kind == NODE_DEFER ||
            (around && n->kind == NODE_RANGE && n->range != RANGE_INT && n->range != RANGE_ARRAY))
            return false;
        if (n->span.hi > at && !around && !passes_on(n))
            return false;
    }
    for (unsigned i = token_index(s, at); s->tokens[i].hi < function->body.hi; i++) {
        const struct token *t = &s->tokens[i];
        if (t->kind != TOK_IDENT || !token_is(s, t + 1, "(") || is_brief(s, t))
            continue;
        const struct node *n = node_at(function, span_of(t->lo, t->hi));
        if (!n || (n->kind != NODE_GO && !node_around(n, NODE_GO)))
            return false;
    }
    return true;
}

static bool is_array(const struct decl *d)
{
    return d->type && d->type->kind == TYPE_ARRAY;
}

// The local of the function into which the argument points: `&x`, `&x.member`, an array `x`,
// `&x[i]` of one, or a pointer that was made so and never changed.
static const struct decl *pointed_local(struct unit *u, struct source *s, struct span arg,
                                        unsigned depth)
{
    if (span_empty(arg))
        return NULL;
    const struct token *t = &s->tokens[token_index(s, arg.lo)], *name = t + token_is(s, t, "&");
    const struct decl *d =
        name->kind == TOK_IDENT ? sema_decl(u, s, span_of(name->lo, name->hi)) : NULL;
    if (!d || !is_local(d) || d->in_macro || d->type == NULL)
        return NULL;
    if (name == t) {
        if (name->hi != arg.hi || is_array(d))
            return name->hi == arg.hi && d->kind == DECL_VARIABLE ? d : NULL;
        for (const struct use *use = d->uses; use; use = use->next)
            if (use->flags & (USE_WRITE | USE_ADDRESS | USE_MACRO))
                return NULL;
        return depth == 0 && d->kind == DECL_VARIABLE
                   ? pointed_local(u, s, initial_value(d), depth + 1)
                   : NULL;
    }
    for (t = name + 1; t->hi <= arg.hi; t++)
        if (token_is(s, t, "->") || (token_is(s, t, "[") && !(t == name + 1 && is_array(d))))
            return NULL;
    return d;
}

void vet_addresses(struct unit *u, const struct node *go)
{
    struct source *s = go->source;
    const struct node *function = go->owner;
    if (!function || function->kind != NODE_FUNCTION || text_is(s, function->name, "main"))
        return;
    for (unsigned i = 0; i < go->n_list; i++) {
        const struct decl *d = pointed_local(u, s, go->list[i], 0);
        if (d && d->function == function && returns_at_once(go->owner, go))
            report(LOCAL_ADDRESS, s, go->list[i],
                   "'%s' may be gone while the goroutine uses it: the function returns without "
                   "waiting",
                   d->name);
    }
}

// ---- copy-lock ---------------------------------------------------------------------------

// `return x;` of a local of which nobody has had the address: its lock was never used.
bool is_fresh_local(struct unit *u, const struct vet_fact *f)
{
    const struct node *n = node_at(u->files[f->source->index], f->span);
    if (!n || n->kind != NODE_RETURN || n->value.lo != f->span.lo || n->value.hi != f->span.hi)
        return false;
    const struct decl *d =
        span_is_name(f->source, f->span) ? sema_decl(u, f->source, f->span) : NULL;
    if (!d || !is_local(d) || d->kind != DECL_VARIABLE)
        return false;
    for (const struct use *use = d->uses; use; use = use->next)
        if (use->flags & (USE_ADDRESS | USE_MACRO))
            return false;
    return true;
}
