// Definitions of macros, read from the directive when a use asks for them.
#define _GNU_SOURCE
#include "macro_internal.h"

#include "scan.h"
#include "view.h"

#include <ctype.h>
#include <string.h>

// ---- tokens ------------------------------------------------------------------------------

void mtoken_push(struct mtokens *list, struct mtoken t)
{
    if (!list->t || list->n == list->room) {
        list->room = list->room ? list->room * 2 : 8;
        struct mtoken *more = arena_alloc(list->room * sizeof *more);
        if (list->t)
            memcpy(more, list->t, list->n * sizeof *more);
        list->t = more;
    }
    list->t[list->n++] = t;
}

bool mtoken_is(const struct mtoken *t, const char *text)
{
    return t->kind != TOK_STRING && t->kind != TOK_CHAR && strlen(text) == t->size &&
           !memcmp(t->text, text, t->size);
}

// ---- directives --------------------------------------------------------------------------

// What follows `#name`, as an offset; 0 when it is another directive.
static uint32_t behind_name(const struct source *s, const struct token *t, const char *name)
{
    if (t->kind != TOK_DIRECTIVE)
        return 0;
    uint32_t at = t->lo + (s->text[t->lo] == '%' ? 2 : 1);
    size_t size = strlen(name);
    while (at < t->hi && isspace((unsigned char)s->text[at]))
        at++;
    if (t->hi - at <= size || memcmp(s->text + at, name, size) != 0 ||
        !isspace((unsigned char)s->text[at + size]))
        return 0;
    for (at += (uint32_t)size; at < t->hi && strchr(" \t\\\r\n", s->text[at]); at++) {
    }
    return at;
}

static struct span name_at(const struct source *s, uint32_t lo)
{
    uint32_t hi = lo;
    while (lo && (isalnum((unsigned char)s->text[hi]) || s->text[hi] == '_' || s->text[hi] == '$'))
        hi++;
    return span_of(lo, hi);
}

struct span macro_define_name(const struct source *s, const struct token *directive)
{
    return name_at(s, behind_name(s, directive, "define"));
}

struct span macro_undef_name(const struct source *s, const struct token *directive)
{
    return name_at(s, behind_name(s, directive, "undef"));
}

// ---- reading -----------------------------------------------------------------------------

// Reads `(a, b, ...)` behind the name; the index of the first token of the body, 0: not valid.
static unsigned read_parameters(struct macro *m, const struct source *s)
{
    unsigned i = 2, room = s->n_tokens;
    m->function_like = true;
    m->params = arena_alloc(room * sizeof *m->params);
    for (; !token_is(s, &s->tokens[i], ")"); i++) {
        const struct token *t = &s->tokens[i];
        if (t->kind == TOK_EOF)
            return 0;
        if (token_is(s, t, "...")) {
            m->variadic = true;
            if (!token_is(s, t - 1, "(") && !token_is(s, t - 1, ","))
                continue; // args...: has been counted
            m->params[m->n_params++] = "__VA_ARGS__";
        } else if (t->kind == TOK_IDENT) {
            m->params[m->n_params++] = span_text(s, span_of(t->lo, t->hi));
        }
    }
    return i + 1;
}

static int parameter_number(const struct macro *m, const struct mtoken *t)
{
    for (unsigned i = 0; t->kind == TOK_IDENT && i < m->n_params; i++)
        if (mtoken_is(t, m->params[i]))
            return (int)i;
    return -1;
}

static bool begins_construct(const struct source *s, const struct token *t)
{
    if (token_is_arrow(s, t) || token_is_declare(s, t))
        return true;
    return t->kind == TOK_IDENT && word_named(s->text + t->lo, t->hi - t->lo) &&
           !token_is(s, t - 1, ".") && !token_is(s, t - 1, "->");
}

static void read_body(struct macro *m, const struct source *s, unsigned i, uint32_t base)
{
    for (; s->tokens[i].kind != TOK_EOF; i++) {
        const struct token *t = &s->tokens[i];
        struct mtoken *last = m->body.n ? &m->body.t[m->body.n - 1] : NULL;
        if (last && (token_is(s, t, "##") || token_is(s, t, "%:%:"))) {
            last->paste = true;
            continue;
        }
        struct mtoken new = {.kind = t->kind,
                             .text = span_text(s, span_of(t->lo, t->hi)),
                             .size = t->hi - t->lo,
                             .space = t->lo > t[-1].hi,
                             .macro = m,
                             .at = base + t->lo};
        new.param = parameter_number(m, &new);
        new.is_construct = new.param < 0 && begins_construct(s, t);
        if (last && m->function_like && new.param >= 0 && mtoken_is(last, "#")) {
            new.stringify = true;
            new.space = last->space;
            m->body.n--;
        }
        mtoken_push(&m->body, new);
    }
}

