// The queue of edits, and the rendering.
//
// Edits are sorted once. A range is rendered from left to right: original bytes up to the next
// edit, then the edit, recursively for the ranges that its text names. What stands at the two
// ends of a replacement is inside it if it was queued before it and the text names a range
// that begins (ends) there, else outside: nothing at the border of a replacement gets lost.
//
// Lines: the writer knows for each byte it puts out which line the C compiler will think it
// stands on. Where original bytes follow and that line is not theirs, it puts a #line, or a
// newline when one is missing. Bytes of the original are copied as they are; only a line that
// an edit touched may lose spaces at its end.
// Source of the model: Go's cmd/internal/edit.
#include "edit.h"

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

// ---- writing -----------------------------------------------------------------------------

// Where in the emitted C the last byte stands.
enum place {
    IN_CODE,
    IN_STRING,
    IN_CHAR,
    IN_LINE_COMMENT,
    IN_BLOCK_COMMENT,
    IN_DIRECTIVE,
};

struct writer {
    struct edits *q;
    const char *line_path; // NULL: no #line
    char *text;
    uint32_t size, room;
    struct segment *segments;
    uint32_t n_segments, room_segments;
    enum place place;
    unsigned parens;       // open ( and [ in the output
    uint32_t line;         // what the C compiler takes the current line for; 0: not known
    uint32_t line_start;   // where the current line begins
    bool blank;            // nothing but white space since line_start
    const char *dedent;    // what each line loses of its indentation
    const char *dedent_at; // what the current line has still to lose of it
    bool touched;          // an edit put something into the current line, or took something out
};

static void put_raw(struct writer *w, const char *text, uint32_t size)
{
    if (w->room - w->size <= size) {
        w->room = (w->size + size) * 2 + 4096;
        w->text = realloc(w->text, w->room);
        if (!w->text)
            fatal("out of memory");
    }
    memcpy(w->text + w->size, text, size);
    w->size += size;
}

// Segments end where the output does.
static void trim_segments(struct writer *w)
{
    while (w->n_segments) {
        struct segment *g = &w->segments[w->n_segments - 1];
        if (g->out + g->size <= w->size)
            break;
        if (g->out < w->size)
            g->size = w->size - g->out;
        else
            w->n_segments--;
    }
}

// Takes the spaces at the end of the current line away.
static void trim_spaces(struct writer *w)
{
    while (w->size > w->line_start && (w->text[w->size - 1] == ' ' || w->text[w->size - 1] == '\t'))
        w->size--;
    trim_segments(w);
}

static bool ends_with_backslash(const struct writer *w)
{
    uint32_t n = w->size;
    if (n && w->text[n - 1] == '\r')
        n--;
    return n && w->text[n - 1] == '\\';
}

// The output ends within a number: an apostrophe is C23's separator.
static bool in_number(const struct writer *w)
{
    uint32_t lo = w->size;
    while (lo > w->line_start &&
           (isalnum((unsigned char)w->text[lo - 1]) || w->text[lo - 1] == '_'))
        lo--;
    return lo < w->size && isdigit((unsigned char)w->text[lo]);
}

// Follows the C lexer over one byte, before it is written. prev: the byte before it.
static void follow(struct writer *w, char c)
{
    char prev = w->size ? w->text[w->size - 1] : 0;
    switch (w->place) {
    case IN_CODE:
        if (c == '"' || (c == '\'' && !in_number(w)))
            w->place = c == '"' ? IN_STRING : IN_CHAR;
        else if (c == '/' && prev == '/')
            w->place = IN_LINE_COMMENT;
        else if (c == '*' && prev == '/')
            w->place = IN_BLOCK_COMMENT;
        else if (c == '#' && w->blank)
            w->place = IN_DIRECTIVE;
        else if (c == '(' || c == '[')
            w->parens++;
        else if ((c == ')' || c == ']') && w->parens)
            w->parens--;
        else if (c == '}' && w->size == w->line_start)
            w->parens = 0; // the end of a function: branches of an #if may have unbalanced it
        break;
    case IN_STRING:
    case IN_CHAR:
        if (c == (w->place == IN_STRING ? '"' : '\'')) {
            unsigned backslashes = 0;
            while (backslashes < w->size && w->text[w->size - 1 - backslashes] == '\\')
                backslashes++;
            if (backslashes % 2 == 0)
                w->place = IN_CODE;
        }
        break;
    case IN_BLOCK_COMMENT:
        if (c == '/' && prev == '*')
            w->place = IN_CODE;
        break;
    case IN_DIRECTIVE: // a comment may go on in the next line
        if (c == '*' && prev == '/' &&
            !memchr(w->text + w->line_start, '"', w->size - w->line_start))
            w->place = IN_BLOCK_COMMENT;
        break;
    case IN_LINE_COMMENT:
        break;
    }
}

