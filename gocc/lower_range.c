// range loops, and break and continue with a label.
//
//     for (v := range c) …        for (gocc_chan(int) range1 = c;;) { int v;
//                                 if (!gocc_recv_into(range1, &v)) { break; } … }
//     for (range c) …             for (gocc_chan(int) range1 = c; gocc_recv_into(range1, NULL);) …
//     for (i := range n) …        for (int i = 0, range1 = n; i < range1; i++) …
//     for (range n) …             for (int range1 = n; range1 > 0; range1--) …
//     for (i, v := range a) …     for (int i = 0; i < 10; i++) { int v = a[i]; … }
//     for (_, v := range f()->a)  { int *range1_array = f()->a;
//                                   for (int range1 = 0; … ) { int v = range1_array[range1]; … } }
//
// Where the body writes i, or takes its address, the count is kept apart, as the variables are
// new in each pass:
//
//     for (i := range n) i++;     for (int range1 = 0, range1_end = n; range1 < range1_end;
//                                      range1++) { int i = range1; i++; }
//
//     outer: for (;;) {           for (;;) {
//         continue outer;             goto outer_continue;
//         break outer;                goto outer_break;
//     }                           outer_continue:; } outer_break:;
#include "lower.h"

#include <string.h>

// A range loop while it is being written.
struct range {
    struct lower *l;
    struct node *n;
    struct decl *var[2]; // NULL: absent or `_`
    const char *name;    // "range1"
    const char *indent;
    char *declarations; // at the head of the body; "" for none
};

// ---- the body ----------------------------------------------------------------------------

// The body declares a variable of that name itself, in its outermost scope.
static bool body_declares(const struct range *r, const struct decl *v)
{
    const struct node *n = r->n;
    for (struct decl *d = NULL; v && (d = next_local(r->l->f, v->function, d)) != NULL;)
        if (d->source == n->source && span_in(d->name_span, n->body) && !strcmp(d->name, v->name) &&
            d->scope && d->scope->span.lo == n->body.lo && d->scope->kind == NODE_BLOCK)
            return true;
    return false;
}

static void add_declaration(struct range *r, const char *text)
{
    r->declarations = arena_printf("%s %s", r->declarations, text);
}

// The user may write a new variable of each pass and not look at it.
static bool is_read(const struct decl *d)
{
    for (const struct use *use = d->uses; use; use = use->next)
        if (use->flags & ~USE_WRITE)
            return true;
    return false;
}

// Puts the head of the loop: before OPERAND after.
static void put_loop(struct range *r, const char *before, struct span operand, const char *after)
{
    struct node *n = r->n;
    const struct source *s = n->source;
    struct edits *q = edits_of(r->l, s);
    for (int i = 0; i < 2; i++)
        if (r->var[i] && *r->declarations && !is_read(r->var[i]))
            add_declaration(r, arena_printf("(void)%s;", r->var[i]->name));
    bool block = s->text[n->body.lo] == '{';
    bool fold = block && !body_declares(r, r->var[0]) && !body_declares(r, r->var[1]);
    // the white space before the body stays, so that it keeps its line
    uint32_t head_end = last_token_end(s, span_of(n->span.lo, n->body.lo));
    struct span head = span_of(n->span.lo, head_end);
    const char *behind = !*r->declarations || fold ? "" : arena_printf(" {%s", r->declarations);
    if (span_empty(operand))
        edit_replace(q, head, "%s%s%s", before, after, behind);
    else
        edit_replace(q, head, "%s%r%s%s", before, operand, after, behind);
    if (*r->declarations && fold)
        head_add(r->l, n->source, n->body.lo, HEAD_RANGE, "%s",
                 r->declarations + strspn(r->declarations, " "));
    else if (*r->declarations)
        put_behind(r->l, s, n->body.hi, " }");
}

// ---- channels ----------------------------------------------------------------------------

static void range_channel(struct range *r, const struct type *chan)
{
    struct lower *l = r->l;
    const struct decl *v = r->var[0];
    const char *start =
        arena_printf("for (%s = ", declare(l, value_type((struct type *)chan), r->name));
    if (!v) {
        put_loop(r, start, r->n->operand, arena_printf("; gocc_recv_into(%s, NULL);)", r->name));
        return;
    }
    bool direct = type_same(v->type, chan->elem) && !v->type->is_volatile && !v->type->is_atomic &&
                  !v->type->is_const;
    const char *into = direct ? v->name : arena_printf("%s_value", r->name);
    add_declaration(
        r, arena_printf("%s;", declare(l, direct ? v->type : value_type(chan->elem), into)));
    add_declaration(r, arena_printf("if (!gocc_recv_into(%s, &%s)) { break; }", r->name, into));
    if (!direct)
        add_declaration(r, arena_printf("%s = %s;", declare(l, v->type, v->name), into));
    put_loop(r, start, r->n->operand, ";;)");
}

