// Statements, declarations inside functions, and the constructs that are statements.
//
// A declaration is recognised for one purpose only: the contextual words that it declares are
// identifiers in that scope. What is wrong in a construct is reported here; what is wrong in C
// is left to clang.
#include "parser.h"

// ---- declared names ----------------------------------------------------------------------

// Token i, a name, stands where a declarator's name does: before what can follow it.
static bool ends_declarator(const struct parser *p, unsigned i)
{
    static const char *const after[] = {";", ",", "=", "[", ")", ":"};
    for (unsigned k = 0; k < sizeof after / sizeof *after; k++)
        if (is(p, i + 1, after[k]))
            return true;
    if (is(p, i + 1, "("))
        return !is(p, i + 2, "*");
    return class_at(p, i + 1) == CLASS_ATTRIBUTE || is(p, i + 1, "{");
}

// What stands before token i can stand before the name that a declarator declares: in `f(T)` and
// `const T` T is the type.
static bool may_be_declared(const struct parser *p, unsigned i)
{
    static const char *const no[] = {"const",  "volatile", "restrict", "register", "static",
                                     "extern", "auto",     "inline",   "typedef"};
    for (unsigned k = 0; k < sizeof no / sizeof *no; k++)
        if (is(p, i - 1, no[k]))
            return false;
    enum word_class c = class_at(p, i - 1);
    return c == CLASS_TYPE || c == CLASS_NAME || is(p, i - 1, "*") || is(p, i - 1, ">") ||
           is(p, i - 1, "}") || is(p, i - 1, ",") || is(p, i - 1, ")");
}

static void declare_name(struct parser *p, unsigned i, unsigned first, bool is_typedef)
{
    if (is_typedef)
        declare_type(p, i);
    else if (i > first && may_be_declared(p, i))
        declare_variable(p, i);
    else
        declare_word(p, i);
}

// Declares the names of the declaration that begins at token i.
void declare_names(struct parser *p, unsigned i)
{
    bool is_typedef = false, named = false;
    unsigned first = i;
    while (i < p->end && !is(p, i, ";") && !is(p, i, "}")) {
        enum word_class c = class_at(p, i);
        unsigned type = type_end(p, i);
        if (type) {
            i = type;
        } else if (c == CLASS_TAG) {
            i = skip_tag(p, i);
        } else if ((c == CLASS_TYPEOF || c == CLASS_ATTRIBUTE) && is(p, i + 1, "(")) {
            i = skip_group(p, i + 1);
        } else if (c == CLASS_NAME) {
            if (!named && ends_declarator(p, i)) {
                declare_name(p, i, first, is_typedef);
                named = true;
            }
            i++;
        } else if (is(p, i, "=")) {
            for (i++; i < p->end && !is(p, i, ",") && !is(p, i, ";");)
                i = is(p, i, "(") || is(p, i, "[") || is(p, i, "{") ? skip_group(p, i) : i + 1;
        } else if (is(p, i, "{")) {
            break;
        } else if (is(p, i, "[") || (is(p, i, "(") && (named || !is(p, i + 1, "*")))) {
            i = skip_group(p, i);
        } else {
            is_typedef = is_typedef || is(p, i, "typedef");
            named = named && !is(p, i, ",");
            i++;
        }
    }
}

void declare_parameters(struct parser *p, unsigned i)
{
    unsigned open = i, close = match_of(p, i);
    for (i++; i < close; i++)
        if (is(p, i + 1, ",") || is(p, i + 1, ")") || is(p, i + 1, "["))
            declare_name(p, i, is(p, i - 1, ",") ? i : open, false);
}

// A statement that begins at token i is a declaration.
static bool starts_declaration(const struct parser *p, unsigned i)
{
    if (class_at(p, i) == CLASS_ATTRIBUTE)
        return !is(p, i, "asm") && !is(p, i, "__asm__") && !is(p, i, "__asm");
    if (class_at(p, i) == CLASS_PREFIX)
        i++;
    if (starts_type(p, i))
        return true;
    if (class_at(p, i) != CLASS_NAME)
        return false;
    unsigned k = i + 1;
    while (is(p, k, "*"))
        k++;
    return class_at(p, k) == CLASS_NAME && (k == i + 1 || ends_declarator(p, k)) &&
           !is_word(p, i, WORD_GO | WORD_DEFER);
}

