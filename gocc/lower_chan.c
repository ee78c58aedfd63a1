// Channel types and operations. Each stays an expression or a statement of its kind:
//
//     chan<int> c                  gocc_chan(int) c
//     func<int(char *)> f          gocc_func(int, char *) f
//     make(chan<int>, 8)           gocc_make(int, 8)
//     make(queue_t)                gocc_make_as(queue_t, 0)
//     c <- v                       gocc_send(c, v)
//     done <- {}                   gocc_send_void(done)
//     <-c                          gocc_recv(c);  as a statement gocc_recv_void(c)
//     <-go_after(d)                gocc_recv_release(go_after(d))
//     x := f()                     int x = f()
#include "lower.h"

#include <string.h>

// ---- types -------------------------------------------------------------------------------

// LANGUAGE.md 3: the top-level qualifiers of an element type are dropped. In `const char *` the
// qualifier is not at the top; behind a `*` only a last one is.
static void drop_qualifiers(struct lower *l, const struct source *s, struct span elem)
{
    bool derived = false;
    unsigned first = token_index(s, elem.lo), end = first;
    for (; end < s->n_tokens && s->tokens[end].hi <= elem.hi; end++)
        derived |= token_is(s, &s->tokens[end], "*") || token_is(s, &s->tokens[end], "(") ||
                   token_is(s, &s->tokens[end], "<");
    for (unsigned i = derived && end > first ? end - 1 : first; i < end; i++) {
        const struct token *t = &s->tokens[i];
        if (token_is(s, t, "const") || token_is(s, t, "volatile"))
            replace(l, s, t->lo, t->hi, "%s", "");
    }
}

static void lower_func_type(struct lower *l, struct node *n)
{
    const struct source *s = n->source;
    unsigned params = parameter_count(n);
    replace(l, s, n->span.lo, n->result.lo, "gocc_func(");
    if (!params) {
        replace(l, s, n->result.hi, n->span.hi, ")");
        return;
    }
    replace(l, s, n->result.hi, n->list[0].lo, ", ");
    replace(l, s, n->list[params - 1].hi, n->span.hi, ")");
}

static bool is_made(const struct node *n)
{
    const struct node *up = n->parent;
    return n->dir == CHAN_BOTH && up && up->kind == NODE_BUILTIN &&
           text_is(up->source, up->name, "make") && up->n_list && up->list[0].lo == n->span.lo &&
           up->list[0].hi == n->span.hi;
}

void lower_type(struct lower *l, struct node *n)
{
    if (n->kind == NODE_FUNC_TYPE) {
        lower_func_type(l, n);
        return;
    }
    static const char *const macros[] = {[CHAN_BOTH] = "gocc_chan(",
                                         [CHAN_RECV] = "gocc_recv_chan(",
                                         [CHAN_SEND] = "gocc_send_chan("};
    drop_qualifiers(l, n->source, n->elem);
    if (is_made(n)) // the built-in wants the element
        return;
    replace(l, n->source, n->span.lo, n->elem.lo, "%s", macros[n->dir]);
    replace(l, n->source, n->elem.hi, n->span.hi, ")");
}

struct type *element_type(struct lower *l, struct source *s, struct span channel)
{
    const struct type *t = sema_type(l->u, s, channel);
    return t && t->kind == TYPE_CHAN ? t->elem : NULL;
}

// ---- built-ins ---------------------------------------------------------------------------

static struct node *made_type(const struct node *n)
{
    for (struct node *c = n->child; c; c = c->next)
        if (c->kind == NODE_CHAN_TYPE && is_made(c))
            return c;
    return NULL;
}

static void lower_make(struct lower *l, struct node *n)
{
    const struct source *s = n->source;
    struct span type = n->list[0];
    const struct node *chan = made_type(n);
    uint32_t lo = chan ? chan->elem.lo : type.lo, hi = chan ? chan->elem.hi : type.hi;
    bool is_void = chan && text_is(s, chan->elem, "void");
    const char *rest = n->n_list < 2 ? "0)" : "";
    uint32_t end = n->n_list < 2 ? n->span.hi : n->list[1].lo;
    if (is_void) {
        replace(l, s, n->span.lo, end, "gocc_make_void(%s", rest);
        return;
    }
    replace(l, s, n->span.lo, lo, "%s", chan ? "gocc_make(" : "gocc_make_as(");
    replace(l, s, hi, end, ", %s", rest);
}

void lower_builtin(struct lower *l, struct node *n)
{
    struct source *s = n->source;
    if (n->not_ours)
        return;
    if (text_is(s, n->name, "make")) {
        if (n->n_list)
            lower_make(l, n);
        return;
    }
    if (text_is(s, n->name, "recover")) {
        lower_recover(l, n);
        return;
    }
    struct type *t = n->n_list ? sema_type(l->u, s, n->list[0]) : NULL;
    if (text_is(s, n->name, "len") && t && t->kind == TYPE_ARRAY) {
        edit_replace(edits_of(l, s), n->span, "((int)(sizeof(%r) / sizeof((%r)[0])))", n->list[0],
                     n->list[0]);
        return;
    }
    replace(l, s, n->name.lo, n->name.hi, "gocc_%s", span_text(s, n->name));
}

