// The walk over what has to change, and what the lowerings share.
//
// Order: an edit that opens where another one opens must be queued after it to stand in front
// of it, so everything is lowered from the inside out: by its end, then by its beginning from
// the right; where spans are equal, nodes before calls before conversions.
#include "lower.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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

static char *format_text(const char *format, va_list args)
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

static void collect_words(struct lower *l)
{
    for (unsigned i = 0; i < l->u->n_sources; i++) {
        const struct source *s = l->u->sources[i];
        for (unsigned k = 0; k < s->n_tokens; k++) {
            const struct token *t = &s->tokens[k];
            struct word **end;
            if (t->kind != TOK_IDENT || find_word(l, s->text + t->lo, t->hi - t->lo, &end))
                continue;
            *end = arena_alloc(sizeof **end);
            **end = (struct word){NULL, s->text + t->lo, t->hi - t->lo};
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

static struct node *top_level(struct node *n)
{
    while (n->parent && n->parent->kind != NODE_FILE)
        n = n->parent;
    return n;
}

// The declaration at file scope around s[at], or NULL.
static struct decl *file_decl(struct lower *l, const struct source *s, uint32_t at)
{
    for (struct decl *d = l->u->decls; d; d = d->next)
        if (!d->function && d->source == s && d->kind == DECL_VARIABLE && d->statement.lo <= at &&
            at < d->statement.hi)
            return d;
    return NULL;
}

struct counter {
    unsigned functions, gos, defers;
};

static const char *top_name(struct lower *l, struct node *top)
{
    if (top->kind == NODE_FUNCTION)
        return span_text(top->source, top->name);
    const struct decl *d = file_decl(l, top->source, top->span.lo);
    return d ? d->name : "file";
}

static void name_node(struct lower *l, struct node *n)
{
    bool lifts = n->kind == NODE_CLOSURE || n->kind == NODE_GO || n->kind == NODE_DEFER;
    if (!lifts || ((n->kind != NODE_CLOSURE) && n->what == GO_CLOSURE))
        return;
    struct node *top = top_level(n);
    const char *base = top_name(l, top);
    struct counter *c = NULL;
    for (struct named_counter *k = l->counters; k && !c; k = k->next)
        if (!strcmp(k->base, base))
            c = k->counter;
    if (!c) {
        struct named_counter *k = arena_alloc(sizeof *k);
        k->base = base;
        k->counter = c = arena_alloc(sizeof *c);
        k->next = l->counters;
        l->counters = k;
    }
    char *name;
    do {
        bool function = n->kind == NODE_CLOSURE || n->what == GO_BLOCK;
        name = function               ? arena_printf("%s_func%u", base, ++c->functions)
               : n->kind == NODE_GO   ? arena_printf("%s_go%u", base, ++c->gos)
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
    return open ? arena_printf("%.*s%s%s", (int)(open - text), text, by, *close ? close + 1 : "")
                : arena_printf("%s", text);
}

// Puts in the new names of the local types that t's spelling uses.
static char *with_new_names(struct lower *l, const struct type *t, char *text, int depth)
{
    if (!t || depth > 8 || !l->f->names.n)
        return text;
    const char *name = t->decl ? hoisted_name(l->f, t->decl) : NULL;
    if (name)
        text = *t->decl->name ? replace_word(text, t->decl->name, name)
                              : replace_unnamed(text, name);
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

// ---- lifted code -------------------------------------------------------------------------

struct lifted_piece {
    struct lifted_piece *next;
    const char *text; // NULL: range
    struct span range;
};

struct lifted {
    struct lifted *next;
    struct source *source;
    uint32_t at;
    enum lifted_phase phase;
    unsigned number;
    struct lifted_piece *pieces, *last;
};

// Where the top-level declaration begins that holds s[at].
static uint32_t top_level_start(struct lower *l, struct source *s, uint32_t at)
{
    for (unsigned i = 0; i < l->u->n_sources; i++) {
        if (l->u->sources[i] != s)
            continue;
        struct node *n = node_at(l->u->files[i], span_of(at, at + 1));
        if (n && n->kind != NODE_FILE && top_level(n)->kind == NODE_FUNCTION)
            return top_level(n)->span.lo;
    }
    const struct decl *d = file_decl(l, s, at);
    return d ? d->statement.lo : at;
}

struct lifted *lift_at(struct lower *l, struct source *s, uint32_t at, enum lifted_phase phase)
{
    struct lifted *new = arena_alloc(sizeof *new);
    new->source = s;
    new->at = top_level_start(l, s, at);
    new->phase = phase;
    new->number = l->n_lifted++;
    new->next = l->lifted;
    l->lifted = new;
    return new;
}

struct lifted *lift(struct lower *l, const struct node *n, enum lifted_phase phase)
{
    return lift_at(l, n->source, n->span.lo, phase);
}

static void add_piece(struct lifted *to, struct lifted_piece piece)
{
    if (piece.text && to->last && to->last->text) {
        to->last->text = arena_printf("%s%s", to->last->text, piece.text);
        return;
    }
    struct lifted_piece *p = arena_alloc(sizeof *p);
    *p = piece;
    if (to->last)
        to->last->next = p;
    else
        to->pieces = p;
    to->last = p;
}

void lifted_text(struct lifted *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_piece(to, (struct lifted_piece){.text = format_text(format, args)});
    va_end(args);
}

void lifted_range(struct lifted *to, struct span range)
{
    if (!span_empty(range))
        add_piece(to, (struct lifted_piece){.range = range});
}

void lifted_without_ends(struct lifted *to, struct span range, uint32_t lo, uint32_t hi)
{
    const char *text = to->source->text;
    lifted_text(to, "%s", arena_copy(text + range.lo, lo - range.lo));
    lifted_range(to, span_of(lo, hi));
    lifted_text(to, "%s", arena_copy(text + hi, range.hi - hi));
}

void lifted_body(struct lifted *to, struct span body)
{
    lifted_without_ends(to, body, body.lo, body.hi - 1);
}

static int lifted_order(const void *a, const void *b)
{
    const struct lifted *x = *(struct lifted *const *)a, *y = *(struct lifted *const *)b;
    return x->phase != y->phase ? (int)x->phase - (int)y->phase : x->number < y->number ? -1 : 1;
}

static void put_pieces(struct lower *l, struct lifted *x, struct lifted_piece *p)
{
    if (!p)
        return;
    put_pieces(l, x, p->next);
    if (p->text)
        edit_open(edits_of(l, x->source), x->at, "%s", p->text);
    else
        edit_open(edits_of(l, x->source), x->at, "%r", p->range);
}

// The last piece first: a later open stands in front of an earlier one.
static void put_lifted(struct lower *l)
{
    struct lifted **all = arena_alloc((l->n_lifted + 1) * sizeof *all);
    unsigned n = 0;
    for (struct lifted *x = l->lifted; x; x = x->next)
        all[n++] = x;
    qsort(all, n, sizeof *all, lifted_order);
    while (n-- > 0)
        put_pieces(l, all[n], all[n]->pieces);
}

// ---- heads of blocks ---------------------------------------------------------------------

struct head {
    struct head *next;
    struct source *source;
    uint32_t brace;
    enum head_order order;
    unsigned number;
    char *text;
};

void head_add(struct lower *l, struct source *s, uint32_t brace, enum head_order order,
              const char *format, ...)
{
    struct head *h = arena_alloc(sizeof *h);
    va_list args;
    va_start(args, format);
    *h = (struct head){l->heads, s, brace, order, l->n_heads++, format_text(format, args)};
    va_end(args);
    l->heads = h;
}

static int head_order(const void *a, const void *b)
{
    const struct head *x = *(struct head *const *)a, *y = *(struct head *const *)b;
    if (x->source != y->source)
        return x->source->index < y->source->index ? -1 : 1;
    if (x->brace != y->brace)
        return x->brace < y->brace ? -1 : 1;
    return x->order != y->order ? (int)x->order - (int)y->order : x->number < y->number ? -1 : 1;
}

static void put_heads(struct lower *l)
{
    struct head **all = arena_alloc((l->n_heads + 1) * sizeof *all);
    unsigned n = 0;
    for (struct head *h = l->heads; h; h = h->next)
        all[n++] = h;
    qsort(all, n, sizeof *all, head_order);
    for (unsigned i = n; i-- > 0;) {
        const struct head *h = all[i];
        const char *indent = indent_at(h->source, h->brace);
        bool last = i + 1 == n || all[i + 1]->brace != h->brace || all[i + 1]->source != h->source;
        const char *rest = h->source->text + h->brace + 1;
        rest += strspn(rest, " \t\r");
        bool alone = *rest == '\n' || *rest == '/'; // nothing of the user's on the brace's line
        const char *end = last && !alone ? arena_printf("\n%s   ", indent) : "";
        put_before(l, h->source, h->brace + 1, "\n%s    %s%s", indent, h->text, end);
    }
}

// ---- the walk ----------------------------------------------------------------------------

struct item {
    unsigned source;
    struct span span;
    int rank; // node, call, conversion
    unsigned number;
    void *what;
};

struct items {
    struct item *all;
    unsigned n, room;
};

static void add_item(struct items *list, struct item item)
{
    if (list->n == list->room) {
        list->room = list->room ? list->room * 2 : 64;
        list->all = realloc(list->all, list->room * sizeof *list->all);
        if (!list->all)
            fatal("out of memory");
    }
    item.number = list->n;
    list->all[list->n++] = item;
}

static int inside_out(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->span.hi != y->span.hi)
        return x->span.hi < y->span.hi ? -1 : 1;
    if (x->span.lo != y->span.lo)
        return x->span.lo > y->span.lo ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank - y->rank;
    return x->number > y->number ? -1 : 1; // of two nodes the child was met later
}

static void lower_builtin_node(struct lower *l, struct node *n)
{
    bool started = n->parent && (n->parent->kind == NODE_GO || n->parent->kind == NODE_DEFER) &&
                   n->parent->what == GO_BUILTIN;
    if (!started)
        lower_builtin(l, n);
}

static void lower_node(struct lower *l, struct node *n)
{
    static void (*const by_kind[])(struct lower *, struct node *) = {
        [NODE_FUNCTION] = lower_frame,    [NODE_LABEL] = lower_label,
        [NODE_CHAN_TYPE] = lower_type,    [NODE_FUNC_TYPE] = lower_type,
        [NODE_CLOSURE] = lower_closure,   [NODE_GO] = lower_go,
        [NODE_DEFER] = lower_defer,       [NODE_SEND] = lower_send,
        [NODE_RECV] = lower_receive,      [NODE_RECV_OK] = lower_receive_ok,
        [NODE_DECLARE] = lower_declare,   [NODE_RANGE] = lower_range,
        [NODE_SELECT] = lower_select,     [NODE_BUILTIN] = lower_builtin_node,
        [NODE_RETURN] = lower_return,     [NODE_JUMP] = lower_jump,
    };
    if (n->kind < sizeof by_kind / sizeof *by_kind && by_kind[n->kind])
        by_kind[n->kind](l, n);
}

static void lower_items(struct lower *l)
{
    struct items list = {0};
    for (unsigned i = 0; i < l->u->n_sources; i++)
        for (struct node *n = l->u->files[i]; n; n = node_next(n, l->u->files[i]))
            add_item(&list, (struct item){.source = i, .span = n->span, .rank = 0, .what = n});
    for (struct func_call *c = l->u->calls; c; c = c->next)
        add_item(&list, (struct item){source_number(l, c->source), c->span, 1, 0, c});
    for (struct conversion *c = l->u->conversions; c; c = c->next)
        add_item(&list, (struct item){source_number(l, c->source), c->span, 2, 0, c});
    qsort(list.all, list.n, sizeof *list.all, inside_out);
    for (unsigned i = 0; i < list.n; i++) {
        struct item *item = &list.all[i];
        if (item->rank == 0)
            lower_node(l, item->what);
        else if (item->rank == 1)
            lower_func_call(l, item->what);
        else
            lower_conversion(l, item->what);
    }
    free(list.all);
}

static bool lifts_code(const struct node *fn)
{
    for (struct node *n = node_next(fn, fn); n; n = node_next(n, fn))
        if (n->kind == NODE_CLOSURE || n->kind == NODE_GO || n->kind == NODE_DEFER)
            return true;
    return false;
}

// Lifted code stands before the function that it comes from: one that names itself in there
// (`go walk(t->left);`) is declared first.
static void lower_prototypes(struct lower *l)
{
    for (unsigned i = 0; i < l->u->n_sources; i++) {
        for (struct node *n = l->u->files[i]; n; n = node_next(n, l->u->files[i])) {
            if (n->kind != NODE_FUNCTION || !lifts_code(n))
                continue;
            const struct decl *d = sema_decl(l->u, n->source, n->name);
            const struct use *use = d ? d->uses : NULL;
            while (use && (use->source != n->source || !span_in(use->span, n->body)))
                use = use->next;
            if (!use)
                continue;
            uint32_t first = token_after(n->source, n->span.lo)->hi;
            uint32_t end = last_token_end(n->source, span_of(n->span.lo, n->body.lo));
            struct lifted *to = lift(l, n, LIFTED_PROTOTYPE);
            lifted_without_ends(to, span_of(n->span.lo, end), first, end);
            lifted_text(to, ";\n\n");
        }
    }
}

void lower(struct unit *u, struct capture_facts *f, struct edits **edits)
{
    struct lower l = {.u = u, .f = f, .edits = edits};
    l.words = arena_alloc(WORD_BUCKETS * sizeof *l.words);
    collect_words(&l);
    l.self = local_name(&l, "self");
    for (unsigned i = 0; i < u->n_sources; i++)
        for (struct node *n = u->files[i]; n; n = node_next(n, u->files[i]))
            name_node(&l, n);
    lower_hoists(&l);
    lower_prototypes(&l);
    lower_items(&l);
    lower_declarations(&l);
    lower_uses(&l);
    put_heads(&l);
    put_lifted(&l);
}