// ---- blocks ------------------------------------------------------------------------------

// Statements up to the `}`, or in a select up to the next case.
void statements(struct parser *p, bool in_select)
{
    while (!at_end(p) && !is(p, p->at, "}")) {
        if (in_select && (is(p, p->at, "case") || is(p, p->at, "default")))
            break;
        unsigned before = p->at;
        statement(p);
        if (p->at == before)
            p->at++;
        bool at_case = is(p, p->at, "case") || is(p, p->at, "default");
        bool ended = is(p, p->at - 1, ";") || is(p, p->at - 1, "}") || is(p, p->at - 1, ":");
        if (in_select && at_case && !ended) // clang does not see it: the twin's cases differ
            missing_semicolon(p, "statement");
    }
}

// The `}` is at column 0, or a line begins there that looks like a declaration: how people write
// the end of a function, and what is trusted when the braces do not match.
static bool ends_function(const struct parser *p, unsigned i)
{
    const struct token *t = tok(p, i);
    if (t->lo && p->s->text[t->lo - 1] != '\n')
        return false;
    return is(p, i, "}") || class_at(p, i) == CLASS_TYPE || class_at(p, i) == CLASS_TAG;
}

void body(struct parser *p)
{
    struct scope declared = p->declared;
    unsigned end = p->end;
    unsigned close = match_of(p, p->at);
    bool in_function = p->in_function;
    if (too_deep(p)) {
        p->depth--;
        return;
    }
    p->at++;
    p->in_function = true;
    if (close == end) { // unbalanced
        close = p->at;
        while (close < end && !ends_function(p, close))
            close++;
    }
    p->end = close;
    statements(p, false);
    while (!at_end(p)) { // behind a stray `}`
        p->at++;
        statements(p, false);
    }
    p->end = end;
    p->at = close;
    accept(p, "}");
    p->declared = declared;
    p->in_function = in_function;
    p->depth--;
}

void block(struct parser *p)
{
    struct node *n = open_node(p, NODE_BLOCK);
    body(p);
    close_node(p, n);
}

// ---- go, defer ---------------------------------------------------------------------------

// `go (…)` is a statement of ours only when a second call follows.
static bool calls_after_group(const struct parser *p, unsigned i)
{
    for (i = skip_group(p, i); i < p->end;) {
        if (is(p, i, "("))
            return true;
        if (is(p, i, "["))
            i = skip_group(p, i);
        else if (is(p, i, ".") || is(p, i, "->"))
            i += 2;
        else
            break;
    }
    return false;
}

// The token behind `go` or `defer` shows that the word is a name of C's.
static bool is_used_as_name(const struct parser *p, unsigned i)
{
    static const char *const after[] = {
        "=",  "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "++", "--", ".",
        "->", "[",  ",",  ")",  "?",  "==", "!=", "<=", ">=", "&&",  "||",  "|",  "^",  ":"};
    for (unsigned k = 0; k < sizeof after / sizeof *after; k++)
        if (is(p, i, after[k]))
            return true;
    return is(p, i, "(") && !calls_after_group(p, i) && !is_cast(p, i);
}

// False: it is not called, which is reported.
static bool go_closure(struct parser *p, struct node *n, const struct operand *o)
{
    struct node *closure = o->head;
    uint32_t end = closure->body.hi;
    n->closure = closure;
    n->what = GO_CLOSURE;
    n->list = o->list;
    n->n_list = o->n_list;
    if (o->is_call && o->is_whole)
        return true;
    error_at(p->s, span_of(end - (end > closure->body.lo), end), "expected a call after '%s'",
             span_text(p->s, n->keyword));
    note_at(p->s, span_of(end, end), "add '()' to call the closure");
    return false;
}

// Behind a statement whose error has been reported.
static void end_wrong_statement(struct parser *p)
{
    expression_rest(p, STRICT);
    if (!accept(p, ";"))
        add_missing(p, ";");
}

// `go { … }` with Go's `()` behind it.
static void no_call_of_block(struct parser *p, const struct node *n)
{
    if (!is(p, p->at, "(") || !is(p, p->at + 1, ")"))
        return;
    struct span call = span_of(here(p), tok(p, p->at + 1)->hi);
    error_at(p->s, call, "a block after '%s' is not called", span_text(p->s, n->keyword));
    note_at(p->s, call, "only a closure is: %s func() { ... }();", span_text(p->s, n->keyword));
    add_wrong(p, call, "");
    p->at += 2;
    accept(p, ";");
}

