// Which function captures what, and the errors of LANGUAGE.md 2 that go with it.
//
// Method: every use of an automatic variable or parameter in another function than its own
// makes a capture there and in every function between. Then, per variable: captures in the
// body of a loop whose loop variable it is are copies; if all the others can see nothing but
// the value at the capture they are copies too, else the variable is boxed. "Can see" is
// decided by the order of the text: a write before the first capture does no harm unless a
// loop around both, or a goto in the function, could bring it after.
#include "capture.h"
#include "scan.h"

#include <string.h>

struct capture *captures_of(struct capture_facts *f, const struct node *fn)
{
    return table_get(&f->captures, fn);
}

struct capture *capture_find(struct capture_facts *f, const struct node *fn, const struct decl *d)
{
    struct capture *c = captures_of(f, fn);
    while (c && c->decl != d)
        c = c->next;
    return c;
}

bool decl_is_boxed(struct capture_facts *f, const struct decl *d)
{
    return table_get(&f->boxed, d) != NULL;
}

static void index_declarations(struct capture_facts *f)
{
    for (struct decl *d = f->unit->decls; d; d = d->next) {
        if (d->function && !table_get(&f->locals, d->function))
            table_put(&f->locals, d->function, d);
        if (d->declared_by && !table_get(&f->declared, d->declared_by))
            table_put(&f->declared, d->declared_by, d);
    }
}

struct decl *next_local(struct capture_facts *f, const struct node *fn, struct decl *after)
{
    struct decl *d = after ? after->next : table_get(&f->locals, fn);
    for (; d; d = d->next) {
        if (d->function == fn)
            return d;
        if (d->source == fn->source && d->name_span.lo >= fn->span.hi)
            return NULL;
    }
    return NULL;
}

struct node *function_starter(const struct node *fn)
{
    if (fn->kind == NODE_GO || fn->kind == NODE_DEFER)
        return (struct node *)fn;
    struct node *up = fn->parent;
    bool started = fn->kind == NODE_CLOSURE && up && up->closure == fn &&
                   (up->kind == NODE_GO || up->kind == NODE_DEFER);
    return started ? up : NULL;
}

bool function_is_started(const struct node *fn)
{
    return function_starter(fn) != NULL;
}

static bool is_automatic(const struct decl *d)
{
    return (d->kind == DECL_VARIABLE || d->kind == DECL_PARAMETER) && d->function && d->source &&
           !d->is_static && !d->is_extern;
}

// ---- finding captures --------------------------------------------------------------------

static struct capture *add_capture(struct capture_facts *f, struct node *fn, struct use *use)
{
    struct capture *c = arena_alloc(sizeof *c);
    c->decl = use->decl;
    c->use = use;
    struct capture *last = captures_of(f, fn);
    if (!last) {
        table_put(&f->captures, fn, c);
        return c;
    }
    while (last->next)
        last = last->next;
    return last->next = c;
}

// The function between d's own and fn that stands directly in d's own.
static struct node *outermost_capturer(const struct decl *d, struct node *fn)
{
    while (fn->owner && fn->owner != d->function)
        fn = fn->owner;
    return fn;
}

static void find_captures(struct capture_facts *f, struct decl *d)
{
    for (struct use *use = d->uses; use; use = use->next)
        for (struct node *fn = use->function; fn && fn != d->function; fn = fn->owner)
            if (!capture_find(f, fn, d))
                add_capture(f, fn, use);
}

// ---- loop variables ----------------------------------------------------------------------

static bool is_loop(const struct node *n)
{
    return n->kind == NODE_LOOP || n->kind == NODE_RANGE;
}

static bool declared_in_header(const struct decl *d, const struct node *loop)
{
    return d->scope == loop && !span_in(d->name_span, loop->body);
}

// Members and elements are no loop variables.
static bool writes_part(const struct use *use)
{
    const struct token *next = token_after(use->source, use->span.hi);
    return next && (token_is(use->source, next, ".") || token_is(use->source, next, "[") ||
                    token_is(use->source, next, "->"));
}

