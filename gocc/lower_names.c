// What the lowerings share: edits with text, names, and the names of types.
//
// A name that lowering brings in must not be one of the user's: every identifier of the sources
// is known, and where one is taken (`self`), gocc_self is used instead. What is lifted is called
// after the top-level function it comes from: closures and blocks main_func1, main_func2, …,
// calls main_go1 and main_defer1.
#include "lower.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <ctype.h>
#include <string.h>

// ---- edits -------------------------------------------------------------------------------

unsigned source_number(struct lower *l, const struct source *s)
{
    unsigned i = 0;
    while (i < l->u->n_sources && l->u->sources[i] != s)
        i++;
    if (i == l->u->n_sources)
        bug("%s is not a source of this unit", s->path);
    return i;
}

struct edits *edits_of(struct lower *l, const struct source *s)
{
    return l->edits[source_number(l, s)];
}

char *format_text(const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = arena_alloc((size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, format, args);
    return text;
}

void replace(struct lower *l, const struct source *s, uint32_t lo, uint32_t hi, const char *format,
             ...)
{
    va_list args;
    va_start(args, format);
    char *text = format_text(format, args);
    va_end(args);
    if (lo < hi)
        edit_replace(edits_of(l, s), span_of(lo, hi), "%s", text);
    else if (*text)
        edit_close(edits_of(l, s), lo, "%s", text);
}

void put_before(struct lower *l, const struct source *s, uint32_t at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    edit_open(edits_of(l, s), at, "%s", format_text(format, args));
    va_end(args);
}

void put_behind(struct lower *l, const struct source *s, uint32_t at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    edit_close(edits_of(l, s), at, "%s", format_text(format, args));
    va_end(args);
}

// ---- names -------------------------------------------------------------------------------

static unsigned hash_word(const char *word, size_t size)
{
    unsigned hash = 2166136261u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)word[i]) * 16777619u;
    return hash;
}

// The identifiers of all sources, as a set: chains by hash.
struct word {
    struct word *next;
    const char *text;
    size_t size;
};

static bool find_word(struct lower *l, const char *text, size_t size, struct word ***end)
{
    struct word **at = &l->words[hash_word(text, size) & (WORD_BUCKETS - 1)];
    while (*at && ((*at)->size != size || memcmp((*at)->text, text, size) != 0))
        at = &(*at)->next;
    *end = at;
    return *at != NULL;
}

static void collect_word(struct lower *l, const char *text, size_t size)
{
    struct word **end;
    if (find_word(l, text, size, &end))
        return;
    *end = arena_alloc(sizeof **end);
    **end = (struct word){NULL, text, size};
}

// A macro of that name would take ours for its use.
static void collect_macro(struct lower *l, const struct source *s, const struct token *t)
{
    const char *at = s->text + t->lo + 1;
    at += strspn(at, " \t");
    if (strncmp(at, "define", 6) != 0)
        return;
    at += 6 + strspn(at + 6, " \t");
    size_t size = 0;
    while (isalnum((unsigned char)at[size]) || at[size] == '_' || at[size] == '$')
        size++;
    if (size)
        collect_word(l, at, size);
}

void collect_words(struct lower *l)
{
    l->words = arena_alloc(WORD_BUCKETS * sizeof *l->words);
    l->counters = arena_alloc(WORD_BUCKETS * sizeof *l->counters);
    for (unsigned i = 0; i < l->u->n_sources; i++) {
        const struct source *s = l->u->sources[i];
        for (unsigned k = 0; k < s->n_tokens; k++) {
            const struct token *t = &s->tokens[k];
            if (t->kind == TOK_IDENT)
                collect_word(l, s->text + t->lo, t->hi - t->lo);
            else if (t->kind == TOK_DIRECTIVE)
                collect_macro(l, s, t);
        }
    }
}

static bool word_is_used(struct lower *l, const char *word)
{
    struct word **end;
    return find_word(l, word, strlen(word), &end);
}

struct known_name {
    struct known_name *next;
    const char *base, *name;
};

const char *local_name(struct lower *l, const char *base)
{
    for (struct known_name *k = l->known_names; k; k = k->next)
        if (!strcmp(k->base, base))
            return k->name;
    struct known_name *k = arena_alloc(sizeof *k);
    k->next = l->known_names;
    k->base = base;
    k->name = word_is_used(l, base) ? arena_printf("gocc_%s", base) : base;
    l->known_names = k;
    return k->name;
}

