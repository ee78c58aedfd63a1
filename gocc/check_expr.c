// Rules about C's own expressions and jumps: what C would take, the language does not.
//
// The tree has no nodes for these, so they are found among the tokens: around an operator or a
// parenthesis the operand is the postfix expression that touches it, whose type sema knows.
#include "check.h"
#include "scan.h"

#include <string.h>

static const struct token *at(const struct source *s, unsigned i)
{
    return &s->tokens[i < s->n_tokens ? i : s->n_tokens - 1];
}

static bool is_opening(const struct source *s, const struct token *t)
{
    return token_is(s, t, "(") || token_is(s, t, "[") || token_is(s, t, "{");
}

static bool is_closing(const struct source *s, const struct token *t)
{
    return token_is(s, t, ")") || token_is(s, t, "]") || token_is(s, t, "}");
}

static bool is_in(const struct source *s, const struct token *t, const char *const *list)
{
    for (; *list; list++)
        if (token_is(s, t, *list))
            return true;
    return false;
}

// The index of the bracket that opens what token i closes; i when there is none.
static unsigned opening(const struct source *s, unsigned i)
{
    int depth = 0;
    for (unsigned k = i;; k--) {
        depth += is_closing(s, at(s, k)) ? 1 : is_opening(s, at(s, k)) ? -1 : 0;
        if (depth == 0)
            return k;
        if (k == 0)
            return i;
    }
}

static unsigned closing(const struct source *s, unsigned i)
{
    int depth = 0;
    for (unsigned k = i; k < s->n_tokens; k++) {
        depth += is_opening(s, at(s, k)) ? 1 : is_closing(s, at(s, k)) ? -1 : 0;
        if (depth == 0)
            return k;
    }
    return i;
}

static bool is_member_operator(const struct source *s, const struct token *t)
{
    return token_is(s, t, ".") || token_is(s, t, "->");
}

// The postfix expression that ends with token i: `a->b[2].c`, `f(x)`. Empty if there is none.
static struct span expression_before(const struct source *s, unsigned i)
{
    uint32_t hi = at(s, i)->hi;
    for (;;) {
        const struct token *t = at(s, i);
        unsigned first = i;
        if (token_is(s, t, ")") || token_is(s, t, "]"))
            first = opening(s, i);
        else if (t->kind != TOK_IDENT)
            return span_of(hi, hi);
        if (first == 0)
            return span_of(at(s, 0)->lo, hi);
        const struct token *before = at(s, first - 1);
        bool bracket = first != i;
        if (bracket &&
            (before->kind == TOK_IDENT || token_is(s, before, ")") || token_is(s, before, "]")))
            i = first - 1;
        else if (is_member_operator(s, before) && first > 1)
            i = first - 2;
        else
            return span_of(at(s, first)->lo, hi);
    }
}

// The postfix expression that begins with token i.
static struct span expression_after(const struct source *s, unsigned i)
{
    uint32_t lo = at(s, i)->lo;
    unsigned last = i;
    if (token_is(s, at(s, i), "("))
        last = closing(s, i);
    else if (at(s, i)->kind != TOK_IDENT)
        return span_of(lo, lo);
    for (;;) {
        const struct token *next = at(s, last + 1);
        if (token_is(s, next, "(") || token_is(s, next, "["))
            last = closing(s, last + 1);
        else if (is_member_operator(s, next) && at(s, last + 2)->kind == TOK_IDENT)
            last += 2;
        else
            return span_of(lo, at(s, last)->hi);
    }
}

// Something in front of the expression binds tighter than a binary operator behind it: what is
// received, dereferenced, negated or cast is no channel any more.
static bool has_prefix(const struct source *s, struct span expression)
{
    static const char *const prefixes[] = {"-", "*", "&", "!", "~", ")", "sizeof", NULL};
    unsigned i = token_index(s, expression.lo);
    return i > 0 && is_in(s, at(s, i - 1), prefixes);
}

