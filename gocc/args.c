// Reads a cc-like command line by a table: one row per option that is more to us than a word
// to pass on. gcc's own table is generated from 3,000 rows; ours holds the options with a
// separate value (which must not be taken for a file), those that concern one step only, and
// those that change what the source text means, which libclang must see.
//
// The longest row that matches wins: -include over -i…, -isystem over -I.
#define _GNU_SOURCE
#include "args.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

// ---- the table ---------------------------------------------------------------------------

enum form {
    EXACT,  // the word alone: -c
    PREFIX, // the word begins so, and is all of it: -std=c17
    NEXT,   // the value is the next word: -Xlinker x
    EITHER, // the value is joined or the next word: -I x, -Ix
};

enum meaning {
    NOTHING,
    IS_STAGE,
    IS_OUTPUT,
    IS_LANGUAGE,
    IS_CC,
    IS_RACE,
    IS_SANITIZE,
    IS_VERBOSE,
    IS_DRY_RUN,
    IS_SAVE_TEMPS,
    IS_NO_LIBRARY,
    IS_COLOR,
    IS_LOOP_CAPTURE,
    IS_NO_LOOP_CAPTURE,
    IS_NO_WARNINGS,
    IS_WERROR,
    IS_DEPS,
    IS_DEPS_ONLY,
    IS_DEPS_PHONY,
    IS_DEPS_FILE,
    IS_DEPS_TARGET,
    IS_DEPS_TARGET_QUOTED,
};

struct option {
    const char *name;
    enum form form;
    unsigned where;
    enum meaning meaning;
    int detail; // of IS_STAGE: enum stage; of IS_COLOR and IS_DEPS: 0 or 1
};

