// Tokens, nodes, types and expressions.
//
// An expression is read as `operand (operator operand)*` without precedence: all that matters is
// whether an operand may begin, since `<-`, `func (…) {` and `make(` are ours only there. The
// operand is C's cast-expression with its postfixes, so that `<-f(x)->c[1]` receives from all of
// it. Declarations are read by the same code: a specifier looks like an operand without operator.
#include "parser.h"

#include <string.h>

static void add_to_list(struct span **list, unsigned *n, struct span span)
{
    if ((*n & (*n - 1)) == 0) {
        struct span *more = arena_alloc((*n ? *n * 2 : 1) * sizeof *more);
        if (*n)
            memcpy(more, *list, *n * sizeof *more);
        *list = more;
    }
    (*list)[(*n)++] = span;
}

// ---- chan and func types -----------------------------------------------------------------

// A token that may stand in a type name outside brackets.
static bool in_type_name(const struct parser *p, unsigned i)
{
    return class_at(p, i) != CLASS_NONE ? class_at(p, i) != CLASS_STATEMENT : is(p, i, "*");
}

static unsigned skip_type_name(const struct parser *p, unsigned i, unsigned depth);
static void paren_expression(struct parser *p);
static void arguments(struct parser *p, struct span **list, unsigned *n);

unsigned skip_tag(const struct parser *p, unsigned i)
{
    i++;
    while (class_at(p, i) == CLASS_ATTRIBUTE && is(p, i + 1, "("))
        i = skip_group(p, i + 1);
    i += class_at(p, i) == CLASS_NAME;
    return is(p, i, "{") ? skip_group(p, i) : i;
}

// type_end with a bound on nesting.
static unsigned type_end_at(const struct parser *p, unsigned i, unsigned depth)
{
    if (depth > MAX_DEPTH)
        return 0;
    bool receives = is_arrow(p, i);
    if (receives)
        i += 2;
    if (!is_word(p, i, receives ? WORD_CHAN : WORD_CHAN | WORD_FUNC) || !is(p, i + 1, "<"))
        return 0;
    bool func = is_word(p, i, WORD_FUNC);
    unsigned lo = i + 2;
    if (!func && !receives && is_arrow(p, i + 1))
        lo++;
    unsigned hi = skip_type_name(p, lo, depth + 1);
    if (hi == lo || !is(p, hi, ">") || (func && !is(p, hi - 1, ")")))
        return 0;
    return hi + 1;
}

// The index behind the type name that begins at i: at the `>` of the type around it, if it is one.
static unsigned skip_type_name(const struct parser *p, unsigned i, unsigned depth)
{
    while (i < p->end) {
        unsigned type = type_end_at(p, i, depth);
        if (type)
            i = type;
        else if (is(p, i, "(") || is(p, i, "["))
            i = match_of(p, i) + 1;
        else if (class_at(p, i) == CLASS_TAG)
            i = skip_tag(p, i);
        else if (in_type_name(p, i))
            i++;
        else
            break;
    }
    return i < p->end ? i : p->end;
}

unsigned type_end(const struct parser *p, unsigned i)
{
    return type_end_at(p, i, 0);
}

bool starts_type(const struct parser *p, unsigned i)
{
    enum word_class c = class_at(p, i);
    return c == CLASS_TYPE || c == CLASS_TAG || c == CLASS_TYPEOF || type_end(p, i) ||
           is_type_name(p, i);
}

// Reads type-name tokens up to index `end`, for the types nested in them.
static void type_tokens(struct parser *p, unsigned end)
{
    unsigned saved = p->end;
    if (end < p->end)
        p->end = end;
    while (!at_end(p)) {
        unsigned before = p->at;
        expression(p, IN_ARGUMENTS);
        if (p->at == before)
            p->at++;
    }
    p->end = saved;
}

static void parameters(struct parser *p, struct span **list, unsigned *n)
{
    unsigned lo = p->at;
    p->in_parameters = true;
    arguments(p, list, n);
    if (*n == 1 && p->at == lo + 3 && is(p, lo + 1, "void"))
        *n = 0;
}

