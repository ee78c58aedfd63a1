// The queue of edits, and the rendering.
//
// Edits are sorted once. A range is rendered from left to right: original bytes up to the next
// edit, then the edit, recursively for the ranges that its text names. What stands at the two
// ends of a replacement is inside it if it was queued before it and the text names a range
// that begins (ends) there, else outside: nothing at the border of a replacement gets lost.
//
// Lines are writer.c's business. Bytes of the original are copied as they are, but that a line
// which an edit touched may lose spaces at its end, and one that moves some of its indentation.
// Source of the model: Go's cmd/internal/edit.
#include "edit.h"

#include "writer.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct piece {
    const char *text; // NULL: range
    struct span range;
};

enum edit_kind { EDIT_OPEN, EDIT_CLOSE, EDIT_REPLACE };

struct edit {
    enum edit_kind kind;
    struct span at;
    unsigned number; // order of queueing
    struct piece *pieces;
    unsigned n_pieces;
};

struct edit_list {
    struct edit **items;
    unsigned n, room;
};

struct edits {
    struct source *source;
    struct edit_list opens, closes, replacements;
    unsigned n;
    bool sorted;
    uint32_t *borders; // of all edits and the ranges they name, ascending; NULL: not known
    unsigned n_borders;
};

struct edits *edits_new(struct source *s)
{
    struct edits *q = arena_alloc(sizeof *q);
    q->source = s;
    return q;
}

// ---- queueing ----------------------------------------------------------------------------

static void add_piece(struct edit *e, struct piece p)
{
    if ((e->n_pieces & (e->n_pieces - 1)) == 0) {
        unsigned room = e->n_pieces ? e->n_pieces * 2 : 1;
        struct piece *more = arena_alloc(room * sizeof *more);
        if (e->n_pieces)
            memcpy(more, e->pieces, e->n_pieces * sizeof *more);
        e->pieces = more;
    }
    e->pieces[e->n_pieces++] = p;
}

static void add_text(struct edit *e, const char *text, size_t size)
{
    if (size)
        add_piece(e, (struct piece){.text = arena_copy(text, size)});
}

// Ensures: two texts in a row do not occur often, and cost nothing but a piece each.
static void parse_format(struct edit *e, const char *format, va_list args)
{
    const char *text;
    for (const char *p; (p = strchr(format, '%')); format = p + 2) {
        add_text(e, format, (size_t)(p - format));
        switch (p[1]) {
        case 's':
            text = va_arg(args, const char *);
            add_text(e, text, strlen(text));
            break;
        case 'd':
            text = arena_printf("%d", va_arg(args, int));
            add_text(e, text, strlen(text));
            break;
        case 'u':
            text = arena_printf("%u", va_arg(args, unsigned));
            add_text(e, text, strlen(text));
            break;
        case 'r':
            add_piece(e, (struct piece){.range = va_arg(args, struct span)});
            break;
        case '%':
            add_text(e, "%", 1);
            break;
        default:
            bug("edit: format '%s'", p);
        }
    }
    add_text(e, format, strlen(format));
}

static void add(struct edits *q, enum edit_kind kind, struct span at, const char *format,
                va_list args)
{
    struct edit_list *list = kind == EDIT_OPEN    ? &q->opens
                             : kind == EDIT_CLOSE ? &q->closes
                                                  : &q->replacements;
    if (at.lo > at.hi || at.hi > q->source->size)
        bug("edit: [%u, %u) of %u bytes", at.lo, at.hi, q->source->size);
    if (list->n == list->room) {
        list->room = list->room ? list->room * 2 : 32;
        list->items = realloc(list->items, list->room * sizeof *list->items);
        if (!list->items)
            fatal("out of memory");
    }
    struct edit *e = arena_alloc(sizeof *e);
    e->kind = kind;
    e->at = at;
    e->number = q->n++;
    parse_format(e, format, args);
    list->items[list->n++] = e;
    q->sorted = false;
    q->borders = NULL;
}

void edit_replace(struct edits *q, struct span at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(q, span_empty(at) ? EDIT_OPEN : EDIT_REPLACE, at, format, args);
    va_end(args);
}

void edit_open(struct edits *q, uint32_t at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(q, EDIT_OPEN, span_of(at, at), format, args);
    va_end(args);
}

void edit_close(struct edits *q, uint32_t at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(q, EDIT_CLOSE, span_of(at, at), format, args);
    va_end(args);
}

// ---- order -------------------------------------------------------------------------------

static int order_numbers(unsigned a, unsigned b)
{
    return a < b ? -1 : a > b;
}

// Closes: by place, earlier ones first.
static int order_closes(const void *x, const void *y)
{
    const struct edit *a = *(struct edit *const *)x, *b = *(struct edit *const *)y;
    int place = order_numbers(a->at.lo, b->at.lo);
    return place ? place : order_numbers(a->number, b->number);
}

// Opens: by place, later ones first.
static int order_opens(const void *x, const void *y)
{
    const struct edit *a = *(struct edit *const *)x, *b = *(struct edit *const *)y;
    int place = order_numbers(a->at.lo, b->at.lo);
    return place ? place : order_numbers(b->number, a->number);
}