static struct type *channel_or_func(struct unit *u, struct source *s, struct span span)
{
    struct type *t = span_empty(span) ? NULL : sema_type(u, s, span);
    return t && (t->kind == TYPE_CHAN || t->kind == TYPE_FUNC) ? t : NULL;
}

static struct node *file_of(struct unit *u, const struct source *s)
{
    for (unsigned i = 0; i < u->n_sources; i++)
        if (u->sources[i] == s)
            return u->files[i];
    return NULL;
}

// ---- operators ---------------------------------------------------------------------------

// What stands before an operator ends an operand: no word of C's and no type in parentheses.
static bool is_operand(struct unit *u, struct source *s, unsigned i, struct span *operand)
{
    static const char *const words[] = {"return", "case", "else", "do", "sizeof", NULL};
    const struct token *t = at(s, i);
    if (t->kind == TOK_NUMBER || t->kind == TOK_CHAR)
        return true;
    if (!(t->kind == TOK_IDENT || is_closing(s, t)) || is_in(s, t, words))
        return false;
    *operand = expression_before(s, i);
    return !token_is(s, t, ")") || sema_type(u, s, *operand);
}

// LANGUAGE.md 3: "every operator on a channel but = == != ! && || ?: and conversion to and from
// void *" is an error.
static void check_operator(struct unit *u, struct source *s, unsigned i)
{
    static const char *const postfix[] = {"++", "--", "[", NULL};
    static const char *const prefix[] = {"++", "--", "*", "+", "-", "~", NULL};
    static const char *const binary[] = {"+",  "-",  "*",  "/",  "%",   "&",   "|",  "^",  "<<",
                                         ">>", "<",  ">",  "<=", ">=",  "+=",  "-=", "*=", "/=",
                                         "%=", "&=", "|=", "^=", "<<=", ">>=", NULL};
    const struct token *t = at(s, i);
    if (t->kind != TOK_PUNCT || i == 0)
        return;
    if (!is_in(s, t, postfix) && !is_in(s, t, prefix) && !is_in(s, t, binary))
        return;
    struct span left = span_of(0, 0);
    bool has_left = is_operand(u, s, i - 1, &left);
    struct span right = expression_after(s, i + 1);
    struct type *l = NULL, *r = NULL;
    if (has_left && (is_in(s, t, binary) || is_in(s, t, postfix)))
        l = has_prefix(s, left) && !is_in(s, t, postfix) ? NULL : channel_or_func(u, s, left);
    if (has_left ? is_in(s, t, binary) : is_in(s, t, prefix))
        r = channel_or_func(u, s, right);
    if (!l && !r)
        return;
    if ((l && l->kind == TYPE_FUNC) || (r && r->kind == TYPE_FUNC))
        error_at(s, span_of(t->lo, t->hi), "no operator '%s' on closures ('%s')",
                 span_text(s, span_of(t->lo, t->hi)), (l ? l : r)->user);
    else
        error_at(s, span_of(t->lo, t->hi), "no operator '%s' on channels ('%s')",
                 span_text(s, span_of(t->lo, t->hi)), (l ? l : r)->user);
    if (l && l->kind == TYPE_CHAN && token_is(s, t, "<") && token_is(s, t + 1, "-"))
        note_at(s, span_of(t->lo, t[1].hi),
                "a send is a statement, with '<-' in one piece: c <- v;");
}

static bool touches_arrow(const struct source *s, unsigned i)
{
    return token_is_arrow(s, at(s, i)) || (i && token_is_arrow(s, at(s, i - 1)));
}

