// What the parser could not know from the text of one file, and libclang knows after a pass:
// that lines are not compiled, that a name in `(name) <-c` is a type of a header's, that a
// header of the user's declares one of the contextual words. Learned once, after the first
// pass; the files are then parsed again. Rare: most programs never need it.
#include "sema_internal.h"

#include <string.h>

static const char *const words[] = {"go",   "chan",  "select", "func", "defer", "range",
                                    "make", "close", "len",    "cap",  "panic", "recover"};
enum { N_WORDS = sizeof words / sizeof *words };

struct lesson {
    struct unit *u;
    bool learned;
};

// ---- lines that are not compiled -----------------------------------------------------------

// Whether the parser took something in the range for a construct.
static bool holds_node(const struct node *file, struct span range)
{
    for (const struct node *n = file; n; n = node_next(n, file)) {
        if (n->kind != NODE_FILE && n->span.lo < range.hi && range.lo < n->span.hi &&
            !span_in(range, n->span)) {
            return true;
        }
        if (n->kind != NODE_FILE && span_in(n->span, range)) {
            return true;
        }
    }
    return false;
}

static void blank(struct source *s, struct span span)
{
    char *text = (char *)s->text; // the arena's copy; offsets and lines stay
    for (uint32_t at = span.lo; at < span.hi; at++) {
        text[at] = text[at] == '\n' ? '\n' : ' ';
    }
}

static bool is_conditional(const struct source *s, const struct token *t)
{
    static const char *const names[] = {"if", "el", "endif"};
    if (t->kind != TOK_DIRECTIVE) {
        return false;
    }
    const char *name = s->text + t->lo + 1;
    name += strspn(name, " \t");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!strncmp(name, names[i], strlen(names[i]))) {
            return true;
        }
    }
    return false;
}

// The cases of a select move when it is lowered, and conditionals around them cannot: their
// lines and what they exclude become blank.
static void blank_in_selects(struct source *s, const struct node *file, struct span skipped)
{
    for (const struct node *n = file; n; n = node_next(n, file)) {
        if (n->kind != NODE_SELECT || !(n->span.lo < skipped.lo && skipped.hi <= n->span.hi)) {
            continue;
        }
        for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++) {
            if (is_conditional(s, t) && span_in(span_of(t->lo, t->hi), n->span)) {
                blank(s, span_of(t->lo, t->hi));
            }
        }
        blank(s, skipped);
    }
}

static bool learn_skipped(struct unit *u, unsigned i)
{
    struct source *s = u->sources[i], *in;
    CXSourceRangeList *list = clang_getSkippedRanges(FULL(u)->pass->tu, FULL(u)->pass->files[i]);
    bool learned = false;
    for (unsigned k = 0; list && k < list->count; k++) {
        struct span span;
        if (source_range(u, list->ranges[k], &in, &span) && in == s &&
            holds_node(u->files[i], span)) {
            learned = true;
        }
    }
    for (unsigned k = 0; learned && k < list->count; k++) {
        struct span span;
        if (source_range(u, list->ranges[k], &in, &span)) {
            parse_add_skipped(in, span);
            blank_in_selects(in, u->files[i], span);
        }
    }
    if (list) {
        clang_disposeSourceRangeList(list);
    }
    return learned;
}

// ---- names of types and words --------------------------------------------------------------

// Whether some file has `(name) <-`, which is a cast if name is a type.
static bool stands_as_cast(const struct unit *u, const char *name)
{
    for (unsigned i = 0; i < u->n_sources; i++) {
        const struct source *s = u->sources[i];
        for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++) {
            if (token_is_arrow(s, t) && t - s->tokens >= 3 && token_is(s, t - 1, ")") &&
                token_is(s, t - 2, name) && token_is(s, t - 3, "(")) {
                return true;
            }
        }
    }
    return false;
}

static bool has_cast_like_receive(const struct unit *u)
{
    for (unsigned i = 0; i < u->n_sources; i++) {
        const struct source *s = u->sources[i];
        for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++) {
            if (token_is_arrow(s, t) && t - s->tokens >= 3 && token_is(s, t - 1, ")")) {
                return true;
            }
        }
    }
    return false;
}

static bool is_word(const char *name)
{
    for (int i = 0; i < N_WORDS; i++) {
        if (!strcmp(name, words[i])) {
            return true;
        }
    }
    return false;
}

static enum CXChildVisitResult see_declaration(CXCursor c, CXCursor parent, CXClientData data)
{
    struct lesson *lesson = data;
    CXString spelling = clang_getCursorSpelling(c);
    const char *name = clang_getCString(spelling);
    CXFile file;
    (void)parent;
    clang_getFileLocation(clang_getCursorLocation(c), &file, NULL, NULL, NULL);
    bool elsewhere = file && source_index(lesson->u, file) < 0;
    if (elsewhere && c.kind == CXCursor_TypedefDecl && stands_as_cast(lesson->u, name)) {
        parse_add_type_name(arena_copy(name, strlen(name)));
        lesson->learned = true;
    } else if (elsewhere && is_word(name) &&
               !clang_Location_isInSystemHeader(clang_getCursorLocation(c))) {
        parse_add_word(arena_copy(name, strlen(name)));
        lesson->learned = true;
    }
    clang_disposeString(spelling);
    return CXChildVisit_Continue;
}

static bool mentions_word(const struct unit *u)
{
    for (unsigned i = 0; i < u->n_sources; i++) {
        const struct source *s = u->sources[i];
        for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++) {
            for (int w = 0; t->kind == TOK_IDENT && w < N_WORDS; w++) {
                if (token_is(s, t, words[w])) {
                    return true;
                }
            }
        }
    }
    return false;
}

bool learn_for_parser(struct unit *u)
{
    struct lesson lesson = {u, false};
    if (has_cast_like_receive(u) || (u->n_user_headers && mentions_word(u))) {
        clang_visitChildren(clang_getTranslationUnitCursor(FULL(u)->pass->tu), see_declaration,
                            &lesson);
    }
    for (unsigned i = 0; i < u->n_sources; i++) {
        lesson.learned |= learn_skipped(u, i);
    }
    if (lesson.learned) {
        parse_sources_again(u);
    }
    return lesson.learned;
}
