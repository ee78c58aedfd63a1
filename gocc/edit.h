// The queue of edits on the original bytes. Knows no C.
//
// Model: nothing is changed until edit_render; every edit is (place, text), where the text
// may contain ranges of the original, which are rendered with the edits inside them. So
// constructs are lowered independently and in any order, and nesting takes care of itself:
//
//     c <- f(<-d)      open(c.lo, "gocc_send("), replace(arrow, ", "), close(end, ")")
//                      open(recv.lo, "gocc_recv("), replace(arrow, ""), close(recv.hi, ")")
//     go f(x);         replace(stmt, "{ struct f_go a; a.x = %r; … }", x)
//
// Invariants: two replacements are disjoint or nested (a nested one shows only where the
// outer text names its range with %r); a partial overlap is a bug and prints both.
// At one offset all closes stand before all opens; later opens go in front of earlier ones
// and later closes behind earlier ones, so that lowering inner constructs before outer
// ones gives proper nesting.
#ifndef GOCC_EDIT_H
#define GOCC_EDIT_H

#include "diag.h"

struct edits;
struct edits *edits_new(struct source *s);

// format: %s (const char *), %d (int), %u (unsigned), %%, and %r (struct span, by value): that
// range of the original with the edits inside it (opens at its lo and closes at its hi included).
void edit_replace(struct edits *q, struct span at, const char *format, ...);
void edit_open(struct edits *q, uint32_t at, const char *format, ...);
void edit_close(struct edits *q, uint32_t at, const char *format, ...);

// An edit, or a range that one names, begins or ends inside of the span; or replaces just it.
bool edit_within(struct edits *q, struct span span);
// Likewise, or at its borders.
bool edit_at(struct edits *q, struct span span);

// Where rendered bytes come from: text[out .. out+size) is original[in .. in+size).
struct segment {
    uint32_t out, in, size;
};
// Where inserted bytes come from: text[out .. out+size) is an edit's at [lo, hi) of the original.
struct insertion {
    uint32_t out, size, lo, hi;
};
struct rendering {
    char *text; // NUL-terminated
    uint32_t size;
    struct segment *segments; // ascending in out
    uint32_t n_segments;
    struct insertion *insertions; // ascending in out; only without line_path
    uint32_t n_insertions;
};

// Renders a range (the whole file: span_of(0, size)).
//
//   line_path  not NULL: #line directives are put in so that every line of the original keeps
//              its number: at the next line start after a text whose number of newlines
//              differs from that of what it replaced; inside parentheses newlines are
//              padded instead, since a directive must not stand among macro arguments.
//              A "%r" inside an inserted text is preceded by its own #line when it starts
//              a line in that text.
void edit_render(struct edits *q, struct span range, const char *line_path, struct rendering *out);

// `#line N "path"` and a newline.
char *line_directive(uint32_t line, const char *path);
// `# N "path" FLAG`, as a preprocessor writes it: 1 begins an included file, 2 returns from it.
char *linemarker(uint32_t line, const char *path, int flag);

#endif
