// gocc run by way of the C compiler, for what libtcc does not do.
#ifndef RUN_CC_H
#define RUN_CC_H

#include "args.h"

// Do the options ask for it? -O, --cc=, sanitizers.
bool run_cc_is_asked(const struct command_line *line);

// Compiles the program of the line to a temporary file; false after an error message, or, when
// quiet, without one.
bool run_cc_compile(const struct command_line *line, bool quiet);

// Becomes the program that was compiled; returns the exit status when that cannot be.
//
// Requires: run_cc_compile was true. argv: the program's, NULL behind the last.
int run_cc_start(char **argv);

#endif
