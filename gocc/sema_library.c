// Where <gocc.h> is included: as early as it can be, and never before the file's own feature-test
// macros. Those may stand in a header of the user's (config.h), and lose their effect with the
// first system header. So it goes
//
//   before the first system header, the library's own too;
//   before the first header of the user's that mentions the library or holds a construct;
//   behind a header of the user's that includes system headers;
//   before the first declaration, if none of these comes first; but behind declarations of plain C
//   that stand before feature-test macros.
//
// Which groups of an #if are compiled the text does not show, and compilers differ in it. One that
// holds directives alone is passed over: what is behind a system header is late enough, too. One
// that holds declarations gets the include before its #if, unless the rest of the file is in it, or
// it is a header's that was pasted into the file, with its guard: then it is surely compiled.
#define _GNU_SOURCE
#include "sema_internal.h"

#include <string.h>

enum conditional conditional_of(const struct source *s, const struct token *t)
{
    if (t->kind != TOK_DIRECTIVE) {
        return COND_NONE;
    }
    const char *at = s->text + t->lo + (s->text[t->lo] == '%' ? 2 : 1);
    at += strspn(at, " \t");
    return !strncmp(at, "if", 2)      ? COND_IF
           : !strncmp(at, "el", 2)    ? COND_ELSE
           : !strncmp(at, "endif", 5) ? COND_ENDIF
                                      : COND_NONE;
}

// What stands between an #if and its #endif.
struct group {
    const struct token *end; // the #endif, or the end of the file
    bool has_tokens, has_else;
    bool needs_library; // includes a header that does
};

static bool includes_needy(struct unit *u, const struct source *s, const struct token *t)
{
    bool quoted;
    char *name = included_name(s, t, &quoted);
    if (!name) {
        return false;
    }
    struct header *h = header_named(u, s, name, quoted);
    return h ? h->needs_library : !strncmp(name, "gocc", 4);
}

static struct group group_at(struct unit *u, const struct source *s, const struct token *t)
{
    struct group g = {0};
    int depth = 0;
    for (; t->kind != TOK_EOF; t++) {
        enum conditional c = conditional_of(s, t);
        depth += c == COND_IF ? 1 : c == COND_ENDIF ? -1 : 0;
        if (depth == 0) {
            break;
        }
        g.has_else |= c == COND_ELSE && depth == 1;
        g.has_tokens |= t->kind != TOK_DIRECTIVE;
        g.needs_library |= includes_needy(u, s, t);
    }
    g.end = t;
    return g;
}

static bool is_last(const struct group *g)
{
    const struct token *t = g->end;
    while (t->kind == TOK_DIRECTIVE) {
        t++;
    }
    return t->kind == TOK_EOF;
}

// The word behind the directive's name, as in #ifndef NAME.
static struct span word_behind(const struct source *s, const struct token *t)
{
    const char *at = s->text + t->lo + 1;
    at += strspn(at, " \t");
    at += strcspn(at, " \t\n");
    at += strspn(at, " \t");
    uint32_t lo = (uint32_t)(at - s->text);
    return span_of(lo, lo + (uint32_t)strcspn(at, " \t\r\n/"));
}

// #ifndef NAME, #define NAME
static bool is_guard(const struct source *s, const struct token *t)
{
    const struct token *next = t + 1;
    if (next->kind != TOK_DIRECTIVE || !memmem(s->text + t->lo, t->hi - t->lo, "ifndef", 6) ||
        !memmem(s->text + next->lo, next->hi - next->lo, "define", 6)) {
        return false;
    }
    struct span a = word_behind(s, t), b = word_behind(s, next);
    return a.hi - a.lo == b.hi - b.lo && !memcmp(s->text + a.lo, s->text + b.lo, a.hi - a.lo);
}

bool defines_feature(const struct source *s, const struct token *t)
{
    static const char *const others[] = {"_FILE_OFFSET_BITS", "_TIME_BITS", "_REENTRANT"};
    if (t->kind != TOK_DIRECTIVE || !memmem(s->text + t->lo, t->hi - t->lo, "define", 6)) {
        return false;
    }
    struct span word = word_behind(s, t);
    size_t n = word.hi - word.lo;
    const char *text = s->text + word.lo;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strlen(others[i]) == n && !memcmp(text, others[i], n)) {
            return true;
        }
    }
    return n > 8 && *text == '_' && !memcmp(text + n - 7, "_SOURCE", 7);
}

static bool is_system_include(struct unit *u, const struct source *s, const struct token *t)
{
    bool quoted;
    char *name = included_name(s, t, &quoted);
    return name && !quoted && !header_named(u, s, name, quoted);
}

static uint32_t first_construct(const struct node *file)
{
    for (const struct node *n = node_next(file, file); n; n = node_next(n, file)) {
        if (node_is_construct(n)) {
            return n->span.lo;
        }
    }
    return UINT32_MAX;
}

static bool defines_feature_here(struct unit *u, const struct source *s, const struct token *t)
{
    bool quoted;
    char *name = included_name(s, t, &quoted);
    struct header *h = name ? header_named(u, s, name, quoted) : NULL;
    return h ? h->defines_feature : defines_feature(s, t);
}

static bool mentions_library(const struct source *s, const struct token *t)
{
    const char *text = s->text + t->lo;
    return t->kind == TOK_IDENT && (!strncmp(text, "go_", 3) || !strncmp(text, "GO_", 3));
}

// The end of the declarations from t on that can stay in front of the include: they need nothing of
// the library's, and a feature-test macro stands behind them; t where there are none.
static const struct token *plain_declarations(struct unit *u, const struct source *s,
                                              const struct token *t)
{
    uint32_t construct = first_construct(file_of(u, s));
    const struct token *behind = t, *loose_end = t; // of a group of directives
    bool defined = false;
    int depth = 0;
    for (; t->kind != TOK_EOF && t->lo < construct; t++) {
        enum conditional c = conditional_of(s, t);
        struct group g = c == COND_IF ? group_at(u, s, t) : (struct group){0};
        if (c == COND_IF && !g.has_tokens && !g.needs_library) {
            loose_end = g.end;
        }
        if ((t >= loose_end && is_system_include(u, s, t)) || includes_needy(u, s, t) ||
            mentions_library(s, t)) {
            break;
        }
        depth += c == COND_IF ? 1 : c == COND_ENDIF ? -1 : 0;
        defined |= defines_feature_here(u, s, t);
        behind = defined && depth == 0 ? t + 1 : behind;
        defined &= depth != 0;
    }
    return behind;
}

uint32_t library_place(struct unit *u, const struct source *s)
{
    bool behind_system = false; // in a header above
    for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++) {
        if (behind_system) {
            return t->lo;
        }
        if (t->kind != TOK_DIRECTIVE) {
            const struct token *behind = plain_declarations(u, s, t);
            if (behind == t) {
                return t->lo;
            }
            t = behind - 1;
            continue;
        }
        bool quoted;
        char *name = included_name(s, t, &quoted);
        struct header *h = name ? header_named(u, s, name, quoted) : NULL;
        if ((h && h->needs_library) || (name && !h && !quoted)) {
            return t->lo;
        }
        behind_system = h && h->includes_system;
        if (conditional_of(s, t) != COND_IF) {
            continue;
        }
        struct group g = group_at(u, s, t);
        if (!g.has_tokens && !g.needs_library) {
            t = g.end->kind == TOK_EOF ? g.end - 1 : g.end;
        } else if (g.has_else || !(is_guard(s, t) || is_last(&g))) {
            return t->lo;
        }
    }
    return s->size;
}
