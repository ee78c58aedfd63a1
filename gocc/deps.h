// Rules for make: which headers an object depends on.
#ifndef DEPS_H
#define DEPS_H

#include "args.h"
#include "emit.h"

// Writes the rule that the line asks for (-MD, -MMD, -M, -MM, with -MF, -MT, -MQ, -MP).
//
//   input    the file that was compiled
//   rule     a file with the rule that the C compiler wrote for what it was given
//   emitted  of `input`: its headers
//   written  the files that got a rule of this command line; a further one is added at their end
//
// Returns 0, or 1 after an error message.
int deps_write(const struct command_line *line, const char *input, const char *rule,
               const struct emit_result *emitted, struct strings *written);

#endif
