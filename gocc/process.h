// Child processes, and temporary files, which go when this process does.
#ifndef PROCESS_H
#define PROCESS_H

#include "words.h"

// The folder for all that is temporary, made by the first call; NULL after an error message.
const char *temp_dir(void);
// A file outside of that folder which has to go too, unless it was renamed; returns path.
const char *temp_file(const char *path);
// Removes all that is temporary, and gives signals back their meaning: before an exec.
void process_clean_up(void);

// Runs a command to its end.
//
//   input  what it reads as standard input; NULL: what we read
//
// Returns its exit status, 1 after an error message when it could not run or was killed. A signal
// that ends us ends the command first.
int process_run(const struct strings *command, const char *input);
// The same without the command's standard error.
int process_try(const struct strings *command);

// Becomes the command. Returns an exit status when that cannot be.
int process_become(const struct strings *command);

// The first line that `program option` prints which begins with `key`, without the key; "" if none.
const char *process_ask(const char *program, const char *option, const char *key);

// On standard error, as cc's -v and -### do.
void process_print(const struct strings *command);

#endif