static void go_block(struct parser *p, struct node *n)
{
    n->what = GO_BLOCK;
    n->body.lo = here(p);
    body(p);
    n->body.hi = behind(p);
    no_call_of_block(p, n);
}

// Neither a call nor a block: from `first` on, up to here or, as an expression, o.
static void go_nothing(struct parser *p, struct node *n, unsigned first, const struct operand *o)
{
    error_at(p->s, p->at > first ? o->span : next_span(p), "expected a call or a block after '%s'",
             n->kind == NODE_DEFER ? "defer" : "go");
    n->what = GO_BLOCK;
    if (class_at(p, p->at) == CLASS_STATEMENT)
        p->at = wrong_end(p, p->at);
    else
        end_wrong_statement(p);
    if (p->at > first)
        break_node(p, n, ";");
}

// The call behind the word. False: it was none, and all of the statement has been passed over.
static bool go_call(struct parser *p, struct node *n)
{
    unsigned first = p->at;
    struct operand o = unary(p);
    bool is_closure = o.head && o.head->kind == NODE_CLOSURE;
    if (is_closure && (o.is_whole || !o.is_call) && (o.is_call || o.span.hi == o.head->span.hi)) {
        bool called = go_closure(p, n, &o);
        if (!called)
            end_wrong_statement(p);
        return called;
    }
    if (!o.is_call) {
        go_nothing(p, n, first, &o);
        return false;
    }
    if (o.head && o.head->kind == NODE_BUILTIN && o.is_whole) {
        n->what = GO_BUILTIN;
        return true;
    }
    n->what = GO_CALL;
    n->callee = o.callee;
    n->list = o.list;
    n->n_list = o.n_list;
    return true;
}

static void go_statement(struct parser *p)
{
    bool defer = is(p, p->at, "defer");
    struct node *n = open_node(p, defer ? NODE_DEFER : NODE_GO);
    n->keyword = next_span(p);
    p->at++;
    if (is(p, p->at, "{"))
        go_block(p, n);
    else if (go_call(p, n))
        missing_semicolon(p, defer ? "defer statement" : "go statement");
    close_node(p, n);
}

// ---- statements of one expression --------------------------------------------------------

static bool is_name(struct parser *p, struct span span)
{
    for (unsigned i = p->at; i-- > 0 && p->t[i].token.lo >= span.lo;)
        if (p->t[i].token.lo == span.lo)
            return p->t[i].token.hi == span.hi && class_at(p, i) == CLASS_NAME;
    return false;
}

bool need_name(struct parser *p, struct span span)
{
    bool good = is_name(p, span);
    if (!good)
        error_at(p->s, span, "expected a name on the left of ':='");
    return good;
}

// The contextual words on the left of `:=` at indices [first, last) are the program's from now on.
void declare_left(struct parser *p, unsigned first, unsigned last)
{
    for (unsigned i = first; i < last; i++)
        if (class_at(p, i) == CLASS_NAME)
            declare_variable(p, i);
}

static struct node *send(struct parser *p, struct operand o, struct node *mark)
{
    struct node *n = adopt(p, NODE_SEND, o.span.lo, mark);
    n->operand = o.span;
    n->arrow = span_of(here(p), here(p) + 2);
    p->at += 2;
    if (wrong_value(p)) {
        break_node(p, n, UNKNOWN);
        close_node(p, n);
        return n;
    }
    n->value = initialiser(p, STRICT | STOP_COMMA | STOP_COLON, &n->braced);
    if (span_empty(n->value)) {
        error_at(p->s, n->arrow, "expected a value after '<-'");
        break_node(p, n, UNKNOWN);
    }
    close_node(p, n);
    return n;
}

// A value for two variables that is no receive.
static void not_two_values(struct parser *p, struct node *n)
{
    struct span at = next_span(p);
    n->operand = span_of(behind(p), behind(p));
    unsigned first = p->at;
    expression(p, STRICT);
    error_at(p->s, p->at > first ? span_of(at.lo, behind(p)) : at,
             "two variables need a receive: 'v, ok := <-c'");
    if (p->at > first)
        note_at(p->s, at, "a C function returns one value, which may be a struct");
}