static const struct option options[] = {
    // What is made.
    {"-c", EXACT, ARG_STAGE, IS_STAGE, STAGE_OBJECT},
    {"-S", EXACT, ARG_STAGE, IS_STAGE, STAGE_ASSEMBLY},
    {"-E", EXACT, ARG_STAGE, IS_STAGE, STAGE_PREPROCESS},
    {"-fsyntax-only", EXACT, ARG_STAGE, IS_STAGE, STAGE_SYNTAX},
    {"-o", EITHER, ARG_STAGE, IS_OUTPUT, 0},
    {"-x", EITHER, ARG_LANGUAGE, IS_LANGUAGE, 0},
    {"-v", EXACT, 0, IS_VERBOSE, 0},
    {"-###", EXACT, 0, IS_DRY_RUN, 0},
    {"-save-temps", PREFIX, ARG_STAGE | ARG_NAMES_BY_OUTPUT, IS_SAVE_TEMPS, 0},
    {"--save-temps", PREFIX, ARG_STAGE | ARG_NAMES_BY_OUTPUT, IS_SAVE_TEMPS, 0},
    {"--", EXACT, ARG_OURS, NOTHING, 0},

    // Ours.
    {"--cc=", PREFIX, ARG_OURS, IS_CC, 0},
    {"-race", EXACT, ARG_OURS, IS_RACE, 0},
    {"-Wloop-capture", EXACT, ARG_OURS, IS_LOOP_CAPTURE, 0},
    {"-Wno-loop-capture", EXACT, ARG_OURS, IS_NO_LOOP_CAPTURE, 0},
    {"-Werror=loop-capture", EXACT, ARG_OURS, IS_WERROR, 0},
    {"-Wno-error=loop-capture", EXACT, ARG_OURS, NOTHING, 0},

    // What both we and the C compiler act on.
    {"-w", EXACT, 0, IS_NO_WARNINGS, 0},
    {"-Werror", EXACT, 0, IS_WERROR, 0},
    {"-fsanitize=", PREFIX, 0, IS_SANITIZE, 0},
    {"-fdiagnostics-color", EXACT, 0, IS_COLOR, 1},
    {"-fdiagnostics-color=always", EXACT, 0, IS_COLOR, 1},
    {"-fdiagnostics-color=never", EXACT, 0, IS_COLOR, 0},
    {"-fdiagnostics-color=auto", EXACT, 0, IS_COLOR, -1},
    {"-fno-diagnostics-color", EXACT, 0, IS_COLOR, 0},
    {"-fcolor-diagnostics", EXACT, 0, IS_COLOR, 1},
    {"-fno-color-diagnostics", EXACT, 0, IS_COLOR, 0},

    // The meaning of the source text.
    {"-I", EITHER, ARG_FRONT, NOTHING, 0},
    {"-D", EITHER, ARG_FRONT, NOTHING, 0},
    {"-U", EITHER, ARG_FRONT, NOTHING, 0},
    {"-include", NEXT, ARG_FRONT, NOTHING, 0},
    {"-imacros", NEXT, ARG_FRONT, NOTHING, 0},
    {"-isystem", EITHER, ARG_FRONT, NOTHING, 0},
    {"-iquote", EITHER, ARG_FRONT, NOTHING, 0},
    {"-idirafter", EITHER, ARG_FRONT, NOTHING, 0},
    {"-iprefix", NEXT, ARG_FRONT, NOTHING, 0},
    {"-iwithprefix", NEXT, ARG_FRONT, NOTHING, 0},
    {"-iwithprefixbefore", NEXT, ARG_FRONT, NOTHING, 0},
    {"-isysroot", NEXT, ARG_FRONT, NOTHING, 0},
    {"--sysroot", NEXT, ARG_FRONT, NOTHING, 0},
    {"--sysroot=", PREFIX, ARG_FRONT, NOTHING, 0},
    {"-nostdinc", EXACT, ARG_FRONT, NOTHING, 0},
    {"-undef", EXACT, ARG_FRONT, NOTHING, 0},
    {"-trigraphs", EXACT, ARG_FRONT, NOTHING, 0},
    {"-std=", PREFIX, ARG_FRONT, NOTHING, 0},
    {"--std=", PREFIX, ARG_FRONT, NOTHING, 0},
    {"-ansi", EXACT, ARG_FRONT, NOTHING, 0},
    {"-pthread", EXACT, ARG_FRONT, NOTHING, 0},
    {"-O", PREFIX, ARG_FRONT, NOTHING, 0}, // __OPTIMIZE__
    {"-m32", EXACT, ARG_FRONT, NOTHING, 0},
    {"-m64", EXACT, ARG_FRONT, NOTHING, 0},
    {"-march=", PREFIX, ARG_FRONT, NOTHING, 0},
    {"-msse", PREFIX, ARG_FRONT, NOTHING, 0},
    {"-mavx", PREFIX, ARG_FRONT, NOTHING, 0},
    {"-mfma", EXACT, ARG_FRONT, NOTHING, 0},
    {"-mbmi", PREFIX, ARG_FRONT, NOTHING, 0},
    {"-maes", EXACT, ARG_FRONT, NOTHING, 0},
    {"-mpclmul", EXACT, ARG_FRONT, NOTHING, 0},
    {"-mpopcnt", EXACT, ARG_FRONT, NOTHING, 0},
    {"-fsigned-char", EXACT, ARG_FRONT, NOTHING, 0},
    {"-funsigned-char", EXACT, ARG_FRONT, NOTHING, 0},
    {"-fshort-enums", EXACT, ARG_FRONT, NOTHING, 0},
    {"-fshort-wchar", EXACT, ARG_FRONT, NOTHING, 0},
    {"-fms-extensions", EXACT, ARG_FRONT, NOTHING, 0},
    {"-fgnu89-inline", EXACT, ARG_FRONT, NOTHING, 0},
    {"-ffreestanding", EXACT, ARG_FRONT, NOTHING, 0},
    {"-fno-builtin", PREFIX, ARG_FRONT, NOTHING, 0},
    {"-fopenmp", PREFIX, ARG_FRONT, NOTHING, 0},
    {"-fPIC", EXACT, ARG_FRONT, NOTHING, 0},
    {"-fpic", EXACT, ARG_FRONT, NOTHING, 0},
    {"-fPIE", EXACT, ARG_FRONT, NOTHING, 0},
    {"-fpie", EXACT, ARG_FRONT, NOTHING, 0},

    // Dependencies for make.
    {"-M", EXACT, ARG_STAGE | ARG_DEPS, IS_DEPS_ONLY, 1},
    {"-MM", EXACT, ARG_STAGE | ARG_DEPS, IS_DEPS_ONLY, 0},
    {"-MD", EXACT, ARG_DEPS, IS_DEPS, 1},
    {"-MMD", EXACT, ARG_DEPS, IS_DEPS, 0},
    {"-MP", EXACT, ARG_DEPS, IS_DEPS_PHONY, 0},
    {"-MG", EXACT, ARG_DEPS, NOTHING, 0},
    {"-MF", EITHER, ARG_DEPS, IS_DEPS_FILE, 0},
    {"-MT", EITHER, ARG_DEPS, IS_DEPS_TARGET, 0},
    {"-MQ", EITHER, ARG_DEPS, IS_DEPS_TARGET_QUOTED, 0},

    // The link.
    {"-l", EITHER, ARG_LINK, NOTHING, 0},
    {"-L", EITHER, ARG_LINK, NOTHING, 0},
    {"-Wl,", PREFIX, ARG_LINK, NOTHING, 0},
    {"-Xlinker", NEXT, ARG_LINK, NOTHING, 0},
    {"-T", EITHER, ARG_LINK, NOTHING, 0},
    {"-u", EITHER, ARG_LINK, NOTHING, 0},
    {"-z", EITHER, ARG_LINK, NOTHING, 0},
    {"-e", EITHER, ARG_LINK, NOTHING, 0},
    {"-s", EXACT, ARG_LINK, NOTHING, 0},
    {"-r", EXACT, ARG_LINK, IS_NO_LIBRARY, 0},
    {"-shared", EXACT, ARG_LINK, IS_NO_LIBRARY, 0},
    {"-nostdlib", EXACT, ARG_LINK, IS_NO_LIBRARY, 0},
    {"-nodefaultlibs", EXACT, ARG_LINK, IS_NO_LIBRARY, 0},
    {"-nostartfiles", EXACT, ARG_LINK, NOTHING, 0},
    {"-static", EXACT, ARG_LINK, NOTHING, 0},
    {"-static-", PREFIX, ARG_LINK, NOTHING, 0},
    {"-pie", EXACT, ARG_LINK, NOTHING, 0},
    {"-no-pie", EXACT, ARG_LINK, NOTHING, 0},
    {"-rdynamic", EXACT, ARG_LINK, NOTHING, 0},
    {"-symbolic", EXACT, ARG_LINK, NOTHING, 0},
    {"-fuse-ld=", PREFIX, ARG_LINK, NOTHING, 0},

    // Further files, named after the output: no temporary may stand in for it.
    {"-gsplit-dwarf", PREFIX, ARG_NAMES_BY_OUTPUT, NOTHING, 0},
    {"--coverage", EXACT, ARG_NAMES_BY_OUTPUT, NOTHING, 0},
    {"-ftest-coverage", EXACT, ARG_NAMES_BY_OUTPUT, NOTHING, 0},
    {"-fprofile-", PREFIX, ARG_NAMES_BY_OUTPUT, NOTHING, 0},
    {"-fstack-usage", EXACT, ARG_NAMES_BY_OUTPUT, NOTHING, 0},
    {"-fcallgraph-info", PREFIX, ARG_NAMES_BY_OUTPUT, NOTHING, 0},
    {"-fdump-", PREFIX, ARG_NAMES_BY_OUTPUT, NOTHING, 0},
    {"-ftime-trace", PREFIX, ARG_NAMES_BY_OUTPUT, NOTHING, 0},

    // Separate values that only the C compiler understands.
    {"-Xpreprocessor", NEXT, 0, NOTHING, 0},
    {"-Xassembler", NEXT, 0, NOTHING, 0},
    {"-Xclang", NEXT, 0, NOTHING, 0},
    {"-mllvm", NEXT, 0, NOTHING, 0},
    {"-target", NEXT, 0, NOTHING, 0},
    {"--param", NEXT, 0, NOTHING, 0},
    {"-aux-info", NEXT, 0, NOTHING, 0},
    {"-wrapper", NEXT, 0, NOTHING, 0},
    {"-specs", NEXT, 0, NOTHING, 0},
    {"-dumpbase", NEXT, 0, NOTHING, 0},
    {"-dumpdir", NEXT, 0, NOTHING, 0},
    {"-B", EITHER, 0, NOTHING, 0},
    {"-A", EITHER, 0, NOTHING, 0},
};

