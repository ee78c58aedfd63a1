// Branches of an #if that libclang skips though the C compiler behind us may take them:
// #ifndef __clang__, #ifdef __TINYC__, #ifdef __SANITIZE_ADDRESS__.
//
// What libclang does not see is not rewritten. So where a branch that it skips holds a construct,
// the C compiler itself is asked: it preprocesses the main file with a mark behind each of the
// directives concerned, and from then on the twin has `#if 1` or `#if 0` in their place. A select
// is asked about as well, since its conditionals are settled when it is lowered.
//
// A branch that nobody has told us of (in a header, or without a compiler to ask) begins with an
// #error in the emitted C, for whoever takes it after all. Where libclang skips no construct,
// nothing is asked and nothing said.
//
// Rejected: to give libclang the macros that the other compiler predefines. The system's headers
// would then be read as written for that one, and clang does not know all of gcc.
#include "scan.h"
#include "sema_internal.h"

#include <stdlib.h>
#include <string.h>

// ---- what libclang skips -------------------------------------------------------------------

struct places {
    uint32_t *at;
    unsigned n;
};

static int by_place(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return x->lo < y->lo ? -1 : x->lo > y->lo;
}

struct span *skipped_ranges(struct unit *u, unsigned i, unsigned *n)
{
    CXSourceRangeList *list = clang_getSkippedRanges(FULL(u)->pass->tu, FULL(u)->pass->files[i]);
    unsigned count = list ? list->count : 0;
    struct span *spans = arena_alloc((count + 1) * sizeof *spans);
    struct source *in;
    *n = 0;
    for (unsigned r = 0; r < count; r++) {
        *n += source_range(u, list->ranges[r], &in, &spans[*n]) && in == u->sources[i];
    }
    if (list) {
        clang_disposeSourceRangeList(list);
    }
    if (*n) {
        qsort(spans, *n, sizeof *spans, by_place);
    }
    return spans;
}

static bool is_skipped(const struct span *spans, unsigned n, uint32_t at)
{
    unsigned lo = 0, hi = n;
    while (lo < hi) {
        unsigned middle = lo + (hi - lo) / 2;
        if (spans[middle].hi <= at) {
            lo = middle + 1;
        } else {
            hi = middle;
        }
    }
    return lo < n && spans[lo].lo <= at;
}

static int by_offset(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void add_place(struct places *p, uint32_t at)
{
    if ((p->n & (p->n - 1)) == 0) {
        uint32_t *more = arena_alloc((2 * p->n + 1) * sizeof *more);
        if (p->n) {
            memcpy(more, p->at, p->n * sizeof *more);
        }
        p->at = more;
    }
    p->at[p->n++] = at;
}

// Where constructs, and macros that hold some, stand in what is skipped.
static struct places skipped_constructs(struct unit *u, unsigned i, const struct span *spans,
                                        unsigned n)
{
    const struct source *s = u->sources[i];
    struct places found = {0};
    for (const struct node *c = u->files[i]; n && c; c = node_next(c, u->files[i])) {
        if (node_is_construct(c) && is_skipped(spans, n, c->span.lo)) {
            add_place(&found, c->span.lo);
        }
    }
    for (unsigned r = 0; r < n; r++) {
        const struct token *t = &s->tokens[token_index(s, spans[r].lo)];
        for (; t->kind != TOK_EOF && t->hi <= spans[r].hi; t++) {
            if (brings_construct(s, t)) {
                add_place(&found, t->lo);
            }
        }
    }
    if (found.n) {
        qsort(found.at, found.n, sizeof *found.at, by_offset);
    }
    return found;
}

// ---- the directives concerned ----------------------------------------------------------------

// An #if, #elif or #else of a chain.
struct branch {
    struct branch *next;
    const struct token *directive;
};

struct chain {
    struct chain *around;
    struct branch *branches;
    uint32_t lo;
};

static bool holds_place(const struct places *p, struct span range)
{
    for (unsigned i = 0; i < p->n && p->at[i] < range.hi; i++) {
        if (range.lo <= p->at[i]) {
            return true;
        }
    }
    return false;
}

static bool stands_in_select(struct node *file, struct span range)
{
    const struct node *n = node_at(file, range);
    while (n && n->kind != NODE_SELECT) {
        n = n->parent;
    }
    return n;
}

// The branches of every chain that holds a place, or stands in a select.
static struct branch *branches_to_ask(struct unit *u, const struct places *places)
{
    struct source *s = u->sources[0];
    struct chain *open = NULL;
    struct branch *all = NULL;
    for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++) {
        enum conditional c = conditional_of(s, t);
        if (c == COND_IF) {
            struct chain *inner = arena_alloc(sizeof *inner);
            *inner = (struct chain){open, NULL, t->lo};
            open = inner;
        }
        if ((c == COND_IF || c == COND_ELSE) && open) {
            struct branch *b = arena_alloc(sizeof *b);
            *b = (struct branch){open->branches, t};
            open->branches = b;
        }
        if (c != COND_ENDIF || !open) {
            continue;
        }
        struct span range = span_of(open->lo, t->hi);
        bool asks = holds_place(places, range) || stands_in_select(u->files[0], range);
        for (struct branch *b = open->branches, *next; asks && b; b = next) {
            next = b->next;
            b->next = all;
            all = b;
        }
        open = open->around;
    }
    return all;
}