// Requires: type_end(p, p->at).
static void extension_type(struct parser *p)
{
    unsigned end = type_end(p, p->at);
    bool receives = is_arrow(p, p->at);
    bool func = is_word(p, p->at, WORD_FUNC);
    struct node *n = open_node(p, func ? NODE_FUNC_TYPE : NODE_CHAN_TYPE);
    if (too_deep(p)) {
        p->depth--;
        close_node(p, n);
        return;
    }
    p->at += receives ? 4 : 2;
    if (func) {
        unsigned list = end - 2;
        while (list > p->at && !(is(p, list, "(") && match_of(p, list) == end - 2))
            list--;
        n->result.lo = here(p);
        type_tokens(p, list);
        n->result.hi = behind(p);
        if (n->result.hi <= n->result.lo) {
            n->result.hi = n->result.lo;
            error_at(p->s, next_span(p), "expected a result type, as in func<void()>");
        }
        parameters(p, &n->list, &n->n_list);
    } else {
        n->dir = receives ? CHAN_RECV : CHAN_BOTH;
        if (!receives && is_arrow(p, p->at - 1)) {
            n->dir = CHAN_SEND;
            p->at++;
        }
        n->elem.lo = here(p);
        type_tokens(p, end - 1);
        n->elem.hi = behind(p);
    }
    p->at = end;
    p->depth--;
    close_node(p, n);
}

// struct, union, enum with their bodies.
static void tag_specifier(struct parser *p)
{
    bool is_enum = is(p, p->at, "enum");
    p->at++;
    while (class_at(p, p->at) == CLASS_ATTRIBUTE && is(p, p->at + 1, "("))
        p->at++, leave(p, enter(p));
    if (class_at(p, p->at) == CLASS_NAME)
        p->at++;
    if (!is(p, p->at, "{"))
        return;
    struct bracket b = enter(p);
    bool saved = p->in_members;
    p->in_members = !is_enum;
    while (!at_end(p)) {
        unsigned before = p->at;
        if (is_enum)
            declare_word(p, p->at);
        expression(p, is_enum ? STOP_COMMA : 0);
        if (!at_end(p) && (p->at == before || is(p, p->at, ";") || is(p, p->at, ",")))
            p->at++;
    }
    p->in_members = saved;
    leave(p, b);
}

// ---- operands ----------------------------------------------------------------------------

// What stands at token i begins an operand and cannot go on after one: `(name) 7` is a cast.
static bool only_begins_operand(const struct parser *p, unsigned i)
{
    if (i >= p->end)
        return false;
    enum token_kind kind = p->t[i].token.kind;
    enum word_class c = class_at(p, i);
    return kind == TOK_NUMBER || kind == TOK_STRING || kind == TOK_CHAR || c == CLASS_NAME ||
           c == CLASS_SIZEOF || is(p, i, "~") || is(p, i, "!");
}

// ( … ) at token i holds a type name.
static bool is_type_paren(const struct parser *p, unsigned i)
{
    unsigned close = match_of(p, i);
    if (close >= p->end || close == i + 1 || is(p, i + 1, "{"))
        return false;
    if (starts_type(p, i + 1) || is(p, close + 1, "{"))
        return true;
    if (class_at(p, i + 1) != CLASS_NAME)
        return false;
    if (close == i + 2)
        return only_begins_operand(p, close + 1);
    for (unsigned k = i + 2; k < close; k++) // (name *), (name const)
        if (!is(p, k, "*") && class_at(p, k) != CLASS_TYPE)
            return false;
    return true;
}

bool is_cast(const struct parser *p, unsigned i)
{
    return is(p, i, "(") && is_type_paren(p, i) && only_begins_operand(p, match_of(p, i) + 1);
}

// What stands in front of an operand's first word allows it to be ours: two names in a row are a
// type and what it declares.
static bool word_may_stand(const struct parser *p)
{
    if (p->in_members)
        return false;
    if (!p->at)
        return true;
    if (is_word(p, p->at - 1, WORD_GO | WORD_DEFER))
        return true;
    enum word_class c = class_at(p, p->at - 1);
    return c == CLASS_NONE || c == CLASS_STATEMENT || c == CLASS_SIZEOF || c == CLASS_PREFIX;
}

// The parameter of tokens [first, last] is only a type: `int`, `void *`, `size_t`, `struct s`,
// `chan<int>`.
static bool is_unnamed(const struct parser *p, unsigned first, unsigned last)
{
    if (is(p, last, "*") || class_at(p, last) == CLASS_TYPE)
        return true;
    while (is(p, first, "const") || is(p, first, "volatile"))
        first++;
    return (first == last && class_at(p, last) == CLASS_NAME) || type_end(p, first) == last + 1 ||
           (class_at(p, first) == CLASS_TAG && first + 1 == last);
}

