// Places: from libclang's positions in a twin to the original's, and what stands there.
//
// An expression is found again by its exact range; a declaration's parts (its declarator, its
// initialiser, the whole statement) are taken from the tokens, since libclang's extents begin
// and end differently for the first and the later declarators.
#include "sema_internal.h"

#include <string.h>

// ---- where ---------------------------------------------------------------------------------

struct node *file_of(struct unit *u, const struct source *s)
{
    for (unsigned i = 0; i < u->n_sources; i++) {
        if (u->sources[i] == s) {
            return u->files[i];
        }
    }
    return NULL;
}

int source_index(struct unit *u, CXFile file)
{
    struct unit_pass *p = FULL(u)->pass;
    if (p->cached_file == file && file) {
        return p->cached_source;
    }
    p->cached_file = file;
    p->cached_source = -1;
    for (unsigned i = 0; i < u->n_sources; i++) {
        if (p->files[i] && clang_File_isEqual(p->files[i], file)) {
            p->cached_source = (int)i;
        }
    }
    return p->cached_source;
}

bool source_range(struct unit *u, CXSourceRange range, struct source **s, struct span *span)
{
    CXFile lo_file, hi_file;
    unsigned lo, hi;
    clang_getFileLocation(clang_getRangeStart(range), &lo_file, NULL, NULL, &lo);
    clang_getFileLocation(clang_getRangeEnd(range), &hi_file, NULL, NULL, &hi);
    int i = lo_file ? source_index(u, lo_file) : -1;
    if (i < 0 || !hi_file || !clang_File_isEqual(lo_file, hi_file)) {
        return false;
    }
    *s = u->sources[i];
    *span = twin_to_source(&FULL(u)->pass->twins[i], lo, hi);
    return true;
}

bool is_in_source(struct unit *u, CXCursor c)
{
    CXFile file;
    clang_getFileLocation(clang_getCursorLocation(c), &file, NULL, NULL, NULL);
    return file && source_index(u, file) >= 0;
}

bool cursor_range(struct unit *u, CXCursor c, struct source **s, struct span *span)
{
    return source_range(u, clang_getCursorExtent(c), s, span);
}

// The identifier at a cursor's location; false when the bytes there are not `name` (a macro).
bool name_span(struct unit *u, CXCursor c, const char *name, struct source **s, struct span *span)
{
    CXFile file;
    unsigned at;
    clang_getFileLocation(clang_getCursorLocation(c), &file, NULL, NULL, &at);
    int i = file ? source_index(u, file) : -1;
    if (i < 0) {
        return false;
    }
    *s = u->sources[i];
    size_t n = strlen(name);
    *span = twin_to_source(&FULL(u)->pass->twins[i], at, at + (uint32_t)n);
    return n && span->hi - span->lo == n && !memcmp((*s)->text + span->lo, name, n);
}

static bool is_function_like(const struct node *n, struct span span)
{
    switch (n->kind) {
    case NODE_FUNCTION:
        return true;
    case NODE_CLOSURE:
        return true;
    case NODE_GO:
    case NODE_DEFER:
        return n->what == GO_BLOCK && span_in(span, n->body);
    default:
        return false;
    }
}

struct node *node_function(struct unit *u, struct source *s, struct span span)
{
    struct node *n = node_at(file_of(u, s), span);
    while (n && !is_function_like(n, span)) {
        n = n->parent;
    }
    return n;
}

static bool makes_scope(const struct node *n, struct span span)
{
    switch (n->kind) {
    case NODE_BLOCK:
    case NODE_LOOP:
    case NODE_RANGE:
    case NODE_CASE:
    case NODE_SWITCH:
        return true;
    default:
        return is_function_like(n, span);
    }
}

struct node *node_scope(struct unit *u, struct source *s, struct span span)
{
    struct node *n = node_at(file_of(u, s), span);
    while (n && !makes_scope(n, span)) {
        n = n->parent;
    }
    return n;
}

// ---- places --------------------------------------------------------------------------------

static unsigned place_hash(struct unit *u, const struct source *s, struct span span)
{
    uint64_t h = ((uint64_t)span.lo << 32 | span.hi) + s->index * 0x9e3779b97f4a7c15u;
    h *= 0xff51afd7ed558ccdu;
    return (unsigned)(h >> 32) & (FULL(u)->pass->n_buckets - 1);
}

bool begins_in_macro(CXCursor c)
{
    CXSourceLocation start = clang_getRangeStart(clang_getCursorExtent(c));
    unsigned in_file, spelled;
    clang_getFileLocation(start, NULL, NULL, NULL, &in_file);
    clang_getSpellingLocation(start, NULL, NULL, NULL, &spelled);
    return in_file != spelled;
}

bool declared_by_macro(CXCursor c, const struct source *s, struct span whole, struct span name)
{
    unsigned expanded, spelled;
    clang_getExpansionLocation(clang_getCursorLocation(c), NULL, NULL, NULL, &expanded);
    clang_getSpellingLocation(clang_getCursorLocation(c), NULL, NULL, NULL, &spelled);
    if (expanded == spelled) {
        return false; // the name is the file's; its type may be a macro: `bool b`
    }
    uint32_t lo = whole.lo < name.lo ? whole.lo : name.lo;
    return begins_in_macro(c) || memchr(s->text + lo, ',', name.lo - lo) != NULL;
}