// ---- integers and arrays -----------------------------------------------------------------

// The loop may count in the variable itself: the body only reads it.
static bool only_read(const struct decl *d)
{
    for (const struct use *use = d->uses; use; use = use->next)
        if (use->flags & (USE_WRITE | USE_ADDRESS))
            return false;
    return !d->type->is_const;
}

static bool is_number(const struct source *s, struct span span)
{
    unsigned i = token_index(s, span.lo);
    return s->tokens[i].kind == TOK_NUMBER && s->tokens[i].lo == span.lo &&
           s->tokens[i].hi == span.hi;
}

static void range_integer(struct range *r, struct type *bound)
{
    struct lower *l = r->l;
    const struct decl *i = r->var[0];
    struct span operand = r->n->operand;
    const struct source *s = r->n->source;
    struct type *t = value_type(bound);
    if (!i) {
        put_loop(r, arena_printf("for (%s = ", declare(l, t, r->name)), operand,
                 arena_printf("; %s > 0; %s--)", r->name, r->name));
        return;
    }
    bool number = is_number(s, operand);
    bool in_place = only_read(i) && !node_hides_operand(r->n);
    if (in_place && number) {
        put_loop(r, arena_printf("for (%s = 0; %s < ", declare(l, i->type, i->name), i->name),
                 operand, arena_printf("; %s++)", i->name));
        return;
    }
    if (in_place && type_same(i->type, t)) {
        put_loop(r, arena_printf("for (%s = 0, %s = ", declare(l, i->type, i->name), r->name),
                 operand, arena_printf("; %s < %s; %s++)", i->name, r->name, i->name));
        return;
    }
    add_declaration(r, arena_printf("%s = %s;", declare(l, i->type, i->name), r->name));
    put_loop(r, arena_printf("for (%s = 0, %s_end = ", declare(l, t, r->name), r->name), operand,
             arena_printf("; %s < %s_end; %s++)", r->name, r->name, r->name));
}

// How the array is written in the body, when its name alone says it all; else NULL.
static const char *array_name(struct range *r)
{
    struct node *n = r->n;
    if (!span_is_name(n->source, n->operand))
        return NULL;
    const struct decl *d = sema_decl(r->l->u, n->source, n->operand);
    if (!d || (d->kind != DECL_VARIABLE && d->kind != DECL_PARAMETER))
        return NULL;
    for (int i = 0; i < 2; i++)
        if (r->var[i] && !strcmp(r->var[i]->name, d->name))
            return NULL;
    const char *name = hoisted_name(r->l->f, d);
    if (name || !d->function)
        return name ? name : d->name;
    const struct node *fn = n->parent;
    while (fn && fn->kind != NODE_FUNCTION && fn->kind != NODE_CLOSURE &&
           !((fn->kind == NODE_GO || fn->kind == NODE_DEFER) && fn->what == GO_BLOCK))
        fn = fn->parent;
    enum view view = decl_view(r->l, d, fn);
    return view == VIEW_PLAIN ? d->name : arena_printf("(%s)", decl_value(r->l, d, fn));
}

// The declarator of a pointer to the array's first element. What qualifies the array, as a member
// of a const struct, qualifies its elements.
static const char *first_element(const struct type *array, const char *name)
{
    const struct type *elem = array->elem;
    const char *is_const = array->is_const && !elem->is_const ? "const " : "";
    const char *is_volatile = array->is_volatile && !elem->is_volatile ? "volatile " : "";
    return arena_printf(elem->kind == TYPE_ARRAY ? "%s%s(*%s)" : "%s%s*%s", is_const, is_volatile,
                        name);
}

