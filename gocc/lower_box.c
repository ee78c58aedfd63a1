// Variables that closures share live in boxes: reference-counted memory of their own.
//
//     int x = 5;          int *x gocc_scoped = gocc_box(sizeof *x); *x = 5;
//     x++;                (*x)++;
//     struct p q = {1};   struct p *q gocc_scoped = gocc_box(sizeof *q); *q = (struct p){1};
//     int a[] = {1, 2};   int (*a)[2] gocc_scoped = gocc_box(sizeof *a);
//                         { int init[2] = {1, 2}; __builtin_memcpy((void *)a, init, sizeof *a); }
//     f(int x) { … }      f(int x_arg) { int *x gocc_scoped = gocc_box(sizeof *x); *x = x_arg; … }
//
// A declaration that control may jump over or come back to has its box pointer at the head of
// its block instead, because compilers crash on, or reject, jumps past a cleanup:
//
//     { …                 { int *x gocc_scoped = NULL; …
//     int x = 5;          x = gocc_box_again(x, sizeof *x, NULL); *x = 5;
//
// A variable of the outermost scope of a function with a frame has its box there too, older than
// the frame: what is younger is ended when a panic is recovered, and the pointer's cleanup runs
// then as always. It is volatile, as it is read after the frame has been entered a second time.
#include "lower.h"

#include <string.h>

// ---- views -------------------------------------------------------------------------------

enum view decl_view(struct lower *l, const struct decl *d, const struct node *fn)
{
    if (fn == d->function)
        return decl_is_boxed(l->f, d) ? VIEW_POINTER : VIEW_PLAIN;
    const struct capture *c = capture_find(l->f, fn, d);
    if (!c)
        return VIEW_PLAIN;
    return c->kind == CAPTURE_BOX ? VIEW_POINTER : c->in_place ? VIEW_SELF : VIEW_PLAIN;
}

char *decl_value(struct lower *l, const struct decl *d, const struct node *fn)
{
    switch (decl_view(l, d, fn)) {
    case VIEW_POINTER:
        return arena_printf("*%s", d->name);
    case VIEW_SELF:
        return arena_printf("%s->%s", l->self, d->name);
    default:
        return arena_printf("%s", d->name);
    }
}

// ---- boxes -------------------------------------------------------------------------------

const struct type *boxed_type(const struct decl *d)
{
    bool decays = d->kind == DECL_PARAMETER || (d->type->is_const && d->type->kind != TYPE_ARRAY);
    return decays ? value_type(d->type) : d->type;
}

static char *box_declaration(struct lower *l, const struct decl *d, const char *qualifier)
{
    const struct type *t = boxed_type(d);
    bool parens = t->kind == TYPE_ARRAY;
    const char *name = parens ? arena_printf("(*%s%s)", qualifier, d->name)
                              : arena_printf("*%s%s", qualifier, d->name);
    return declare(l, t, name);
}

static bool function_has_defers(const struct node *fn)
{
    for (struct node *n = node_next(fn, fn); n; n = node_next(n, fn))
        if (n->kind == NODE_DEFER && n->owner == fn)
            return true;
    return false;
}

static const struct node *scope_of(const struct decl *d)
{
    return d->scope ? d->scope : d->function;
}

// Control may enter d's scope behind its declaration, or pass the declaration again.
static bool can_be_jumped_over(const struct decl *d)
{
    const struct node *scope = scope_of(d), *fn = d->function;
    if (scope->kind != NODE_BLOCK && scope != fn)
        return false;
    if (scope->parent && scope->parent->kind == NODE_SWITCH)
        return true;
    return span_has_word(d->source, fn->span, "goto");
}

static uint32_t scope_brace(const struct decl *d)
{
    const struct node *scope = scope_of(d);
    return scope->kind == NODE_BLOCK ? scope->span.lo : scope->body.lo;
}

// "gocc_box(sizeof *x)"
static char *new_box(const struct decl *d)
{
    if (d->is_overaligned)
        return arena_printf("gocc_box_aligned(sizeof *%s, %s)", d->name, d->alignment);
    return arena_printf("gocc_box(sizeof *%s)", d->name);
}

