// Makes the view of a source: conditional groups, brackets, keywords.
#include "view.h"

#include "parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// ---- words -------------------------------------------------------------------------------

unsigned word_named(const char *text, uint32_t size)
{
    static const char *const words[] = {"go",   "chan",  "select", "func", "defer", "range",
                                        "make", "close", "len",    "cap",  "panic", "recover"};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == size && memcmp(words[i], text, size) == 0)
            return 1u << i;
    return 0;
}

static const struct {
    enum word_class class;
    const char *words; // with a space before and behind each
} keywords[] = {
    {CLASS_TYPE,
     " void char short int long float double signed unsigned bool _Bool _Complex __int128 "
     "const volatile restrict static extern inline auto register typedef _Thread_local "
     "thread_local __thread _Noreturn constexpr __auto_type __const __const__ __volatile "
     "__volatile__ __restrict __restrict__ __inline __inline__ __signed __signed__ "
     "_Float16 _Float32 _Float64 _Float128 __float128 _Static_assert static_assert "
     "_Decimal32 _Decimal64 _Decimal128 __complex__ __label__ __builtin_va_list "},
    {CLASS_TAG, " struct union enum "},
    {CLASS_TYPEOF, " typeof __typeof__ __typeof typeof_unqual __typeof_unqual__ _Atomic _Alignas "
                   "alignas _BitInt "},
    {CLASS_ATTRIBUTE, " __attribute__ __attribute asm __asm__ __asm __declspec "},
    {CLASS_SIZEOF, " sizeof _Alignof alignof __alignof__ __alignof "},
    {CLASS_PREFIX, " __extension__ __real__ __imag__ __real __imag "},
    {CLASS_STATEMENT, " if else for while do switch case default return break continue goto "},
};

static enum word_class class_of(const char *text, uint32_t size)
{
    char padded[32];
    if (size + 3 > sizeof padded)
        return CLASS_NAME;
    padded[0] = padded[size + 1] = ' ';
    memcpy(padded + 1, text, size);
    padded[size + 2] = 0;
    for (unsigned i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (strstr(keywords[i].words, padded))
            return keywords[i].class;
    return CLASS_NAME;
}

bool is_keyword(const char *text, uint32_t size)
{
    return class_of(text, size) != CLASS_NAME;
}

// An identifier's text without the line splices in it.
static const char *plain_text(const struct source *s, const struct token *t, uint32_t *size)
{
    *size = t->hi - t->lo;
    if (!memchr(s->text + t->lo, '\\', *size))
        return s->text + t->lo;
    char *copy = arena_alloc(*size + 1);
    uint32_t n = 0;
    for (uint32_t i = t->lo; i < t->hi; i++)
        if (s->text[i] != '\\' && s->text[i] != '\n' && s->text[i] != '\r')
            copy[n++] = s->text[i];
    *size = n;
    return copy;
}

// ---- conditional groups ------------------------------------------------------------------

enum directive { DIR_OTHER, DIR_IF, DIR_ELSE, DIR_ENDIF, DIR_DEFINE, DIR_UNDEF };

// The directive's kind; *rest is the offset of what follows its name.
static enum directive directive_of(const struct source *s, const struct token *t, uint32_t *rest)
{
    static const struct {
        const char *name;
        enum directive kind;
    } names[] = {{"if", DIR_IF},         {"ifdef", DIR_IF},    {"ifndef", DIR_IF},
                 {"elif", DIR_ELSE},     {"else", DIR_ELSE},   {"elifdef", DIR_ELSE},
                 {"elifndef", DIR_ELSE}, {"endif", DIR_ENDIF}, {"define", DIR_DEFINE},
                 {"undef", DIR_UNDEF}};
    uint32_t at = t->lo + (s->text[t->lo] == '%' ? 2 : 1);
    while (at < t->hi && isspace((unsigned char)s->text[at]))
        at++;
    uint32_t lo = at;
    while (at < t->hi && isalpha((unsigned char)s->text[at]))
        at++;
    *rest = at;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i].name) == at - lo && memcmp(names[i].name, s->text + lo, at - lo) == 0)
            return names[i].kind;
    return DIR_OTHER;
}

// The directive's text is, but for white space, exactly this.
static bool directive_says(const struct source *s, const struct token *t, const char *text)
{
    uint32_t at = t->lo;
    while (at < t->hi && *text) {
        if (isspace((unsigned char)s->text[at])) {
            at++;
            continue;
        }
        if (s->text[at] != *text)
            return false;
        at++, text++;
    }
    while (at < t->hi && isspace((unsigned char)s->text[at]))
        at++;
    bool comment = at + 1 < t->hi && s->text[at] == '/' && strchr("/*", s->text[at + 1]);
    return !*text && (at == t->hi || comment);
}

