// Writes rendered text and keeps its lines. Used by edit.c alone.
//
// The writer knows for each line that it puts out which line of the source the C compiler will take
// it for. The first byte of the original in a line decides which one it has to be: when the two
// differ, a #line (a newline, if one is missing) goes in front of the line. A line without such a
// byte may have a wish. Among parentheses, where a directive must not stand, newlines are padded.
#ifndef GOCC_WRITER_H
#define GOCC_WRITER_H

#include "edit.h"

enum { NOT_ORIGINAL = UINT32_MAX };

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
    const struct source *source;
    const char *line_path; // NULL: no #line, and no byte is touched
    char *text;
    uint32_t size, room;
    struct segment *segments;
    uint32_t n_segments, room_segments;
    struct insertion *insertions;
    uint32_t n_insertions, room_insertions;
    enum place place;
    unsigned parens; // open ( and [

    uint32_t line;       // what the C compiler takes the current line for; 0: not known
    uint32_t line_start; // where it begins, and in which state
    enum place start_place;
    unsigned start_parens;
    bool blank;        // nothing but white space in it
    bool has_original; // bytes of the original in it
    bool touched;      // an edit put something into it, or took something out
    uint32_t wanted;   // which line it should be if nothing of the original stands in it; 0: any

    const char *dedent;    // what each line loses of its indentation
    const char *dedent_at; // what the current line has still to lose of it
};

void writer_start(struct writer *w, const struct source *s, const char *line_path, uint32_t line);
// Original bytes [lo, hi).
void writer_original(struct writer *w, uint32_t lo, uint32_t hi);
// In the text of an edit, around a number: the current line, which holds nothing of the original,
// should be that line of it.
#define WRITER_LINE '\3'

// Text of an edit at a place. wants_line: the current line should be that of the place.
void writer_text(struct writer *w, const char *text, struct span at, bool wants_line);
// From here on every line loses the indentation of the line that holds source[at]; returns what
// writer_undent takes to end it.
const char *writer_dedent(struct writer *w, uint32_t at);
void writer_undent(struct writer *w, const char *saved);
void writer_end(struct writer *w, struct rendering *out);

#endif
