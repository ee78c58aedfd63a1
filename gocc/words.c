// Strings that live until the process ends, and @file by the rules of libiberty, which gcc and
// clang share: words end at white space, quotes of both kinds, a backslash before any character.
#define _GNU_SOURCE
#include "words.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void strings_add(struct strings *list, const char *s)
{
    if (list->n + 1 >= list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 16;
        list->at = realloc(list->at, list->capacity * sizeof *list->at);
        if (!list->at)
            abort();
    }
    list->at[list->n++] = s;
    list->at[list->n] = NULL;
}

bool strings_have(const struct strings *list, const char *s)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->at[i], s) == 0)
            return true;
    return false;
}

char *format(const char *fmt, ...)
{
    va_list ap;
    char *s;
    va_start(ap, fmt);
    if (vasprintf(&s, fmt, ap) < 0)
        abort();
    va_end(ap);
    return s;
}

// ---- names of files ----------------------------------------------------------------------

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (strcmp(path, "-") == 0)
        return "stdin";
    return slash ? slash + 1 : path;
}

const char *path_named_after(const char *path, const char *suffix)
{
    const char *base = path_base(path), *dot = strrchr(base, '.');
    size_t n = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    return format("%.*s%s", (int)n, base, suffix);
}

const char *path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? format("%.*s", (int)(slash - path + 1), path) : "";
}

// ---- @file -------------------------------------------------------------------------------

// How many @files may be inside each other: one that names itself ends here.
enum { MAX_DEPTH = 16 };

static char *read_all(FILE *f)
{
    size_t n = 0, capacity = 1 << 12;
    char *text = malloc(capacity);
    while (text && (n += fread(text + n, 1, capacity - n - 1, f), n == capacity - 1))
        text = realloc(text, capacity *= 2);
    if (!text)
        abort();
    text[n] = '\0';
    return text;
}

// The next word of *text, put together in its place; NULL at the end.
static char *next_word(char **text)
{
    char *s = *text, quote = 0;
    while (isspace((unsigned char)*s))
        s++;
    char *word = s, *to = s;
    for (; *s && (quote || !isspace((unsigned char)*s)); s++) {
        if (*s == '\\' && s[1])
            *to++ = *++s;
        else if (*s == quote)
            quote = 0;
        else if (!quote && (*s == '\'' || *s == '"'))
            quote = *s;
        else
            *to++ = *s;
    }
    if (s == word)
        return NULL;
    *text = *s ? s + 1 : s;
    *to = '\0';
    return word;
}

// What is no readable file stays a word, as in cc.
static FILE *open_response_file(const char *word, int depth)
{
    struct stat st;
    if (word[0] != '@' || depth > MAX_DEPTH || stat(word + 1, &st) != 0 || S_ISDIR(st.st_mode))
        return NULL;
    return fopen(word + 1, "r");
}

static void expand(struct strings *words, const char *word, int depth)
{
    FILE *f = open_response_file(word, depth);
    if (!f) {
        strings_add(words, word);
        return;
    }
    char *inner;
    for (char *text = read_all(f); (inner = next_word(&text));)
        expand(words, inner, depth + 1);
    fclose(f);
}

struct strings words_expand(int argc, char **argv)
{
    struct strings words = {0};
    for (int i = 0; i < argc; i++)
        expand(&words, argv[i], 0);
    return words;
}

bool words_write(const char *path, const char *const *words, size_t n)
{
    FILE *f = fopen(path, "w");
    if (!f)
        return false;
    for (size_t i = 0; i < n; i++) {
        fputs("\"", f);
        for (const char *s = words[i]; *s; s++) {
            if (*s == '"' || *s == '\\')
                fputc('\\', f);
            fputc(*s, f);
        }
        fputs("\"\n", f);
    }
    bool ok = !ferror(f);
    return fclose(f) == 0 && ok;
}
