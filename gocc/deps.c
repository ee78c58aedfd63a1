// Rules for make (-MD and its kin). The C compiler writes one for the temporary file that it
// read; ours names the .gc file and what the rewriter read instead, and keeps the rest.
//
// Names of headers are quoted for make from here on; that of the input becomes so.
#define _GNU_SOURCE
#include "deps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Adds a name once, "./a.h" and "b//c.h" as "a.h" and "b/c.h".
static void add_name(struct strings *names, const char *name)
{
    char *tidy = format("%s", name), *to = tidy;
    while (name[0] == '.' && name[1] == '/')
        name += 1 + strspn(name + 1, "/");
    for (; *name; name++)
        if (name[0] != '/' || name[1] != '/')
            *to++ = *name;
    *to = '\0';
    if (!strings_have(names, tidy))
        strings_add(names, tidy);
}

// The prerequisites in a rule that a C compiler wrote, but for the first, which is the temporary
// C file or the input itself.
static void read_prerequisites(FILE *f, struct strings *names)
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
            add_name(names, format("%.*s", (int)(end - at), at));
        first = first && end == at;
        at = end;
    }
}

// libclang knows what lies beside the input by its whole path; the C compiler, as it was found.
static const char *as_found(const char *input, const char *header)
{
    const char *folder = path_folder(input);
    char *full = realpath(*folder ? folder : ".", NULL);
    size_t n = full ? strlen(full) : 0;
    if (n > 1 && strncmp(header, full, n) == 0 && header[n] == '/')
        return format("%s%s", folder, header + n + 1);
    return header;
}

static const char *target(const struct command_line *line, const char *input)
{
    bool named = line->output && line->stage <= STAGE_ASSEMBLY;
    return quote_for_make(named ? line->output : path_named_after(input, ".o"));
}

static void print_rule(const struct command_line *line, const char *input,
                       const struct strings *names, FILE *out)
{
    if (line->deps_targets.n == 0)
        fputs(target(line, input), out);
    for (size_t i = 0; i < line->deps_targets.n; i++)
        fprintf(out, "%s%s", i ? " " : "", line->deps_targets.at[i]);
    fputc(':', out);
    for (size_t i = 0; i < names->n; i++)
        fprintf(out, "%s%s", i ? " \\\n  " : " ", names->at[i]);
    fputc('\n', out);
    for (size_t i = 1; line->deps_phony && i < names->n; i++)
        fprintf(out, "%s:\n", names->at[i]);
}

// -MF, else for -M what -o says, else beside the output; NULL: standard output.
static const char *deps_path(const struct command_line *line, const char *input)
{
    const char *path = line->deps_file;
    if (!path && line->stage == STAGE_DEPS && !line->deps)
        path = line->output;
    else if (!path && line->output && strcmp(line->output, "-") != 0) {
        const char *dot = strrchr(path_base(line->output), '.');
        size_t n = dot ? (size_t)(dot - line->output) : strlen(line->output);
        path = format("%.*s.d", (int)n, line->output);
    } else if (!path)
        path = path_named_after(input, ".d");
    return path && strcmp(path, "-") != 0 ? path : NULL;
}

int deps_write(const struct command_line *line, const char *input, const char *rule,
               const struct emit_result *emitted, struct strings *written)
{
    struct strings names = {0};
    FILE *in = fopen(rule, "r");
    add_name(&names, quote_for_make(input));
    for (size_t i = 0; i < emitted->n_deps; i++)
        add_name(&names, quote_for_make(as_found(input, emitted->deps[i])));
    if (in) {
        read_prerequisites(in, &names);
        fclose(in);
    }
    const char *path = deps_path(line, input);
    bool again = path && strings_have(written, path);
    FILE *out = path ? fopen(path, again ? "a" : "w") : stdout;
    if (out)
        print_rule(line, input, &names, out);
    if (!out || (path ? fclose(out) : fflush(out)) != 0) {
        fprintf(stderr, "gocc: error: %s: %s\n", path ? path : "standard output", strerror(errno));
        return 1;
    }
    if (path && !again)
        strings_add(written, path);
    return 0;
}
