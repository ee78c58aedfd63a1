// What is neither C nor a construct, but was meant as one: Go's declarations, statements outside
// functions. It is reported in terms of what to write and passed over, so that the rest of the
// file can be analysed; in the twin stands something that clang has no opinion about.
//
// Some of it is certainly wrong. The rest could be C, with the macros and typedefs of a header:
// that is a suspicion until clang rejects it, and read as C until then. So no C program ever
// gets one of these errors.
#include "parser.h"

#include <ctype.h>
#include <string.h>

const char *unknown_variable(const char *name)
{
    return arena_printf("extern __typeof__(" UNKNOWN ") %s", name);
}

struct wrong *add_wrong(struct parser *p, struct span span, const char *instead)
{
    struct wrong *w = arena_alloc(sizeof *w);
    *w = (struct wrong){.next = p->wrongs, .span = span, .instead = instead};
    p->wrongs = w;
    return w;
}

struct wrong *break_node(struct parser *p, struct node *n, const char *instead)
{
    n->broken = true;
    return add_wrong(p, span_of(n->span.lo, behind(p)), instead);
}

void add_missing_at(struct parser *p, uint32_t at, const char *text)
{
    add_wrong(p, span_of(at, at), NULL)->behind = text;
}

void add_missing(struct parser *p, const char *text)
{
    add_missing_at(p, behind(p), text);
}

// ---- suspicions --------------------------------------------------------------------------

struct confirmed {
    struct confirmed *next;
    struct source *source;
    uint32_t lo;
};
static struct confirmed *all_confirmed;

void parse_confirm(struct source *s, struct span span)
{
    struct confirmed *c = arena_alloc(sizeof *c);
    *c = (struct confirmed){all_confirmed, s, span.lo};
    all_confirmed = c;
}

void parse_forget_confirmed(void)
{
    all_confirmed = NULL;
}

bool suspect(struct parser *p, struct span span, const char *says)
{
    for (const struct confirmed *c = all_confirmed; c; c = c->next)
        if (c->source == p->s && c->lo == span.lo)
            return true;
    struct suspicion *s = arena_alloc(sizeof *s);
    *s = (struct suspicion){p->suspicions, span, says};
    p->suspicions = s;
    return false;
}

// ---- passing over ------------------------------------------------------------------------

static bool begins_line(const struct parser *p, unsigned i)
{
    for (uint32_t at = tok(p, i)->lo; at > 0; at--) {
        char c = p->s->text[at - 1];
        if (c != ' ' && c != '\t')
            return c == '\n';
    }
    return true;
}

unsigned wrong_end(const struct parser *p, unsigned i)
{
    unsigned first = i;
    while (i < p->end && !is(p, i, "}") && (i == first || !begins_line(p, i))) {
        if (is(p, i, ";"))
            return i + 1;
        i = is(p, i, "(") || is(p, i, "[") || is(p, i, "{") ? skip_group(p, i) : i + 1;
    }
    return i < p->end ? i : p->end;
}

static struct span span_from(const struct parser *p, unsigned first, unsigned end)
{
    return span_of(tok(p, first)->lo, end > first ? tok(p, end - 1)->hi : tok(p, first)->hi);
}

static char *text_of(const struct parser *p, unsigned first, unsigned end)
{
    return span_text(p->s, span_from(p, first, end));
}

// Passes over the tokens up to `end`, which declare token `name`, about which nothing is known then
// (0: no name).
static void pass_over(struct parser *p, unsigned end, unsigned name)
{
    const char *instead = ";";
    if (name)
        instead = arena_printf("%s;", unknown_variable(text_of(p, name, name + 1)));
    struct wrong *w = add_wrong(p, span_from(p, p->at, end), instead);
    if (name)
        w->names = span_from(p, name, name + 1);
    p->at = end < p->end ? end : p->end;
}

// ---- Go's declarations -------------------------------------------------------------------

static bool is_type_token(const struct parser *p, unsigned i)
{
    return class_at(p, i) == CLASS_TYPE || class_at(p, i) == CLASS_TAG || type_end(p, i) ||
           is_word(p, i, WORD_CHAN | WORD_FUNC) || is(p, i, "*") || is(p, i, "[");
}

