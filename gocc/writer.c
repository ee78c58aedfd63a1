// The writer: a C lexer of six states that follows the output, and the lines.
#include "writer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// ---- bytes and segments ------------------------------------------------------------------

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

static void push_segment(struct writer *w, struct segment g)
{
    if (!w->segments || w->n_segments == w->room_segments) {
        w->room_segments = w->room_segments ? w->room_segments * 2 : 64;
        w->segments = realloc(w->segments, w->room_segments * sizeof *w->segments);
        if (!w->segments)
            fatal("out of memory");
    }
    w->segments[w->n_segments++] = g;
}

// The next byte of the output is original[in].
static void add_segment(struct writer *w, uint32_t in)
{
    struct segment *last = w->n_segments ? &w->segments[w->n_segments - 1] : NULL;
    if (last && last->out + last->size == w->size && last->in + last->size == in)
        last->size++;
    else
        push_segment(w, (struct segment){w->size, in, 1});
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

// ---- the state of the output -------------------------------------------------------------

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

// ---- lines -------------------------------------------------------------------------------

static char *quote(const char *path)
{
    char *quoted = arena_alloc(2 * strlen(path) + 1), *to = quoted;
    for (; *path; path++) {
        if (*path == '"' || *path == '\\' || *path == '\n')
            *to++ = '\\';
        *to++ = *path == '\n' ? 'n' : *path;
    }
    return quoted;
}

char *line_directive(uint32_t line, const char *path)
{
    return arena_printf("#line %u \"%s\"\n", line, quote(path));
}

char *linemarker(uint32_t line, const char *path, int flag)
{
    return arena_printf("# %u \"%s\" %d", line, quote(path), flag);
}

// Segments from text[at] on move by `by` bytes; one that holds text[at] inside is cut there.
static void move_segments(struct writer *w, uint32_t at, int by)
{
    for (uint32_t i = w->n_segments; i-- > 0;) {
        struct segment *g = &w->segments[i];
        if (g->out + g->size <= at)
            break;
        if (g->out >= at) {
            g->out += (uint32_t)by;
            continue;
        }
        struct segment rest = {at + (uint32_t)by, g->in + (at - g->out), g->out + g->size - at};
        g->size = at - g->out;
        push_segment(w, rest);
        g = &w->segments[i];
        memmove(g + 2, g + 1, (size_t)(w->n_segments - i - 2) * sizeof *g);
        g[1] = rest;
        break;
    }
}

// Puts a text of whole lines in front of the current one, which must not begin inside a literal
// or a comment.
static void insert_before_line(struct writer *w, const char *text)
{
    uint32_t size = (uint32_t)strlen(text), at = w->line_start;
    put_raw(w, text, size); // for the room
    memmove(w->text + at + size, w->text + at, w->size - size - at);
    memcpy(w->text + at, text, size);
    w->line_start += size;
    move_segments(w, at, (int)size);
}

// Of several empty lines in front of the current one, one stays.
static void drop_empty_lines(struct writer *w)
{
    uint32_t at = w->line_start, lo = at;
    while (lo >= 3 && w->text[lo - 1] == '\n' && w->text[lo - 2] == '\n' && w->text[lo - 3] == '\n')
        lo--;
    if (lo == at)
        return;
    move_segments(w, at, 0);    // cuts there
    uint32_t n = w->n_segments; // those of the current line
    while (n && w->segments[n - 1].out >= at)
        n--;
    uint32_t kept = n;
    for (; kept && w->segments[kept - 1].out + w->segments[kept - 1].size > lo; kept--)
        if (w->segments[kept - 1].out < lo) {
            w->segments[kept - 1].size = lo - w->segments[kept - 1].out;
            break;
        }
    memmove(w->segments + kept, w->segments + n, (w->n_segments - n) * sizeof *w->segments);
    w->n_segments -= n - kept;
    memmove(w->text + lo, w->text + at, w->size - at);
    w->size -= at - lo;
    w->line_start = lo;
    for (uint32_t i = kept; i < w->n_segments; i++)
        w->segments[i].out -= at - lo;
}

// Makes the current line that line of the source.
static void set_line(struct writer *w, uint32_t line)
{
    if (w->start_place != IN_CODE || w->line == line)
        return;
    if (w->start_parens) {
        for (; w->line && w->line < line; w->line++)
            insert_before_line(w, "\n");
        return;
    }
    bool one_missing = w->line && w->line + 1 == line;
    if (!one_missing)
        drop_empty_lines(w);
    insert_before_line(w, one_missing ? "\n" : line_directive(line, w->line_path));
    w->line = line;
}

static void begin_line(struct writer *w)
{
    w->line_start = w->size;
    w->start_place = w->place;
    w->start_parens = w->parens;
    w->blank = true;
    w->has_original = w->touched = false;
    w->wanted = 0;
    bool text = w->place == IN_CODE || w->place == IN_BLOCK_COMMENT;
    w->dedent_at = text ? w->dedent : "";
}

// in: where the original has this newline, or NOT_ORIGINAL.
static void put_newline(struct writer *w, uint32_t in)
{
    bool spliced = ends_with_backslash(w);
    if (w->place != IN_BLOCK_COMMENT && !spliced)
        w->place = IN_CODE;
    if (w->line_path && w->wanted && !w->has_original && !w->blank)
        set_line(w, w->wanted);
    if (w->touched && w->line_path && w->place == IN_CODE && !spliced)
        trim_spaces(w);
    if (in != NOT_ORIGINAL)
        add_segment(w, in);
    put_raw(w, "\n", 1);
    w->line += w->line != 0;
    begin_line(w);
    if (spliced)
        w->dedent_at = "";
}

static void put_byte(struct writer *w, char c, uint32_t in)
{
    if (c == '\n') {
        put_newline(w, in);
        return;
    }
    if (c && *w->dedent_at == c) {
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

static uint32_t line_of(const struct writer *w, uint32_t at)
{
    unsigned line, column;
    source_position(w->source, at, &line, &column);
    return line;
}

// Before original bytes [lo, hi), the first of which is no white space: makes the C compiler's
// line that of lo if it can be done here.
static void sync_line(struct writer *w, uint32_t lo, uint32_t hi)
{
    if (!w->line_path || w->place != IN_CODE)
        return;
    uint32_t line = line_of(w, lo);
    if (w->line == line)
        return;
    if (!w->has_original) {
        set_line(w, line);
    } else if (is_trivial(w->source->text + lo, w->source->text + hi)) {
        return;
    } else if (w->parens) {
        while (w->line && w->line < line)
            put_newline(w, NOT_ORIGINAL);
    } else {
        trim_spaces(w);
        put_newline(w, NOT_ORIGINAL);
        set_line(w, line);
    }
}

// ---- what edit.c calls -------------------------------------------------------------------

void writer_start(struct writer *w, const struct source *s, const char *line_path, uint32_t line)
{
    *w = (struct writer){.source = s, .line_path = line_path, .line = line, .dedent = ""};
    begin_line(w);
}

// A byte that changes nothing about the place of the next one, in code or elsewhere.
static bool is_quiet(unsigned char c)
{
    return isalnum(c) || c == '_' || c == ' ' || c == '\t' || c == ',' || c == ';' || c == '=' ||
           c == '.' || c == '+' || c == '-' || c == '<' || c == '>' || c == '&' || c == '|' ||
           c == '!' || c == ':';
}

// Writes the quiet bytes at lo at once. Returns what is behind them.
static uint32_t put_quiet(struct writer *w, uint32_t lo, uint32_t hi)
{
    const char *text = w->source->text;
    uint32_t end = lo;
    while (end < hi && is_quiet((unsigned char)text[end]))
        end++;
    if (end > lo) {
        add_segment(w, lo);
        w->segments[w->n_segments - 1].size += end - lo - 1;
        put_raw(w, text + lo, end - lo);
    }
    return end;
}

void writer_original(struct writer *w, uint32_t lo, uint32_t hi)
{
    const char *text = w->source->text;
    bool first = true; // of these bytes that is no white space
    for (; lo < hi; lo++) {
        if (!isspace((unsigned char)text[lo])) {
            if (first || !w->has_original)
                sync_line(w, lo, hi);
            w->has_original = true;
            first = false;
        }
        put_byte(w, text[lo], lo);
        if (w->has_original && !first && !*w->dedent_at)
            lo = put_quiet(w, lo + 1, hi) - 1;
    }
}

// Without #line: for the offset map of whoever reads the text.
static void add_insertion(struct writer *w, struct insertion i)
{
    if (w->n_insertions == w->room_insertions) {
        w->room_insertions = w->room_insertions ? w->room_insertions * 2 : 64;
        w->insertions = realloc(w->insertions, w->room_insertions * sizeof *w->insertions);
        if (!w->insertions)
            fatal("out of memory");
    }
    w->insertions[w->n_insertions++] = i;
}

void writer_text(struct writer *w, const char *text, struct span at, bool wants_line)
{
    if (wants_line && *text != '#' && !w->has_original && !w->wanted)
        w->wanted = line_of(w, at.lo);
    if (!w->line_path && *text)
        add_insertion(w, (struct insertion){w->size, (uint32_t)strlen(text), at.lo, at.hi});
    w->touched = true;
    for (const char *p = text; *p; p++) {
        if (*p == WRITER_LINE) {
            char *end;
            unsigned long line = strtoul(p + 1, &end, 10);
            if (w->line_path)
                w->wanted = (uint32_t)line;
            p = end;
            continue;
        }
        put_byte(w, *p, NOT_ORIGINAL);
        w->touched = true;
    }
    if (w->line_path && (strstr(text, "#line") || strstr(text, "\n# ")))
        w->line = 0;
}

const char *writer_dedent(struct writer *w, uint32_t at)
{
    const char *saved = w->dedent;
    if (w->line_path && w->size == w->line_start) {
        const char *start = w->source->text + source_line_start(w->source, at);
        w->dedent = arena_copy(start, strspn(start, " \t"));
        w->dedent_at = ""; // the first line has none: the range begins behind it
    }
    return saved;
}

void writer_undent(struct writer *w, const char *saved)
{
    if (w->dedent != saved)
        w->dedent_at = "";
    w->dedent = saved;
}

void writer_end(struct writer *w, struct rendering *out)
{
    put_raw(w, "", 1);
    *out = (struct rendering){w->text,       w->size - 1,   w->segments,
                              w->n_segments, w->insertions, w->n_insertions};
}
