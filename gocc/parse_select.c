// select { … } and its cases.
#include "parser.h"

bool is_select(const struct parser *p, unsigned i)
{
    return is_word(p, i, WORD_SELECT) &&
           (is(p, i + 1, "{") || (is(p, i + 1, "<") && is(p, i + 2, ">") && is(p, i + 3, "{")));
}

// `select (…) {` as if it were a switch. POSIX's call is never followed by a brace.
bool is_select_with_operand(const struct parser *p, unsigned i)
{
    return is_word(p, i, WORD_SELECT) && is(p, i + 1, "(") && is(p, skip_group(p, i + 1), "{");
}

static void not_a_communication(struct parser *p, struct span at)
{
    error_at(p->s, at, "a select case must send or receive");
    note_at(p->s, at, "write 'case v := <-c:', 'case <-c:' or 'case c <- v:'");
}

// `= <-c` or `:= <-c` behind the variables of a case.
static void case_receive(struct parser *p, struct node *n, unsigned first)
{
    bool declare = is_declare(p, p->at), two = !span_empty(n->lhs[1]);
    unsigned last = p->at;
    n->form = declare ? (two ? CASE_RECV_OK_DECLARE : CASE_RECV_DECLARE)
                      : (two ? CASE_RECV_OK_ASSIGN : CASE_RECV_ASSIGN);
    if (declare) {
        need_name(p, n->lhs[0]);
        if (two)
            need_name(p, n->lhs[1]);
    }
    p->at += declare ? 2 : 1;
    if (!is_receive(p, p->at)) {
        not_a_communication(p, next_span(p));
        n->broken = true;
        expression(p, STRICT | STOP_COLON);
        return;
    }
    n->arrow = span_of(here(p), here(p) + 2);
    p->at += 2;
    n->operand = unary(p).span;
    n->broken = span_empty(n->operand);
    if (n->broken)
        error_at(p->s, n->arrow, "expected a channel after '<-'");
    if (declare)
        declare_left(p, first, last);
}

// What a case communicates, up to the colon.
static void case_head(struct parser *p, struct node *n)
{
    unsigned first = p->at;
    uint32_t lo = here(p);
    struct operand a = unary(p);
    bool assigns = is(p, p->at, "=") || is_declare(p, p->at);
    if (is_arrow(p, p->at)) {
        n->form = CASE_SEND;
        n->operand = a.span;
        n->arrow = span_of(here(p), here(p) + 2);
        p->at += 2;
        n->broken = wrong_value(p);
        if (!n->broken)
            n->value = initialiser(p, STRICT | STOP_COLON, &n->braced);
        if (!n->broken && (n->broken = span_empty(n->value)))
            error_at(p->s, n->arrow, "expected a value after '<-'");
    } else if (a.head && a.head->kind == NODE_RECV && !assigns && !is(p, p->at, ",")) {
        n->form = CASE_RECV;
        n->arrow = a.head->arrow;
        n->operand = a.head->operand;
        dissolve(a.head);
    } else if (assigns) {
        n->lhs[0] = a.span;
        case_receive(p, n, first);
    } else if (is(p, p->at, ",")) {
        n->lhs[0] = a.span;
        p->at++;
        n->lhs[1] = unary(p).span;
        if (is(p, p->at, "=") || is_declare(p, p->at)) {
            case_receive(p, n, first);
        } else {
            expression_rest(p, STRICT | STOP_COLON);
            not_a_communication(p, span_of(lo, behind(p)));
        }
        n->broken |= span_empty(n->arrow);
    } else {
        n->broken = true;
        expression_rest(p, STOP_COLON);
        not_a_communication(p, span_of(lo, p->at > first ? behind(p) : lo + 1));
    }
}

// Behind the head: the colon, or what is wrong with it.
static void case_colon(struct parser *p)
{
    if (accept(p, ":"))
        return;
    uint32_t end = behind(p);
    unsigned line, next_line, column;
    source_position(p->s, end ? end - 1 : 0, &line, &column);
    source_position(p->s, here(p), &next_line, &column);
    bool on_next = line == next_line && !at_end(p);
    error_at(p->s, on_next ? next_span(p) : span_of(end, end), "expected ':' after select case");
    if (!on_next || is(p, p->at, "{") || class_at(p, p->at) == CLASS_STATEMENT)
        return;
    // What is left of the line is no statement.
    uint32_t line_start = source_line_start(p->s, here(p));
    while (!at_end(p) && source_line_start(p->s, here(p)) == line_start && !is(p, p->at, ";") &&
           !is(p, p->at, "}") && !is(p, p->at, ":"))
        p->at++;
    accept(p, ":");
}

static void select_case(struct parser *p)
{
    struct node *n = open_node(p, NODE_CASE);
    struct scope declared = p->declared;
    n->keyword = next_span(p);
    bool is_default = is(p, p->at, "default");
    p->at++;
    if (!is_default && is(p, p->at, "default")) {
        error_at(p->s, next_span(p), "'default' stands without 'case'");
        is_default = true;
        p->at++;
    }
    if (is_default)
        n->form = CASE_DEFAULT;
    else
        case_head(p, n);
    if (n->broken)
        add_wrong(p, span_of(n->keyword.lo, behind(p)), NULL)->names =
            span_of(n->lhs[0].lo, span_empty(n->lhs[1]) ? n->lhs[0].hi : n->lhs[1].hi);
    case_colon(p);
    n->body.lo = n->body.hi = behind(p);
    unsigned first = p->at;
    statements(p, true);
    if (p->at > first)
        n->body.hi = behind(p);
    p->declared = declared;
    close_node(p, n);
}

void select_statement(struct parser *p)
{
    struct node *n = open_node(p, NODE_SELECT);
    n->keyword = next_span(p);
    if (is(p, p->at + 1, "(")) {
        unsigned open = skip_group(p, p->at + 1);
        error_at(p->s, span_of(tok(p, p->at + 1)->lo, tok(p, open - 1)->hi),
                 "a select has no operand: write 'select { ... }'");
        p->at = open;
    } else {
        p->at += is(p, p->at + 1, "{") ? 1 : 3;
    }
    n->body.lo = here(p);
    struct bracket b = enter(p);
    if (too_deep(p))
        p->at = p->end;
    while (!at_end(p)) {
        if (is(p, p->at, "case") || is(p, p->at, "default")) {
            select_case(p);
            continue;
        }
        unsigned before = p->at;
        struct span s = statement(p);
        p->at += p->at == before;
        error_at(p->s, s, "expected 'case' or 'default' in select");
    }
    p->depth--;
    leave(p, b);
    n->body.hi = behind(p);
    close_node(p, n);
}