static void add_segment(struct writer *w, uint32_t in)
{
    struct segment *last = w->n_segments ? &w->segments[w->n_segments - 1] : NULL;
    if (last && last->out + last->size == w->size && last->in + last->size == in) {
        last->size++;
        return;
    }
    if (w->n_segments == w->room_segments) {
        w->room_segments = w->room_segments ? w->room_segments * 2 : 64;
        w->segments = realloc(w->segments, w->room_segments * sizeof *w->segments);
        if (!w->segments)
            fatal("out of memory");
    }
    w->segments[w->n_segments++] = (struct segment){w->size, in, 1};
}

enum { NOT_ORIGINAL = UINT32_MAX };

// in: where the original has this newline, or NOT_ORIGINAL.
static void put_newline(struct writer *w, uint32_t in)
{
    bool spliced = ends_with_backslash(w);
    if (w->place != IN_BLOCK_COMMENT && !spliced)
        w->place = IN_CODE;
    if (w->touched && w->line_path && w->place == IN_CODE && !spliced)
        trim_spaces(w);
    if (in != NOT_ORIGINAL)
        add_segment(w, in);
    put_raw(w, "\n", 1);
    w->line += w->line != 0;
    w->line_start = w->size;
    w->blank = true;
    w->touched = false;
    bool text = w->place == IN_CODE || w->place == IN_BLOCK_COMMENT;
    w->dedent_at = text && !spliced ? w->dedent : "";
}

static void put_byte(struct writer *w, char c, uint32_t in)
{
    if (c == '\n') {
        put_newline(w, in);
        return;
    }
    if (*w->dedent_at == c) {
        w->dedent_at++;
        return;
    }
    w->dedent_at = "";
    follow(w, c);
    if (!isspace((unsigned char)c))
        w->blank = false;
    if (in != NOT_ORIGINAL)
        add_segment(w, in);
    put_raw(w, &c, 1);
}

// ---- lines -------------------------------------------------------------------------------

char *line_directive(uint32_t line, const char *path)
{
    char *quoted = arena_alloc(2 * strlen(path) + 1), *to = quoted;
    for (; *path; path++) {
        if (*path == '"' || *path == '\\')
            *to++ = '\\';
        *to++ = *path;
    }
    return arena_printf("#line %u \"%s\"\n", line, quoted);
}

static void put_line_directive(struct writer *w, uint32_t line)
{
    char *text = line_directive(line, w->line_path);
    put_raw(w, text, (uint32_t)strlen(text));
    w->line = line;
    w->line_start = w->size;
}

// Puts newlines or a #line in front of the white space that the current line consists of.
static void sync_at_line_start(struct writer *w, uint32_t line)
{
    uint32_t size = w->size - w->line_start, in = NOT_ORIGINAL;
    char *indent = arena_copy(w->text + w->line_start, size);
    const struct segment *g = w->n_segments ? &w->segments[w->n_segments - 1] : NULL;
    if (g && g->out + g->size == w->size && g->size >= size)
        in = g->in + g->size - size;
    w->size = w->line_start;
    trim_segments(w);
    if (w->parens)
        while (w->line && w->line < line)
            put_newline(w, NOT_ORIGINAL);
    else if (w->line && w->line + 1 == line)
        put_newline(w, NOT_ORIGINAL);
    else
        put_line_directive(w, line);
    w->dedent_at = "";
    for (uint32_t i = 0; i < size; i++)
        put_byte(w, indent[i], in == NOT_ORIGINAL ? in : in + i);
}

// What follows on this line is not worth a line break: closing brackets, `;`, a comment.
static bool is_trivial(const char *p, const char *end)
{
    for (; p < end && *p != '\n'; p++) {
        if (*p == '/' && p + 1 < end && (p[1] == '/' || p[1] == '*'))
            return true;
        if (!strchr(" \t\r;,(){}", *p) || !*p)
            return false;
    }
    return true;
}

// Before original bytes [lo, hi): makes the C compiler's line that of lo if it can be done here.
static void sync_line(struct writer *w, uint32_t lo, uint32_t hi)
{
    if (!w->line_path || w->place != IN_CODE)
        return;
    unsigned line, column;
    source_position(w->q->source, lo, &line, &column);
    if (w->line == line)
        return;
    const char *text = w->q->source->text;
    if (w->blank) {
        sync_at_line_start(w, line);
    } else if (is_trivial(text + lo, text + hi)) {
        return;
    } else if (w->parens) {
        while (w->line && w->line < line)
            put_newline(w, NOT_ORIGINAL);
    } else {
        trim_spaces(w);
        put_newline(w, NOT_ORIGINAL);
        if (w->line != line)
            put_line_directive(w, line);
    }
}

// ---- rendering ---------------------------------------------------------------------------

static void put_original(struct writer *w, uint32_t lo, uint32_t hi)
{
    const char *text = w->q->source->text;
    if (!w->blank && text[lo] != '\n')
        sync_line(w, lo, hi);
    for (; lo < hi; lo++) {
        if (w->blank && !isspace((unsigned char)text[lo]))
            sync_line(w, lo, hi);
        put_byte(w, text[lo], lo);
    }
}

// Renders `range`, named by the text of `inside` (NULL: the whole). Edits of the same borders
// that were queued after `inside` are outside of it.
static void render(struct writer *w, struct span range, const struct edit *inside);