static int bracket_weight(const struct source *s, const struct token *t)
{
    if (t->kind != TOK_PUNCT || t->hi - t->lo != 1)
        return 0;
    switch (s->text[t->lo]) {
    case '(':
        return 1;
    case ')':
        return -1;
    case '[':
        return 1 << 10;
    case ']':
        return -(1 << 10);
    case '{':
        return 1 << 20;
    case '}':
        return -(1 << 20);
    default:
        return 0;
    }
}

// The groups of the #if at token i can stand one after the other: each balances its brackets, or
// there is only one.
static bool groups_balance(const struct source *s, unsigned i)
{
    unsigned depth = 0, groups = 1;
    bool balanced = true;
    long long weight = 0;
    for (i++; i < s->n_tokens; i++) {
        const struct token *t = &s->tokens[i];
        weight += bracket_weight(s, t);
        if (t->kind != TOK_DIRECTIVE)
            continue;
        uint32_t rest;
        enum directive d = directive_of(s, t, &rest);
        if (d == DIR_IF) {
            depth++;
        } else if (depth) {
            depth -= d == DIR_ENDIF;
        } else if (d == DIR_ELSE || d == DIR_ENDIF) {
            balanced = balanced && weight == 0;
            weight = 0;
            if (d == DIR_ENDIF)
                break;
            groups++;
        }
    }
    return balanced || groups == 1;
}

// What is to be done with the groups of an #if.
enum group_rule {
    KEEP_ALL,
    KEEP_FIRST,
    DROP_FIRST,
};

struct group {
    enum group_rule rule;
    bool on, outer_on; // the tokens here, and those around the #if, are kept
};

static enum group_rule rule_of(const struct source *s, unsigned i)
{
    const struct token *t = &s->tokens[i];
    if (directive_says(s, t, "#if0") || directive_says(s, t, "#ifdef__cplusplus") ||
        directive_says(s, t, "#ifdefined(__cplusplus)") ||
        directive_says(s, t, "#ifdefined__cplusplus"))
        return DROP_FIRST;
    if (directive_says(s, t, "#if1") || directive_says(s, t, "#ifndef__cplusplus"))
        return KEEP_FIRST;
    return groups_balance(s, i) ? KEEP_ALL : KEEP_FIRST;
}

struct skipped {
    struct source *source;
    struct span span;
    struct skipped *next;
};
static struct skipped *all_skipped;

void view_add_skipped(struct source *s, struct span span)
{
    struct skipped *k = arena_alloc(sizeof *k);
    *k = (struct skipped){s, span, all_skipped};
    all_skipped = k;
}

void view_forget_skipped(void)
{
    all_skipped = NULL;
}

static int by_place(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return x->lo < y->lo ? -1 : x->lo > y->lo;
}

// The skipped ranges of s in order; their number in *n.
static struct span *skipped_of(const struct source *s, unsigned *n)
{
    *n = 0;
    for (const struct skipped *k = all_skipped; k; k = k->next)
        *n += k->source == s;
    struct span *spans = arena_alloc((*n + 1) * sizeof *spans);
    unsigned i = 0;
    for (const struct skipped *k = all_skipped; k; k = k->next)
        if (k->source == s)
            spans[i++] = k->span;
    if (*n)
        qsort(spans, *n, sizeof *spans, by_place);
    return spans;
}

enum { MAX_GROUPS = 200 };

struct maker {
    struct source *s;
    struct view *v;
    unsigned room;
    uint16_t macros;
    bool exact; // the skipped ranges of s are known
    struct span *skipped;
    unsigned n_skipped, next_skipped; // the first that does not end before the token asked for
    struct group groups[MAX_GROUPS];
    unsigned n_groups;
};

static bool is_on(const struct maker *m)
{
    return !m->n_groups || m->groups[m->n_groups - 1].on;
}

// Requires: tokens are asked for in their order.
static bool is_skipped(struct maker *m, const struct token *t)
{
    while (m->next_skipped < m->n_skipped && m->skipped[m->next_skipped].hi < t->hi)
        m->next_skipped++;
    return m->next_skipped < m->n_skipped && m->skipped[m->next_skipped].lo <= t->lo;
}