static bool option_matches(const struct option *o, const char *word)
{
    size_t n = strlen(o->name);
    if (strncmp(word, o->name, n) != 0)
        return false;
    return o->form == PREFIX || o->form == EITHER || word[n] == '\0';
}

static const struct option *option_find(const char *word)
{
    const struct option *best = NULL;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (option_matches(&options[i], word) &&
            (!best || strlen(options[i].name) > strlen(best->name)))
            best = &options[i];
    return best;
}

// ---- one option --------------------------------------------------------------------------

// "a b$" as a target in a makefile: "a\ b$$".
static const char *quote_for_make(const char *s)
{
    char *quoted = format("%*s", (int)(2 * strlen(s)), ""), *to = quoted;
    for (; *s; s++) {
        if (*s == ' ' || *s == '\t' || *s == '#')
            *to++ = '\\';
        else if (*s == '$')
            *to++ = '$';
        *to++ = *s;
    }
    *to = '\0';
    return quoted;
}

static void apply_sanitize(struct command_line *line, const char *names)
{
    for (const char *at = names; *at; at += strcspn(at, ","), at += *at == ',') {
        size_t n = strcspn(at, ",");
        if (n == 6 && strncmp(at, "thread", n) == 0)
            line->thread_sanitizer = true;
        if (n == 7 && strncmp(at, "address", n) == 0)
            line->address_sanitizer = true;
    }
}