// Where the name would stand within `int[]`, `int (*)(int)`; 0: it is none of these.
static uint32_t inner_name_place(const struct parser *p, unsigned first, unsigned last)
{
    for (unsigned k = first; k < last; k = skip_token(p, k)) {
        if (is(p, k, "[") && k > first && (class_at(p, k - 1) == CLASS_TYPE || is(p, k - 1, "*")))
            return tok(p, k)->lo;
        if (is(p, k, "(") && is(p, k + 1, "*") && is(p, k + 2, ")"))
            return tok(p, k + 2)->lo;
    }
    return 0;
}

// Parameters from token `first` to `at` that are only types: the twin needs names.
static void unnamed_parameters(struct parser *p, struct node *closure, unsigned first)
{
    unsigned k = first;
    for (unsigned i = 0; i < closure->n_list; i++) {
        struct span at = closure->list[i];
        while (k + 1 < p->at && tok(p, k)->lo < at.lo)
            k++;
        unsigned begin = k;
        bool name = class_at(p, k) == CLASS_NAME && !is_type_name(p, k) && !type_end(p, k);
        while (k + 1 < p->at && tok(p, k)->hi < at.hi)
            k++;
        bool as_in_go = name && k > begin; // reported
        uint32_t inside = inner_name_place(p, begin, k);
        if (inside || (is_unnamed(p, begin, k) && !UNNAMED(i))) {
            error_at(p->s, at, "a parameter of this type needs a name");
            if (inside && p->s->text[inside] == '[')
                add_wrong(
                    p, at,
                    arena_printf("%s *gocc_unnamed%u", span_text(p->s, span_of(at.lo, inside)), i));
            else
                add_missing_at(p, inside ? inside : at.hi, arena_printf(" gocc_unnamed%u", i));
            continue;
        }
        if (as_in_go || !is_unnamed(p, begin, k))
            continue;
        closure->unnamed |= UNNAMED(i);
        add_missing_at(p, at.hi, arena_printf(" gocc_unnamed%u", i));
    }
}

// The index of the `{` when a closure begins at token i, else 0.
static unsigned closure_body(struct parser *p, unsigned i)
{
    if (!is_word(p, i, WORD_FUNC) || !is(p, i + 1, "("))
        return 0;
    unsigned k = match_of(p, i + 1) + 1;
    if (is(p, k, "{"))
        return k;
    if (!is(p, k, "->"))
        return 0;
    p->result_at = k + 1;
    unsigned end = skip_type_name(p, k + 1, 0);
    // The body is no struct's: `-> struct s {`.
    for (unsigned j = k + 1; j < end; j++)
        if (is(p, j, "{"))
            end = j;
    return end > k + 1 && is(p, end, "{") ? end : 0;
}

static struct node *closure(struct parser *p, unsigned open)
{
    struct node *n = open_node(p, NODE_CLOSURE);
    struct scope declared = p->declared;
    bool members = p->in_members;
    p->in_members = false;
    n->keyword = next_span(p);
    p->at++;
    if (is(p, p->at, "(")) {
        unsigned first = p->at;
        declare_parameters(p, first);
        parameters(p, &n->list, &n->n_list);
        unnamed_parameters(p, n, first);
    }
    if (is(p, p->at, "=") && p->at + 2 <= open) // `=>`, reported
        p->at += 2;
    if (accept(p, "->") || p->at < open) {
        n->result.lo = here(p);
        p->result_at = p->at;
        type_tokens(p, open);
        n->result.hi = behind(p) > n->result.lo ? behind(p) : n->result.lo;
    }
    p->at = open;
    n->body.lo = here(p);
    body(p);
    n->body.hi = behind(p);
    p->declared = declared;
    p->in_members = members;
    close_node(p, n);
    return n;
}

static struct node *builtin(struct parser *p)
{
    struct node *n = open_node(p, NODE_BUILTIN);
    n->name = next_span(p);
    bool make = is_word(p, p->at, WORD_MAKE);
    p->at++;
    if (make && go_type_end(p, p->at + 1)) {
        arguments(p, &n->list, &n->n_list);
        close_node(p, n);
        return n;
    }
    if (make && is_word(p, p->at + 1, WORD_CHAN) && !type_end(p, p->at + 1)) {
        unsigned close = match_of(p, p->at);
        error_at(p->s, span_of(tok(p, p->at + 1)->lo, tok(p, p->at + 1)->hi),
                 "expected '<' after 'chan'");
        if (is(p, close, ")") && p->at + 2 < close)
            note_at(p->s, span_of(tok(p, p->at + 1)->lo, tok(p, p->at + 1)->hi),
                    is(p, p->at + 2, "struct") && is(p, p->at + 3, "{") && is(p, p->at + 4, "}")
                        ? "a channel that carries only the fact is a chan<void>"
                        : "the element type stands in angle brackets: chan<int>");
    }
    arguments(p, &n->list, &n->n_list);
    close_node(p, n);
    return n;
}

