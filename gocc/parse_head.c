// Statements with a header in parentheses: for (with range), while, do, if, switch.
//
// A header without its parentheses, as in Go, is reported and read all the same, up to the `{`.
// Of a `for` the header decides what it is: a `range` in it, first or behind `:=` or `=`, makes it
// a NODE_RANGE; its variables are in scope in the body, not in the operand.
#include "parser.h"

// ---- headers -----------------------------------------------------------------------------

// The header of a loop, an if or a switch: ( … ), or without parentheses as in Go, which is an
// error (reported) up to the `{`.
struct header {
    struct bracket bracket;
    uint32_t lo;
    bool bare;
};

static struct header enter_header(struct parser *p)
{
    struct header h = {.lo = here(p), .bare = !is(p, p->at, "(")};
    if (!h.bare) {
        h.bracket = enter(p);
        return h;
    }
    h.bracket = (struct bracket){header_end(p, p->at), p->end, false};
    p->end = h.bracket.close;
    return h;
}

// before, behind: what the twin has around a bare header.
static void leave_header(struct parser *p, struct header h, const char *before, const char *behind)
{
    if (!h.bare) {
        leave(p, h.bracket);
        return;
    }
    p->end = h.bracket.end;
    p->at = h.bracket.close;
    struct wrong *w = add_wrong(p, span_of(h.lo, h.lo), NULL);
    w->before = before;
    uint32_t hi = p->t[p->at - 1].token.hi;
    w = add_wrong(p, span_of(hi, hi), NULL);
    w->behind = behind;
}

// ---- range -------------------------------------------------------------------------------

// The index of `range` in the header ( … ) at token open, or in the bare one there; 0: none.
static unsigned find_range(const struct parser *p, unsigned open, bool bare)
{
    unsigned first = bare ? open : open + 1, found = 0;
    unsigned close = bare ? header_end(p, first) : match_of(p, open);
    for (unsigned i = first; i < close; i = skip_token(p, i)) {
        if (is(p, i, ";"))
            return 0;
        if (!found && is_word(p, i, WORD_RANGE) && (i == first || is(p, i - 1, "=")))
            found = i;
    }
    return found;
}

static uint32_t behind_token(const struct parser *p, unsigned next)
{
    return next ? p->t[next - 1].token.hi : 0;
}

// The names in the span stay unknown.
static void wrong_variables(struct parser *p, struct node *n, struct span span)
{
    n->lhs[0] = n->lhs[1] = span_of(0, 0);
    if (!span_empty(span))
        add_wrong(p, span, NULL)->names = span;
}

// The variables in front of `range`: `i, v :=` or `int v =`. word: its index.
static void range_variables(struct parser *p, struct node *n, unsigned word)
{
    unsigned first = p->at, last = word - 1; // the `=`
    n->declare = true;
    if (is_declare(p, last - 1)) {
        last--;
        n->lhs[0] = next_span(p);
        bool two = is(p, first + 1, ",") && last == first + 3;
        if (two)
            n->lhs[1] = span_of(tok(p, first + 2)->lo, tok(p, first + 2)->hi);
        bool good = class_at(p, first) == CLASS_NAME && (two || last == first + 1) &&
                    (!two || class_at(p, first + 2) == CLASS_NAME);
        if (!good)
            error_at(p->s, span_of(here(p), behind_token(p, last)),
                     "expected one or two names before ':='");
        if (!good)
            wrong_variables(p, n, span_of(here(p), behind_token(p, last)));
        p->at = last;
        declare_left(p, first, last);
        return;
    }
    struct span left = span_of(here(p), last > first ? tok(p, last - 1)->hi : here(p));
    if (last == first || class_at(p, last - 1) != CLASS_NAME || last == first + 1) {
        error_at(p->s, last == first ? span_of(here(p), here(p) + 1) : left,
                 "range declares its variables: write ':=', or a type before the name");
        wrong_variables(p, n, left);
        p->at = last;
        return;
    }
    unsigned end = p->end;
    p->end = last - 1;
    n->type.lo = here(p);
    while (!at_end(p)) {
        unsigned before = p->at;
        expression(p, IN_ARGUMENTS | STOP_COMMA);
        if (is(p, p->at, ",")) {
            error_at(p->s, next_span(p), "a range with a written type has one variable");
            wrong_variables(p, n, left);
            n->broken = true;
        }
        p->at += p->at == before || is(p, p->at, ",");
    }
    n->type.hi = behind(p);
    p->end = end;
    p->at = last - 1;
    n->lhs[0] = next_span(p);
    declare_word(p, p->at++);
}

