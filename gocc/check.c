// The rules of LANGUAGE.md 1 to 4 that clang's reading of the twin lets pass: a function per
// rule, the page's sentence above it.
#include "check.h"
#include "scan.h"

#include <limits.h>
#include <string.h>

struct checker {
    struct unit *u;
    struct capture_facts *facts;
};

static struct type *channel_type(struct checker *k, struct source *s, struct span span)
{
    struct type *t = sema_type(k->u, s, span);
    return t && t->kind == TYPE_CHAN ? t : NULL;
}

// What the user sees as an array parameter is a pointer.
static bool is_array_parameter(struct checker *k, struct source *s, struct span span)
{
    const struct decl *d = sema_decl(k->u, s, span);
    return d && d->is_array_parameter;
}

// ---- channels ----------------------------------------------------------------------------

// LANGUAGE.md 3: "a send on a receive-only view … an error".
static void check_send(struct checker *k, struct node *n)
{
    if (n->not_ours)
        return;
    const struct type *any = sema_type(k->u, n->source, n->operand);
    if (any && any->kind != TYPE_CHAN)
        error_at(n->source, n->operand, "send on '%s', which is no channel", any->user);
    const struct type *t = channel_type(k, n->source, n->operand);
    if (t && t->dir == CHAN_RECV)
        error_at(n->source, n->operand, "send on a receive-only channel ('%s')", t->user);
    if (t && t->elem->kind == TYPE_VOID && !n->braced)
        error_at(n->source, n->value, "a chan<void> carries no value: send {}");
}

// LANGUAGE.md 3: "a receive … on the wrong one".
static void check_receive(struct checker *k, struct node *n)
{
    const struct type *t = sema_type(k->u, n->source, n->operand);
    if (t && t->kind == TYPE_CHAN && t->dir == CHAN_SEND)
        error_at(n->source, n->operand, "receive from a send-only channel ('%s')", t->user);
    else if (t && t->kind != TYPE_CHAN)
        error_at(n->source, n->operand, "receive from '%s', which is no channel", t->user);
}

// A chan<void> has no value that could be assigned.
static void check_no_value(struct checker *k, struct node *n)
{
    const struct type *t = channel_type(k, n->source, n->operand);
    if (t && t->elem->kind == TYPE_VOID && !span_empty(n->lhs[0]) &&
        !text_is(n->source, n->lhs[0], "_"))
        error_at(n->source, n->lhs[0], "a chan<void> carries no value: write _ here");
}

// LANGUAGE.md 3: "close on the wrong one".
static void check_close(struct checker *k, struct node *n)
{
    if (n->not_ours || !n->n_list)
        return;
    const struct type *any = sema_type(k->u, n->source, n->list[0]);
    if (any && any->kind != TYPE_CHAN && n->n_list == 1)
        error_at(n->source, n->list[0], "close of '%s', which is no channel", any->user);
    const struct type *t = channel_type(k, n->source, n->list[0]);
    if (t && t->dir == CHAN_RECV)
        error_at(n->source, n->list[0], "close of a receive-only channel ('%s')", t->user);
}

// LANGUAGE.md 3: "A negative constant size for make is an error".
static void check_make(struct checker *k, struct node *n)
{
    long long size;
    struct source *s = n->source;
    const struct type *t = n->n_list ? sema_type_name(k->u, s, n->list[0]) : NULL;
    if (t && t->kind != TYPE_CHAN)
        error_at(s, n->list[0], "make makes a channel, and '%s' is no channel type", t->user);
    const struct type *whole = n->n_list > 1 ? sema_type(k->u, s, n->list[1]) : NULL;
    if (whole && !whole->is_integer)
        error_at(s, n->list[1], "the size of a channel is an integer, not a '%s'", whole->user);
    if (n->n_list > 1 && sema_constant(k->u, n->source, n->list[1], &size) && size < 0)
        error_at(n->source, n->list[1], "negative channel size %lld", size);
}

// LANGUAGE.md 3: "len also takes a true array".
static void check_len(struct checker *k, struct node *n)
{
    if (n->not_ours || !n->n_list)
        return;
    const struct type *t = sema_type(k->u, n->source, n->list[0]);
    bool array = text_is(n->source, n->name, "len") && t && t->kind == TYPE_ARRAY &&
                 !is_array_parameter(k, n->source, n->list[0]);
    if (t && t->kind != TYPE_CHAN && !array)
        error_at(n->source, n->list[0], "%s of '%s', which is no channel%s",
                 span_text(n->source, n->name), t->user,
                 text_is(n->source, n->name, "len") ? " or array" : "");
}

