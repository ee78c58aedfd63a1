// The parser's tokens, nodes and names of types.
#include "parser.h"

#include <string.h>

// ---- tokens ------------------------------------------------------------------------------

bool is(const struct parser *p, unsigned i, const char *text)
{
    return i < p->end && token_is(p->s, &p->t[i].token, text);
}

enum word_class class_at(const struct parser *p, unsigned i)
{
    return i < p->end ? (enum word_class)p->t[i].class : CLASS_NONE;
}

bool is_word(const struct parser *p, unsigned i, unsigned words)
{
    if (i >= p->end || !(p->t[i].word & words & ~p->declared.words & ~(unsigned)p->t[i].macros))
        return false;
    if (i == 0 || i == p->result_at)
        return true;
    return !is(p, i - 1, ".") && !is(p, i - 1, "->") && !is(p, i - 1, "goto") &&
           class_at(p, i - 1) != CLASS_TAG;
}

static bool touches(const struct parser *p, unsigned i, char first, char second)
{
    if (i + 1 >= p->end)
        return false;
    const struct token *a = &p->t[i].token, *b = &p->t[i + 1].token;
    return a->kind == TOK_PUNCT && b->kind == TOK_PUNCT && a->hi - a->lo == 1 &&
           b->hi - b->lo == 1 && a->hi == b->lo && p->s->text[a->lo] == first &&
           p->s->text[b->lo] == second;
}

bool is_arrow(const struct parser *p, unsigned i)
{
    return touches(p, i, '<', '-');
}

bool is_declare(const struct parser *p, unsigned i)
{
    return touches(p, i, ':', '=');
}

bool is_receive(const struct parser *p, unsigned i)
{
    return is_arrow(p, i) && !type_end(p, i);
}

unsigned match_of(const struct parser *p, unsigned i)
{
    unsigned m = i < p->end ? p->t[i].match : 0;
    return m && m < p->end ? m : p->end;
}

// Where what an unmatched `(` or `[` opens may end: the statement, or the block.
static unsigned end_of_unmatched(const struct parser *p)
{
    unsigned i = p->at + 1;
    while (i < p->end && !is(p, i, ";") && !is(p, i, "{") && !is(p, i, "}"))
        i = match_of(p, i) < p->end ? skip_group(p, i) : i + 1;
    return i;
}

struct bracket enter(struct parser *p)
{
    struct bracket b = {match_of(p, p->at), p->end, false};
    if (b.close == p->end && !is(p, p->at, "{"))
        b.close = end_of_unmatched(p), b.unmatched = true;
    p->at++;
    p->end = b.close;
    return b;
}

void leave(struct parser *p, struct bracket b)
{
    p->end = b.end;
    p->at = b.close >= b.end ? p->at : b.close + !b.unmatched;
}

bool accept(struct parser *p, const char *text)
{
    if (!is(p, p->at, text))
        return false;
    p->at++;
    return true;
}

void give_up(struct parser *p)
{
    if (!p->gave_up)
        error_at(p->s, at_end(p) ? span_of(behind(p), behind(p)) : next_span(p),
                 "nested too deeply");
    p->gave_up = true;
    p->at = p->end;
}

bool too_deep(struct parser *p)
{
    if (++p->depth < MAX_DEPTH)
        return false;
    give_up(p);
    return true;
}

const char *missing_semicolon(struct parser *p, const char *what)
{
    if (accept(p, ";"))
        return NULL;
    unsigned line, next_line, column;
    uint32_t end = behind(p);
    source_position(p->s, end ? end - 1 : 0, &line, &column);
    source_position(p->s, here(p), &next_line, &column);
    bool on_next = line == next_line && !at_end(p);
    error_at(p->s, on_next ? next_span(p) : span_of(end, end), "expected ';' after %s", what);
    add_missing(p, ";");
    return what;
}

// ---- nodes -------------------------------------------------------------------------------

// A node with the end of its list of children.
struct build {
    struct node node;
    struct node *last;
};

static struct node **last_of(struct node *n)
{
    return &((struct build *)n)->last;
}

static void append(struct node *parent, struct node *n)
{
    struct node **last = last_of(parent);
    n->parent = parent;
    if (*last)
        (*last)->next = n;
    else
        parent->child = n;
    *last = n;
}

static struct node *new_node(struct parser *p, enum node_kind kind, uint32_t lo)
{
    struct node *n = arena_alloc(sizeof(struct build));
    n->kind = kind;
    n->source = p->s;
    n->span = span_of(lo, lo);
    return n;
}