static bool assigned_in_header(const struct decl *d, const struct node *loop)
{
    if (loop->kind != NODE_LOOP)
        return false;
    for (struct use *use = d->uses; use; use = use->next)
        if ((use->flags & USE_WRITE) && use->source == loop->source && !writes_part(use) &&
            (span_in(use->span, loop->clause[1]) || span_in(use->span, loop->clause[2])))
            return true;
    return false;
}

// The loop whose variable d is, seen from fn in its body; *header: it is declared there.
static struct node *loop_of(const struct decl *d, const struct node *fn, bool *header)
{
    for (struct node *n = fn->parent; n && n != d->function; n = n->parent) {
        if (!is_loop(n))
            continue;
        *header = declared_in_header(d, n);
        if (*header || (span_in(fn->span, n->body) && assigned_in_header(d, n)))
            return n;
    }
    return NULL;
}

static bool is_within(const struct node *inner, const struct node *outer)
{
    while (inner && inner != outer)
        inner = inner->owner;
    return inner != NULL;
}

// LANGUAGE.md 2: "here a write in the closure, or taking its address, is an error".
static void check_not_written(const struct decl *d, const struct node *fn, const struct node *loop)
{
    for (struct use *use = d->uses; use; use = use->next) {
        if (!(use->flags & (USE_WRITE | USE_ADDRESS)) || !is_within(use->function, fn))
            continue;
        error_at(use->source, use->span, "'%s' is captured by value, and cannot be changed here",
                 d->name);
        note_at(loop->source, span_of(loop->span.lo, loop->span.lo),
                "'%s' is a variable of this loop; the closure has its own copy", d->name);
    }
}

// Declared in the header of a for that a macro holds, as in #define EACH(i, n) for (int i = 0; …).
static bool is_macro_loop_variable(const struct decl *d)
{
    return d->in_macro && d->in_for_header;
}

static bool find_loop_capture(struct decl *d, struct node *fn)
{
    bool header;
    if (is_macro_loop_variable(d))
        return true;
    struct node *loop = loop_of(d, fn, &header);
    if (loop && !header)
        check_not_written(d, fn, loop);
    return loop != NULL;
}

// ---- copy or box -------------------------------------------------------------------------

static bool has_goto(const struct node *fn)
{
    return span_has_word(fn->source, fn->span, "goto");
}

// A loop inside d's scope holds both the write and the capture by fn: the write comes again.
static bool loop_repeats(const struct decl *d, const struct use *write, const struct node *fn)
{
    for (struct node *n = fn->parent; n && n != d->function; n = n->parent)
        if (is_loop(n) && !span_in(d->name_span, n->span) && span_in(write->span, n->span))
            return true;
    return false;
}

static bool type_can_be_copied(const struct type *t)
{
    return t && !t->is_volatile && !t->is_atomic && t->kind != TYPE_ARRAY && t->size >= 0;
}

// The write is over when fn is made: a statement ends between them.
static bool is_done_before(const struct use *write, const struct node *fn)
{
    const struct source *s = write->source;
    const struct node *starter = function_starter(fn);
    if (s != fn->source || write->span.hi > fn->span.lo)
        return false;
    if (starter && write->span.hi <= starter->span.lo)
        return true;
    for (unsigned i = token_index(s, write->span.hi); s->tokens[i].hi <= fn->span.lo; i++)
        if (token_is(s, &s->tokens[i], ";") || token_is(s, &s->tokens[i], "}"))
            return true;
    return false;
}

// Nothing changes d once fn, directly in d's function, has captured it.
static bool can_copy(const struct decl *d, const struct node *fn)
{
    if (!type_can_be_copied(d->type) || d->is_overaligned)
        return false; // closures are aligned to 16 bytes
    if (d->kind == DECL_VARIABLE && fn->span.lo < d->span.hi && d->source == fn->source)
        return false; // in its own initialiser
    for (struct use *use = d->uses; use; use = use->next) {
        if (use->flags & USE_ADDRESS)
            return false;
        if (!(use->flags & USE_WRITE))
            continue;
        if (use->function != d->function || !is_done_before(use, fn) || loop_repeats(d, use, fn) ||
            has_goto(d->function))
            return false;
    }
    return true;
}

// A copy that its closure writes must live where the closure keeps it, and an array cannot move.
static bool is_used_in_place(const struct decl *d, const struct node *fn)
{
    if (d->type && d->type->kind == TYPE_ARRAY)
        return true;
    for (struct use *use = d->uses; use; use = use->next)
        if (use->function == fn && (use->flags & (USE_WRITE | USE_ADDRESS)))
            return true;
    return false;
}