static struct node *receive(struct parser *p)
{
    struct node *n = open_node(p, NODE_RECV);
    n->arrow = span_of(here(p), here(p) + 2);
    p->at += 2;
    if (!too_deep(p)) {
        n->operand = unary(p).span;
        if (span_empty(n->operand)) {
            n->operand = span_of(behind(p), behind(p));
            error_at(p->s, n->arrow, "expected a channel after '<-'");
            break_node(p, n, UNKNOWN);
        }
    }
    p->depth--;
    close_node(p, n);
    return n;
}

// sizeof (type), (type){…}: true when the operand ends with it; false: a prefix has been read.
static bool type_paren(struct parser *p, bool is_sizeof)
{
    struct bracket b = enter(p);
    type_tokens(p, b.close);
    leave(p, b);
    if (is(p, p->at, "{")) {
        braces(p);
        return true;
    }
    return is_sizeof;
}

// Prefix operators, casts, sizeof; true when an operand has already been read with them.
static bool prefixes(struct parser *p)
{
    static const char *const operators[] = {"+", "-", "!", "~", "*", "&", "&&", "++", "--"};
    for (unsigned n = 0;; n++) {
        if (n == MAX_DEPTH) // some more, and libclang's own stack overflows
            give_up(p);
        bool is_sizeof = class_at(p, p->at) == CLASS_SIZEOF;
        bool moved = is_sizeof || class_at(p, p->at) == CLASS_PREFIX;
        for (unsigned i = 0; i < sizeof operators / sizeof *operators && !moved; i++)
            moved = is(p, p->at, operators[i]);
        p->at += moved;
        if (is(p, p->at, "(") && is_type_paren(p, p->at)) {
            if (type_paren(p, is_sizeof))
                return true;
            moved = true;
        }
        if (!moved)
            return false;
    }
}

static void parenthesised(struct parser *p)
{
    if (!is(p, p->at + 1, "{")) {
        paren_expression(p);
        return;
    }
    struct bracket b = enter(p);
    if (!at_end(p)) // it has no partner, and ends before the brace
        block(p);
    leave(p, b);
}

// A name, literal, parenthesis, closure, built-in call or type.
static void primary(struct parser *p, struct operand *o)
{
    enum word_class c = class_at(p, p->at);
    enum token_kind kind = at_end(p) ? TOK_EOF : p->t[p->at].token.kind;
    unsigned open = word_may_stand(p) ? closure_body(p, p->at) : 0;
    if (!open && word_may_stand(p) && !type_end(p, p->at))
        open = go_closure_body(p, p->at);
    if (type_end(p, p->at)) {
        extension_type(p);
    } else if (is_go_type(p, p->at)) {
        go_type(p);
    } else if (is(p, p->at, "(")) {
        parenthesised(p);
    } else if (is(p, p->at, "{")) {
        braces(p);
    } else if (open) {
        o->head = closure(p, open);
    } else if (is_word(p, p->at, WORD_BUILTIN) && is(p, p->at + 1, "(") && word_may_stand(p)) {
        o->head = builtin(p);
        o->is_call = o->is_whole = true;
    } else if (c == CLASS_TAG) {
        tag_specifier(p);
    } else if (c != CLASS_NONE && c != CLASS_STATEMENT) {
        p->at++;
    } else if (kind == TOK_STRING) {
        while (!at_end(p) && p->t[p->at].token.kind == TOK_STRING)
            p->at++;
    } else if (kind == TOK_NUMBER || kind == TOK_CHAR) {
        p->at++;
    }
}