// LANGUAGE.md 3: "T is any complete object type that can be assigned … or void".
static void check_element(struct checker *k, struct node *n)
{
    const struct type *t = sema_type_name(k->u, n->source, n->elem);
    if (t && (t->kind == TYPE_ARRAY || t->kind == TYPE_FUNCTION))
        error_at(n->source, n->elem, "a channel cannot carry %s ('%s')",
                 t->kind == TYPE_ARRAY ? "an array" : "a function", t->user);
}

// The declaration whose channel type n is, or NULL.
static struct decl *declared_with(struct checker *k, const struct node *n)
{
    for (struct decl *d = k->u->decls; d; d = d->next)
        if (d->source == n->source && d->type && d->type->kind == TYPE_CHAN &&
            (span_in(n->span, d->statement) || span_in(n->span, d->span)) &&
            n->span.hi <= d->name_span.lo)
            return d;
    return NULL;
}

// LANGUAGE.md 3: "T is any complete object type".
static void check_complete(struct checker *k, struct node *n)
{
    if (!span_has_word(n->source, n->elem, "struct") && !span_has_word(n->source, n->elem, "union"))
        return;
    const struct decl *d = declared_with(k, n);
    if (d && d->type->elem->kind == TYPE_RECORD && d->type->elem->size < 0)
        error_at(n->source, n->elem, "a channel cannot carry the incomplete type '%s'",
                 d->type->elem->user);
}

// LANGUAGE.md 3: "range" is over a channel, an integer or a true array.
static void check_range(struct checker *k, struct node *n)
{
    struct source *s = n->source;
    const struct type *t = sema_type(k->u, s, n->operand);
    if (!t) {
        if (!diag_has_errors())
            error_at(s, n->operand, "the type of what is ranged over is unknown");
        return;
    }
    if (is_array_parameter(k, s, n->operand)) {
        error_at(s, n->operand, "cannot range over '%s': an array parameter is a pointer", t->user);
        return;
    }
    bool integer = t->kind == TYPE_ENUM || (t->kind == TYPE_ARITHMETIC && t->is_integer);
    if (t->kind == TYPE_CHAN && t->dir == CHAN_SEND)
        error_at(s, n->operand, "range over a send-only channel ('%s')", t->user);
    else if (t->kind != TYPE_CHAN && t->kind != TYPE_ARRAY && !integer)
        error_at(s, n->operand, "cannot range over '%s': not a channel, integer or array", t->user);
    if (t->kind != TYPE_ARRAY && !span_empty(n->lhs[1]))
        error_at(s, n->lhs[1], "range over '%s' has one variable", t->user);
    if (t->kind == TYPE_CHAN && t->elem->kind == TYPE_VOID && !span_empty(n->lhs[0]) &&
        !text_is(s, n->lhs[0], "_"))
        error_at(s, n->lhs[0], "a chan<void> carries no value: write for (range c)");
}

// LANGUAGE.md 3: "`:=` needs at least one new name".
static void check_new_name(struct node *n, unsigned names)
{
    bool any = false;
    for (unsigned i = 0; i < names; i++)
        any |= !span_empty(n->lhs[i]) && !text_is(n->source, n->lhs[i], "_") && !n->reuse[i];
    if (!any)
        error_at(n->source, span_empty(n->arrow) ? n->lhs[0] : n->arrow,
                 "no new name on the left side of :=");
}

static void check_case(struct checker *k, struct node *n)
{
    if (n->form == CASE_DEFAULT)
        return;
    if (n->form == CASE_SEND) {
        check_send(k, n);
        return;
    }
    check_receive(k, n);
    check_no_value(k, n);
    if (n->form == CASE_RECV_DECLARE || n->form == CASE_RECV_OK_DECLARE)
        check_new_name(n, n->form == CASE_RECV_DECLARE ? 1 : 2);
}

static void check_receive_ok(struct checker *k, struct node *n)
{
    check_receive(k, n);
    check_no_value(k, n);
    if (n->declare)
        check_new_name(n, 2);
}

// ---- closures ----------------------------------------------------------------------------

// LANGUAGE.md 2: "Errors: … break, continue or goto out of a closure"; 4: a deferred block.
static void check_jump(struct node *n)
{
    const struct node *up = n->parent;
    while (up && up->kind != NODE_FUNCTION && up->kind != NODE_CLOSURE &&
           !((up->kind == NODE_GO || up->kind == NODE_DEFER) && up->what == GO_BLOCK))
        up = up->parent;
    if (n->target && up && !span_in(n->target->span, up->span))
        error_at(n->source, n->span, "%s out of a closure", n->is_continue ? "continue" : "break");
}