static const struct token *directive_around(const struct source *s, uint32_t at)
{
    const struct token *t = &s->tokens[token_index(s, at)]; // begins behind it
    return t > s->tokens && t[-1].kind == TOK_DIRECTIVE && at < t[-1].hi ? t - 1 : NULL;
}

// A header, read when the first of its definitions is used.
static struct source *read_header(const char *path)
{
    struct known {
        struct known *next;
        const char *path;
        struct source *source;
    };
    static struct known *all;
    for (const struct known *k = all; k; k = k->next)
        if (!strcmp(k->path, path))
            return k->source;
    struct known *k = arena_alloc(sizeof *k);
    *k = (struct known){all, path, source_read(path)};
    if (k->source)
        lex_quietly(k->source);
    all = k;
    return k->source;
}

static void read_definition(struct macro *m)
{
    m->read = true;
    if (!m->source && m->path)
        m->source = read_header(m->path);
    const struct token *t = m->source ? directive_around(m->source, m->at) : NULL;
    if (!t)
        return;
    struct source *s = source_from_text(m->source->path, m->source->text + m->at, t->hi - m->at);
    lex_definition(s);
    unsigned body = 1;
    if (token_is(s, &s->tokens[1], "(") && s->tokens[1].lo == s->tokens[0].hi)
        body = read_parameters(m, s);
    if (!body)
        return;
    read_body(m, s, body, m->at);
    m->usable = true;
}

// Whether a construct can begin with t when next stands behind it.
static bool suits_construct(const struct mtoken *t, const struct mtoken *next)
{
    static const struct {
        const char *word, *behind;
    } rules[] = {{"chan", "<"}, {"select", "{"}, {"func", "(<{"}, {"go", "({*"}, {"defer", "({*"}};
    if (t->kind != TOK_IDENT)
        return true; // `<-`, `:=`
    if (!next)
        return false;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (mtoken_is(t, rules[i].word))
            return strchr(rules[i].behind, *next->text) ||
                   (next->kind == TOK_IDENT && (*t->text == 'g' || *t->text == 'd'));
    if (mtoken_is(t, "range"))
        return next->kind == TOK_IDENT || next->kind == TOK_NUMBER;
    return mtoken_is(next, "(");
}

static bool body_holds_construct(const struct source *s, const struct token *define, bool surely)
{
    static const char *const signs[] = {"<-",   ":=",    "go",    "chan",  "sel",
                                        "func", "defer", "range", "make",  "close",
                                        "len",  "cap",   "panic", "recov", "##"};
    bool possible = false;
    for (size_t i = 0; i < sizeof signs / sizeof *signs && !possible; i++)
        possible = memmem(s->text + define->lo, define->hi - define->lo, signs[i],
                          strlen(signs[i])) != NULL;
    if (!possible)
        return false;
    struct macro m = {.source = (struct source *)s, .at = macro_define_name(s, define).lo};
    if (m.at)
        read_definition(&m);
    for (unsigned i = 0; i < m.body.n; i++) {
        const struct mtoken *t = &m.body.t[i], *next = i + 1 < m.body.n ? t + 1 : NULL;
        if (t->is_construct && (!surely || suits_construct(t, next)))
            return true;
    }
    return false;
}

bool macro_may_hold_construct(const struct source *s, const struct token *define)
{
    return body_holds_construct(s, define, false);
}

bool macro_holds_construct(const struct source *s, const struct token *define)
{
    return body_holds_construct(s, define, true);
}

// ---- the set -----------------------------------------------------------------------------

enum { MACRO_BUCKETS = 4096 };

struct macro_set {
    struct macro *macros[MACRO_BUCKETS]; // the latest definition of a name stands first
};

struct macro_set *macro_set_new(void)
{
    return arena_alloc(sizeof(struct macro_set));
}

static struct macro **bucket(struct macro_set *set, const char *text, uint32_t size)
{
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return &set->macros[hash % MACRO_BUCKETS];
}

static struct macro **find(struct macro_set *set, const char *text, uint32_t size)
{
    struct macro **m = bucket(set, text, size);
    while (*m && !(strlen((*m)->name) == size && !memcmp((*m)->name, text, size)))
        m = &(*m)->next;
    return m;
}

void macro_define(struct macro_set *set, const char *name, struct source *s, const char *path,
                  uint32_t at, bool by_user)
{
    macro_undefine(set, name);
    struct macro **b = bucket(set, name, (uint32_t)strlen(name)), *m = arena_alloc(sizeof *m);
    *m = (struct macro){
        .next = *b, .name = name, .source = s, .path = path, .at = at, .by_user = by_user};
    *b = m;
}

void macro_undefine(struct macro_set *set, const char *name)
{
    struct macro **m = find(set, name, (uint32_t)strlen(name));
    if (*m)
        *m = (*m)->next;
}

struct macro *macro_find(struct macro_set *set, const char *text, uint32_t size)
{
    struct macro *m = *find(set, text, size);
    if (m && !m->read)
        read_definition(m);
    return m && m->usable ? m : NULL;
}