// Replacements: outer ones first; of two with the same span the later one is the outer.
static int order_replacements(const void *x, const void *y)
{
    const struct edit *a = *(struct edit *const *)x, *b = *(struct edit *const *)y;
    int place = order_numbers(a->at.lo, b->at.lo);
    if (!place)
        place = order_numbers(b->at.hi, a->at.hi);
    return place ? place : order_numbers(b->number, a->number);
}

static char *describe(const struct edits *q, const struct edit *e)
{
    unsigned line, column;
    source_position(q->source, e->at.lo, &line, &column);
    return arena_printf("[%u, %u) at %s:%u:%u `%s` -> `%s`", e->at.lo, e->at.hi, q->source->path,
                        line, column, span_text(q->source, e->at),
                        e->n_pieces && e->pieces[0].text ? e->pieces[0].text : "");
}

// Any two replacements must be disjoint or nested.
static void check_nesting(const struct edits *q)
{
    const struct edit_list *r = &q->replacements;
    const struct edit **around = arena_alloc((r->n + 1) * sizeof *around);
    unsigned depth = 0;
    for (unsigned i = 0; i < r->n; i++) {
        const struct edit *e = r->items[i];
        while (depth && around[depth - 1]->at.hi <= e->at.lo)
            depth--;
        if (depth && around[depth - 1]->at.hi < e->at.hi)
            bug("edits overlap: %s and %s", describe(q, around[depth - 1]), describe(q, e));
        around[depth++] = e;
    }
}

static void sort_edits(struct edits *q)
{
    if (q->sorted)
        return;
    q->sorted = true;
    if (q->opens.n)
        qsort(q->opens.items, q->opens.n, sizeof *q->opens.items, order_opens);
    if (q->closes.n)
        qsort(q->closes.items, q->closes.n, sizeof *q->closes.items, order_closes);
    if (q->replacements.n)
        qsort(q->replacements.items, q->replacements.n, sizeof *q->replacements.items,
              order_replacements);
    check_nesting(q);
}

static int order_places(const void *a, const void *b)
{
    return order_numbers(*(const uint32_t *)a, *(const uint32_t *)b);
}

static void add_borders(struct edits *q, const struct edit_list *list)
{
    for (unsigned i = 0; i < list->n; i++) {
        const struct edit *e = list->items[i];
        q->borders[q->n_borders++] = e->at.lo;
        q->borders[q->n_borders++] = e->at.hi;
        for (unsigned k = 0; k < e->n_pieces; k++) {
            if (e->pieces[k].text)
                continue;
            q->borders[q->n_borders++] = e->pieces[k].range.lo;
            q->borders[q->n_borders++] = e->pieces[k].range.hi;
        }
    }
}

static void find_borders(struct edits *q)
{
    const struct edit_list *const lists[] = {&q->opens, &q->closes, &q->replacements};
    size_t room = 1;
    if (q->borders)
        return;
    for (unsigned i = 0; i < 3; i++)
        for (unsigned k = 0; k < lists[i]->n; k++)
            room += 2 + 2 * lists[i]->items[k]->n_pieces;
    q->borders = arena_alloc(room * sizeof *q->borders);
    q->n_borders = 0;
    for (unsigned i = 0; i < 3; i++)
        add_borders(q, lists[i]);
    qsort(q->borders, q->n_borders, sizeof *q->borders, order_places);
}

// Some border is at `lo` or behind it, and before `hi`.
static bool has_border(struct edits *q, uint32_t lo, uint32_t hi)
{
    find_borders(q);
    unsigned first = 0, n = q->n_borders;
    while (first < n) {
        unsigned middle = first + (n - first) / 2;
        if (q->borders[middle] < lo)
            first = middle + 1;
        else
            n = middle;
    }
    return first < q->n_borders && q->borders[first] < hi;
}

bool edit_at(struct edits *q, struct span span)
{
    return has_border(q, span.lo, span.hi + 1);
}

bool edit_within(struct edits *q, struct span span)
{
    if (has_border(q, span.lo + 1, span.hi))
        return true;
    for (unsigned i = 0; i < q->replacements.n; i++)
        if (q->replacements.items[i]->at.lo == span.lo &&
            q->replacements.items[i]->at.hi == span.hi)
            return true;
    return false;
}