// `func name(…) … {`, `func (r *T) name(…) … {`: the index of its name, 0: it is none.
static unsigned go_function(const struct parser *p, unsigned i, unsigned *open)
{
    if (!is_word(p, i, WORD_FUNC))
        return 0;
    unsigned name = is(p, i + 1, "(") ? skip_group(p, i + 1) : i + 1;
    if (class_at(p, name) != CLASS_NAME || !is(p, name + 1, "("))
        return 0;
    unsigned k = skip_group(p, name + 1);
    while (k < p->end && !is(p, k, "{") && !is(p, k, ";") && !is(p, k, "}"))
        k = is(p, k, "(") || is(p, k, "[") ? skip_group(p, k) : k + 1;
    *open = k;
    return is(p, k, "{") ? name : 0;
}

static bool function_as_in_go(struct parser *p)
{
    unsigned open = 0, name = go_function(p, p->at, &open);
    if (!name || !suspect(p, span_from(p, p->at, name + 1), ""))
        return false;
    error_at(p->s, next_span(p), "a function is declared as in C, without 'func'");
    note_at(p->s, span_from(p, p->at, open),
            p->in_function
                ? "inside a function write 'func<int(int)> %s = func(int a) -> int { ... };'"
                : "write 'int %s(int a) { ... }', with the types before the names",
            text_of(p, name, name + 1));
    pass_over(p, skip_group(p, open), name);
    return true;
}

