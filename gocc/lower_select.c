// select: the operands are evaluated in order, then a switch over the case that was chosen.
//
//     select {                       {
//                                        int recv0;
//                                        int send1;
//                                        struct gocc_case cases[2];
//                                        cases[0] = gocc_case_recv(c, &recv0);
//     case v := <-c:                     cases[1] = gocc_case_send(out, &send1);
//         use(v);                        send1 = next();
//     case out <- next():                switch (gocc_select(cases, 2, false)) {
//         sent++;                        case 0: { int v = recv0;
//     }                                      use(v); } break;
//                                        default: {
//                                            sent++; } break;
//                                        } }
//     select {}                      gocc_block();
//
// `break` leaves the switch, so it needs nothing. The last case is called default where the
// select has none, since one of them is always chosen. The names are hidden by those of a
// select in a case's body, which does no harm: ok is read before.
#include "lower.h"

#include <string.h>

struct selection {
    struct lower *l;
    struct node *n;
    const char *indent, *cases;
    char *declarations;
    unsigned count; // of cases but default
    bool has_default;
    struct node *last; // of the cases but default
};

static bool is_receive(const struct node *c)
{
    return c->form != CASE_DEFAULT && c->form != CASE_SEND;
}

static struct type *case_element(struct selection *x, const struct node *c)
{
    return element_type(x->l, c->source, c->operand);
}

static bool keeps_value(struct selection *x, const struct node *c)
{
    const struct type *t = case_element(x, c);
    return is_receive(c) && !is_blank(c->source, c->lhs[0]) && !(t && t->kind == TYPE_VOID);
}

static char *temporary(struct selection *x, const char *base, unsigned i)
{
    return arena_printf("%s", local_name(x->l, arena_printf("%s%u", base, i)));
}

// "int recv0;" The braced value of a send initialises its temporary later, by a compound literal.
static void declare_temporary(struct selection *x, const struct node *c, const char *name)
{
    struct type *t = case_element(x, c);
    if (!t) {
        error_at(c->source, c->operand, "the type of this channel is unknown here");
        return;
    }
    x->declarations = arena_printf("%s    %s;\n%s", x->declarations,
                                   declare(x->l, value_type(t), name), x->indent);
}

// ---- the operands ------------------------------------------------------------------------

// Queued from the last to the first: a later open stands in front.
static void put_operands(struct selection *x, struct node *c, unsigned i)
{
    if (!c)
        return;
    put_operands(x, c->next, c->kind == NODE_CASE && c->form != CASE_DEFAULT ? i + 1 : i);
    if (c->kind != NODE_CASE || c->form == CASE_DEFAULT)
        return;
    struct lower *l = x->l;
    struct edits *q = edits_of(l, c->source);
    uint32_t at = x->n->span.lo;
    if (c->form == CASE_SEND) {
        struct type *t = case_element(x, c);
        bool is_void = t && t->kind == TYPE_VOID;
        const char *name = temporary(x, "send", i);
        if (!is_void)
            edit_open(q, at, "    %s = %s%r;\n%s", name,
                      c->braced && t ? arena_printf("(%s)", type_name(l, value_type(t))) : "",
                      c->value, x->indent);
        edit_open(q, at, "    %s[%u] = gocc_case_send(%r, %s%s);\n%s", x->cases, i, c->operand,
                  is_void ? "" : "&", is_void ? "NULL" : name, x->indent);
        return;
    }
    bool keeps = keeps_value(x, c);
    edit_open(q, at, "    %s[%u] = gocc_case_recv%s(%r, %s%s);\n%s", x->cases, i,
              is_go_after(c->source, c->operand) ? "_release" : "", c->operand, keeps ? "&" : "",
              keeps ? temporary(x, "recv", i) : "NULL", x->indent);
}

// ---- the cases ---------------------------------------------------------------------------

// Assigns or declares what the case names: " int v = recv0; bool ok = cases[0].ok;"
static char *declared(struct selection *x, const struct node *c, int i, const char *value)
{
    bool declares = c->form == CASE_RECV_DECLARE || c->form == CASE_RECV_OK_DECLARE;
    if (!declares || c->reuse[i] || is_blank(c->source, c->lhs[i]))
        return "";
    const struct decl *d = declared_name(x->l, c, c->lhs[i]);
    if (!d || !d->type || !d->uses)
        return "";
    return arena_printf(" %s%s;", declare_equals(x->l, d), value);
}