static void apply_deps(struct command_line *line, const struct option *o, const char *value)
{
    switch (o->meaning) {
    case IS_DEPS_ONLY:
        line->stage = STAGE_DEPS;
        line->deps_system = o->detail;
        break;
    case IS_DEPS:
        line->deps = true;
        line->deps_system = o->detail;
        break;
    case IS_DEPS_PHONY:
        line->deps_phony = true;
        break;
    case IS_DEPS_FILE:
        line->deps_file = value;
        break;
    case IS_DEPS_TARGET:
        strings_add(&line->deps_targets, value);
        break;
    default:
        strings_add(&line->deps_targets, quote_for_make(value));
    }
}

static void apply(struct command_line *line, const struct option *o, const char *value)
{
    switch (o->meaning) {
    case NOTHING:
    case IS_LANGUAGE:
        break;
    case IS_STAGE: // the earliest stage wins, as in cc: -c -E preprocesses
        if ((int)line->stage < o->detail)
            line->stage = (enum stage)o->detail;
        break;
    case IS_OUTPUT:
        line->output = value;
        break;
    case IS_CC:
        line->cc = value;
        break;
    case IS_RACE:
        line->thread_sanitizer = true;
        break;
    case IS_SANITIZE:
        apply_sanitize(line, value);
        break;
    case IS_VERBOSE:
        line->verbose = true;
        break;
    case IS_DRY_RUN:
        line->dry_run = true;
        break;
    case IS_SAVE_TEMPS:
        line->save_temps = true;
        break;
    case IS_NO_LIBRARY:
        line->no_library = true;
        break;
    case IS_COLOR:
        line->color = o->detail;
        break;
    case IS_LOOP_CAPTURE:
        line->no_loop_capture = false;
        break;
    case IS_NO_LOOP_CAPTURE:
        line->no_loop_capture = true;
        break;
    case IS_NO_WARNINGS:
        line->no_warnings = true;
        break;
    case IS_WERROR:
        line->warnings_are_errors = true;
        break;
    default:
        apply_deps(line, o, value);
    }
}

// ---- the line ----------------------------------------------------------------------------

static bool has_suffix(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);
    return n > m && strcmp(s + n - m, suffix) == 0;
}

static void add_arg(struct command_line *line, struct arg arg)
{
    line->args = realloc(line->args, (line->n_args + 1) * sizeof *line->args);
    if (!line->args)
        abort();
    line->args[line->n_args++] = arg;
}