void place_add(struct unit *u, struct source *s, struct span span, CXCursor c, CXType wanted)
{
    struct place **bucket = &FULL(u)->pass->places[place_hash(u, s, span)];
    while (*bucket) { // outermost first
        bucket = &(*bucket)->next;
    }
    struct place *p = arena_alloc(sizeof *p);
    p->source = s;
    p->span = span;
    p->cursor = c;
    p->in_macro = begins_in_macro(c);
    p->wanted = wanted;
    *bucket = p;
}

static struct place *place_match(struct place *p, struct source *s, struct span span)
{
    while (p && !(p->source == s && p->span.lo == span.lo && p->span.hi == span.hi)) {
        p = p->next;
    }
    return p;
}

struct place *place_first(struct unit *u, struct source *s, struct span span)
{
    return place_match(FULL(u)->pass->places[place_hash(u, s, span)], s, span);
}

struct place *place_next(struct place *p)
{
    return place_match(p->next, p->source, p->span);
}

struct seen_place *seen_at(struct unit *u, enum seen_as as, struct source *s, struct span span)
{
    struct seen_place **at = &FULL(u)->pass->seen[place_hash(u, s, span)];
    for (; *at; at = &(*at)->next) {
        if ((*at)->as == as && (*at)->source == s && (*at)->span.lo == span.lo &&
            (*at)->span.hi == span.hi) {
            return *at;
        }
    }
    *at = arena_alloc(sizeof **at);
    **at = (struct seen_place){.as = as, .source = s, .span = span};
    return *at;
}

// ---- declarations by their tokens -----------------------------------------------------------

const struct token *token_at(const struct source *s, uint32_t at)
{
    uint32_t lo = 0, hi = s->n_tokens - 1;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (s->tokens[mid].hi <= at) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return &s->tokens[lo];
}

static bool in_type_node(const struct node *file, const struct token *t)
{
    struct node *n = node_at((struct node *)file, span_of(t->lo, t->hi));
    for (; n; n = n->parent) {
        if (n->kind == NODE_CHAN_TYPE || n->kind == NODE_FUNC_TYPE) {
            return true;
        }
    }
    return false;
}

static bool token_is_one_of(const struct source *s, const struct token *t, const char *const *set)
{
    for (; *set; set++) {
        if (token_is(s, t, *set)) {
            return true;
        }
    }
    return false;
}

static bool opens(const struct source *s, const struct token *t)
{
    static const char *const set[] = {"(", "[", "{", NULL};
    return token_is_one_of(s, t, set);
}

static bool closes(const struct source *s, const struct token *t)
{
    static const char *const set[] = {")", "]", "}", NULL};
    return token_is_one_of(s, t, set);
}

// The declarator with its initialiser around a name: back over `*`, `(` and the qualifiers
// between them, on to the comma or semicolon at its own depth.
struct span declarator_span(const struct source *s, const struct node *file, struct span name,
                            struct span statement, struct span *init)
{
    static const char *const before[] = {"*", "(", "const", "volatile", "restrict", NULL};
    static const char *const qualifiers[] = {"const", "volatile", "restrict", NULL};
    const struct token *first = token_at(s, name.lo), *t = first;
    int outer = 0;
    while (first > s->tokens && first[-1].lo >= statement.lo &&
           token_is_one_of(s, first - 1, before)) {
        first--;
        outer += token_is(s, first, "(");
    }
    while (first < t && token_is_one_of(s, first, qualifiers)) {
        first++;
    }
    struct span span = {first->lo, name.hi};
    int depth = 0;
    for (; t->kind != TOK_EOF && t->lo < statement.hi; t++) {
        if (closes(s, t)) {
            if (depth == 0 && outer-- <= 0) {
                break;
            }
            depth -= depth > 0;
        } else if (opens(s, t)) {
            depth++;
        } else if (depth == 0 && outer <= 0 && (token_is(s, t, ",") || token_is(s, t, ";")) &&
                   !in_type_node(file, t)) {
            break;
        } else if (depth == 0 && span_empty(*init) && token_is(s, t, "=")) {
            init->lo = t[1].lo;
        }
        span.hi = t->hi;
    }
    if (init->lo) {
        init->hi = span.hi;
    }
    return span;
}

// From the declaration's first specifier on to its semicolon.
struct span statement_span(const struct source *s, struct span span)
{
    const struct token *t = token_at(s, span.lo);
    int depth = 0;
    for (; t->kind != TOK_EOF; t++) {
        if (opens(s, t)) {
            depth++;
        } else if (closes(s, t)) {
            if (depth-- == 0) {
                break;
            }
        } else if (depth == 0 && token_is(s, t, ";")) {
            span.hi = t->hi;
            break;
        }
    }
    return span;
}