// The array is evaluated once: to a pointer to its first element, unless it is a name.
static void range_array(struct range *r, struct type *array)
{
    struct lower *l = r->l;
    const struct decl *i = r->var[0], *v = r->var[1];
    const struct source *s = r->n->source;
    struct span operand = r->n->operand, none = {0, 0};
    bool count = !i || !only_read(i) || node_hides_operand(r->n);
    const char *index = count ? r->name : i->name;
    const char *counter = count ? arena_printf("int %s", index) : declare(l, i->type, i->name);
    const char *name = array_name(r), *base = name;
    if (count && i)
        add_declaration(r, arena_printf("%s = %s;", declare(l, i->type, i->name), index));
    if (v && !base) {
        base = arena_printf("%s_array", r->name);
        edit_open(edits_of(l, s), r->n->span.lo, "{ %s = %r; ",
                  declare(l, array->elem, first_element(array, base)), operand);
        put_behind(l, s, r->n->span.hi, " }");
    }
    if (v)
        add_declaration(r, arena_printf("%s = %s[%s];", declare(l, v->type, v->name), base, index));
    char *start = arena_printf("for (%s = 0; %s < ", counter, index);
    char *end = arena_printf("; %s++)", index);
    if (array->length >= 0)
        put_loop(r, arena_printf("%s%lld", start, array->length), none, end);
    else if (name)
        put_loop(r, arena_printf("%s(int)(sizeof %s / sizeof %s[0])", start, name, name), none,
                 end);
    else
        put_loop(r, arena_printf("%s(int)(sizeof(", start), operand,
                 arena_printf(") / sizeof(%s))%s", type_name(l, array->elem), end));
}

void lower_range(struct lower *l, struct node *n)
{
    struct source *s = n->source;
    struct type *t = sema_type(l->u, s, n->operand);
    if (!t)
        return; // reported by check
    struct range r = {.l = l, .n = n, .indent = indent_at(s, n->span.lo), .declarations = ""};
    r.name = local_name(l, arena_printf("range%u", ++l->n_ranges));
    for (int i = 0; i < 2; i++)
        if (!is_blank(s, n->lhs[i]))
            r.var[i] = declared_name(l, n, n->lhs[i]);
    if (t->kind == TYPE_CHAN)
        range_channel(&r, t);
    else if (t->kind == TYPE_ARRAY)
        range_array(&r, t);
    else
        range_integer(&r, t);
}

// ---- labels ------------------------------------------------------------------------------

static bool label_has_goto(const struct node *label)
{
    struct source *s = label->source;
    const struct node *fn = label;
    while (fn->parent && fn->kind != NODE_FUNCTION && fn->kind != NODE_CLOSURE)
        fn = fn->parent;
    char *name = span_text(s, label->name);
    for (unsigned i = token_index(s, fn->span.lo); s->tokens[i].lo < fn->span.hi; i++)
        if (token_is(s, &s->tokens[i], "goto") &&
            (token_is(s, &s->tokens[i + 1], name) || token_is(s, &s->tokens[i + 1], "*")))
            return true;
    return false;
}

static char *jump_label(struct lower *l, const struct source *s, struct span name, bool is_continue)
{
    return arena_printf("%s", local_name(l, arena_printf("%s_%s", span_text(s, name),
                                                         is_continue ? "continue" : "break")));
}

void lower_jump(struct lower *l, struct node *n)
{
    replace(l, n->source, n->span.lo, n->span.hi, "goto %s;",
            jump_label(l, n->source, n->name, n->is_continue));
}

// The jumps inside label's statement that name it.
static bool has_jump(const struct node *label, bool is_continue)
{
    const struct source *s = label->source;
    char *name = span_text(s, label->name);
    for (struct node *n = node_next(label, label); n; n = node_next(n, label))
        if (n->kind == NODE_JUMP && n->is_continue == is_continue && text_is(s, n->name, name))
            return true;
    return false;
}

static struct node *jump_target(const struct node *label)
{
    char *name = span_text(label->source, label->name);
    for (struct node *n = node_next(label, label); n; n = node_next(n, label))
        if (n->kind == NODE_JUMP && text_is(label->source, n->name, name))
            return n->target;
    return NULL;
}

static void put_continue_label(struct lower *l, const struct node *loop, const char *name)
{
    const struct source *s = loop->source;
    if (s->text[loop->body.lo] == '{') {
        put_before(l, s, loop->body.hi - 1, "%s:; ", name);
    } else {
        put_before(l, s, loop->body.lo, "{ ");
        put_behind(l, s, loop->body.hi, " %s:; }", name);
    }
}

void lower_label(struct lower *l, struct node *n)
{
    struct source *s = n->source;
    struct node *target = jump_target(n);
    if (!target)
        return;
    const struct token *colon = token_after(s, n->name.hi);
    if (!label_has_goto(n))
        replace(l, s, n->name.lo, colon->hi, "%s", "");
    if (has_jump(n, true))
        put_continue_label(l, target, jump_label(l, s, n->name, true));
    if (!has_jump(n, false))
        return;
    bool wrap = stands_braceless(s, n->span.lo);
    if (wrap)
        put_before(l, s, n->span.lo, "{ ");
    put_behind(l, s, n->span.hi, " %s:;%s", jump_label(l, s, n->name, false), wrap ? " }" : "");
}
