// Files, positions and messages. Lowest layer of the rewriter.
//
// Three verbs, never mixed: error_at is the user's mistake (all of them are collected, sorted
// by file and position, and then no output is written), fatal is the environment's (a file
// that cannot be read), bug is ours.
#ifndef GOCC_DIAG_H
#define GOCC_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A range of bytes of one source: lo <= at < hi. Empty (lo == hi): absent, or a place.
struct span {
    uint32_t lo, hi;
};

struct token;
struct source;

// Where a piece of an expanded text comes from. It ends where the next one begins.
struct origin {
    uint32_t lo;         // of the text
    uint32_t at;         // of the original: whose line and, if copied, byte by byte whose place
    bool copied;         // from the file; else a macro's body put it there
    struct span use;     // of the macro, in the original; empty outside of expansions
    const char *macro;   // whose body it is from, NULL if copied
    struct source *body; // that holds it, or NULL when nobody can look there
    struct span body_at;
};

// One file of the user's, read once, never freed; positions are byte offsets into text.
//
// Uses of macros that hold constructs are expanded in the text before it is parsed: then it has
// origins, and line, column and the text of messages are those of the original.
struct source {
    const char *path;      // as the user spelled it: what messages and #line show
    const char *full_path; // absolute, as libclang knows it
    const char *text;      // NUL-terminated, size bytes
    uint32_t size;
    uint32_t *line_start; // offset of each line's first byte
    uint32_t n_lines;
    struct token *tokens; // set by lex; ends with TOK_EOF
    uint32_t n_tokens;
    const char *included;   // "In file included from …" as lines, or NULL
    bool from_option;       // named by -include or -imacros
    bool damaged;           // a literal or comment in it does not end
    uint32_t index;         // order of inclusion; 0 is the main file
    struct origin *origins; // ascending; the first is at 0. NULL: the text is that of the file
    uint32_t n_origins;
    struct source *original; // NULL: this
};

// Memory that lives until the process ends (the rewriter never frees). Zeroed. fatal when out.
void *arena_alloc(size_t size);
char *arena_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *arena_copy(const char *text, size_t size); // NUL-terminated

// Reads a file ("-": standard input, shown as "<stdin>"). NULL and errno when it cannot.
struct source *source_read(const char *path);
// A source from memory (tests, fuzzing).
struct source *source_from_text(const char *path, const char *text, size_t size);
// 1-based line and column (bytes) of an offset, in the file as the user wrote it.
void source_position(const struct source *s, uint32_t at, unsigned *line, unsigned *column);
// The offset at which the line of s[at] begins.
uint32_t source_line_start(const struct source *s, uint32_t at);
// The file as it was read, and the place of a span in it: in a macro's body, that of the use.
struct source *source_original(struct source *s);
struct span source_original_span(const struct source *s, struct span span);
// Keeps what s is now as its original, and returns that.
struct source *source_freeze(struct source *s);
// Gives s another text, made from its own; reset: gives it back what was read.
void source_set_text(struct source *s, const char *text, uint32_t size, struct origin *origins,
                     uint32_t n_origins);
void source_reset(struct source *s);
// The text of a span, copied.
char *span_text(const struct source *s, struct span span);
static inline struct span span_of(uint32_t lo, uint32_t hi)
{
    return (struct span){lo, hi};
}
static inline bool span_empty(struct span s)
{
    return s.lo == s.hi;
}
static inline bool span_in(struct span inner, struct span outer)
{
    return outer.lo <= inner.lo && inner.hi <= outer.hi;
}

enum diag_level { DIAG_NOTE, DIAG_WARNING, DIAG_ERROR };

// Collects a message at s[at]; printed by diag_flush with the line, a caret and a `~` range.
// A note belongs to the error or warning reported directly before it. Equal messages at
// the same place are reported once.
void error_at(struct source *s, struct span at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void warning_at(struct source *s, struct span at, const char *flag /* "-Wloop-capture" */,
                const char *format, ...) __attribute__((format(printf, 4, 5)));
void note_at(struct source *s, struct span at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool diag_has_errors(void);
// Whether an error was reported at a place that the span of the original holds.
bool diag_has_error_in(const struct source *s, struct span original);
bool diag_has_any(void); // also warnings
// Prints what was collected, `path:line:col: error: …`, errors and warnings in source order;
// returns the number of errors and forgets everything.
int diag_flush(bool color);
// The same for a program to read, instead of printing: `see` gets each message, with its notes.
struct diag_message {
    enum diag_level level;
    const char *path, *text, *flag;              // flag: "-Wloop-capture", or NULL
    unsigned line, column, end_line, end_column; // 1-based, bytes; the end is behind the last
    const struct diag_message *note;             // the next, or NULL
};
void diag_take(void (*see)(void *context, const struct diag_message *message), void *context);
// No more than so many errors are printed; 0: all.
void diag_limit(unsigned errors);
// Drops what was collected: the file turns out to be plain C, whose errors are the C compiler's.
void diag_forget(void);
// -Wno-loop-capture, -Werror, -w…: as cc's own options. Returns false if it is none that it knows
// (-w and -Werror are the C compiler's as well).
bool diag_warning_option(const char *option);

_Noreturn void fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void bug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