struct node *open_node(struct parser *p, enum node_kind kind)
{
    struct node *n = new_node(p, kind, here(p));
    if (p->node)
        append(p->node, n);
    p->node = n;
    return n;
}

void close_node(struct parser *p, struct node *n)
{
    uint32_t hi = behind(p);
    n->span.hi = hi > n->span.lo ? hi : n->span.lo;
    p->node = n->parent;
}

struct node *last_child(const struct parser *p)
{
    return *last_of(p->node);
}

struct node *adopt(struct parser *p, enum node_kind kind, uint32_t lo, struct node *mark)
{
    struct node *n = new_node(p, kind, lo), *parent = p->node;
    struct node *first = mark ? mark->next : parent->child;
    if (mark)
        mark->next = NULL;
    else
        parent->child = NULL;
    *last_of(parent) = mark;
    for (struct node *next; first; first = next) {
        next = first->next;
        first->next = NULL;
        append(n, first);
    }
    append(parent, n);
    p->node = n;
    return n;
}

// Requires: n is the last child of its parent.
void dissolve(struct node *n)
{
    struct node *parent = n->parent, *before = NULL;
    for (struct node *c = parent->child; c != n; c = c->next)
        before = c;
    if (before)
        before->next = NULL;
    else
        parent->child = NULL;
    *last_of(parent) = before;
    for (struct node *c = n->child, *next; c; c = next) {
        next = c->next;
        c->next = NULL;
        append(parent, c);
    }
}

// ---- names of types ----------------------------------------------------------------------

struct name {
    const char *text;
    uint32_t size;
    struct name *next;
};
static struct name *type_names[1024]; // at file scope, of every file and header so far

// A name that is declared in a function; or, when it is no type, a type's name that is hidden.
struct named {
    const struct named *next;
    const char *text;
    uint32_t size;
    bool is_type;
};

static struct name **bucket(const char *text, uint32_t size)
{
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return &type_names[hash % 1024];
}

static bool find_type_name(const char *text, uint32_t size)
{
    for (struct name *n = *bucket(text, size); n; n = n->next)
        if (n->size == size && memcmp(n->text, text, size) == 0)
            return true;
    return false;
}

static void add_type_name(const char *text, uint32_t size)
{
    if (find_type_name(text, size))
        return;
    struct name **b = bucket(text, size), *n = arena_alloc(sizeof *n);
    *n = (struct name){text, size, *b};
    *b = n;
}

void forget_type_names(void)
{
    memset(type_names, 0, sizeof type_names);
}

void parse_add_type_name(const char *name)
{
    add_type_name(arena_copy(name, strlen(name)), (uint32_t)strlen(name));
}

void declare_word(struct parser *p, unsigned i)
{
    if (i < p->end)
        p->declared.words |= p->t[i].word;
}

static const struct named *find_named(const struct parser *p, unsigned i)
{
    const struct token *t = tok(p, i);
    const struct named *n = p->declared.names;
    while (n && !(n->size == t->hi - t->lo && !memcmp(n->text, p->s->text + t->lo, n->size)))
        n = n->next;
    return n;
}

bool is_type_name(const struct parser *p, unsigned i)
{
    const struct token *t = tok(p, i);
    if (class_at(p, i) != CLASS_NAME)
        return false;
    const struct named *n = find_named(p, i);
    return n ? n->is_type : find_type_name(p->s->text + t->lo, t->hi - t->lo);
}

static void declare_named(struct parser *p, unsigned i, bool is_type)
{
    const struct token *t = tok(p, i);
    struct named *n = arena_alloc(sizeof *n);
    *n = (struct named){p->declared.names, p->s->text + t->lo, t->hi - t->lo, is_type};
    p->declared.names = n;
}

void declare_variable(struct parser *p, unsigned i)
{
    declare_word(p, i);
    if (is_type_name(p, i))
        declare_named(p, i, false);
}

void declare_type(struct parser *p, unsigned i)
{
    const struct token *t = tok(p, i);
    declare_word(p, i);
    if (p->in_function || find_named(p, i))
        declare_named(p, i, true);
    if (!p->in_function)
        add_type_name(p->s->text + t->lo, t->hi - t->lo);
}

unsigned skip_group(const struct parser *p, unsigned i)
{
    return match_of(p, i) + 1;
}