static bool assigns(const struct node *c, int i)
{
    bool assign = c->form == CASE_RECV_ASSIGN || c->form == CASE_RECV_OK_ASSIGN;
    return !is_blank(c->source, c->lhs[i]) && (assign || c->reuse[i]);
}

static void put_case(struct selection *x, struct node *c, unsigned i)
{
    struct source *s = c->source;
    struct edits *q = edits_of(x->l, s);
    const char *recv = temporary(x, "recv", i), *ok = arena_printf("%s[%u].ok", x->cases, i);
    bool is_last = c == x->last && !x->has_default;
    const char *label =
        c->form == CASE_DEFAULT || is_last ? "default: {" : arena_printf("case %u: {", i);
    char *decls = arena_printf("%s%s%s", label, declared(x, c, 0, recv), declared(x, c, 1, ok));
    struct span head = span_of(c->span.lo, c->body.lo);
    bool value = assigns(c, 0), flag = assigns(c, 1);
    if (value && flag)
        edit_replace(q, head, "%s %r = %s; %r = %s;", decls, c->lhs[0], recv, c->lhs[1], ok);
    else if (value)
        edit_replace(q, head, "%s %r = %s;", decls, c->lhs[0], recv);
    else if (flag)
        edit_replace(q, head, "%s %r = %s;", decls, c->lhs[1], ok);
    else
        edit_replace(q, head, "%s", decls);
    uint32_t end = last_token_end(s, c->body);
    const struct token *last = token_before(s, end);
    bool directive = end > c->body.lo && (!last || last->hi < end);
    put_behind(x->l, s, end, directive ? "\n} break;" : " } break;");
}

static void measure(struct selection *x)
{
    for (struct node *c = x->n->child; c; c = c->next) {
        if (c->kind != NODE_CASE)
            continue;
        if (c->form == CASE_DEFAULT) {
            x->has_default = true;
            continue;
        }
        if (c->form == CASE_SEND) {
            const struct type *t = case_element(x, c);
            if (!(t && t->kind == TYPE_VOID))
                declare_temporary(x, c, temporary(x, "send", x->count));
        } else if (keeps_value(x, c)) {
            declare_temporary(x, c, temporary(x, "recv", x->count));
        }
        x->last = c;
        x->count++;
    }
}

// What stands before the first case, which the operands may need: "\n#define N 3\n".
static const char *directives_between(const struct source *s, uint32_t lo, uint32_t hi)
{
    char *text = "";
    for (unsigned i = token_index(s, lo); s->tokens[i].lo < hi; i++)
        if (s->tokens[i].kind == TOK_DIRECTIVE)
            text = arena_printf("%s%s%s\n", text, *text ? "" : "\n",
                                span_text(s, span_of(s->tokens[i].lo, s->tokens[i].hi)));
    return text;
}

void lower_select(struct lower *l, struct node *n)
{
    struct source *s = n->source;
    struct selection x = {.l = l, .n = n, .indent = indent_at(s, n->span.lo), .declarations = ""};
    x.cases = local_name(l, "cases");
    measure(&x);
    struct node *first = n->child;
    while (first && first->kind != NODE_CASE)
        first = first->next;
    if (!first) {
        replace(l, s, n->span.lo, n->span.hi, "gocc_block();");
        return;
    }
    const char *directives = directives_between(s, n->body.lo, first->span.lo);
    const char *array = x.count ? x.cases : "NULL";
    replace(l, s, n->span.lo, first->span.lo, "    switch (gocc_select(%s, %u, %s)) {\n%s    ",
            array, x.count, x.has_default ? "true" : "false", x.indent);
    put_operands(&x, n->child, 0);
    if (x.count)
        put_before(l, s, n->span.lo, "    struct gocc_case %s[%u];\n%s", x.cases, x.count,
                   x.indent);
    put_before(l, s, n->span.lo, "{\n%s%s", x.indent, x.declarations);
    if (*directives)
        put_before(l, s, n->span.lo, "%s", directives);
    unsigned i = 0;
    for (struct node *c = n->child; c; c = c->next)
        if (c->kind == NODE_CASE)
            put_case(&x, c, c->form == CASE_DEFAULT ? i : i++);
    put_behind(l, s, n->span.hi, " }");
}
