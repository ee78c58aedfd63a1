// Arena, sources and messages.
//
// Messages are kept until diag_flush sorts and prints them, so that passes may run in any order.
// A note hangs on the error or warning before it and is printed, or dropped, with it.
// Memory comes from one arena that is never freed: a run of the rewriter is one file, and what
// it reads must live as long as the messages that quote it.
#include "diag_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// ---- memory ------------------------------------------------------------------------------

#ifndef ARENA_CHUNK // the fuzzers have none, so that the address sanitizer sees each allocation's
                    // end
#define ARENA_CHUNK (1 << 20)
#endif

static char *arena_next, *arena_end;

void *arena_alloc(size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (size >= ARENA_CHUNK / 4) {
        void *big = calloc(1, size);
        if (!big)
            fatal("out of memory");
        return big;
    }
    if ((size_t)(arena_end - arena_next) < size) {
        arena_next = calloc(1, ARENA_CHUNK);
        if (!arena_next)
            fatal("out of memory");
        arena_end = arena_next + ARENA_CHUNK;
    }
    void *p = arena_next;
    arena_next += size;
    return p;
}

char *arena_copy(const char *text, size_t size)
{
    char *copy = arena_alloc(size + 1);
    if (size)
        memcpy(copy, text, size);
    return copy;
}

static char *arena_vprintf(const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (size < 0)
        bug("format '%s'", format);
    char *text = arena_alloc((size_t)size + 1);
    vsnprintf(text, (size_t)size + 1, format, args);
    return text;
}

char *arena_printf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(format, args);
    va_end(args);
    return text;
}

// ---- sources -----------------------------------------------------------------------------

// Everything up to end of file, with a NUL behind it; NULL and errno when it cannot be read.
static char *read_all(FILE *f, size_t *size)
{
    size_t room = 1 << 16, used = 0;
    char *text = malloc(room);
    while (text) {
        used += fread(text + used, 1, room - used - 1, f);
        if (used < room - 1)
            break;
        char *more = realloc(text, room *= 2);
        if (!more)
            free(text);
        text = more;
    }
    if (!text)
        fatal("out of memory");
    if (ferror(f)) {
        int saved = errno;
        free(text);
        errno = saved;
        return NULL;
    }
    text[used] = 0;
    *size = used;
    return text;
}

void source_find_lines(struct source *s)
{
    uint32_t n = 1;
    for (uint32_t i = 0; i < s->size; i++)
        n += s->text[i] == '\n';
    s->line_start = arena_alloc(n * sizeof *s->line_start);
    s->n_lines = 1;
    for (uint32_t i = 0; i < s->size; i++)
        if (s->text[i] == '\n')
            s->line_start[s->n_lines++] = i + 1;
}

static struct source *source_new(const char *path, const char *full, const char *text, size_t size)
{
    if (size > UINT32_MAX / 2)
        fatal("%s: file too large", path);
    struct source *s = arena_alloc(sizeof *s);
    s->path = path;
    s->full_path = full;
    s->text = text;
    s->size = (uint32_t)size;
    source_find_lines(s);
    return s;
}

struct source *source_from_text(const char *path, const char *text, size_t size)
{
    path = arena_copy(path, strlen(path));
    return source_new(path, path, arena_copy(text, size), size);
}

static char *full_path_of(const char *path)
{
    char *real = realpath(path, NULL);
    char *copy = real ? arena_copy(real, strlen(real)) : arena_copy(path, strlen(path));
    free(real);
    return copy;
}

struct source *source_read(const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *f = is_stdin ? stdin : fopen(path, "rb");
    if (!f)
        return NULL;
    size_t size;
    char *text = read_all(f, &size);
    int saved = errno;
    if (!is_stdin)
        fclose(f);
    errno = saved;
    if (!text)
        return NULL;
    if (!is_stdin)
        return source_new(arena_copy(path, strlen(path)), full_path_of(path), text, size);
    char *here = full_path_of(".");
    return source_new("<stdin>", arena_printf("%s/<stdin>", here), text, size);
}

