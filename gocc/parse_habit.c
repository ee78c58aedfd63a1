// What is written out of habit where C has an expression: Go's slices and struct values, the
// closures of C++ and JavaScript. It is reported, passed over, and the twin has an unknown name in
// its place; what a macro could take among its arguments only when clang rejects it.
#include "parser.h"

static struct span span_from(const struct parser *p, unsigned first, unsigned end)
{
    return span_of(tok(p, first)->lo, end > first ? tok(p, end - 1)->hi : tok(p, first)->hi);
}

static char *text_of(const struct parser *p, unsigned first, unsigned end)
{
    return span_text(p->s, span_from(p, first, end));
}

// The name before the `=` or `:=` at which the operand at `at` stands, for what follows from it.
static struct span name_before(const struct parser *p, unsigned at)
{
    unsigned sign = at > 1 && is(p, at - 1, "=") ? at - 1 : 0;
    sign -= sign > 1 && is_declare(p, sign - 1);
    return sign && class_at(p, sign - 1) == CLASS_NAME ? span_from(p, sign - 1, sign)
                                                       : span_of(0, 0);
}

static struct wrong *pass_operand(struct parser *p, unsigned end)
{
    struct wrong *w = add_wrong(p, span_from(p, p->at, end), UNKNOWN);
    w->names = name_before(p, p->at);
    p->at = end;
    return w;
}

// ---- slices ------------------------------------------------------------------------------

// `[]int`, `[]struct s`, `[]*T`: the index behind, 0: it is none.
static unsigned slice_end(const struct parser *p, unsigned i)
{
    if (!is(p, i, "[") || !is(p, i + 1, "]") || is(p, i - 1, "*"))
        return 0;
    i += 2;
    while (is(p, i, "*"))
        i++;
    unsigned first = i;
    while (class_at(p, i) == CLASS_TYPE)
        i++;
    if (i == first)
        i = class_at(p, i) == CLASS_TAG ? i + 2 : i + (class_at(p, i) == CLASS_NAME);
    return i > first && i <= p->end ? i : 0;
}

static bool slice(struct parser *p)
{
    unsigned type = slice_end(p, p->at), first = p->at;
    if (!type)
        return false;
    bool value = is(p, type, "{");
    unsigned end = value ? skip_group(p, type) : type;
    if (!suspect(p, span_from(p, first, end), ""))
        return false;
    error_at(p->s, span_from(p, first, type), "C has no slices");
    if (value)
        note_at(p->s, span_from(p, first, end),
                "an array is declared with its values: '%s name[] = %s;'",
                text_of(p, first + 2, type), text_of(p, type, end));
    else
        note_at(p->s, span_from(p, first, end),
                "an array is declared with its length: '%s name[10];'",
                text_of(p, first + 2, type));
    struct wrong *w = pass_operand(p, end);
    while (is(p, end, "*"))
        end++;
    if (!value && class_at(p, end) == CLASS_NAME) // which it declares
        w->names = span_from(p, end, end + 1);
    return true;
}

// ---- closures ----------------------------------------------------------------------------

static bool is_fat_arrow(const struct parser *p, unsigned i)
{
    return is(p, i, "=") && is(p, i + 1, ">") && tok(p, i)->hi == tok(p, i + 1)->lo;
}

// Behind the value or block of `… => value`.
static unsigned arrow_body_end(const struct parser *p, unsigned i)
{
    if (is(p, i, "{"))
        return skip_group(p, i);
    while (i < p->end && !is(p, i, ",") && !is(p, i, ";") && !is(p, i, "}"))
        i = skip_token(p, i);
    return i;
}

// `[…](…) {`, `[…](…) -> T {`, `(…) => …`, `name => …`: the index behind, 0: none of them.
static unsigned foreign_closure_end(const struct parser *p, unsigned i)
{
    bool brackets = is(p, i, "[") && !is(p, i + 1, "["); // no attribute of C23
    unsigned list = brackets ? skip_group(p, i) : i;
    unsigned k = is(p, list, "(") ? skip_group(p, list) : 0;
    if (!brackets && class_at(p, i) == CLASS_NAME)
        k = i + 1;
    if (!k)
        return 0;
    if (!brackets)
        return is_fat_arrow(p, k) ? arrow_body_end(p, k + 2) : 0;
    for (unsigned n = 0; is(p, k, "->") || (n > 0 && n < 4 && !is(p, k, "{")); n++)
        k++;
    return is(p, k, "{") ? skip_group(p, k) : 0;
}

static bool foreign_closure(struct parser *p)
{
    unsigned end = foreign_closure_end(p, p->at);
    if (!end || !suspect(p, span_from(p, p->at, end), ""))
        return false;
    struct span head = span_from(p, p->at, is(p, p->at, "[") ? skip_group(p, p->at) : p->at + 1);
    error_at(p->s, head, "a closure begins with 'func'");
    note_at(p->s, head, "write 'func<int(int)> name = func(int a) -> int { ... };'");
    pass_operand(p, end);
    return true;
}

bool wrong_operand(struct parser *p)
{
    return slice(p) || foreign_closure(p);
}

// ---- values that are sent ----------------------------------------------------------------

// `struct{}{}`; `T{…}`, `struct T{…}`, `&T{…}`.
bool wrong_value(struct parser *p)
{
    unsigned first = p->at, i = first + is(p, first, "&");
    if (is(p, i, "struct") && is(p, i + 1, "{") && is(p, i + 2, "}") && is(p, i + 3, "{")) {
        unsigned end = skip_group(p, i + 3);
        error_at(p->s, span_from(p, first, end), "a chan<void> carries no value: send {}");
        p->at = end;
        return true;
    }
    i += is(p, i, "struct");
    if (class_at(p, i) != CLASS_NAME || !is(p, i + 1, "{"))
        return false;
    unsigned end = skip_group(p, i + 1);
    error_at(p->s, span_from(p, first, end), "a struct that is sent is its braces alone: %s",
             text_of(p, i + 1, end));
    if (i > first && is(p, first, "&"))
        note_at(p->s, span_from(p, first, end),
                "a pointer that is sent must point to memory that lives on, as malloc's does");
    p->at = end;
    return true;
}

// ---- functions ---------------------------------------------------------------------------

// `int f(int a) -> int {`, with the `{` next.
void wrong_result(struct parser *p, unsigned first)
{
    for (unsigned i = first; i + 1 < p->at; i = skip_token(p, i)) {
        if (!is(p, i, "(") || !is(p, skip_group(p, i), "->"))
            continue;
        unsigned arrow = skip_group(p, i);
        error_at(p->s, span_from(p, arrow, p->at),
                 "the result type of a function stands before its name; '->' is a closure's");
        add_wrong(p, span_from(p, arrow, p->at), "");
        return;
    }
}