// ---- send and receive --------------------------------------------------------------------

void lower_send(struct lower *l, struct node *n)
{
    struct source *s = n->source;
    if (n->not_ours)
        return;
    const struct type *elem = element_type(l, s, n->operand);
    if (elem && elem->kind == TYPE_VOID) {
        put_before(l, s, n->span.lo, "gocc_send_void(");
        replace(l, s, n->operand.hi, n->span.hi, ")");
        return;
    }
    put_before(l, s, n->span.lo, "gocc_send(");
    replace(l, s, n->operand.hi, n->value.lo, ", ");
    put_behind(l, s, n->span.hi, ")");
}

bool is_go_after(const struct source *s, struct span operand)
{
    unsigned i = token_index(s, operand.lo);
    if (!token_is(s, &s->tokens[i], "go_after") || !token_is(s, &s->tokens[i + 1], "("))
        return false;
    return token_closing(s, &s->tokens[i + 1])->hi == operand.hi;
}

// The value is dropped: the receive is a statement.
static bool is_statement(const struct node *n)
{
    const struct token *before = token_before(n->source, n->span.lo);
    const struct token *after = token_after(n->source, n->span.hi);
    if (!after || !token_is(n->source, after, ";"))
        return false;
    // The value of a statement expression: ({ …; <-c; })
    if (token_is(n->source, after + 1, "}") && token_is(n->source, after + 2, ")"))
        return false;
    return !before || token_is(n->source, before, ";") || token_is(n->source, before, "{") ||
           token_is(n->source, before, "}") || token_is(n->source, before, "else") ||
           token_is(n->source, before, "do");
}

void lower_receive(struct lower *l, struct node *n)
{
    struct source *s = n->source;
    const struct type *elem = element_type(l, s, n->operand);
    bool dropped = is_statement(n) || (elem && elem->kind == TYPE_VOID);
    const char *macro = is_go_after(s, n->operand) ? "gocc_recv_release"
                        : dropped                  ? "gocc_recv_void"
                                                   : "gocc_recv";
    if (dropped && is_go_after(s, n->operand))
        macro = "(void)gocc_recv_release";
    put_before(l, s, n->span.lo, "%s(", macro);
    replace(l, s, n->span.lo, n->operand.lo, "%s", "");
    put_behind(l, s, n->span.hi, ")");
}

// ---- names that a construct declares -----------------------------------------------------

bool is_blank(const struct source *s, struct span lhs)
{
    return span_empty(lhs) || text_is(s, lhs, "_");
}

struct decl *declared_name(struct lower *l, const struct node *n, struct span name)
{
    struct decl *d = table_get(&l->f->declared, n);
    for (; d && d->source == n->source && d->name_span.lo <= name.lo; d = d->next)
        if (d->declared_by == n && d->name_span.lo == name.lo)
            return d;
    return sema_decl(l->u, n->source, name);
}

// x := x + 1       int outer_x = x + 1; int x = outer_x
//                  for (__typeof__(int) outer_x = x + 1, x = outer_x; …
static void declare_hiding(struct lower *l, struct node *n, struct decl *d)
{
    const char *outer = local_name(l, arena_printf("outer_%s", d->name));
    const struct node *up = n->parent;
    bool in_for =
        up && up->kind == NODE_LOOP && up->loop == LOOP_FOR && span_in(n->span, up->clause[0]);
    const char *first = in_for ? arena_printf("__typeof__(%s) %s", type_name(l, d->type), outer)
                               : declare(l, d->type, outer);
    replace(l, n->source, n->span.lo, n->value.lo, "%s = ", first);
    const char *then =
        in_for ? arena_printf(", %s = ", d->name) : arena_printf("; %s", declare_equals(l, d));
    put_behind(l, n->source, n->value.hi, "%s%s", then, outer);
}

// x := e
void lower_declare(struct lower *l, struct node *n)
{
    struct source *s = n->source;
    struct decl *d = declared_name(l, n, n->lhs[0]);
    if (d && d->type && node_hides_operand(n)) {
        declare_hiding(l, n, d);
        return;
    }
    if (is_blank(s, n->lhs[0]) || n->reuse[0] || !d || !d->type)
        replace(l, s, n->span.lo, n->value.lo,
                is_blank(s, n->lhs[0]) ? "(void)" : "%s = ", span_text(s, n->lhs[0]));
    else
        replace(l, s, n->span.lo, n->value.lo, "%s", declare_equals(l, d));
}
