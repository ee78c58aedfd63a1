// Rules for make (-MD and its kin). The C compiler writes one for the temporary file that it
// read; ours names the .gc file and what the rewriter read instead, and keeps the rest.
#define _GNU_SOURCE
#include "deps.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

// The prerequisites in a makefile rule that a C compiler wrote, but for the first, which is
// the temporary C file or the unit itself.
static void read_prerequisites(FILE *f, struct strings *words)
{
    char *text = NULL;
    size_t size = 0;
    if (getdelim(&text, &size, '\0', f) < 0)
        return;
    char *at = strstr(text, ": ");
    bool first = true;
    for (at = at ? at + 1 : text + strlen(text); *at;) {
        at += strspn(at, " \t\n");
        if (at[0] == '\\' && at[1] == '\n') {
            at += 2;
            continue;
        }
        char *end = at;
        while (*end && !strchr(" \t\n", *end))
            end += *end == '\\' && end[1] && end[1] != '\n' ? 2 : 1;
        if (end > at && !first)
            strings_add(words, format("%.*s", (int)(end - at), at));
        first = first && end == at;
        at = end;
    }
}

static bool contains(const struct strings *list, const char *s)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->at[i], s) == 0)
            return true;
    return false;
}

static void print_rule(const struct command_line *line, const char *input,
                       const struct strings *words, FILE *out)
{
    if (line->deps_targets.n == 0)
        fputs(line->output && line->stage == STAGE_OBJECT ? line->output
                                                          : path_named_after(input, ".o"),
              out);
    for (size_t i = 0; i < line->deps_targets.n; i++)
        fprintf(out, "%s%s", i ? " " : "", line->deps_targets.at[i]);
    fputc(':', out);
    for (size_t i = 0; i < words->n; i++)
        fprintf(out, "%s%s", i ? " \\\n  " : " ", words->at[i]);
    fputc('\n', out);
    for (size_t i = 1; line->deps_phony && i < words->n; i++)
        fprintf(out, "%s:\n", words->at[i]);
}

// -MF, else for -M what -o says or standard output, else next to the object.
static const char *deps_path(const struct command_line *line, const char *input)
{
    if (line->deps_file)
        return line->deps_file;
    if (line->stage == STAGE_DEPS)
        return line->output;
    if (line->output && line->stage != STAGE_LINK) {
        const char *dot = strrchr(path_base(line->output), '.');
        size_t n = dot ? (size_t)(dot - line->output) : strlen(line->output);
        return format("%.*s.d", (int)n, line->output);
    }
    return path_named_after(input, ".d");
}

// The compiler's rule with the .gc file and the user's headers in place of the temporary.
int deps_write(const struct command_line *line, const char *input, const char *rule,
               const struct emit_result *emitted)
{
    struct strings all = {0}, words = {0};
    FILE *in = fopen(rule, "r");
    strings_add(&all, input);
    for (size_t i = 0; i < emitted->n_deps; i++)
        strings_add(&all, emitted->deps[i]);
    if (in) {
        read_prerequisites(in, &all);
        fclose(in);
    }
    for (size_t i = 0; i < all.n; i++)
        if (!contains(&words, all.at[i]))
            strings_add(&words, all.at[i]);
    const char *path = deps_path(line, input);
    FILE *out = path ? fopen(path, "w") : stdout;
    if (!out) {
        fprintf(stderr, "gocc: error: %s: %s\n", path, strerror(errno));
        return 1;
    }
    print_rule(line, input, &words, out);
    if (path)
        fclose(out);
    return 0;
}