static void range_loop(struct parser *p, unsigned word)
{
    struct node *n = open_node(p, NODE_RANGE);
    struct scope declared = p->declared;
    n->loop = LOOP_RANGE;
    p->at++;
    struct header h = enter_header(p);
    struct scope words = p->declared;
    if (p->at < word)
        range_variables(p, n, word);
    struct scope inner = p->declared;
    p->declared = words; // the operand is outside of their scope
    p->at = word;
    n->keyword = next_span(p);
    p->at++;
    n->operand.lo = here(p);
    unsigned first = p->at;
    expression(p, 0);
    n->operand.hi = p->at > first ? behind(p) : n->operand.lo;
    if (span_empty(n->operand)) {
        error_at(p->s, n->keyword, "expected what to range over");
        n->broken = true;
        add_wrong(p, n->keyword, NULL)->names =
            span_of(n->lhs[0].lo, span_empty(n->lhs[1]) ? n->lhs[0].hi : n->lhs[1].hi);
    }
    p->declared = inner;
    leave_header(p, h, "", "");
    n->body = statement(p);
    p->declared = declared;
    close_node(p, n);
}

// ---- loops -------------------------------------------------------------------------------

static struct span clause(struct parser *p, bool is_condition)
{
    struct span span = span_of(here(p), here(p));
    unsigned first = p->at;
    if (is_condition)
        expression(p, 0);
    else if (!at_end(p) && !is(p, p->at, ";"))
        simple_statement(p);
    if (!is_condition && p->at > first && is(p, p->at, ",")) {
        error_at(p->s, next_span(p), "a send, comma-ok receive or ':=' must be the whole clause");
        p->at++;
        expression(p, 0);
    }
    if (p->at > first)
        span.hi = behind(p);
    return span;
}

static void loop_header(struct parser *p, struct node *n)
{
    struct header h = enter_header(p);
    bool empty = at_end(p), clauses = false;
    if (!h.bare && wrong_for(p)) {
        leave_header(p, h, NULL, NULL);
        return;
    }
    for (unsigned i = p->at; i < p->end; i = skip_token(p, i))
        clauses = clauses || is(p, i, ";");
    for (unsigned i = 0; i < 3; i++) {
        if (h.bare && !clauses && i != 1)
            continue;
        n->clause[i] = clause(p, i == 1);
        if (i < 2)
            accept(p, ";");
    }
    leave_header(p, h, empty ? "(;;)" : clauses ? "(" : "(;", empty ? "" : clauses ? ")" : ";)");
}

void for_statement(struct parser *p)
{
    bool bare = !is(p, p->at + 1, "(") && wrong_header(p, p->at);
    if (!bare && !is(p, p->at + 1, "(")) { // a macro's may follow
        p->at++;
        return;
    }
    unsigned word = find_range(p, p->at + 1, bare);
    struct scope declared = p->declared;
    if (word) {
        range_loop(p, word);
        return;
    }
    struct node *n = open_node(p, NODE_LOOP);
    n->loop = LOOP_FOR;
    p->at++;
    loop_header(p, n);
    n->body = statement(p);
    p->declared = declared;
    close_node(p, n);
}

// Behind if, while, switch: the span between the parentheses.
static struct span condition(struct parser *p)
{
    bool bare = !is(p, p->at, "(");
    if (bare && !wrong_header(p, p->at - 1)) {
        unsigned first = p->at;
        uint32_t lo = here(p);
        expression(p, 0);
        return span_of(lo, p->at > first ? behind(p) : lo);
    }
    struct header h = enter_header(p);
    struct span span = span_of(here(p), here(p));
    unsigned first = p->at;
    if (!wrong_condition(p))
        expression(p, 0);
    span.hi = p->at > first ? behind(p) : span.lo;
    leave_header(p, h, span_empty(span) ? "(1)" : "(", span_empty(span) ? "" : ")");
    return span;
}

void while_statement(struct parser *p)
{
    struct node *n = open_node(p, NODE_LOOP);
    n->loop = LOOP_WHILE;
    p->at++;
    n->clause[1] = condition(p);
    n->body = statement(p);
    close_node(p, n);
}

void do_statement(struct parser *p)
{
    struct node *n = open_node(p, NODE_LOOP);
    n->loop = LOOP_DO;
    p->at++;
    n->body = statement(p);
    if (accept(p, "while")) {
        n->clause[1] = condition(p);
        accept(p, ";");
    }
    close_node(p, n);
}

void if_statement(struct parser *p)
{
    do { // a chain of else if is no nesting
        p->at++;
        condition(p);
        statement(p);
    } while (accept(p, "else") && is(p, p->at, "if"));
    if (p->at && is(p, p->at - 1, "else"))
        statement(p);
}

// `switch { case <-c:`, as if it were a select.
static bool is_switch_of_channels(const struct parser *p)
{
    if (!is(p, p->at + 1, "{") || !is(p, p->at + 2, "case"))
        return false;
    for (unsigned i = p->at + 3; i < p->end; i = skip_token(p, i)) {
        if (is_arrow(p, i))
            return true;
        if ((is(p, i, ":") && !is_declare(p, i)) || is(p, i, ";") || is(p, i, "}"))
            return false;
    }
    return false;
}

void switch_statement(struct parser *p)
{
    if (is_switch_of_channels(p)) {
        error_at(p->s, next_span(p),
                 "a switch does not wait for channels: write 'select { case ...: }'");
        select_statement(p);
        return;
    }
    struct node *n = open_node(p, NODE_SWITCH);
    p->at++;
    condition(p);
    n->body = statement(p);
    close_node(p, n);
}