// LANGUAGE.md 3: a send "stands as a statement …; anywhere else the two characters are C's `< -`".
static void check_arrow(struct unit *u, struct source *s, unsigned i)
{
    const struct token *t = at(s, i);
    if (i == 0 || !token_is_arrow(s, t))
        return;
    struct span arrow = span_of(t->lo, t[1].hi);
    const struct node *n = node_at(file_of(u, s), arrow);
    if (n->broken || n->kind == NODE_CHAN_TYPE || (n->arrow.lo == t->lo && !n->not_ours))
        return;
    struct span left = expression_before(s, i - 1), right = expression_after(s, i + 2);
    bool prefixed = span_empty(left) || has_prefix(s, left);
    const struct type *l = prefixed ? NULL : sema_type(u, s, left);
    const struct type *r = sema_type(u, s, right);
    if (l && l->kind == TYPE_CHAN) {
        error_at(s, arrow, "a send is a statement of its own and has no value");
    } else if (l && r && r->kind == TYPE_CHAN) {
        error_at(s, arrow, "send on '%s', which is no channel", l->user);
        note_at(s, arrow, "to receive, write '%s = <-%s'", span_text(s, left), span_text(s, right));
    }
}

// ---- casts -------------------------------------------------------------------------------

// LANGUAGE.md 2: "A C function or function pointer of that type converts to it; a closure never
// converts to a function pointer (an error that says why)."
static void check_func_cast(struct source *s, struct span cast, const struct type *from,
                            const struct type *to)
{
    const struct type *f = from->kind == TYPE_POINTER ? from->elem : from;
    struct type wanted = *to;
    wanted.kind = TYPE_FUNCTION;
    if (from->kind == TYPE_FUNC && to->kind == TYPE_POINTER && to->elem->kind == TYPE_FUNCTION)
        error_at(s, cast,
                 "cannot convert '%s' to '%s': a function pointer has no room for what a closure "
                 "captured",
                 from->user, to->user);
    else if (to->kind == TYPE_FUNC && f && f->kind == TYPE_FUNCTION && !type_same(f, &wanted))
        error_at(s, cast, "cannot convert '%s' to '%s'", from->user, to->user);
}

// LANGUAGE.md 3: "every operator on a channel but … conversion to and from void *" is an error.
// Zero is the null channel.
static void check_foreign_cast(struct unit *u, struct source *s, struct span cast,
                               struct span operand, const struct type *from, const struct type *to)
{
    bool is_from = from->kind == TYPE_CHAN || from->kind == TYPE_FUNC;
    const struct type *other = is_from ? to : from;
    bool void_pointer = other->kind == TYPE_POINTER && other->elem->kind == TYPE_VOID;
    bool function = other->kind == TYPE_POINTER && other->elem->kind == TYPE_FUNCTION;
    long long value = 1;
    if (void_pointer || function || other->kind == TYPE_FUNCTION || other->kind == TYPE_VOID ||
        (is_from && other->is_bool) ||
        (!is_from && sema_constant(u, s, operand, &value) && value == 0))
        return;
    error_at(s, cast, "cannot convert '%s' to '%s'", from->user, to->user);
    note_at(s, cast, "'%s' converts to and from 'void *' only", (is_from ? from : to)->user);
}

// LANGUAGE.md 3: errors are "making a one-way view two-way (also by a cast), mixing element types".
static void check_cast(struct unit *u, struct source *s, unsigned i)
{
    if (!token_is(s, at(s, i), "("))
        return;
    unsigned end = closing(s, i);
    if (end == i || end == i + 1)
        return;
    const struct token *next = at(s, end + 1);
    struct span operand =
        next->kind == TOK_NUMBER ? span_of(next->lo, next->hi) : expression_after(s, end + 1);
    if (span_empty(operand))
        return;
    const struct type *from = sema_type(u, s, operand);
    if (!from || from->kind == TYPE_RECORD ||
        sema_type(u, s, span_of(at(s, i + 1)->lo, at(s, end - 1)->hi)))
        return; // or an expression
    const struct type *to = sema_type(u, s, span_of(at(s, i)->lo, operand.hi));
    if (!to)
        return;
    bool is_from = from->kind == TYPE_CHAN || from->kind == TYPE_FUNC;
    bool is_to = to->kind == TYPE_CHAN || to->kind == TYPE_FUNC;
    if (is_from != is_to)
        check_foreign_cast(u, s, span_of(at(s, i)->lo, operand.hi), operand, from, to);
    if (from->kind != TYPE_CHAN && (is_from || is_to))
        check_func_cast(s, span_of(at(s, i)->lo, operand.hi), from, to);
    if (from->kind != TYPE_CHAN || to->kind != TYPE_CHAN)
        return;
    if (from->dir != CHAN_BOTH && to->dir != from->dir)
        error_at(s, span_of(at(s, i)->lo, operand.hi), "cannot make a '%s' a '%s'", from->user,
                 to->user);
    else if (!type_same(from->elem, to->elem))
        error_at(s, span_of(at(s, i)->lo, operand.hi), "cannot convert a '%s' to '%s'", from->user,
                 to->user);
}

