// What the parser could not know from the text of one file, and libclang knows after a pass:
// that lines are not compiled, that a name in `(name) <-c` is a type of a header's, that a
// header of the user's declares one of the contextual words. Learned once, after the first
// pass; the files are then parsed again. Rare: most programs never need it.
#include "scan.h"
#include "sema_internal.h"
#include "view.h"

#include <stdlib.h>
#include <string.h>

struct lesson {
    struct unit *u;
    struct name_list *casts;
    bool learned;
};

// ---- lines that are not compiled -----------------------------------------------------------

struct ends {
    uint32_t *at;
    unsigned n;
};

// What is a construct or may be one, and what holds one.
static bool matters(const struct node *n)
{
    if (n->kind == NODE_BUILTIN || node_is_construct(n)) {
        return true;
    }
    for (const struct node *c = n->child; c; c = c->next) {
        if (matters(c)) {
            return true;
        }
    }
    return false;
}

static void add_ends(struct ends *e, const struct node *n)
{
    for (const struct node *c = n->child; c; c = c->next) {
        if (matters(c)) {
            e->at[e->n++] = c->span.lo;
            e->at[e->n++] = c->span.hi;
            add_ends(e, c);
        }
    }
}

static int by_offset(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

// Where the nodes that matter begin and end.
static struct ends ends_of(const struct node *file)
{
    size_t n = 1;
    for (const struct node *c = file; (c = node_next(c, file));) {
        n++;
    }
    struct ends e = {arena_alloc(2 * n * sizeof *e.at), 0};
    add_ends(&e, file);
    if (e.n) {
        qsort(e.at, e.n, sizeof *e.at, by_offset);
    }
    return e;
}

// Whether the parser took something in the range for a construct: one stands in it, or begins or
// ends there.
static bool holds_end(const struct ends *e, struct span range)
{
    unsigned lo = 0, hi = e->n;
    while (lo < hi) {
        unsigned middle = lo + (hi - lo) / 2;
        if (e->at[middle] < range.lo) {
            lo = middle + 1;
        } else {
            hi = middle;
        }
    }
    return lo < e->n && e->at[lo] <= range.hi;
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
// lines and what they exclude become blank. Whether there were any.
static bool blank_in_selects(struct source *s, const struct node *file)
{
    bool any = false;
    for (const struct node *n = file; n; n = node_next(n, file)) {
        if (n->kind != NODE_SELECT) {
            continue;
        }
        for (unsigned i = token_index(s, n->span.lo); s->tokens[i].lo < n->span.hi; i++) {
            if (is_conditional(s, &s->tokens[i])) {
                blank(s, span_of(s->tokens[i].lo, s->tokens[i].hi));
                any = true;
            }
        }
    }
    return any;
}

static void forget_skipped(struct source *s, struct node *file, struct span skipped)
{
    view_add_skipped(s, skipped);
    for (const struct node *n = node_at(file, skipped); n; n = n->parent) {
        if (n->kind == NODE_SELECT) {
            blank(s, skipped);
        }
    }
}

static bool learn_skipped(struct unit *u, unsigned i)
{
    struct source *s = u->sources[i];
    unsigned n;
    struct span *spans = skipped_ranges(u, i, &n);
    struct ends ends = ends_of(u->files[i]);
    note_unseen(u, i, spans, n);
    bool learned = blank_in_selects(s, u->files[i]);
    for (unsigned r = 0; r < n; r++) {
        learned |= holds_end(&ends, spans[r]);
    }
    for (unsigned r = 0; learned && r < n; r++) {
        forget_skipped(s, u->files[i], spans[r]);
    }
    return learned;
}

// ---- names of types and words --------------------------------------------------------------

// The names in `(name) <-`, which is a cast if name is a type.
struct name_list {
    struct name_list *next;
    const char *name;
};

static bool is_listed(const struct name_list *l, const char *name)
{
    while (l && strcmp(l->name, name) != 0) {
        l = l->next;
    }
    return l != NULL;
}

static struct name_list *names_like_casts(const struct unit *u)
{
    struct name_list *list = NULL;
    for (unsigned i = 0; i < u->n_sources; i++) {
        const struct source *s = u->sources[i];
        for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++) {
            if (t - s->tokens < 3 || !token_is_arrow(s, t) || !token_is(s, t - 1, ")") ||
                t[-2].kind != TOK_IDENT || !token_is(s, t - 3, "(")) {
                continue;
            }
            struct name_list *more = arena_alloc(sizeof *more);
            *more = (struct name_list){list, span_text(s, span_of(t[-2].lo, t[-2].hi))};
            list = is_listed(list, more->name) ? list : more;
        }
    }
    return list;
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
    if (elsewhere && c.kind == CXCursor_TypedefDecl && is_listed(lesson->casts, name)) {
        parse_add_type_name(arena_copy(name, strlen(name)));
        lesson->learned = true;
    } else if (elsewhere && word_named(name, (uint32_t)strlen(name)) &&
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
            if (t->kind == TOK_IDENT && word_named(s->text + t->lo, t->hi - t->lo)) {
                return true;
            }
        }
    }
    return false;
}

bool learn_for_parser(struct unit *u)
{
    struct lesson lesson = {u, names_like_casts(u), false};
    if (lesson.casts || (u->n_user_headers && mentions_word(u))) {
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

// ---- suspicions ----------------------------------------------------------------------------

static bool is_rejected(struct unit *u, const struct source *s, const struct suspicion *suspicion)
{
    CXTranslationUnit tu = FULL(u)->pass->tu;
    bool is = false;
    for (unsigned i = 0; i < clang_getNumDiagnostics(tu) && !is; i++) {
        CXDiagnostic d = clang_getDiagnostic(tu, i);
        CXSourceLocation at = clang_getDiagnosticLocation(d);
        CXString text = clang_getDiagnosticSpelling(d);
        struct source *in;
        struct span span;
        is = clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error &&
             source_range(u, clang_getRange(at, at), &in, &span) && in == s &&
             suspicion->span.lo <= span.lo && span.lo < suspicion->span.hi &&
             !strncmp(clang_getCString(text), suspicion->says, strlen(suspicion->says));
        clang_disposeString(text);
        clang_disposeDiagnostic(d);
    }
    return is;
}

bool confirm_suspicions(struct unit *u)
{
    bool any = false;
    for (unsigned i = 0; i < u->n_sources; i++) {
        for (struct suspicion *s = u->files[i]->suspicions; s; s = s->next) {
            if (is_rejected(u, u->sources[i], s)) {
                parse_confirm(u->sources[i], s->span);
                any = true;
            }
        }
    }
    if (any) {
        parse_sources_again(u);
    }
    return any;
}