// Built-ins have no prototype that could say it.
static void check_argument_count(struct node *n)
{
    static const struct {
        const char *name, *takes;
        unsigned min, max;
    } table[] = {
        {"make", "a channel type and a size", 1, 2}, {"close", "one channel", 1, 1},
        {"len", "one channel or array", 1, 1},       {"cap", "one channel", 1, 1},
        {"recover", "no arguments", 0, 0},           {"panic", "a message", 1, UINT_MAX},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (text_is(n->source, n->name, table[i].name) &&
            (n->n_list < table[i].min || n->n_list > table[i].max))
            error_at(n->source, n->n_list > table[i].max ? n->list[table[i].max] : n->name,
                     "%s takes %s", table[i].name, table[i].takes);
}

// LANGUAGE.md 2: "the result is that of the func type …"; 1: "the result is dropped".
static void check_return(struct checker *k, struct node *n)
{
    const struct node *owner = n->owner;
    bool has_value = !span_empty(n->value);
    while (owner && owner->kind == NODE_DEFER)
        owner = owner->owner;
    if (owner && owner->kind == NODE_GO && has_value)
        error_at(n->source, n->value, "a goroutine returns no value; send it on a channel");
    if (!owner || owner->kind != NODE_CLOSURE || !owner->result_type)
        return;
    const struct type *value = has_value ? sema_type(k->u, n->source, n->value) : NULL;
    bool is_void = owner->result_type->kind == TYPE_VOID;
    if (is_void && value && value->kind != TYPE_VOID)
        error_at(n->source, n->value, "this closure returns no value");
    else if (!is_void && !has_value && n->owner == owner)
        error_at(n->source, n->keyword, "this closure returns a value of type '%s'",
                 owner->result_type->user);
}

// LANGUAGE.md 4: panic is printf-style.
static void check_panic(struct checker *k, struct node *n)
{
    const struct type *t = n->n_list ? sema_type(k->u, n->source, n->list[0]) : NULL;
    bool text = t && (t->kind == TYPE_POINTER || t->kind == TYPE_ARRAY) &&
                (t->elem->is_integer ? t->elem->size == 1 : t->elem->kind == TYPE_VOID);
    if (!t || text || n->not_ours)
        return;
    error_at(n->source, n->list[0], "panic takes a message, not '%s'", t->user);
    if (t->kind == TYPE_ARITHMETIC)
        note_at(n->source, n->list[0], "it is printf-style: panic(\"%s\", %s)",
                t->is_integer ? "%d" : "%g", span_text(n->source, n->list[0]));
}

static void check_builtin(struct checker *k, struct node *n)
{
    if (!n->not_ours)
        check_argument_count(n);
    if (text_is(n->source, n->name, "close"))
        check_close(k, n);
    else if (text_is(n->source, n->name, "make"))
        check_make(k, n);
    else if (text_is(n->source, n->name, "panic"))
        check_panic(k, n);
    else if (text_is(n->source, n->name, "len") || text_is(n->source, n->name, "cap"))
        check_len(k, n);
}

static void check_node(struct checker *k, struct node *n)
{
    if (n->broken)
        return;
    switch (n->kind) {
    case NODE_SEND:
        check_send(k, n);
        break;
    case NODE_RECV:
        check_receive(k, n);
        break;
    case NODE_RECV_OK:
        check_receive_ok(k, n);
        break;
    case NODE_DECLARE:
        check_new_name(n, 1);
        break;
    case NODE_CASE:
        check_case(k, n);
        break;
    case NODE_CHAN_TYPE:
        check_element(k, n);
        check_complete(k, n);
        break;
    case NODE_RANGE:
        check_range(k, n);
        break;
    case NODE_BUILTIN:
        check_builtin(k, n);
        break;
    case NODE_JUMP:
        check_jump(n);
        break;
    case NODE_RETURN:
        check_return(k, n);
        break;
    default:
        break;
    }
}

void check(struct unit *u, struct capture_facts *f)
{
    struct checker k = {u, f};
    for (unsigned i = 0; i < u->n_sources; i++)
        for (struct node *n = u->files[i]; n; n = node_next(n, u->files[i]))
            check_node(&k, n);
    check_expressions(u);
}