const char *node_name(struct lower *l, const struct node *n)
{
    return table_get(&l->names, n);
}

const char *trace_name(struct lower *l, const struct node *n)
{
    char *name = arena_printf("%s", node_name(l, n));
    for (char *p = name + strlen(name); p-- > name;)
        if (*p == '_') {
            *p = '.';
            break;
        }
    return name;
}

struct node *top_level(struct node *n)
{
    while (n->parent && n->parent->kind != NODE_FILE)
        n = n->parent;
    return n;
}

static int by_place(const void *a, const void *b)
{
    const struct decl *x = *(struct decl *const *)a, *y = *(struct decl *const *)b;
    if (x->source != y->source)
        return x->source->index < y->source->index ? -1 : 1;
    if (x->statement.lo != y->statement.lo)
        return x->statement.lo < y->statement.lo ? -1 : 1;
    return x->name_span.lo < y->name_span.lo ? -1 : x->name_span.lo > y->name_span.lo;
}

static bool is_file_variable(const struct decl *d)
{
    return !d->function && d->source && d->kind == DECL_VARIABLE;
}

static void collect_file_decls(struct lower *l)
{
    unsigned n = 0;
    for (struct decl *d = l->u->decls; d; d = d->next)
        n += is_file_variable(d);
    l->file_decls = arena_alloc((n + 1) * sizeof *l->file_decls);
    for (struct decl *d = l->u->decls; d; d = d->next)
        if (is_file_variable(d))
            l->file_decls[l->n_file_decls++] = d;
    if (n)
        qsort(l->file_decls, n, sizeof *l->file_decls, by_place);
}

struct decl *file_decl(struct lower *l, const struct source *s, uint32_t at)
{
    if (!l->file_decls)
        collect_file_decls(l);
    struct decl **all = l->file_decls;
    unsigned lo = 0, hi = l->n_file_decls; // the first that begins behind `at`
    while (lo < hi) {
        unsigned middle = lo + (hi - lo) / 2;
        bool before = all[middle]->source == s ? all[middle]->statement.lo <= at
                                               : all[middle]->source->index < s->index;
        if (before)
            lo = middle + 1;
        else
            hi = middle;
    }
    if (lo == 0 || all[lo - 1]->source != s || at >= all[lo - 1]->statement.hi)
        return NULL;
    while (lo > 1 && all[lo - 2]->source == s &&
           all[lo - 2]->statement.lo == all[lo - 1]->statement.lo)
        lo--; // the first of its declarators
    return all[lo - 1];
}

struct counter {
    unsigned functions, gos, defers;
};

static struct counter *counter_of(struct lower *l, const char *base)
{
    struct named_counter **at = &l->counters[hash_word(base, strlen(base)) & (WORD_BUCKETS - 1)];
    while (*at && strcmp((*at)->base, base) != 0)
        at = &(*at)->next;
    if (!*at) {
        *at = arena_alloc(sizeof **at);
        **at = (struct named_counter){NULL, base, arena_alloc(sizeof(struct counter))};
    }
    return (*at)->counter;
}

static const char *top_name(struct lower *l, struct node *top)
{
    if (top->kind == NODE_FUNCTION)
        return span_text(top->source, top->name);
    const struct decl *d = file_decl(l, top->source, top->span.lo);
    return d ? d->name : "file";
}

void name_node(struct lower *l, struct node *n)
{
    bool lifts = n->kind == NODE_CLOSURE || n->kind == NODE_GO || n->kind == NODE_DEFER;
    if (!lifts || ((n->kind != NODE_CLOSURE) && n->what == GO_CLOSURE))
        return;
    struct node *top = top_level(n);
    const char *base = top_name(l, top);
    struct counter *c = counter_of(l, base);
    char *name;
    do {
        bool function = n->kind == NODE_CLOSURE || n->what == GO_BLOCK;
        name = function             ? arena_printf("%s_func%u", base, ++c->functions)
               : n->kind == NODE_GO ? arena_printf("%s_go%u", base, ++c->gos)
                                    : arena_printf("%s_defer%u", base, ++c->defers);
    } while (word_is_used(l, name));
    table_put(&l->names, n, name);
}