// What go or defer starts runs once for each time that it captures.
static bool runs_once(const struct node *fn)
{
    const struct node *start = fn->kind == NODE_CLOSURE ? fn->parent : fn;
    return start && (start->kind == NODE_GO || start->kind == NODE_DEFER) &&
           (start == fn || start->closure == fn);
}

static void set_kind(struct capture_facts *f, struct decl *d, const struct node *top,
                     enum capture_kind kind)
{
    for (struct use *use = d->uses; use; use = use->next) {
        if (!use->function || !is_within(use->function, top))
            continue;
        for (struct node *fn = use->function; fn != top->owner; fn = fn->owner) {
            struct capture *c = capture_find(f, fn, d);
            if (!c) // in a broken file a use may stand outside the function of its variable
                return;
            c->kind = kind;
            c->in_place = kind == CAPTURE_LOOP && is_used_in_place(d, fn);
            if (!c->in_place || !d->is_overaligned)
                continue;
            if (runs_once(fn) && d->type->kind != TYPE_ARRAY) {
                c->in_place = false; // the copy may be the function's
                continue;
            }
            error_at(use->source, use->span,
                     "'%s' is captured by value, and a closure keeps nothing that is aligned to "
                     "more than 16 bytes",
                     d->name);
            note_at(d->source, d->name_span,
                    "a copy of it, declared in the loop's body, is shared");
            return;
        }
    }
}

// Requires: the captures of d are known.
static void decide(struct capture_facts *f, struct decl *d)
{
    bool box = false;
    for (struct use *use = d->uses; use; use = use->next) {
        if (use->function == d->function || !use->function)
            continue;
        struct node *top = outermost_capturer(d, use->function);
        if (!find_loop_capture(d, top) && !can_copy(d, top))
            box = true;
    }
    if (box && d->is_overaligned && !d->alignment) {
        error_at(d->source, d->name_span,
                 "'%s' is shared with a closure, and its alignment is not known here", d->name);
        return;
    }
    if (box && d->in_macro && sema_demand_expansion(d->source, d->name_span))
        return;
    if (box && d->in_macro) {
        error_at(
            d->source, d->name_span,
            "'%s' is shared with a closure, and a macro declares it: write the declaration out",
            d->name);
        return;
    }
    if (box)
        table_put(&f->boxed, d, d);
    for (struct use *use = d->uses; use; use = use->next) {
        if (use->function == d->function || !use->function)
            continue;
        bool header;
        struct node *top = outermost_capturer(d, use->function);
        bool loop = is_macro_loop_variable(d) || loop_of(d, top, &header);
        set_kind(f, d, top, loop ? CAPTURE_LOOP : box ? CAPTURE_BOX : CAPTURE_COPY);
    }
}

// ---- errors ------------------------------------------------------------------------------

static const char *why_not_capturable(const struct decl *d)
{
    if (d->type && d->type->is_va_list)
        return "a va_list";
    if (d->type && d->type->variable_length)
        return d->type->kind == TYPE_ARRAY ? "a variable-length array"
                                           : "a pointer to a variable-length array";
    if (d->is_register)
        return "a register variable";
    if (d->has_cleanup)
        return "a variable with a cleanup attribute";
    return NULL;
}

static bool check_capturable(const struct decl *d)
{
    const char *why = why_not_capturable(d);
    if (!why)
        return true;
    for (struct use *use = d->uses; use; use = use->next) {
        if (!use->function || use->function == d->function)
            continue;
        error_at(use->source, use->span, "cannot capture '%s', %s", d->name, why);
        note_at(d->source, d->name_span, "declared here");
        return false;
    }
    return true;
}

static uint32_t scope_end(const struct decl *d)
{
    return d->scope ? d->scope->span.hi : d->function->span.hi;
}

static bool same_text(const struct source *s, struct span a, struct span b)
{
    return a.hi - a.lo == b.hi - b.lo && !memcmp(s->text + a.lo, s->text + b.lo, a.hi - a.lo);
}