// ---- asking ------------------------------------------------------------------------------------

// Decisions are places of the original text: they outlive a round.
struct decision {
    struct decision *next;
    const char *path; // full
    uint32_t at;      // of the directive
    bool taken;
};
static struct decision *decisions;

static const char *mark_of(const struct token *directive)
{
    return arena_printf("gocc_branch_%u_", directive->lo);
}

static char *marked_text(struct unit *u, const struct branch *branches)
{
    struct source *s = u->sources[0];
    struct edits *q = edits_new(s);
    struct rendering out;
    if (!strncmp(s->text, "#!", 2)) {
        edit_replace(q, span_of(0, (uint32_t)strcspn(s->text, "\n")), "");
    }
    edit_open(q, u->library_place, "\n#include <gocc.h>\n");
    for (const struct branch *b = branches; b; b = b->next) {
        edit_close(q, b->directive->hi, "\n%s", mark_of(b->directive));
    }
    edit_render(q, span_of(0, s->size), NULL, &out);
    return out.text;
}

static bool is_decided(const struct source *s)
{
    for (const struct decision *d = decisions; d; d = d->next) {
        if (!strcmp(d->path, s->full_path)) {
            return true;
        }
    }
    return false;
}

bool decide_branches(struct unit *u)
{
    const struct sema_options *opt = FULL(u)->opt;
    struct source *s = u->sources[0];
    if (!opt->preprocess || is_decided(s)) {
        return false;
    }
    unsigned n;
    struct span *skipped = skipped_ranges(u, 0, &n);
    struct places places = skipped_constructs(u, 0, skipped, n);
    struct branch *branches = branches_to_ask(u, &places);
    const char *answer = branches ? opt->preprocess(opt->context, marked_text(u, branches)) : NULL;
    bool differs = false;
    for (const struct branch *b = branches; answer && b; b = b->next) {
        struct decision *d = arena_alloc(sizeof *d);
        *d = (struct decision){decisions, s->full_path, b->directive->lo,
                               strstr(answer, mark_of(b->directive)) != NULL};
        decisions = d;
        differs |= d->taken == is_skipped(skipped, n, b->directive->hi);
    }
    return differs;
}

// ---- the twin's directives ---------------------------------------------------------------------

// What begins with #else is taken when nothing before it is.
static bool is_else(const struct source *s, const struct token *t)
{
    const char *name = s->text + t->lo + (s->text[t->lo] == '%' ? 2 : 1);
    return !strncmp(name + strspn(name, " \t"), "else", 4);
}

void apply_decisions(struct source *s, struct node *file)
{
    file->decided = NULL;
    if (!is_decided(s)) {
        return;
    }
    for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++) {
        enum conditional c = conditional_of(s, t);
        if (c != COND_IF && c != COND_ELSE) {
            continue;
        }
        uint32_t at = source_original_span(s, span_of(t->lo, t->lo + 1)).lo;
        const struct decision *d = decisions;
        while (d && !(d->at == at && !strcmp(d->path, s->full_path))) {
            d = d->next;
        }
        if (!d || is_else(s, t)) {
            continue;
        }
        struct decided *new = arena_alloc(sizeof *new);
        *new = (struct decided){file->decided, span_of(t->lo, t->hi), c == COND_IF, d->taken};
        file->decided = new;
    }
}

// ---- what nobody has told us of ----------------------------------------------------------------

static const struct token *conditional_before(const struct source *s, uint32_t at)
{
    unsigned i = token_index(s, at);
    while (i > 0 && conditional_of(s, &s->tokens[i - 1]) == COND_NONE) {
        i--;
    }
    return i ? &s->tokens[i - 1] : NULL;
}

void note_unseen(struct unit *u, unsigned i, const struct span *skipped, unsigned n)
{
    struct source *s = u->sources[i];
    struct places places = skipped_constructs(u, i, skipped, n);
    const struct token *last = NULL;
    for (unsigned k = 0; k < places.n; k++) {
        const struct token *t = conditional_before(s, places.at[k]);
        if (!t || t == last || stands_in_select(u->files[i], span_of(t->lo, t->hi))) {
            continue; // a select's are settled here
        }
        struct unseen *new = arena_alloc(sizeof *new);
        *new = (struct unseen){u->unseen, s, t->hi, places.at[k]};
        u->unseen = new;
        last = t;
    }
}
