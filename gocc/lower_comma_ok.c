// The comma-ok form of a receive.
//
//     v, ok := <-c         int v; bool ok = gocc_recv_into(c, &v)
//     v, ok = <-c          ok = gocc_recv_into(c, &v)
//     _, ok = <-c          ok = gocc_recv_into(c, NULL)
//     *p++, ok = <-c       ({ int recv; bool recv_ok = gocc_recv_into(c, &recv); *p++ = recv;
//                            ok = recv_ok; })
//     for (v, ok := <-c; ok; v, ok = <-c) …
//                          { int v; bool ok = gocc_recv_into(c, &v);
//                            for (; ok; ok = gocc_recv_into(c, &v)) … }
//
// What is received into is evaluated after the receive. A plain name has nothing to evaluate, so
// one of exactly the element's type is given to the receive directly.
#include "lower.h"

#include <string.h>

// One of the two places on the left.
struct place {
    struct span span;
    struct decl *decl; // what a plain name denotes
    bool blank, declared, boxed;
};

struct receive_ok {
    struct lower *l;
    struct node *n;
    struct type *elem; // NULL: unknown
    struct place value, ok;
};

static struct place place_of(struct lower *l, const struct node *n, int i)
{
    struct place p = {.span = n->lhs[i]};
    p.blank = is_blank(n->source, p.span);
    p.declared = !p.blank && n->declare && !n->reuse[i];
    if (!p.blank && span_is_name(n->source, p.span))
        p.decl = declared_name(l, n, p.span);
    p.boxed = p.declared && p.decl && decl_is_boxed(l->f, p.decl);
    return p;
}

static bool is_variable_of(const struct decl *d, const struct type *t)
{
    return d && d->type && t && (d->kind == DECL_VARIABLE || d->kind == DECL_PARAMETER) &&
           !d->type->is_volatile && !d->type->is_atomic && type_same(d->type, t);
}

static bool is_direct(const struct receive_ok *r)
{
    bool value = r->value.blank || (r->value.declared && r->value.decl) ||
                 is_variable_of(r->value.decl, r->elem);
    return value && (r->ok.blank || span_is_name(r->n->source, r->ok.span));
}

// "int v; " before the receive, for what is declared.
static const char *declaration(const struct receive_ok *r, const struct place *p)
{
    if (!p->declared || !p->decl)
        return "";
    return p->boxed ? arena_printf("%s ", box_statement(r->l, p->decl))
                    : arena_printf("%s; ", declare(r->l, p->decl->type, p->decl->name));
}

static const char *receive_call(const struct receive_ok *r, const char **close)
{
    bool release = is_go_after(r->n->source, r->n->operand);
    *close = release ? "), " : ", ";
    return release ? "gocc_chan_recv_release(gocc_hchan(" : "gocc_recv_into(";
}

// The loop in whose first clause n declares: C can declare variables of one type only there.
static struct node *declaring_loop(const struct node *n)
{
    struct node *up = n->parent;
    bool first =
        up && up->kind == NODE_LOOP && up->loop == LOOP_FOR && span_in(n->span, up->clause[0]);
    return first && n->declare ? up : NULL;
}

// before OPERAND after: in place of n, or in front of the loop.
static void put(const struct receive_ok *r, const char *before, const char *after)
{
    struct node *n = r->n, *loop = declaring_loop(n);
    struct edits *q = edits_of(r->l, n->source);
    if (node_hides_operand(n)) {
        const char *from = local_name(r->l, "outer_chan");
        const struct type *t = value_type(sema_type(r->l->u, n->source, n->operand));
        edit_open(q, loop ? loop->span.lo : n->span.lo, "%s%s = %r; %s%s%s%s", loop ? "{ " : "",
                  declare(r->l, t, from), n->operand, before, from, after, loop ? "; " : "");
        if (loop)
            edit_close(q, loop->span.hi, " }");
        edit_replace(q, n->span, "");
        return;
    }
    if (!loop) {
        edit_replace(q, n->span, "%s%r%s", before, n->operand, after);
        return;
    }
    edit_open(q, loop->span.lo, "{ %s%r%s; ", before, n->operand, after);
    edit_close(q, loop->span.hi, " }");
    edit_replace(q, n->span, "");
}