// Reports each goto to label that stands before d or outside its scope.
static void check_gotos(const struct decl *d, const struct node *label)
{
    struct source *s = d->source;
    struct span fn = d->function->span;
    for (unsigned i = token_index(s, fn.lo); s->tokens[i].lo < fn.hi; i++) {
        const struct token *t = &s->tokens[i], *name = t + 1;
        if (!token_is(s, t, "goto") || !same_text(s, span_of(name->lo, name->hi), label->name))
            continue;
        if (t->lo > d->name_span.lo && t->lo < scope_end(d))
            continue;
        error_at(s, span_of(t->lo, name->hi),
                 "this goto jumps past the declaration of the captured variable '%s'", d->name);
        note_at(s, d->name_span, "'%s' is declared here", d->name);
    }
}

// A case of the switch whose body is d's scope, behind d.
static void check_cases(const struct decl *d)
{
    const struct node *scope = d->scope;
    const struct node *sw = scope ? scope->parent : NULL;
    if (!sw || sw->kind != NODE_SWITCH || scope->span.lo != sw->body.lo)
        return;
    struct source *s = d->source;
    int depth = 0;
    for (unsigned i = token_index(s, d->statement.hi); s->tokens[i].lo < scope->span.hi; i++) {
        const struct token *t = &s->tokens[i];
        depth += token_is(s, t, "{") ? 1 : token_is(s, t, "}") ? -1 : 0;
        if (depth || !(token_is(s, t, "case") || token_is(s, t, "default")))
            continue;
        error_at(s, span_of(t->lo, t->hi),
                 "this label jumps past the declaration of the captured variable '%s'", d->name);
        note_at(s, d->name_span, "'%s' is declared here", d->name);
    }
}

// LANGUAGE.md 2: "jumping past a captured variable's declaration into its scope".
static void check_jumps(const struct decl *d)
{
    if (d->kind == DECL_PARAMETER)
        return;
    check_cases(d);
    struct node *fn = d->function;
    for (struct node *n = node_next(fn, fn); n; n = node_next(n, fn))
        if (n->kind == NODE_LABEL && n->span.lo >= d->statement.hi && n->span.lo < scope_end(d))
            check_gotos(d, n);
}

// ---- -Wloop-capture ----------------------------------------------------------------------

// LANGUAGE.md 2: a shared variable declared outside a loop, which the loop's body assigns after
// a closure handed to go has captured it.
static void warn_loop_capture(const struct decl *d, const struct capture *c, struct node *fn)
{
    const struct node *starter = function_starter(fn);
    if (c->kind != CAPTURE_BOX || !starter || starter->kind != NODE_GO || fn->owner != d->function)
        return;
    for (struct node *n = fn->parent; n && n != d->function; n = n->parent) {
        if (!is_loop(n) || !span_in(fn->span, n->body) || span_in(d->name_span, n->span))
            continue;
        for (struct use *use = d->uses; use; use = use->next) {
            if (!(use->flags & USE_WRITE) || use->function != d->function ||
                !span_in(use->span, n->body) || use->span.lo < fn->span.hi)
                continue;
            warning_at(c->use->source, c->use->span, "-Wloop-capture",
                       "'%s' is shared with this goroutine, and the loop assigns it afterwards",
                       d->name);
            note_at(use->source, use->span,
                    "assigned here; one declared in the body of the loop is each pass's own");
            return;
        }
    }
}

static void warn_loop_captures(struct capture_facts *f)
{
    struct unit *u = f->unit;
    for (unsigned i = 0; i < u->n_sources; i++)
        for (struct node *n = u->files[i]; n; n = node_next(n, u->files[i]))
            for (struct capture *c = captures_of(f, n); c; c = c->next)
                warn_loop_capture(c->decl, c, n);
}

struct capture_facts *capture(struct unit *u)
{
    struct capture_facts *f = arena_alloc(sizeof *f);
    f->unit = u;
    index_declarations(f);
    for (struct decl *d = u->decls; d; d = d->next) {
        if (!is_automatic(d))
            continue;
        find_captures(f, d);
        if (!check_capturable(d))
            continue;
        decide(f, d);
        if (decl_is_boxed(f, d))
            check_jumps(d);
    }
    warn_loop_captures(f);
    find_hoists(f);
    return f;
}