// ---- types -------------------------------------------------------------------------------

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static char *replace_word(const char *text, const char *word, const char *by)
{
    size_t n = strlen(word);
    char *out = "";
    const char *from = text;
    for (const char *p = text; (p = strstr(p, word)) != NULL; p += n) {
        if ((p > text && is_word_char(p[-1])) || is_word_char(p[n]))
            continue;
        out = arena_printf("%s%.*s%s", out, (int)(p - from), from, by);
        from = p + n;
    }
    return arena_printf("%s%s", out, from);
}

// "struct (unnamed struct at main.gc:20:5) *" -> "struct main_struct1 *"
static char *replace_unnamed(const char *text, const char *by)
{
    const char *open = strstr(text, "(unnamed "), *close = open;
    int depth = 0;
    for (; close && *close; close++) {
        depth += *close == '(' ? 1 : *close == ')' ? -1 : 0;
        if (depth == 0)
            break;
    }
    while (open && open > text && (open[-1] == ':' || (open[-1] != ' ' && is_word_char(open[-1]))))
        open--; // holder::(unnamed
    return open ? arena_printf("%.*s%s%s", (int)(open - text), text, by, *close ? close + 1 : "")
                : arena_printf("%s", text);
}

// chan<struct { int a, b; }> c;     gocc_chan(struct unnamed1 { int a, b; }) c;
// v := <-c;                         struct unnamed1 v = gocc_recv(c);
static const char *name_unnamed(struct lower *l, const struct decl *d)
{
    const struct token *t = token_after(d->source, d->span.lo);
    char *name;
    while (t && t->lo < d->span.hi && !token_is(d->source, t, "{"))
        t++;
    if (!t || t->lo >= d->span.hi)
        return NULL;
    do
        name = arena_printf("unnamed%u", ++l->n_unnamed);
    while (word_is_used(l, name));
    put_before(l, d->source, t->lo, "%s ", name);
    table_put(&l->f->names, d, name);
    return name;
}

// Puts in the new names of the local types that t's spelling uses.
static char *with_new_names(struct lower *l, const struct type *t, char *text, int depth)
{
    if (!t || depth > 8)
        return text;
    const char *name = t->decl ? hoisted_name(l->f, t->decl) : NULL;
    if (t->decl && !name && !*t->decl->name && t->decl->kind == DECL_TYPE && t->decl->source &&
        strstr(text, "(unnamed "))
        name = name_unnamed(l, t->decl);
    if (name)
        text =
            *t->decl->name ? replace_word(text, t->decl->name, name) : replace_unnamed(text, name);
    if (t->elem && t->elem->decl != t->decl)
        text = with_new_names(l, t->elem, text, depth + 1);
    for (unsigned i = 0; i < t->n_params; i++)
        text = with_new_names(l, t->params[i], text, depth + 1);
    return text;
}

// "typeof(int)", as clang spells some elements, is "int".
static const struct type *without_typeof(const struct type *t)
{
    size_t n = strlen(t->c);
    if (strncmp(t->c, "typeof(", 7) != 0 || t->c[n - 1] != ')')
        return t;
    int depth = 0;
    for (size_t i = 6; i + 1 < n; i++) {
        depth += t->c[i] == '(' ? 1 : t->c[i] == ')' ? -1 : 0;
        if (depth == 0)
            return t;
    }
    struct type *plain = arena_alloc(sizeof *plain);
    *plain = *t;
    plain->c = arena_copy(t->c + 7, n - 8);
    return without_typeof(plain);
}

char *declare(struct lower *l, const struct type *t, const char *name)
{
    t = without_typeof(t);
    // the name itself is not to be changed
    char *text = with_new_names(l, t, type_declare(t, "\1"), 0);
    char *hole = strchr(text, '\1');
    return arena_printf("%.*s%s%s", (int)(hole - text), text, name, hole + 1);
}

char *type_name(struct lower *l, const struct type *t)
{
    return with_new_names(l, t, arena_printf("%s", without_typeof(t)->c), 0);
}

struct type *value_type(struct type *t)
{
    return t ? type_unqualified(t) : NULL;
}

// LANGUAGE.md 5: go and closures own the channels, closures and contexts that they hold.
bool type_is_owned(const struct type *t)
{
    if (!t)
        return false;
    return t->kind == TYPE_CHAN || t->kind == TYPE_FUNC ||
           (t->kind == TYPE_POINTER && t->elem && strstr(t->elem->user, "go_context"));
}