// The index of the first edit of a list that stands at `at` or behind it.
static unsigned first_from(const struct edit_list *list, uint32_t at)
{
    unsigned lo = 0, hi = list->n;
    while (lo < hi) {
        unsigned mid = lo + (hi - lo) / 2;
        if (list->items[mid]->at.lo < at)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

// ---- rendering ---------------------------------------------------------------------------

struct renderer {
    struct edits *q;
    struct writer w;
};

// Renders `range`, named by the text of `inside` (NULL: the whole). Edits of the same borders
// that were queued after `inside` are outside of it.
static void render(struct renderer *r, struct span range, const struct edit *inside);

// A range that moves to the start of a line leaves the indentation of its first line behind.
static void put_range(struct renderer *r, const struct edit *e, struct span range)
{
    const char *saved = writer_dedent(&r->w, range.lo);
    render(r, range, e->kind == EDIT_REPLACE ? e : NULL);
    writer_undent(&r->w, saved);
}

static void put_pieces(struct renderer *r, const struct edit *e)
{
    bool first = true; // in the line on which the replacement begins
    for (unsigned i = 0; i < e->n_pieces; i++) {
        const struct piece *p = &e->pieces[i];
        if (p->text) {
            writer_text(&r->w, p->text, e->at, first && e->kind == EDIT_REPLACE);
            first = first && !strchr(p->text, '\n');
        } else if (!span_empty(p->range)) {
            put_range(r, e, p->range);
        }
    }
}

static bool names_start(const struct edit *e)
{
    for (unsigned i = 0; i < e->n_pieces; i++)
        if (!e->pieces[i].text && !span_empty(e->pieces[i].range) &&
            e->pieces[i].range.lo == e->at.lo)
            return true;
    return false;
}

static bool names_end(const struct edit *e)
{
    for (unsigned i = 0; i < e->n_pieces; i++)
        if (!e->pieces[i].text && !span_empty(e->pieces[i].range) &&
            e->pieces[i].range.hi == e->at.hi)
            return true;
    return false;
}

// Point edits at `at` whose number is in [from, to).
static void put_points(struct renderer *r, const struct edit_list *list, uint32_t at, unsigned from,
                       unsigned to)
{
    for (unsigned i = first_from(list, at); i < list->n && list->items[i]->at.lo == at; i++)
        if (from <= list->items[i]->number && list->items[i]->number < to)
            put_pieces(r, list->items[i]);
}

// The outermost replacement of range that begins at or behind `at`, or NULL.
static const struct edit *next_replacement(const struct edits *q, uint32_t at, struct span range,
                                           const struct edit *inside)
{
    const struct edit_list *r = &q->replacements;
    for (unsigned i = first_from(r, at); i < r->n && r->items[i]->at.lo < range.hi; i++) {
        const struct edit *e = r->items[i];
        bool same = inside && e->at.lo == inside->at.lo && e->at.hi == inside->at.hi;
        if (same && e->number >= inside->number)
            continue;
        if (span_in(e->at, range))
            return e;
        if (!span_in(range, e->at))
            bug("edit: %%r [%u, %u) cuts %s", range.lo, range.hi, describe(q, e));
    }
    return NULL;
}

static uint32_t next_point(const struct edit_list *list, uint32_t from, uint32_t limit)
{
    unsigned i = first_from(list, from);
    return i < list->n && list->items[i]->at.lo < limit ? list->items[i]->at.lo : limit;
}

// Original bytes [lo, hi) with the points strictly between them.
static void render_plain(struct renderer *r, uint32_t lo, uint32_t hi)
{
    const struct edits *q = r->q;
    while (lo < hi) {
        uint32_t open = next_point(&q->opens, lo + 1, hi);
        uint32_t close = next_point(&q->closes, lo + 1, hi);
        uint32_t at = open < close ? open : close;
        writer_original(&r->w, lo, at);
        lo = at;
        if (at == hi)
            break;
        put_points(r, &q->closes, at, 0, UINT32_MAX);
        put_points(r, &q->opens, at, 0, UINT32_MAX);
    }
}

// Points at a border of `inside` are inside of it up to this number.
static unsigned border(const struct edit *inside, uint32_t at, bool start)
{
    return inside && at == (start ? inside->at.lo : inside->at.hi) ? inside->number : UINT32_MAX;
}

static void render(struct renderer *r, struct span range, const struct edit *inside)
{
    const struct edits *q = r->q;
    if (span_empty(range) && inside)
        return;
    bool whole = !inside && range.lo == 0 && range.hi == q->source->size;
    if (whole)
        put_points(r, &q->closes, 0, 0, UINT32_MAX);
    uint32_t at = range.lo;
    while (at < range.hi) {
        const struct edit *e = next_replacement(q, at, range, inside);
        bool here = e && e->at.lo == at;
        unsigned from = here && names_start(e) ? e->number : 0;
        put_points(r, &q->opens, at, from, at == range.lo ? border(inside, at, true) : UINT32_MAX);
        from = 0;
        if (here) {
            r->w.touched = true;
            put_pieces(r, e);
            at = e->at.hi;
            from = names_end(e) ? e->number : 0;
        } else {
            uint32_t stop = e ? e->at.lo : range.hi;
            render_plain(r, at, stop);
            at = stop;
        }
        put_points(r, &q->closes, at, from,
                   at == range.hi ? border(inside, at, false) : UINT32_MAX);
    }
    if (whole)
        put_points(r, &q->opens, range.hi, 0, UINT32_MAX);
}

void edit_render(struct edits *q, struct span range, const char *line_path, struct rendering *out)
{
    struct renderer r = {.q = q};
    unsigned line, column;
    source_position(q->source, range.lo, &line, &column);
    writer_start(&r.w, q->source, line_path, line);
    sort_edits(q);
    render(&r, range, NULL);
    writer_end(&r.w, out);
}