static void add_input(struct command_line *line, const char *path, const char *language, bool first)
{
    // `gocc run script`: what comes first is a source whatever its name.
    static const char *const others[] = {".c", ".h", ".o", ".a", ".so", ".s", ".S", ".i", NULL};
    bool gocc = language ? strcmp(language, "gocc") == 0 : has_suffix(path, ".gc");
    if (first && !language) {
        gocc = true;
        for (size_t i = 0; others[i]; i++)
            gocc = gocc && !has_suffix(path, others[i]);
    }
    add_arg(line, (struct arg){path, NULL, ARG_INPUT, language, gocc});
    line->n_inputs++;
}

// Can the word, after the first file of `gocc run`, be another file of the program?
static bool is_program_file(const char *word)
{
    return has_suffix(word, ".gc") || has_suffix(word, ".c") || has_suffix(word, ".o");
}

// One option; returns how many words it took, 0 after an error.
static size_t parse_option(struct command_line *line, const char *word, const char *next,
                           const char **language)
{
    const struct option *o = option_find(word);
    if (!o) {
        add_arg(line, (struct arg){.text = word});
        return 1;
    }
    size_t n = strlen(o->name);
    bool separate = o->form == NEXT || (o->form == EITHER && word[n] == '\0');
    if (separate && !next) {
        fprintf(stderr, "gocc: error: missing argument to '%s'\n", word);
        return 0;
    }
    const char *value = separate ? next : word + n;
    if (o->meaning == IS_LANGUAGE)
        *language = strcmp(value, "none") == 0 ? NULL : value;
    apply(line, o, value);
    add_arg(line, (struct arg){.text = word, .value = separate ? next : NULL, .where = o->where});
    return separate ? 2 : 1;
}

static struct strings expand_response_files(int argc, char **argv);

int command_line_parse(int argc, char **argv, bool program, struct command_line *out)
{
    struct strings words = expand_response_files(program ? 0 : argc, argv);
    for (int i = 0; program && i < argc; i++)
        strings_add(&words, argv[i]);
    const char *language = NULL;
    size_t at = 0;
    *out = (struct command_line){.color = -1};
    while (at < words.n) {
        const char *word = words.at[at];
        bool is_input = word[0] != '-' || word[1] == '\0';
        if (program && out->n_inputs > 0 && !(is_input && is_program_file(word))) {
            at += strcmp(word, "--") == 0;
            break;
        }
        if (is_input) {
            add_input(out, word, language, program && out->n_inputs == 0);
            at++;
            continue;
        }
        size_t taken = parse_option(out, word, words.at[at + 1], &language);
        if (taken == 0)
            return 2;
        at += taken;
    }
    if (words.n == 0)
        strings_add(&words, NULL);
    out->rest = (char **)words.at + at;
    return 0;
}

struct strings command_line_front(const struct command_line *line)
{
    struct strings front = {0};
    for (size_t i = 0; i < line->n_args; i++) {
        if (!(line->args[i].where & ARG_FRONT))
            continue;
        strings_add(&front, line->args[i].text);
        if (line->args[i].value)
            strings_add(&front, line->args[i].value);
    }
    return front;
}

// ---- @file -------------------------------------------------------------------------------

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

// The next word of a response file, by gcc's rules: quotes of both kinds, backslash before any
// character. Returns NULL at the end.
static char *response_word(const char **text)
{
    const char *s = *text;
    while (isspace((unsigned char)*s))
        s++;
    if (!*s)
        return NULL;
    char *word = strdup(s), *to = word, quote = 0;
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
    *to = '\0';
    *text = s;
    return word;
}

static void expand(struct strings *words, const char *word, int depth)
{
    FILE *f = word[0] == '@' && depth < 16 ? fopen(word + 1, "r") : NULL;
    if (!f) {
        strings_add(words, word);
        return;
    }
    char *inner;
    for (const char *text = read_all(f); (inner = response_word(&text));)
        expand(words, inner, depth + 1);
    fclose(f);
}

static struct strings expand_response_files(int argc, char **argv)
{
    struct strings words = {0};
    for (int i = 0; i < argc; i++)
        expand(&words, argv[i], 0);
    return words;
}