char *span_text(const struct source *s, struct span span)
{
    return arena_copy(s->text + span.lo, span.hi - span.lo);
}

// ---- messages ----------------------------------------------------------------------------

struct message {
    enum diag_level level;
    struct source *source;
    struct span at;
    const char *text, *flag;
    unsigned number;      // order of reporting
    struct message *note; // the next note on the same matter
};

static struct message **messages;
static size_t n_messages, room_messages;
static struct message *last; // what a note is added to; NULL after a warning that is off
static unsigned n_reported;

// The one warning of ours. -Wloop-capture is on by default.
static bool warnings_off, loop_capture_off, warnings_are_errors, loop_capture_is_error;

bool diag_warning_option(const char *option)
{
    static const struct {
        const char *option;
        bool *flag, value;
    } table[] = {
        {"-w", &warnings_off, true},
        {"-Wloop-capture", &loop_capture_off, false},
        {"-Wno-loop-capture", &loop_capture_off, true},
        {"-Werror", &warnings_are_errors, true},
        {"-Wno-error", &warnings_are_errors, false},
        {"-Werror=loop-capture", &loop_capture_is_error, true},
        {"-Wno-error=loop-capture", &loop_capture_is_error, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(option, table[i].option) == 0) {
            *table[i].flag = table[i].value;
            return true;
        }
    return false;
}

static struct message *message_new(enum diag_level level, struct source *s, struct span at,
                                   const char *format, va_list args)
{
    struct message *m = arena_alloc(sizeof *m);
    m->level = level;
    m->source = source_original(s);
    m->at = source_original_span(s, at);
    m->text = arena_vprintf(format, args);
    m->number = n_reported++;
    return m;
}

// A place in a macro's body is shown as that of the use; where it really is follows in a note.
static void note_macro(struct source *s, struct span at)
{
    const struct origin *o = source_origin(s, at.lo);
    if (!o || !o->macro)
        return;
    if (o->body)
        note_at(o->body, o->body_at, "expanded from macro '%s'", o->macro);
    else
        note_at(s, at, "expanded from macro '%s', which is defined elsewhere", o->macro);
}

static void report(struct message *m)
{
    if (n_messages == room_messages) {
        room_messages = room_messages ? room_messages * 2 : 64;
        messages = realloc(messages, room_messages * sizeof *messages);
        if (!messages)
            fatal("out of memory");
    }
    messages[n_messages++] = last = m;
}

void error_at(struct source *s, struct span at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(message_new(DIAG_ERROR, s, at, format, args));
    va_end(args);
    note_macro(s, at);
}

void warning_at(struct source *s, struct span at, const char *flag, const char *format, ...)
{
    bool is_ours = flag && strcmp(flag, "-Wloop-capture") == 0;
    if (warnings_off || (is_ours && loop_capture_off)) {
        last = NULL;
        return;
    }
    bool error = warnings_are_errors || (is_ours && loop_capture_is_error);
    va_list args;
    va_start(args, format);
    struct message *m = message_new(error ? DIAG_ERROR : DIAG_WARNING, s, at, format, args);
    va_end(args);
    m->flag = !flag ? NULL : error ? arena_printf("-Werror=%s", flag + 2) : flag;
    report(m);
    note_macro(s, at);
}

void note_at(struct source *s, struct span at, const char *format, ...)
{
    if (!last)
        return;
    va_list args;
    va_start(args, format);
    last->note = message_new(DIAG_NOTE, s, at, format, args);
    last = last->note;
    va_end(args);
}

bool diag_has_any(void)
{
    return n_messages != 0;
}

bool diag_has_errors(void)
{
    for (size_t i = 0; i < n_messages; i++)
        if (messages[i]->level == DIAG_ERROR)
            return true;
    return false;
}

bool diag_has_error_in(const struct source *s, struct span original)
{
    const char *path = s->full_path;
    for (size_t i = 0; i < n_messages; i++) {
        const struct message *m = messages[i];
        if (m->level == DIAG_ERROR && strcmp(m->source->full_path, path) == 0 &&
            original.lo <= m->at.lo && m->at.lo <= original.hi)
            return true;
    }
    return false;
}

void diag_forget(void)
{
    n_messages = 0;
    last = NULL;
}

static bool same_place(const struct message *a, const struct message *b)
{
    return !strcmp(a->source->full_path, b->source->full_path) && a->at.lo == b->at.lo;
}

// Headers come first, as a compiler reads them.
static unsigned order_of(const struct source *s)
{
    return s->index - 1; // the main file's 0 becomes the greatest
}

static int compare(const void *x, const void *y)
{
    const struct message *a = *(struct message *const *)x, *b = *(struct message *const *)y;
    if (a->source != b->source)
        return order_of(a->source) < order_of(b->source) ? -1 : 1;
    if (a->at.lo != b->at.lo)
        return a->at.lo < b->at.lo ? -1 : 1;
    return a->number < b->number ? -1 : 1;
}

// ---- printing ----------------------------------------------------------------------------

// How much of a line is shown: a message about generated code may stand on a very long one.
enum { SHOWN = 160 };

static void put_source_byte(char c)
{
    fputc((unsigned char)c < ' ' && c != '\t' ? ' ' : c, stderr);
}

// The columns that a terminal gives the character that begins at s[at], 0 inside of one: columns in
// messages are bytes, the caret stands by what is seen.
static int width_of(const struct source *s, uint32_t at)
{
    static const struct {
        uint32_t first, last;
        int width;
    } ranges[] = {
        {0x300, 0x36f, 0},   {0x200b, 0x200f, 0}, {0xfe00, 0xfe0f, 0},   {0x1100, 0x115f, 2},
        {0x2e80, 0xa4cf, 2}, {0xac00, 0xd7a3, 2}, {0xf900, 0xfaff, 2},   {0xfe30, 0xfe6f, 2},
        {0xff00, 0xff60, 2}, {0xffe0, 0xffe6, 2}, {0x1f300, 0x1faff, 2}, {0x20000, 0x3fffd, 2},
    };
    unsigned char c = (unsigned char)s->text[at];
    if (c < 0x80 || (c & 0xc0) == 0x80)
        return c < 0x80;
    uint32_t code = c & (c < 0xe0 ? 0x1f : c < 0xf0 ? 0x0f : 0x07);
    for (at++; at < s->size && (s->text[at] & 0xc0) == 0x80; at++)
        code = code << 6 | (s->text[at] & 0x3f);
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (ranges[i].first <= code && code <= ranges[i].last)
            return ranges[i].width;
    return 1;
}

static void put_under(const struct source *s, uint32_t lo, uint32_t hi, char c)
{
    for (uint32_t i = lo; i < hi; i++)
        for (int k = width_of(s, i); k > 0; k--)
            fputc(c == ' ' && s->text[i] == '\t' ? '\t' : c, stderr);
}

// The line with a caret and a `~` range under it.
static void print_line(const struct message *m, unsigned line, bool color)
{
    const struct source *s = m->source;
    uint32_t lo = s->line_start[line - 1];
    uint32_t hi = line < s->n_lines ? s->line_start[line] - 1 : s->size;
    if (hi > lo && s->text[hi - 1] == '\r')
        hi--;
    if (m->at.lo > lo + SHOWN / 2 && hi - lo > SHOWN)
        lo = m->at.lo - SHOWN / 2;
    if (hi - lo > SHOWN)
        hi = lo + SHOWN;
    while (lo < m->at.lo && (s->text[lo] & 0xc0) == 0x80) // no part of a character
        lo++;
    while (hi > m->at.lo && hi < s->size && (s->text[hi] & 0xc0) == 0x80)
        hi--;

    fprintf(stderr, "%5u | ", line);
    for (uint32_t i = lo; i < hi; i++)
        put_source_byte(s->text[i]);
    fputs("\n      | ", stderr);
    uint32_t caret = m->at.lo < hi ? m->at.lo : hi;
    put_under(s, lo, caret, ' ');
    fputs(color ? "\033[1;32m^" : "^", stderr);
    if (caret < hi) {
        uint32_t next = caret + 1; // behind the character under the caret
        while (next < hi && (s->text[next] & 0xc0) == 0x80)
            next++;
        for (int k = width_of(s, caret); k > 1 && m->at.hi > next; k--)
            fputc('~', stderr);
        put_under(s, next, m->at.hi < hi ? m->at.hi : hi, '~');
    }
    fputs(color ? "\033[0m\n" : "\n", stderr);
}

// before: the message that a note belongs to; what was shown for that is not shown again.
static void print_message(const struct message *m, const struct message *before, bool color)
{
    static const char *const words[] = {"note", "warning", "error"};
    static const char *const colors[] = {"\033[1;36m", "\033[1;35m", "\033[1;31m"};
    unsigned line, column;
    source_position(m->source, m->at.lo, &line, &column);
    if (color)
        fprintf(stderr, "\033[1m%s:%u:%u: %s%s: \033[0;1m%s\033[0m", m->source->path, line, column,
                colors[m->level], words[m->level], m->text);
    else
        fprintf(stderr, "%s:%u:%u: %s: %s", m->source->path, line, column, words[m->level],
                m->text);
    if (m->flag)
        fprintf(stderr, " [%s]", m->flag);
    fputc('\n', stderr);
    if (!before || !same_place(before, m))
        print_line(m, line, color);
}

static bool is_repeated(size_t i)
{
    for (size_t j = i; j-- > 0 && same_place(messages[j], messages[i]);)
        if (strcmp(messages[j]->text, messages[i]->text) == 0)
            return true;
    return false;
}

static unsigned max_errors; // 0: no limit

void diag_limit(unsigned errors)
{
    max_errors = errors;
}

int diag_flush(bool color)
{
    static char buffer[BUFSIZ]; // stderr has none: each byte of a line would be a system call
    int errors = 0;
    const struct source *shown = NULL;
    if (n_messages)
        qsort(messages, n_messages, sizeof *messages, compare);
    setvbuf(stderr, buffer, _IOFBF, sizeof buffer);
    for (size_t i = 0; i < n_messages; i++) {
        if (is_repeated(i))
            continue;
        errors += messages[i]->level == DIAG_ERROR;
        if (max_errors && errors > (int)max_errors) {
            fprintf(stderr, "gocc: no more than %u error%s shown, as asked\n", max_errors,
                    max_errors == 1 ? "" : "s");
            break;
        }
        const struct message *before = NULL;
        if (messages[i]->source->included && messages[i]->source != shown)
            fputs(messages[i]->source->included, stderr);
        shown = messages[i]->source;
        for (const struct message *m = messages[i]; m; before = m, m = m->note)
            print_message(m, before, color);
    }
    fflush(stderr);
    setvbuf(stderr, NULL, _IONBF, 0);
    diag_forget();
    return errors;
}

static struct diag_message *for_program(const struct message *m)
{
    struct diag_message *out = arena_alloc(sizeof *out);
    *out = (struct diag_message){m->level, m->source->path, m->text, m->flag, 0, 0, 0, 0, NULL};
    source_position(m->source, m->at.lo, &out->line, &out->column);
    source_position(m->source, m->at.hi, &out->end_line, &out->end_column);
    if (m->note)
        out->note = for_program(m->note);
    return out;
}

void diag_take(void (*see)(void *context, const struct diag_message *message), void *context)
{
    if (n_messages)
        qsort(messages, n_messages, sizeof *messages, compare);
    for (size_t i = 0; i < n_messages; i++)
        if (!is_repeated(i))
            see(context, for_program(messages[i]));
    diag_forget();
}

void fatal(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("gocc: fatal error: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    exit(1);
}

void bug(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("gocc: internal error: ", stderr);
    vfprintf(stderr, format, args);
    fputs("\nThis is a mistake in gocc, not in your program. Please report it.\n", stderr);
    abort();
}