static void receive_directly(const struct receive_ok *r)
{
    struct lower *l = r->l;
    struct node *n = r->n;
    struct edits *q = edits_of(l, n->source);
    const char *close, *call = receive_call(r, &close);
    const char *before = declaration(r, &r->value);
    const char *address = r->value.blank ? "NULL" : r->value.boxed ? "" : "&";
    if ((r->value.declared && r->value.decl) || r->value.blank) {
        const char *name = r->value.blank ? "" : r->value.decl->name;
        const char *after = arena_printf("%s%s%s)", close, address, name);
        if (r->ok.blank)
            put(r, arena_printf("%s%s", before, call), after);
        else if (r->ok.declared)
            put(r, arena_printf("%s%s%s", before, declare_equals(l, r->ok.decl), call), after);
        else
            edit_replace(q, n->span, "%s%r = %s%r%s", before, r->ok.span, call, n->operand, after);
        return;
    }
    if (r->ok.blank || r->ok.declared)
        edit_replace(q, n->span, "%s%s%r%s&%r)", r->ok.blank ? "" : declare_equals(l, r->ok.decl),
                     call, n->operand, close, r->value.span);
    else
        edit_replace(q, n->span, "%r = %s%r%s&%r)", r->ok.span, call, n->operand, close,
                     r->value.span);
}

static void receive_through_temporaries(const struct receive_ok *r)
{
    struct lower *l = r->l;
    struct node *n = r->n;
    struct edits *q = edits_of(l, n->source);
    const char *recv = local_name(l, "recv"), *recv_ok = local_name(l, "recv_ok");
    const char *close, *call = receive_call(r, &close);
    const char *value = r->value.boxed ? "*" : "", *ok = r->ok.boxed ? "*" : "";
    if (!r->elem) {
        error_at(n->source, n->operand, "the type of this channel is unknown here");
        return;
    }
    const char *flag = r->ok.blank ? "" : arena_printf("bool %s = ", recv_ok);
    char *before =
        arena_printf("%s%s({ %s; %s%s", declaration(r, &r->value), declaration(r, &r->ok),
                     declare(l, value_type(r->elem), recv), flag, call);
    char *after = arena_printf("%s&%s); ", close, recv);
    if (r->ok.blank)
        edit_replace(q, n->span, "%s%r%s%s%r = %s; })", before, n->operand, after, value,
                     r->value.span, recv);
    else if (r->value.blank)
        edit_replace(q, n->span, "%s%r%s%s%r = %s; })", before, n->operand, after, ok, r->ok.span,
                     recv_ok);
    else
        edit_replace(q, n->span, "%s%r%s%s%r = %s; %s%r = %s; })", before, n->operand, after, value,
                     r->value.span, recv, ok, r->ok.span, recv_ok);
}

void lower_receive_ok(struct lower *l, struct node *n)
{
    struct receive_ok r = {.l = l, .n = n, .elem = element_type(l, n->source, n->operand)};
    r.value = place_of(l, n, 0);
    r.ok = place_of(l, n, 1);
    if (!r.value.blank && r.elem && r.elem->kind == TYPE_VOID)
        return; // reported by check
    bool whole = (r.value.declared && r.value.decl) && (r.ok.blank || r.ok.declared);
    if (node_hides_operand(n) && !whole)
        error_at(n->source, n->lhs[0],
                 "this name is also that of the channel, and the other one "
                 "is not new: give one of them another name");
    else if (is_direct(&r))
        receive_directly(&r);
    else
        receive_through_temporaries(&r);
}