static bool postfix(struct parser *p, struct operand *o)
{
    if (is(p, p->at, "(")) {
        o->is_whole = o->head && o->head->kind == NODE_CLOSURE && o->head->span.hi == behind(p);
        o->callee = span_of(o->span.lo, behind(p));
        o->list = NULL;
        o->n_list = 0;
        arguments(p, &o->list, &o->n_list);
        o->is_call = true;
        return true;
    }
    if (is(p, p->at, "[")) {
        struct bracket b = enter(p);
        expression(p, 0);
        leave(p, b);
    } else if (is(p, p->at, ".") || is(p, p->at, "->")) {
        p->at++;
        if (class_at(p, p->at) != CLASS_NONE)
            p->at++;
    } else if (is(p, p->at, "++") || is(p, p->at, "--")) {
        p->at++;
    } else {
        return false;
    }
    o->is_call = o->is_whole = false;
    return true;
}

struct operand unary(struct parser *p)
{
    struct operand o = {.span = span_of(here(p), here(p))};
    if (too_deep(p)) {
        p->depth--;
        return o;
    }
    unsigned first = p->at;
    if (wrong_operand(p)) {
        // reported, and passed over
    } else if (!prefixes(p)) {
        bool prefixed = p->at != first;
        if (is_receive(p, p->at) && !is_go_type(p, p->at)) {
            struct node *n = receive(p);
            o.head = prefixed ? NULL : n;
            o.is_whole = !prefixed;
            o.span.hi = behind(p);
            p->depth--;
            return o;
        }
        unsigned start = p->at;
        primary(p, &o);
        if (prefixed || p->at == start)
            o.head = NULL, o.is_call = o.is_whole = false;
        while (p->at > start && postfix(p, &o)) {
        }
        if (prefixed)
            o.is_call = o.is_whole = false;
    } else {
        while (postfix(p, &o)) {
        }
    }
    o.span.hi = p->at > first ? behind(p) : o.span.lo;
    p->depth--;
    return o;
}

// ---- expressions -------------------------------------------------------------------------

static void paren_expression(struct parser *p)
{
    struct bracket b = enter(p);
    expression(p, 0);
    leave(p, b);
}

static void designators(struct parser *p)
{
    while (is(p, p->at, ".") || is(p, p->at, "[")) {
        if (is(p, p->at, "[")) {
            struct bracket b = enter(p);
            expression(p, 0);
            leave(p, b);
        } else {
            p->at++;
            p->at += class_at(p, p->at) != CLASS_NONE;
        }
    }
    accept(p, "=");
}

void braces(struct parser *p)
{
    struct bracket b = enter(p);
    if (!too_deep(p))
        while (!at_end(p)) {
            designators(p);
            expression(p, STOP_COMMA | IN_ARGUMENTS);
            p->at += !at_end(p);
        }
    p->depth--;
    leave(p, b);
}

// ( a, b ): the spans of what stands between the commas.
static void arguments(struct parser *p, struct span **list, unsigned *n)
{
    struct bracket b = enter(p);
    bool parameters = p->in_parameters;
    p->in_parameters = false;
    if (too_deep(p))
        p->at = p->end;
    while (!at_end(p)) {
        unsigned first = p->at;
        uint32_t lo = here(p);
        if (is(p, p->at, "{"))
            block(p); // only a macro's argument can begin so
        if (!parameters || !wrong_parameter(p))
            expression(p, STOP_COMMA | IN_ARGUMENTS);
        while (!at_end(p) && !is(p, p->at, ",")) { // a `;`, or what is no C
            p->at++;
            expression(p, STOP_COMMA | IN_ARGUMENTS);
        }
        add_to_list(list, n, span_of(lo, p->at > first ? behind(p) : lo));
        accept(p, ",");
    }
    p->depth--;
    leave(p, b);
}

struct span initialiser(struct parser *p, unsigned flags, bool *braced)
{
    struct span span = span_of(here(p), here(p));
    unsigned first = p->at;
    *braced = is(p, p->at, "{");
    if (*braced)
        braces(p);
    else
        expression(p, flags);
    if (p->at > first)
        span.hi = behind(p);
    return span;
}

// Follows an expression's commas and assignments, to find `v, ok = <-c` where it may not stand.
struct elements {
    unsigned comma;      // index of the last comma, 0: none
    bool first_is_plain; // what stands before it is one operand (declarator) without initialiser
    bool assigned;       // the current element has an operator `=`
    bool plain;          // the current element is a single operand so far
    bool receives;       // … = <-c, and nothing behind it yet
};

