// What is put in when all the rest is known: lifted code before the top-level declaration that it
// comes from, and declarations at the heads of blocks.
//
// Code of ours belongs to the line of the construct that it comes from, for debuggers and traces:
// heads stand on the line of their brace, and a lifted function that holds nothing of the user's
// stands on one line, which lifted_place makes that of the construct.
//
// Lifted code is ordered by phase, then as it was made. Constructs are lowered from the inside
// out, so a closure stands before the one around it, which makes it.
#include "lower.h"
#include "writer.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

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
    unsigned number, line; // of the construct
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
    unsigned column;
    source_position(s, at, &new->line, &column);
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

void lifted_place(struct lifted *to)
{
    lifted_text(to, "%c%u%c", WRITER_LINE, to->line, WRITER_LINE);
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
void put_lifted(struct lower *l)
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

void put_heads(struct lower *l)
{
    struct head **all = arena_alloc((l->n_heads + 1) * sizeof *all);
    unsigned n = 0;
    for (struct head *h = l->heads; h; h = h->next)
        all[n++] = h;
    qsort(all, n, sizeof *all, head_order);
    for (unsigned i = n; i-- > 0;) {
        const struct head *h = all[i];
        put_before(l, h->source, h->brace + 1, " %s", h->text);
    }
}
