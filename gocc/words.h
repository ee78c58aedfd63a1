// Words of a command line: lists of strings, names of files, response files (@file).
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>
#include <stddef.h>

// A growing list of strings, NULL behind the last.
struct strings {
    const char **at;
    size_t n, capacity;
};
void strings_add(struct strings *list, const char *s);
bool strings_have(const struct strings *list, const char *s);

// printf into memory that is never freed.
char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

// "dir/foo.gc" → "foo.gc"; "-" → "stdin". And with another suffix: ".o" → "foo.o".
const char *path_base(const char *path);
const char *path_named_after(const char *path, const char *suffix);
// "dir/foo.gc" → "dir/"; "foo.gc" → "".
const char *path_folder(const char *path);

// argv[0..argc) with each @file replaced by the words in it, nested ones too.
struct strings words_expand(int argc, char **argv);
// Writes words as a response file that cc reads back as they are. Returns false with errno set.
bool words_write(const char *path, const char *const *words, size_t n);

#endif