static void check_comma_ok(struct parser *p, const struct elements *e, unsigned flags)
{
    if (!e->receives || !e->comma || !e->first_is_plain || (flags & IN_ARGUMENTS))
        return;
    struct span at = span_of(tok(p, e->comma)->lo, tok(p, e->comma)->hi);
    if (flags & IN_DECLARATION) {
        error_at(p->s, at, "a receive with two results declares both with ':='");
        note_at(p->s, at, "write 'v, ok := <-c', or declare the first variable by itself");
    } else {
        error_at(p->s, at, "a receive with two results must be a statement of its own");
    }
}

// `const k`, `static k` before the `:=` at token i: what follows from the missing type is said of
// k.
static struct span declared_without_type(const struct parser *p, unsigned i)
{
    static const char *const words[] = {"const",    "static", "extern",
                                        "register", "auto",   "volatile"};
    for (unsigned w = 0; i > 1 && w < sizeof words / sizeof *words; w++)
        if (is(p, i - 2, words[w]))
            return span_of(tok(p, i - 1)->lo, tok(p, i - 1)->hi);
    return span_of(0, 0);
}

// An operator; false when the expression ends here.
static bool operator_token(struct parser *p, unsigned flags, unsigned *conditionals,
                           struct elements *e)
{
    static const char *const ends[] = {";", ")", "]", "}", "{"};
    for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++)
        if (is(p, p->at, ends[i]))
            return false;
    if (is(p, p->at, ",")) {
        check_comma_ok(p, e, flags);
        if (flags & STOP_COMMA)
            return false;
        bool plain = flags & IN_DECLARATION ? !e->assigned : e->plain && !e->assigned;
        *e = (struct elements){.comma = p->at, .first_is_plain = plain, .plain = true};
    } else if (is_declare(p, p->at)) {
        struct span at = span_of(here(p), here(p) + 2);
        if (flags & IN_DECLARATION) {
            error_at(p->s, at, "':=' finds the type by itself: write 'x := e' or 'int x = e'");
            add_wrong(p, at, "=")->names = declared_without_type(p, p->at);
        } else {
            error_at(p->s, at, "':=' declares a variable only as a statement inside a function");
            p->spoiled = true;
        }
        p->at++;
    } else if (is(p, p->at, "?")) {
        ++*conditionals;
        e->plain = false;
    } else if (is(p, p->at, ":")) {
        if (*conditionals)
            --*conditionals;
        else if (flags & STOP_COLON)
            return false;
    } else if (is(p, p->at, "=")) {
        e->assigned = true;
    } else {
        e->plain = false;
    }
    e->receives = false;
    p->at++;
    return true;
}

// Token at `at` follows an operand without an operator between: the expression may go on there.
static bool may_follow(const struct parser *p, unsigned flags)
{
    if (at_end(p) || class_at(p, p->at) == CLASS_STATEMENT)
        return false;
    if (is_word(p, p->at, WORD_GO | WORD_DEFER | WORD_SELECT) && is(p, p->at - 1, ")"))
        return false; // behind a macro that stands for a loop's head
    enum token_kind kind = p->t[p->at].token.kind, before = p->t[p->at - 1].token.kind;
    if (!(flags & STRICT))
        return true;
    return (kind == TOK_STRING || before == TOK_STRING) && kind != TOK_NUMBER && kind != TOK_CHAR;
}

// Ensures: p->at stands at what ended the expression.
static void expression_loop(struct parser *p, unsigned flags, bool operand)
{
    unsigned conditionals = 0;
    struct elements e = {.plain = true};
    bool assigned = false;
    while (!at_end(p)) {
        if (operand) {
            unsigned before = p->at;
            struct operand o = unary(p);
            e.receives = assigned && o.head && o.head->kind == NODE_RECV;
            assigned = false;
            operand = false;
            if (p->at != before)
                continue;
        }
        if (p->t[p->at].token.kind != TOK_PUNCT) {
            if (!may_follow(p, flags))
                break;
            e.receives = false;
            unsigned before = p->at;
            unary(p);
            if (p->at == before)
                break;
            continue;
        }
        if (type_end(p, p->at) && !(flags & STRICT)) { // const <-chan<int> c
            extension_type(p);
            continue;
        }
        assigned = is(p, p->at, "=");
        if (!operator_token(p, flags, &conditionals, &e))
            break;
        operand = true;
    }
    check_comma_ok(p, &e, flags);
}

void expression(struct parser *p, unsigned flags)
{
    expression_loop(p, flags, true);
}

void expression_rest(struct parser *p, unsigned flags)
{
    expression_loop(p, flags, false);
}