static void note_macro(struct maker *m, const struct token *t, uint32_t at, bool define)
{
    const char *text = m->s->text;
    while (at < t->hi && isspace((unsigned char)text[at]))
        at++;
    uint32_t lo = at;
    while (at < t->hi && (isalnum((unsigned char)text[at]) || text[at] == '_'))
        at++;
    unsigned word = word_named(text + lo, at - lo);
    m->macros = (uint16_t)(define ? m->macros | word : m->macros & ~word);
}

static void directive(struct maker *m, unsigned i)
{
    const struct token *t = &m->s->tokens[i];
    uint32_t rest;
    enum directive d = directive_of(m->s, t, &rest);
    struct group *g = m->n_groups ? &m->groups[m->n_groups - 1] : NULL;
    if (d == DIR_IF && m->n_groups < MAX_GROUPS) {
        bool on = is_on(m);
        enum group_rule rule = m->exact ? KEEP_ALL : rule_of(m->s, i);
        m->groups[m->n_groups++] = (struct group){rule, on && rule != DROP_FIRST, on};
    } else if (d == DIR_ELSE && g) {
        g->on = g->outer_on && g->rule != KEEP_FIRST;
    } else if (d == DIR_ENDIF && g) {
        m->n_groups--;
    } else if ((d == DIR_DEFINE || d == DIR_UNDEF) && is_on(m) && !is_skipped(m, t)) {
        note_macro(m, t, rest, d == DIR_DEFINE);
    }
}

// ---- the tokens --------------------------------------------------------------------------

static void push(struct maker *m, struct token t)
{
    struct view *v = m->v;
    if (v->n == m->room) {
        m->room *= 2;
        struct view_token *more = arena_alloc(m->room * sizeof *more);
        memcpy(more, v->t, v->n * sizeof *more);
        v->t = more;
    }
    struct view_token *new = &v->t[v->n++];
    *new = (struct view_token){.token = t, .macros = m->macros};
    if (t.kind == TOK_IDENT) {
        uint32_t size;
        const char *text = plain_text(m->s, &t, &size);
        new->word = (uint16_t)word_named(text, size);
        new->class = (unsigned char)(new->word ? CLASS_NAME : class_of(text, size));
    }
}

static void push_split(struct maker *m, struct token t)
{
    const char *text = m->s->text;
    bool two = t.kind == TOK_PUNCT && t.hi - t.lo == 2;
    unsigned last = m->v->n ? m->v->t[m->v->n - 1].word : 0;
    bool opens =
        two && text[t.lo] == '<' && text[t.lo + 1] == '<' && (last & (WORD_CHAN | WORD_FUNC));
    if (opens || (two && text[t.lo] == '>' && text[t.lo + 1] == '>')) {
        push(m, (struct token){TOK_PUNCT, t.lo, t.lo + 1});
        t.lo++;
    }
    push(m, t);
}

static void match_brackets(const struct source *s, struct view *v)
{
    unsigned *open = arena_alloc((v->n + 1) * sizeof *open), depth = 0;
    for (unsigned i = 0; i < v->n; i++) {
        int weight = bracket_weight(s, &v->t[i].token);
        if (weight > 0)
            open[depth++] = i;
        if (weight >= 0)
            continue;
        // A `}` closes what was left open inside of it; a stray `)` closes nothing.
        unsigned d = depth;
        if (weight == -(1 << 20))
            while (d && bracket_weight(s, &v->t[open[d - 1]].token) != -weight)
                d--;
        if (!d || bracket_weight(s, &v->t[open[d - 1]].token) != -weight)
            continue;
        depth = d - 1;
        v->t[open[depth]].match = i;
        v->t[i].match = open[depth];
    }
}

struct view *view_new(struct source *s)
{
    struct maker *m = arena_alloc(sizeof *m);
    m->s = s;
    m->v = arena_alloc(sizeof *m->v);
    m->room = s->n_tokens + 16;
    m->v->t = arena_alloc(m->room * sizeof *m->v->t);
    m->skipped = skipped_of(s, &m->n_skipped);
    m->exact = m->n_skipped > 0;
    for (unsigned i = 0; i < s->n_tokens; i++) {
        const struct token *t = &s->tokens[i];
        if (t->kind == TOK_DIRECTIVE)
            directive(m, i);
        else if (t->kind == TOK_EOF || (is_on(m) && !is_skipped(m, t)))
            push_split(m, *t);
    }
    match_brackets(s, m->v);
    return m->v;
}