// sync.WaitGroup, which is go_waitgroup here; NULL for other types.
static char *sync_type(const struct parser *p, unsigned at)
{
    if (!is(p, at, "sync") || !is(p, at + 1, ".") || class_at(p, at + 2) != CLASS_NAME)
        return NULL;
    char *name = text_of(p, at + 2, at + 3);
    for (char *c = name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return name;
}

// `var x T = e`, `type T struct {…}`
static bool named_declaration_as_in_go(struct parser *p)
{
    bool var = is(p, p->at, "var"), type = is(p, p->at, "type");
    if ((!var && !type) || class_at(p, p->at + 1) != CLASS_NAME)
        return false;
    if (!is(p, p->at + 2, "=") && !is(p, p->at + 2, ",") && !is_type_token(p, p->at + 2) &&
        class_at(p, p->at + 2) != CLASS_NAME)
        return false;
    if (!suspect(p, span_from(p, p->at, p->at + 3), ""))
        return false;
    char *name = text_of(p, p->at + 1, p->at + 2);
    error_at(p->s, next_span(p), "C has no '%s' declarations", text_of(p, p->at, p->at + 1));
    char *sync = var ? sync_type(p, p->at + 2) : NULL;
    if (sync)
        note_at(p->s, next_span(p), "write 'go_%s %s;'", sync, name);
    else if (type)
        note_at(p->s, next_span(p), "write 'struct %s { ... };' or 'typedef ... %s;'", name, name);
    else
        note_at(p->s, next_span(p),
                p->in_function
                    ? "write the type before the name, as in 'int %s = ...;', or '%s := ...;'"
                    : "write the type before the name, as in 'int %s = ...;'",
                name, name);
    pass_over(p, wrong_end(p, p->at), p->at + 1);
    return true;
}

static void whole_language(struct parser *p)
{
    error_at(p->s, next_span(p), "this is Go; gocc takes C with Go's goroutines and channels");
    add_wrong(p, span_of(here(p), p->s->size), "");
    p->at = p->end;
}

static bool import_as_in_go(struct parser *p)
{
    bool string = p->at + 1 < p->end && p->t[p->at + 1].token.kind == TOK_STRING;
    if (p->in_function || !is(p, p->at, "import") || (!string && !is(p, p->at + 1, "(")) ||
        !suspect(p, next_span(p), ""))
        return false;
    unsigned behind = skip_token(p, p->at + 1);
    if (is(p, behind, "package") && begins_line(p, behind)) {
        whole_language(p);
        return true;
    }
    error_at(p->s, next_span(p), "C has no 'import'");
    note_at(p->s, next_span(p), "headers are included: #include <stdio.h>");
    pass_over(p, wrong_end(p, p->at), 0);
    return true;
}

// `chan c;`, `chan<> c;`, `func f;`, `func<int> f;`
static bool type_without_brackets(struct parser *p)
{
    if (!is_word(p, p->at, WORD_CHAN | WORD_FUNC) || type_end(p, p->at) || go_type_end(p, p->at) ||
        is(p, p->at + 1, "(") || is(p, p->at + 1, "{") ||
        !suspect(p, span_from(p, p->at, p->at + 1), ""))
        return false;
    unsigned end = wrong_end(p, p->at), shown = p->at + 1;
    if (is(p, shown, "<"))
        while (shown < end && !is(p, shown - 1, ">") && !is(p, shown, ";"))
            shown = skip_token(p, shown);
    error_at(p->s, span_from(p, p->at, shown),
             is_word(p, p->at, WORD_CHAN)
                 ? "expected an element type in angle brackets, as in chan<int>"
                 : "expected a function type in angle brackets, as in func<int(int)>");
    add_wrong(p, span_from(p, p->at, end), ";")->names = span_from(p, shown, end);
    p->at = end;
    return true;
}

bool wrong_declaration(struct parser *p)
{
    return function_as_in_go(p) || type_without_brackets(p) || named_declaration_as_in_go(p) ||
           import_as_in_go(p);
}

// ---- outside functions -------------------------------------------------------------------

// `go f();`, `defer f();`, `select {`
static const char *statement_of_ours(const struct parser *p, unsigned i)
{
    bool starts = class_at(p, i + 1) == CLASS_NAME || is(p, i + 1, "{");
    if (is_word(p, i, WORD_GO | WORD_DEFER) && starts)
        return is(p, i, "go") ? "go" : "defer";
    return is_select(p, i) ? "select" : NULL;
}

bool wrong_outside(struct parser *p)
{
    const char *word = statement_of_ours(p, p->at);
    if (word && suspect(p, span_from(p, p->at, p->at + 2), "")) {
        error_at(p->s, next_span(p), "a %s statement stands inside a function", word);
        pass_over(p, wrong_end(p, p->at), 0);
        return true;
    }
    if (class_at(p, p->at) == CLASS_NAME && is_declare(p, p->at + 1)) {
        error_at(p->s, span_of(tok(p, p->at + 1)->lo, tok(p, p->at + 1)->lo + 2),
                 "':=' declares a variable only as a statement inside a function");
        note_at(p->s, next_span(p), "outside functions write its type: 'int %s = ...;'",
                text_of(p, p->at, p->at + 1));
        pass_over(p, wrong_end(p, p->at), p->at);
        return true;
    }
    return false;
}

// ---- types -------------------------------------------------------------------------------

// The index behind `int`, `unsigned long`, `struct s`, `name`, each with stars. A lone name is one
// only where another follows, which it declares, or nothing that could be declared.
static unsigned plain_type_end(const struct parser *p, unsigned i)
{
    unsigned first = i;
    if (go_type_end(p, i))
        return go_type_end(p, i);
    if (type_end(p, i))
        return type_end(p, i);
    while (class_at(p, i) == CLASS_TYPE)
        i++;
    if (class_at(p, i) == CLASS_TAG && class_at(p, i + 1) == CLASS_NAME)
        i += 2;
    if (i == first && class_at(p, i) == CLASS_NAME &&
        (class_at(p, i + 1) == CLASS_NAME || i + 1 >= p->end || is(p, i + 1, ")") ||
         is(p, i + 1, ",")))
        i++;
    while (i > first && is(p, i, "*"))
        i++;
    return i > first ? i : 0;
}

unsigned go_type_end(const struct parser *p, unsigned i)
{
    if (is_arrow(p, i))
        i += 2;
    if (!is_word(p, i, WORD_CHAN) || type_end(p, i))
        return 0;
    i++;
    if (is_arrow(p, i))
        i += 2;
    return plain_type_end(p, i);
}

bool is_go_type(struct parser *p, unsigned i)
{
    if (!go_type_end(p, i))
        return false;
    if (is_arrow(p, i) || (is(p, i - 1, "(") && is_word(p, i - 2, WORD_MAKE)))
        return true;
    bool certain = is_arrow(p, i + 1) || class_at(p, i + 1) != CLASS_NAME ||
                   go_type_end(p, i + 1) || is_type_name(p, i + 1);
    return certain || suspect(p, span_from(p, i, i + 1), "");
}

// The type at token i as it should be written.
static const char *right_type(const struct parser *p, unsigned i, unsigned end)
{
    if (!go_type_end(p, i))
        return text_of(p, i, end);
    bool receives = is_arrow(p, i);
    i += receives ? 3 : 1;
    bool sends = is_arrow(p, i);
    i += sends ? 2 : 0;
    return arena_printf("%schan<%s%s>", receives ? "<-" : "", sends ? "-" : "",
                        right_type(p, i, end));
}

void go_type(struct parser *p)
{
    struct node *n = open_node(p, NODE_CHAN_TYPE);
    unsigned end = go_type_end(p, p->at);
    if (!n->parent || n->parent->kind != NODE_CHAN_TYPE)
        error_at(p->s, span_from(p, p->at, end),
                 "the element type of a channel stands in angle brackets: %s",
                 right_type(p, p->at, end));
    n->dir = is_arrow(p, p->at) ? CHAN_RECV : CHAN_BOTH;
    p->at += n->dir == CHAN_RECV ? 3 : 1;
    if (is_arrow(p, p->at)) {
        n->dir = CHAN_SEND;
        p->at += 2;
    }
    n->elem = span_from(p, p->at, end);
    unsigned saved = p->end;
    p->end = end;
    if (go_type_end(p, p->at))
        go_type(p);
    else
        expression(p, IN_ARGUMENTS);
    p->end = saved;
    p->at = end;
    close_node(p, n);
}

// ---- closures ----------------------------------------------------------------------------

unsigned go_closure_body(struct parser *p, unsigned i)
{
    if (!is_word(p, i, WORD_FUNC))
        return 0;
    unsigned k = is(p, i + 1, "(") ? skip_group(p, i + 1) : i + 1, first = k;
    bool old_arrow = is(p, k, "=") && is(p, k + 1, ">");
    k += old_arrow ? 2 : 0;
    while (k < p->end && (is_type_token(p, k) || (class_at(p, k) == CLASS_NAME && k <= first + 3)))
        k = is(p, k, "[") ? skip_group(p, k) : type_end(p, k) ? type_end(p, k) : k + 1;
    if (is(p, first, "->") && is(p, first + 1, "{")) {
        error_at(p->s, span_from(p, first, first + 1),
                 "expected the closure's result type after '->'");
        return first + 1;
    }
    bool certain = i > 0 && is_word(p, i - 1, WORD_GO | WORD_DEFER);
    if (!is(p, k, "{") || (k == first && is(p, i + 1, "(")) ||
        (!certain && !suspect(p, span_from(p, i, first + 1), "")))
        return 0;
    if (first == i + 1) {
        error_at(p->s, span_of(tok(p, first)->lo, tok(p, first)->hi),
                 "expected the parameters of the closure: func() { ... }");
        return k;
    }
    error_at(p->s, span_from(p, first, k), "the result type of a closure stands behind '->'");
    if (!old_arrow)
        note_at(p->s, span_from(p, first, k), "write 'func(...) -> %s { ... }'",
                text_of(p, first, k));
    return k;
}

bool wrong_parameter(struct parser *p)
{
    unsigned name = p->at;
    bool after = is_type_token(p, name + 1) && !is(p, name + 1, "*") && !is(p, name + 1, "[");
    if (class_at(p, name) != CLASS_NAME || !after || is_type_name(p, name) ||
        !suspect(p, span_from(p, name, name + 1), ""))
        return false;
    unsigned end = name + 1;
    while (end < p->end && !is(p, end, ","))
        end = skip_token(p, end);
    error_at(p->s, span_from(p, name, end), "the type of a parameter stands before its name: %s %s",
             text_of(p, name + 1, end), text_of(p, name, name + 1));
    add_wrong(p, span_from(p, name, end),
              arena_printf("__typeof__(" UNKNOWN ") %s", text_of(p, name, name + 1)))
        ->names = span_from(p, name, name + 1);
    p->at = end;
    return true;
}

// ---- headers -----------------------------------------------------------------------------

unsigned skip_token(const struct parser *p, unsigned i)
{
    return is(p, i, "(") || is(p, i, "[") || is(p, i, "{") ? skip_group(p, i) : i + 1;
}

unsigned header_end(const struct parser *p, unsigned i)
{
    while (i < p->end && !is(p, i, "{") && !is(p, i, "}"))
        i = skip_token(p, i);
    return i < p->end ? i : p->end;
}

// Certain are the headers that only Go has; a macro may stand for others: `if unlikely(x) {`.
bool wrong_header(struct parser *p, unsigned i)
{
    unsigned first = i + 1, end = header_end(p, first);
    bool certain = is(p, i, "for") && first == end;
    for (unsigned k = first; k < end; k = skip_token(p, k))
        certain = certain || is_declare(p, k);
    for (unsigned k = first + 1; k <= end; k++)
        if (begins_line(p, k))
            return false;
    if (!is(p, end, "{") ||
        (!certain && !suspect(p, span_from(p, first, first + 1), "expected '('")))
        return false;
    struct span at = span_of(tok(p, first)->lo, tok(p, first)->hi);
    const char *word = text_of(p, i, i + 1);
    error_at(p->s, at, "expected '(' after '%s'", word);
    note_at(p->s, at, "the header stands in parentheses: %s (%s) { ... }", word,
            first == end ? is(p, i, "for") ? ";;" : "..." : text_of(p, first, end));
    return true;
}

bool wrong_for(struct parser *p)
{
    unsigned word = p->at;
    for (; word < p->end; word = skip_token(p, word)) {
        if (is(p, word, ";") || is(p, word, "?") || is(p, word, "="))
            return false;
    }
    for (word = p->at; word < p->end; word = skip_token(p, word))
        if (word > p->at && (is(p, word, ":") || is(p, word, "in") || is(p, word, "range")))
            break;
    if (word >= p->end || class_at(p, word - 1) != CLASS_NAME ||
        !suspect(p, span_from(p, p->at, p->end), ""))
        return false;
    struct span all = span_from(p, p->at, p->end);
    const char *name = text_of(p, word - 1, word);
    unsigned over = word + 1 < p->end && is(p, word + 1, "range") ? word + 2 : word + 1;
    error_at(p->s, all, "this is no header of a for in C");
    note_at(p->s, all, "to go over a channel, an array or up to a number: for (%s := range %s)",
            name, text_of(p, over, p->end));
    add_wrong(p, all, arena_printf("__typeof__(" UNKNOWN ") %s;;", name))->names =
        span_from(p, word - 1, word);
    p->at = p->end;
    return true;
}

bool wrong_label(struct parser *p)
{
    unsigned end = p->at;
    bool receives = is_arrow(p, p->at);
    while (end < p->end && !is(p, end, ";") && !is(p, end, "}") &&
           (!is(p, end, ":") || is_declare(p, end))) {
        receives = receives || is_declare(p, end);
        end = skip_token(p, end);
    }
    if (!receives || !is(p, end, ":"))
        return false;
    struct span at = span_from(p, p->at, end);
    error_at(p->s, at, "a switch does not wait for channels: write 'select { case ...: }'");
    add_wrong(p, at, UNKNOWN)->names = at;
    p->at = end;
    return true;
}

bool wrong_condition(struct parser *p)
{
    for (unsigned i = p->at; i < p->end; i = is(p, i, "{") ? skip_group(p, i) : i + 1)
        if (is_declare(p, i)) {
            error_at(p->s, span_of(tok(p, i)->lo, tok(p, i)->lo + 2),
                     "':=' cannot stand in a condition: declare the variable before it");
            struct wrong *w = add_wrong(p, span_from(p, p->at, p->end), UNKNOWN);
            w->names = span_from(p, p->at, i);
            p->at = p->end;
            return true;
        }
    return false;
}

bool wrong_language(struct parser *p)
{
    static const char *const next[] = {"import", "func", "type", "var", "const"};
    if (!is(p, p->at, "package") || class_at(p, p->at + 1) != CLASS_NAME ||
        !begins_line(p, p->at + 2))
        return false;
    for (unsigned i = 0; i < sizeof next / sizeof *next; i++)
        if (is(p, p->at + 2, next[i])) {
            whole_language(p);
            return true;
        }
    return false;
}
