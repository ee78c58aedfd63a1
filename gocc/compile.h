// One file of the command line that has a compile command of its own.
#ifndef COMPILE_H
#define COMPILE_H

#include "args.h"
#include "emit.h"
#include "toolchain.h"

struct build {
    struct command_line line;
    struct cc cc;
    size_t n_units;
    struct strings rules; // the files for make that were written
};

struct unit {
    const struct arg *input;
    const char *dir;    // a temporary one, which holds all of this unit's
    const char *source; // what the C compiler reads
    const char *object; // what it makes, for good or for the link; NULL: standard output
    struct emit_result emitted;
};

// A .c file of the line seems to hold constructs, which only a .gc file may; and says so, after the
// C compiler has refused it.
bool compile_has_plain_constructs(const struct command_line *line);
void compile_explain_plain(const struct command_line *line);

// Rewrites and compiles the unit as far as the line says. Returns the exit status.
//
// Requires: input and dir are set. Ensures: object is set.
int compile_unit(struct build *b, struct unit *u);

// Who is asked which branches of an input the C compiler takes. build->cc may be none.
struct asked {
    const struct build *build;
    const struct arg *input;
};

// What emit_file needs to know of the line. asked: the C compiler that says which branches it
// takes, and the input of which it is asked; NULL: nobody.
struct emit_options compile_emit_options(const struct command_line *line, bool for_tcc,
                                         struct asked *asked);

// A device, a pipe or a link: written to, never replaced (tcc would unlink /dev/null).
bool is_special(const char *path);

// Words that every command of ours has alike.
void add_word(struct strings *command, const struct arg *arg);
void add_include_dir(const struct build *b, struct strings *command);
void add_sanitizer(const struct build *b, struct strings *command);

#endif