// Behind `a, b`: `= <-c` or `:= <-c`.
static struct node *receive_ok(struct parser *p, struct operand a, struct operand b, unsigned first,
                               struct node *mark)
{
    struct node *n = adopt(p, NODE_RECV_OK, a.span.lo, mark);
    unsigned last = p->at;
    n->lhs[0] = a.span;
    n->lhs[1] = b.span;
    n->declare = is_declare(p, p->at);
    bool good = !n->declare || (need_name(p, a.span) && need_name(p, b.span));
    p->at += n->declare ? 2 : 1;
    if (is_receive(p, p->at)) {
        n->arrow = span_of(here(p), here(p) + 2);
        p->at += 2;
        n->operand = unary(p).span;
        if (span_empty(n->operand))
            error_at(p->s, n->arrow, "expected a channel after '<-'");
    } else {
        n->arrow = span_of(behind(p), behind(p));
        not_two_values(p, n);
    }
    if (n->declare)
        declare_left(p, first, last);
    if ((span_empty(n->operand) || !good) && !(n->declare && good))
        break_node(p, n, UNKNOWN);
    else if (span_empty(n->operand))
        break_node(p, n,
                   arena_printf("%s; %s", unknown_variable(span_text(p->s, a.span)),
                                unknown_variable(span_text(p->s, b.span))))
            ->names = span_of(a.span.lo, b.span.hi);
    close_node(p, n);
    return n;
}

static struct node *declare(struct parser *p, struct operand a, unsigned first, struct node *mark)
{
    struct node *n = adopt(p, NODE_DECLARE, a.span.lo, mark);
    unsigned last = p->at;
    bool name = need_name(p, a.span);
    n->lhs[0] = a.span;
    n->arrow = span_of(here(p), here(p) + 2);
    p->at += 2;
    n->value = initialiser(p, STRICT | STOP_COMMA, &n->braced);
    if (span_empty(n->value))
        error_at(p->s, n->arrow, "expected a value after ':='");
    else if (n->braced)
        error_at(p->s, n->value, "':=' needs an expression, not an initialiser");
    if (!name || n->braced || span_empty(n->value))
        break_node(p, n, name ? unknown_variable(span_text(p->s, a.span)) : UNKNOWN)->names =
            name ? a.span : span_of(0, 0);
    declare_left(p, first, last);
    close_node(p, n);
    return n;
}

struct simple simple_statement(struct parser *p)
{
    if (starts_declaration(p, p->at)) {
        declare_names(p, p->at);
        expression(p, IN_DECLARATION);
        return (struct simple){0};
    }
    struct node *mark = last_child(p);
    unsigned first = p->at;
    struct operand a = unary(p);
    if (p->at == first) {
        expression(p, 0);
        return (struct simple){0};
    }
    if (is_arrow(p, p->at))
        return (struct simple){send(p, a, mark), "send"};
    if (is_declare(p, p->at))
        return (struct simple){declare(p, a, first, mark), "declaration"};
    if (!is(p, p->at, ",")) {
        expression_rest(p, 0);
        return (struct simple){0};
    }
    p->at++;
    struct operand b = unary(p);
    bool two = is_declare(p, p->at) || (is(p, p->at, "=") && is_receive(p, p->at + 1));
    if (two && !span_empty(b.span))
        return (struct simple){receive_ok(p, a, b, first, mark), "receive"};
    expression_rest(p, 0);
    return (struct simple){0};
}

// What stands behind a statement whose `;` is missing, up to the end of the line.
static void wrong_rest(struct parser *p)
{
    if (at_end(p) || is(p, p->at, "}") || class_at(p, p->at) != CLASS_NONE)
        return;
    unsigned first = p->at;
    p->at = wrong_end(p, p->at);
    add_wrong(p, span_of(tok(p, first)->lo, behind(p)), "");
}

static void simple_with_semicolon(struct parser *p)
{
    unsigned first = p->at;
    struct simple s = simple_statement(p);
    if (s.node) {
        if (missing_semicolon(p, s.what)) { // what remains of it
            unsigned line, next_line, column;
            source_position(p->s, behind(p), &line, &column);
            source_position(p->s, here(p), &next_line, &column);
            if (line == next_line && !is(p, p->at, "{"))
                wrong_rest(p);
        }
        return;
    }
    // A macro that stands for a loop's head: FOREACH(x, list) statement.
    bool after_call = p->at > first && is(p, p->at - 1, ")");
    bool at_case = is(p, p->at, "case") || is(p, p->at, "default");
    if (!accept(p, ";") && after_call && !at_end(p) && !is(p, p->at, "}") && !at_case)
        statement(p);
}

