// Places in a text whose macros have been expanded: what they are in the file.
//
//     #define SEND(c, v) c <- v
//     SEND(q, 1);             expanded: q <- 1;
//
// `q` and `1` are copied from the file and stand where they stood. ` <- ` comes from the body: its
// place is that of the use, `SEND(q, 1)`, and its line the one of what was copied last, so that
// lines go forward through an expansion whose arguments stand on several.
#include "diag_internal.h"

static uint32_t physical_line(const struct source *s, uint32_t at)
{
    uint32_t lo = 0, hi = s->n_lines;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->line_start[mid] <= at)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

const struct origin *source_origin(const struct source *s, uint32_t at)
{
    if (!s->origins)
        return NULL;
    uint32_t lo = 0, hi = s->n_origins;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->origins[mid].lo <= at)
            lo = mid;
        else
            hi = mid;
    }
    return &s->origins[lo];
}

void source_position(const struct source *s, uint32_t at, unsigned *line, unsigned *column)
{
    const struct origin *o = source_origin(s, at);
    if (o) {
        at = o->copied ? o->at + (at - o->lo) : o->at;
        s = s->original;
    }
    uint32_t number = physical_line(s, at);
    *line = number + 1;
    *column = at - s->line_start[number] + 1;
}

uint32_t source_line_start(const struct source *s, uint32_t at)
{
    return s->line_start[physical_line(s, at)];
}

struct source *source_original(struct source *s)
{
    return s->original ? s->original : s;
}

struct span source_original_span(const struct source *s, struct span span)
{
    const struct origin *first = source_origin(s, span.lo);
    if (!first)
        return span;
    const struct origin *last = span.hi > span.lo ? source_origin(s, span.hi - 1) : first;
    struct span at = first->use, end = last->use;
    if (first->copied)
        at.lo = at.hi = first->at + (span.lo - first->lo);
    if (last->copied)
        end.hi = last->at + (span.hi - last->lo);
    at.hi = end.hi > at.lo ? end.hi : at.lo;
    return at;
}

struct source *source_freeze(struct source *s)
{
    if (!s->original) {
        s->original = arena_alloc(sizeof *s);
        *s->original = *s;
        s->original->original = NULL;
    }
    return s->original;
}

void source_set_text(struct source *s, const char *text, uint32_t size, struct origin *origins,
                     uint32_t n_origins)
{
    source_freeze(s);
    s->text = text;
    s->size = size;
    s->origins = origins;
    s->n_origins = n_origins;
    source_find_lines(s);
}

void source_reset(struct source *s)
{
    if (s->original)
        *s = *s->original;
}