char *box_statement(struct lower *l, const struct decl *d)
{
    const char *name = d->name;
    bool framed = scope_of(d) == d->function && function_has_defers(d->function);
    if (!framed && !can_be_jumped_over(d))
        return arena_printf("%s gocc_scoped = %s;", box_declaration(l, d, ""), new_box(d));
    head_add(l, d->source, scope_brace(d), HEAD_BOX, "%s gocc_scoped = %s;",
             box_declaration(l, d, framed ? "volatile " : ""), framed ? new_box(d) : "NULL");
    if (span_has_word(d->source, d->function->span, "goto"))
        return arena_printf("%s = gocc_box_again(%s, sizeof *%s, %s, %s);", name, name, name,
                            d->is_overaligned ? d->alignment : "16",
                            framed ? "&gocc_frame" : "NULL");
    return framed ? "" : arena_printf("%s = %s;", name, new_box(d));
}

char *declare_equals(struct lower *l, const struct decl *d)
{
    if (decl_is_boxed(l->f, d))
        return arena_printf("%s *%s = ", box_statement(l, d), d->name);
    return arena_printf("%s = ", declare(l, d->type, d->name));
}

// ---- parameters --------------------------------------------------------------------------

// `int f(a) int a; {…}`: the list names it, too.
static void rename_in_list(struct lower *l, const struct decl *d, const char *arg)
{
    const struct source *s = d->source;
    for (unsigned i = token_index(s, d->function->name.hi); s->tokens[i].lo < d->span.lo; i++) {
        const struct token *t = &s->tokens[i];
        if ((token_is(s, t - 1, "(") || token_is(s, t - 1, ",")) && token_is(s, t, d->name) &&
            (token_is(s, t + 1, ")") || token_is(s, t + 1, ",")))
            replace(l, s, t->lo, t->hi, "%s", arg);
    }
}

static void lower_parameter(struct lower *l, struct decl *d)
{
    struct node *fn = d->function;
    const char *arg = arena_printf("%s_arg", d->name);
    if (function_is_started(fn)) {
        arg = arena_printf("%s->%s", l->self, d->name);
    } else {
        replace(l, d->source, d->name_span.lo, d->name_span.hi, "%s", arg);
        if (fn->kind == NODE_FUNCTION)
            rename_in_list(l, d, arg);
    }
    bool framed = function_has_defers(fn);
    head_add(l, fn->source, fn->body.lo, HEAD_BOX, "%s gocc_scoped = %s; *%s = %s;",
             box_declaration(l, d, framed ? "volatile " : ""), new_box(d), d->name, arg);
}

// ---- declarations ------------------------------------------------------------------------

static bool begins_with_brace(const struct source *s, struct span span)
{
    return s->text[span.lo] == '{';
}

// The text before the initialiser of boxed d, and what goes behind it before the `;`.
static char *boxed_start(struct lower *l, const struct decl *d, const char **behind)
{
    char *box = box_statement(l, d);
    *behind = "";
    if (span_empty(d->initialiser))
        return box;
    if (d->type->kind == TYPE_ARRAY) {
        const char *init = local_name(l, "init");
        *behind = arena_printf("; __builtin_memcpy((void *)%s, %s, sizeof *%s); }", d->name, init,
                               d->name);
        return arena_printf("%s%s{ %s = ", box, *box ? " " : "", declare(l, d->type, init));
    }
    const char *cast = begins_with_brace(d->source, d->initialiser)
                           ? arena_printf("(%s)", type_name(l, value_type(d->type)))
                           : "";
    return arena_printf("%s%s*%s = %s", box, *box ? " " : "", d->name, cast);
}

static bool is_library_type(const struct type *t)
{
    return t->kind == TYPE_RECORD && !strncmp(t->user, "go_", 3);
}

// LANGUAGE.md 3: "local variables of channel, closure and library types (also arrays of them)
// start as zero".
static const char *zero_initialiser(const struct decl *d)
{
    const struct type *t = d->type;
    if (!t || d->is_static || d->is_extern || d->kind != DECL_VARIABLE || !d->function ||
        d->declared_by || !span_empty(d->initialiser) || t->variable_length)
        return NULL;
    bool array = t->kind == TYPE_ARRAY;
    while (t->kind == TYPE_ARRAY && t->elem)
        t = t->elem;
    if (t->kind == TYPE_CHAN || t->kind == TYPE_FUNC)
        return array ? "{0}" : "NULL";
    return is_library_type(t) ? "{0}" : NULL;
}

