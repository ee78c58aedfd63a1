// A cc-like command line, understood as far as the driver must: which words are files and in
// which language, which options belong to the compile step, to the link or to libclang, and
// which are ours. Knows nothing of processes and compilers.
//
// Invariants: words keep their order and their spelling, so that whatever the driver does not
// care about reaches the C compiler as it was written; an option that is in no row of the table
// is the compiler's and has no separate value.
#ifndef ARGS_H
#define ARGS_H

#include "words.h"

// Where a word goes, beside the final command, which gets all of them in order.
enum {
    ARG_INPUT = 1,             // a file, "-" too
    ARG_FRONT = 2,             // an option that libclang must see
    ARG_LINK = 4,              // of no use to a compile step
    ARG_OURS = 8,              // not the C compiler's
    ARG_STAGE = 16,            // -c -S -E -o …: each step has its own
    ARG_DEPS = 32,             // the -M family
    ARG_LANGUAGE = 64,         // -x
    ARG_NAMES_BY_OUTPUT = 128, // makes further files that are named after the output
};

struct arg {
    const char *text;     // the word as written
    const char *value;    // the word behind it, when that is its value; else NULL
    unsigned where;       // ARG_…
    const char *language; // of an input: by -x, else NULL
    bool gocc;            // of an input: the rewriter reads it
};

enum stage { STAGE_LINK, STAGE_OBJECT, STAGE_ASSEMBLY, STAGE_PREPROCESS, STAGE_SYNTAX, STAGE_DEPS };

struct command_line {
    struct arg *args;
    size_t n_args, n_inputs;
    enum stage stage;
    const char *output; // -o, or NULL
    const char *cc;     // --cc=, or NULL
    bool verbose, dry_run;
    bool save_temps, save_temps_by_output; // =obj: beside the output
    bool thread_sanitizer, address_sanitizer;
    bool has_libraries; // -l: there may be something to link although there is no file
    bool no_library;    // -r, -shared, -nostdlib: nothing of ours is linked
    bool for_plugins;   // -rdynamic: what is opened with dlopen finds the program's symbols
    bool no_loop_capture, no_warnings;
    bool warnings_are_errors;  // -Werror
    int loop_capture_is_error; // 1, 0; -1: as -Werror says
    int color;                 // 1, 0; -1: on a terminal
    unsigned max_errors;       // -fmax-errors, -ferror-limit; 0: all are shown
    bool deps, deps_system;    // -MMD or -MD; -MD or -M: system headers too
    bool deps_phony, deps_lax; // -MP; -MG
    const char *deps_file;
    struct strings deps_targets; // -MT and -MQ, as Make reads them
    char **rest;                 // of `gocc run`: the program's arguments, NULL behind the last
};

// Parses argv[0..argc), after @file has been replaced by what is in it. For `gocc run`
// (program = true) the files end with the first word that cannot be one, or after "--".
// Returns 0; 2 when the line is wrong, after saying so on standard error.
int command_line_parse(int argc, char **argv, bool program, struct command_line *out);

// "a b$" as a makefile names it: "a\ b$$".
const char *quote_for_make(const char *s);

// The options for libclang; memory that is never freed.
struct strings command_line_front(const struct command_line *line);

#endif
