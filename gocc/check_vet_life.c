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

static bool find_argument(const struct source *s, struct span use, struct argument *out)
{
    unsigned i = token_index(s, use.lo);
    const struct token *t = s->tokens;
    if (i < 2 || !(token_is(s, &t[i + 1], ",") || token_is(s, &t[i + 1], ")")) ||
        !(token_is(s, &t[i - 1], ",") || token_is(s, &t[i - 1], "(")))
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
    const struct decl *f = sema_decl(u, use->source, span_of(a.callee->lo, a.callee->hi)),
                      *parameter;
    return depth < MAX_DEPTH && f && f->kind == DECL_FUNCTION && f->source &&
           (parameter = parameter_of(u, f, a.index)) && is_kept(u, parameter, e, depth + 1);
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

// All uses are harmless: whoever has the value has it still.
static bool is_kept(struct unit *u, const struct decl *d, const struct ending *e, unsigned depth)
{
    for (const struct use *use = d->uses; use; use = use->next)
        if (!is_harmless(u, use, e, depth))
            return false;
    return true;
}

static struct span initial_value(const struct decl *d)
{
    return d->declared_by && d->declared_by->kind == NODE_DECLARE ? d->declared_by->value
                                                                  : d->initialiser;
}

static void vet_context(struct unit *u, const struct decl *d, struct span value)
{
    static const struct ending cancel = {{"go_context_cancel", "go_release"}};
    static const char *const makers[] = {"go_context_with_cancel", "go_context_with_timeout",
                                         "go_context_with_deadline"};
    const struct token *first = &d->source->tokens[token_index(d->source, value.lo)];
    for (unsigned i = 0; i < sizeof makers / sizeof *makers; i++)
        if (token_is(d->source, first, makers[i]) && is_kept(u, d, &cancel, 0))
            report(LOST_CANCEL, d->source, d->name_span,
                   "'%s' is never cancelled: what waits for it, and its timer, stay; call "
                   "go_context_cancel or go_release",
                   d->name);
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
        if (!is_local(d) || d->kind != DECL_VARIABLE || d->in_macro || span_empty(value))
            continue;
        vet_context(u, d, value);
        vet_made(u, d, value);
    }
}

// ---- local-address -----------------------------------------------------------------------

// Calls that neither wait nor end the process.
static bool is_brief(const struct source *s, const struct token *t)
{
    static const char *const words[] = {
        "printf", "fprintf", "snprintf", "puts",   "fputs",  "putchar", "fflush", "malloc",
        "calloc", "free",    "memset",   "memcpy", "strlen", "strcmp",  "sizeof", "assert",
        "if",     "switch",  "return",   "go_id",  "len",    "cap",     "make",   "close",
    };
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (token_is(s, t, words[i]))
            return true;
    return false;
}

// Nothing from `at` to the end of the function can wait, as far as the text shows: no loop, no
// operation on a channel, no call but of brief functions, and no deferred call at all.
static bool returns_at_once(const struct node *function, uint32_t at)
{
    const struct source *s = function->source;
    for (const struct node *n = node_next(function, function); n; n = node_next(n, function))
        if (n->kind == NODE_DEFER ||
            (n->span.hi > at && n->kind != NODE_GO && n->kind != NODE_BLOCK &&
             n->kind != NODE_RETURN && n->kind != NODE_DECLARE && n->kind != NODE_BUILTIN &&
             n->kind != NODE_CHAN_TYPE))
            return false;
    for (unsigned i = token_index(s, at); s->tokens[i].hi < function->body.hi; i++)
        if (s->tokens[i].kind == TOK_IDENT && token_is(s, &s->tokens[i + 1], "(") &&
            !is_brief(s, &s->tokens[i]))
            return false;
    return true;
}

void vet_addresses(struct unit *u, const struct node *go)
{
    struct source *s = go->source;
    const struct node *function = go->owner;
    if (!function || function->kind != NODE_FUNCTION || text_is(s, function->name, "main"))
        return;
    for (unsigned i = 0; i < go->n_list; i++) {
        const struct token *t = &s->tokens[token_index(s, go->list[i].lo)];
        struct span name = span_of(t[1].lo, t[1].hi);
        if (!token_is(s, t, "&") || t[1].kind != TOK_IDENT || name.hi != go->list[i].hi)
            continue;
        const struct decl *d = sema_decl(u, s, name);
        if (d && is_local(d) && d->function == function && returns_at_once(function, go->span.hi))
            report(LOCAL_ADDRESS, s, go->list[i],
                   "'%s' may be gone while the goroutine uses it: the function returns without "
                   "waiting",
                   d->name);
    }
}