// ---- jumps -------------------------------------------------------------------------------

static bool is_lifted(const struct node *n)
{
    return n->kind == NODE_CLOSURE ||
           ((n->kind == NODE_GO || n->kind == NODE_DEFER) && n->what == GO_BLOCK);
}

static const char *lifted_word(const struct node *n)
{
    return n->kind == NODE_DEFER ? "a deferred block" : "a closure";
}

static bool holds_jump(const struct node *n, bool is_continue, struct span jump)
{
    if (n->kind == NODE_LOOP || n->kind == NODE_RANGE)
        return span_in(jump, n->body);
    return !is_continue && (n->kind == NODE_SWITCH || n->kind == NODE_SELECT);
}

// LANGUAGE.md 2: "Errors: … break, continue or goto out of a closure"; 4: likewise of a deferred
// block.
static void check_break(struct unit *u, struct source *s, unsigned i)
{
    const struct token *t = at(s, i);
    bool is_continue = token_is(s, t, "continue");
    if (!is_continue && !token_is(s, t, "break"))
        return;
    struct span jump = span_of(t->lo, t->hi);
    if (at(s, i + 1)->kind == TOK_IDENT)
        return; // with a label: a NODE_JUMP
    for (struct node *n = node_at(file_of(u, s), jump); n; n = n->parent) {
        if (holds_jump(n, is_continue, jump))
            return;
        if (is_lifted(n)) {
            error_at(s, jump, "%s out of %s", is_continue ? "continue" : "break", lifted_word(n));
            return;
        }
    }
}

// A label `name:` in the body.
static bool has_label(const struct source *s, struct span body, const struct token *name)
{
    size_t size = name->hi - name->lo;
    for (unsigned i = token_index(s, body.lo); at(s, i)->hi < body.hi; i++) {
        const struct token *t = at(s, i), *before = at(s, i - 1);
        if (t->kind == TOK_IDENT && t->hi - t->lo == size &&
            !memcmp(s->text + t->lo, s->text + name->lo, size) && token_is(s, at(s, i + 1), ":") &&
            (token_is(s, before, ";") || token_is(s, before, "{") || token_is(s, before, "}") ||
             token_is(s, before, ":") || token_is(s, before, ")") || token_is(s, before, "else")))
            return true;
    }
    return false;
}

static void check_goto(struct unit *u, struct source *s, unsigned i)
{
    const struct token *t = at(s, i), *name = at(s, i + 1);
    if (!token_is(s, t, "goto") || name->kind != TOK_IDENT)
        return;
    struct node *n = node_at(file_of(u, s), span_of(t->lo, t->hi));
    while (n && !is_lifted(n))
        n = n->parent;
    if (n && !has_label(s, n->body, name))
        error_at(s, span_of(t->lo, name->hi), "goto out of %s", lifted_word(n));
}

void check_expressions(struct unit *u)
{
    for (unsigned k = 0; k < u->n_sources; k++) {
        struct source *s = u->sources[k];
        for (unsigned i = 0; i < s->n_tokens; i++) {
            if (s->tokens[i].kind == TOK_IDENT) {
                check_break(u, s, i);
                check_goto(u, s, i);
            } else if (s->tokens[i].kind == TOK_PUNCT && touches_arrow(s, i)) {
                check_arrow(u, s, i);
            } else if (s->tokens[i].kind == TOK_PUNCT) {
                check_operator(u, s, i);
                check_cast(u, s, i);
            }
        }
    }
}