// At the start of a line that begins with `rest` of piece i: when original bytes stand further on
// in it, named by the edit or behind it, the C compiler must take it for their line.
static void sync_inserted(struct writer *w, const struct edit *e, unsigned i, const char *rest)
{
    if (!w->line_path || !w->blank || !*rest || strchr(rest, '\n'))
        return;
    for (i++; i < e->n_pieces; i++) {
        const struct piece *p = &e->pieces[i];
        if (!p->text && !span_empty(p->range)) {
            sync_line(w, p->range.lo, p->range.hi);
            return;
        }
        if (p->text && strchr(p->text, '\n'))
            return;
    }
    if (e->kind != EDIT_CLOSE)
        sync_line(w, e->at.lo, e->at.hi);
}

static void put_inserted(struct writer *w, const struct edit *e, unsigned i)
{
    const char *text = e->pieces[i].text;
    sync_inserted(w, e, i, text);
    for (const char *p = text; *p; p++) {
        w->touched = true;
        put_byte(w, *p, NOT_ORIGINAL);
        if (*p == '\n')
            sync_inserted(w, e, i, p + 1);
    }
    if (w->line_path && strstr(text, "#line"))
        w->line = 0;
}

// A range that moves to the start of a line leaves the indentation of its first line behind.
static void put_range(struct writer *w, const struct edit *e, struct span range)
{
    const char *saved = w->dedent;
    if (w->line_path && w->size == w->line_start && !span_empty(range)) {
        const char *text = w->q->source->text;
        unsigned line, column;
        source_position(w->q->source, range.lo, &line, &column);
        const char *start = text + w->q->source->line_start[line - 1];
        w->dedent = w->dedent_at = arena_copy(start, strspn(start, " \t"));
        w->dedent_at += strlen(w->dedent); // the first line has none
    }
    render(w, range, e->kind == EDIT_REPLACE ? e : NULL);
    w->dedent = w->dedent_at = saved;
    w->dedent_at += strlen(saved);
}

static void put_pieces(struct writer *w, const struct edit *e)
{
    for (unsigned i = 0; i < e->n_pieces; i++) {
        if (e->pieces[i].text)
            put_inserted(w, e, i);
        else
            put_range(w, e, e->pieces[i].range);
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
static void put_points(struct writer *w, const struct edit_list *list, uint32_t at, unsigned from,
                       unsigned to)
{
    for (unsigned i = first_from(list, at); i < list->n && list->items[i]->at.lo == at; i++)
        if (from <= list->items[i]->number && list->items[i]->number < to)
            put_pieces(w, list->items[i]);
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
static void render_plain(struct writer *w, uint32_t lo, uint32_t hi)
{
    const struct edits *q = w->q;
    while (lo < hi) {
        uint32_t open = next_point(&q->opens, lo + 1, hi);
        uint32_t close = next_point(&q->closes, lo + 1, hi);
        uint32_t at = open < close ? open : close;
        put_original(w, lo, at);
        lo = at;
        if (at == hi)
            break;
        put_points(w, &q->closes, at, 0, UINT32_MAX);
        put_points(w, &q->opens, at, 0, UINT32_MAX);
    }
}

// Points at a border of `inside` are inside of it up to this number.
static unsigned border(const struct edit *inside, uint32_t at, bool start)
{
    return inside && at == (start ? inside->at.lo : inside->at.hi) ? inside->number : UINT32_MAX;
}

static void render(struct writer *w, struct span range, const struct edit *inside)
{
    const struct edits *q = w->q;
    if (span_empty(range) && inside)
        return;
    bool whole = !inside && range.lo == 0 && range.hi == q->source->size;
    if (whole)
        put_points(w, &q->closes, 0, 0, UINT32_MAX);
    uint32_t at = range.lo;
    while (at < range.hi) {
        const struct edit *e = next_replacement(q, at, range, inside);
        bool here = e && e->at.lo == at;
        unsigned from = here && names_start(e) ? e->number : 0;
        put_points(w, &q->opens, at, from, at == range.lo ? border(inside, at, true) : UINT32_MAX);
        from = 0;
        if (here) {
            w->touched = true;
            put_pieces(w, e);
            at = e->at.hi;
            from = names_end(e) ? e->number : 0;
        } else {
            uint32_t stop = e ? e->at.lo : range.hi;
            render_plain(w, at, stop);
            at = stop;
        }
        put_points(w, &q->closes, at, from,
                   at == range.hi ? border(inside, at, false) : UINT32_MAX);
    }
    if (whole)
        put_points(w, &q->opens, range.hi, 0, UINT32_MAX);
}

void edit_render(struct edits *q, struct span range, const char *line_path, struct rendering *out)
{
    struct writer w = {
        .q = q, .line_path = line_path, .line = 1, .blank = true, .dedent = "", .dedent_at = ""};
    unsigned column;
    source_position(q->source, range.lo, &w.line, &column);
    sort_edits(q);
    render(&w, range, NULL);
    put_raw(&w, "", 1);
    *out = (struct rendering){w.text, w.size - 1, w.segments, w.n_segments};
}