struct statement {
    struct decl **decls;
    unsigned n;
    bool boxed; // at least one of them is
};

static struct statement statement_of(struct lower *l, struct decl *first)
{
    struct statement st = {0};
    for (struct decl *d = first; d && d->span.lo < first->statement.hi; d = d->next)
        st.n++;
    st.decls = arena_alloc(st.n * sizeof *st.decls + 1);
    st.n = 0;
    for (struct decl *d = first; d && d->span.lo < first->statement.hi; d = d->next) {
        if (d->kind != DECL_VARIABLE || d->source != first->source || d->declared_by ||
            d->statement.lo != first->statement.lo || d->statement.hi != first->statement.hi ||
            d->function != first->function)
            continue;
        st.decls[st.n++] = d;
        st.boxed |= decl_is_boxed(l->f, d);
    }
    return st;
}

// Rewrites a declaration with boxed declarators, one declaration per declarator; initialisers
// stay where they are.
static void split_statement(struct lower *l, struct statement st)
{
    const struct source *s = st.decls[0]->source;
    struct span whole = st.decls[0]->statement;
    uint32_t from = whole.lo;
    char *text = "";
    for (unsigned i = 0; i < st.n; i++) {
        struct decl *d = st.decls[i];
        const char *behind = "", *start, *zero = zero_initialiser(d);
        table_put(&l->done, d, d);
        bool has_initialiser = !span_empty(d->initialiser);
        if (decl_is_boxed(l->f, d))
            start = boxed_start(l, d, &behind);
        else
            start = arena_printf("%s%s%s%s", declare(l, d->type, d->name),
                                 has_initialiser || zero ? " = " : "", zero ? zero : "",
                                 has_initialiser ? "" : ";");
        text = arena_printf("%s%s%s", text, *text ? " " : "", start);
        if (!has_initialiser)
            continue;
        replace(l, s, from, d->initialiser.lo, "%s", text);
        from = d->initialiser.hi;
        text = *behind ? arena_printf("%s", behind) : ";";
    }
    replace(l, s, from, whole.hi, "%s", text);
}

void lower_declarations(struct lower *l)
{
    for (struct decl *d = l->u->decls; d; d = d->next) {
        if (!d->source || table_get(&l->done, d) || d->declared_by)
            continue;
        if (d->kind == DECL_PARAMETER && decl_is_boxed(l->f, d)) {
            lower_parameter(l, d);
        } else if (d->kind == DECL_VARIABLE && d->function) {
            struct statement st = statement_of(l, d);
            if (st.n && st.boxed)
                split_statement(l, st);
            const char *zero = zero_initialiser(d);
            if (zero && d->in_macro && sema_demand_expansion(d->source, d->name_span))
                continue;
            if (zero && !table_get(&l->done, d))
                put_behind(l, d->source, d->span.hi, " = %s", zero);
        }
    }
}

// ---- uses --------------------------------------------------------------------------------

static const char *new_text(struct lower *l, const struct use *use)
{
    const struct decl *d = use->decl;
    const char *name = hoisted_name(l->f, d);
    if (name || (d->kind != DECL_VARIABLE && d->kind != DECL_PARAMETER) || !use->function)
        return name;
    enum view view = decl_view(l, d, use->function);
    if (view == VIEW_POINTER && d->kind == DECL_PARAMETER && use->function == d->function &&
        use->span.lo < d->function->body.lo)
        return arena_printf("%s_arg", d->name); // `int n, int a[n]`: before there is a box
    return view == VIEW_PLAIN     ? NULL
           : view == VIEW_POINTER ? arena_printf("(*%s)", d->name)
                                  : decl_value(l, d, use->function);
}

void lower_uses(struct lower *l)
{
    for (struct decl *d = l->u->decls; d; d = d->next) {
        for (struct use *use = d->uses; use; use = use->next) {
            const char *text = new_text(l, use);
            if (!text)
                continue;
            if (!text_is(use->source, use->span, d->name)) {
                if (sema_demand_expansion(use->source, use->span))
                    continue;
                error_at(use->source, use->span,
                         "this macro uses '%s', which a closure shares; name it as an argument",
                         d->name);
                continue;
            }
            replace(l, use->source, use->span.lo, use->span.hi, "%s", text);
        }
    }
}