// ---- statements --------------------------------------------------------------------------

static void return_statement(struct parser *p)
{
    struct node *n = open_node(p, NODE_RETURN);
    n->keyword = next_span(p);
    p->at++;
    unsigned first = p->at;
    n->value = span_of(here(p), here(p));
    if (is(p, p->at, "{"))
        braces(p);
    else
        expression(p, 0);
    if (p->at > first)
        n->value.hi = behind(p);
    accept(p, ";");
    close_node(p, n);
}

static void jump_statement(struct parser *p)
{
    struct node *n = open_node(p, NODE_JUMP);
    n->is_continue = is(p, p->at, "continue");
    n->keyword = next_span(p);
    n->name = span_of(tok(p, p->at + 1)->lo, tok(p, p->at + 1)->hi);
    p->at += 2;
    missing_semicolon(p, n->is_continue ? "continue" : "break");
    close_node(p, n);
}

static bool is_label(const struct parser *p, unsigned i)
{
    return class_at(p, i) == CLASS_NAME && is(p, i + 1, ":") && !is_declare(p, i + 1) &&
           !is(p, i + 2, ":");
}

static void labelled_statement(struct parser *p)
{
    struct node *n = open_node(p, NODE_LABEL);
    n->name = next_span(p);
    p->at += 2;
    while (class_at(p, p->at) == CLASS_ATTRIBUTE && is(p, p->at + 1, "("))
        p->at++, leave(p, enter(p));
    if (!at_end(p) && !is(p, p->at, "}") && !is(p, p->at, "case") && !is(p, p->at, "default"))
        statement(p);
    close_node(p, n);
}

// case and default of a switch, any number of them.
static void switch_labels(struct parser *p)
{
    while (is(p, p->at, "case") || is(p, p->at, "default")) {
        p->at++;
        if (!wrong_label(p))
            expression(p, STOP_COLON);
        accept(p, ":");
    }
    if (!at_end(p) && !is(p, p->at, "}"))
        statement(p);
}

static bool keyword_statement(struct parser *p)
{
    static const struct {
        const char *word;
        void (*read)(struct parser *p);
    } table[] = {
        {"if", if_statement},    {"for", for_statement},       {"while", while_statement},
        {"do", do_statement},    {"switch", switch_statement}, {"return", return_statement},
        {"case", switch_labels}, {"default", switch_labels},
    };
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
        if (is(p, p->at, table[i].word)) {
            table[i].read(p);
            return true;
        }
    if ((is(p, p->at, "break") || is(p, p->at, "continue")) &&
        class_at(p, p->at + 1) == CLASS_NAME && !is(p, p->at + 2, ":")) {
        jump_statement(p);
        return true;
    }
    p->at++; // break, continue, goto, a stray else
    if (!is(p, p->at - 1, "else"))
        expression(p, 0);
    accept(p, ";");
    return true;
}

struct span statement(struct parser *p)
{
    unsigned first = p->at;
    struct span span = span_of(here(p), here(p));
    bool spoiled = p->spoiled;
    p->spoiled = false;
    if (at_end(p)) {
        p->spoiled = spoiled;
        return span;
    }
    if (too_deep(p)) {
        p->depth--;
        return span;
    }
    if (is(p, p->at, "{"))
        block(p);
    else if (is(p, p->at, "}") || accept(p, ";"))
        ;
    else if (is_label(p, p->at))
        labelled_statement(p);
    else if (class_at(p, p->at) == CLASS_STATEMENT)
        keyword_statement(p);
    else if (is_select(p, p->at) || is_select_with_operand(p, p->at))
        select_statement(p);
    else if (is_word(p, p->at, WORD_GO | WORD_DEFER) && !is_used_as_name(p, p->at + 1))
        go_statement(p);
    else if (!wrong_declaration(p))
        simple_with_semicolon(p);
    if (p->at > first)
        span.hi = behind(p);
    if (p->spoiled)
        add_wrong(p, span, ";")->names = span;
    p->spoiled = spoiled;
    p->depth--;
    return span;
}
