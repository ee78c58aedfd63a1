// Reads a cc-like command line by a table: one row per option that is more to us than a word
// to pass on. gcc's own table is generated from 3,000 rows; ours holds the options with a
// separate value (which must not be taken for a file), those that concern one step only, and
// those that change what the source text means, which libclang must see.
//
// The longest row that matches wins: -include over -i…, -isystem over -I.
#define _GNU_SOURCE
#include "args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    IS_LIBRARY,
    IS_NO_LIBRARY,
    IS_FOR_PLUGINS,
    IS_COLOR,
    IS_MAX_ERRORS,
    IS_FATAL_ERRORS,
    IS_LOOP_CAPTURE,
    IS_LOOP_CAPTURE_ERROR,
    IS_NO_WARNINGS,
    IS_WERROR,
    IS_DEPS,
    IS_DEPS_ONLY,
    IS_DEPS_PHONY,
    IS_DEPS_FILE,
    IS_DEPS_TARGET,
    IS_DEPS_TARGET_QUOTED,
    IS_DEPS_LAX,
    IS_PREPROCESSOR,
};

struct option {
    const char *name;
    enum form form;
    unsigned where;
    enum meaning meaning;
    int detail; // of IS_STAGE: enum stage; else what is set, where both ways are options
};

static const struct option options[] = {
    // What is made.
    {"-c", EXACT, ARG_STAGE, IS_STAGE, STAGE_OBJECT},
    {"-S", EXACT, ARG_STAGE, IS_STAGE, STAGE_ASSEMBLY},
    {"-E", EXACT, ARG_STAGE, IS_STAGE, STAGE_PREPROCESS},
    {"-fsyntax-only", EXACT, ARG_STAGE, IS_STAGE, STAGE_SYNTAX},
    {"-o", EITHER, ARG_STAGE, IS_OUTPUT, 0},
    {"-x", EITHER, ARG_LANGUAGE, IS_LANGUAGE, 0},
    {"--compile", EXACT, ARG_STAGE, IS_STAGE, STAGE_OBJECT},
    {"--assemble", EXACT, ARG_STAGE, IS_STAGE, STAGE_ASSEMBLY},
    {"--preprocess", EXACT, ARG_STAGE, IS_STAGE, STAGE_PREPROCESS},
    {"--output", NEXT, ARG_STAGE, IS_OUTPUT, 0},
    {"--output=", PREFIX, ARG_STAGE, IS_OUTPUT, 0},
    {"--language", NEXT, ARG_LANGUAGE, IS_LANGUAGE, 0},
    {"--language=", PREFIX, ARG_LANGUAGE, IS_LANGUAGE, 0},
    {"-v", EXACT, 0, IS_VERBOSE, 0},
    {"-###", EXACT, 0, IS_DRY_RUN, 0},
    {"-save-temps", PREFIX, ARG_NAMES_BY_OUTPUT, IS_SAVE_TEMPS, 0},
    {"--save-temps", PREFIX, ARG_NAMES_BY_OUTPUT, IS_SAVE_TEMPS, 0},
    {"--", EXACT, ARG_OURS, NOTHING, 0},

    // Ours.
    {"--cc=", PREFIX, ARG_OURS, IS_CC, 0},
    {"-race", EXACT, ARG_OURS, IS_RACE, 0},
    {"-Wloop-capture", EXACT, ARG_OURS, IS_LOOP_CAPTURE, 1},
    {"-Wno-loop-capture", EXACT, ARG_OURS, IS_LOOP_CAPTURE, 0},
    {"-Werror=loop-capture", EXACT, ARG_OURS, IS_LOOP_CAPTURE_ERROR, 1},
    {"-Wno-error=loop-capture", EXACT, ARG_OURS, IS_LOOP_CAPTURE_ERROR, 0},

    // What both we and the C compiler act on.
    {"-w", EXACT, 0, IS_NO_WARNINGS, 0},
    {"-Werror", EXACT, 0, IS_WERROR, 1},
    {"-Wno-error", EXACT, 0, IS_WERROR, 0},
    {"-fsanitize=", PREFIX, 0, IS_SANITIZE, 1},
    {"-fno-sanitize=", PREFIX, 0, IS_SANITIZE, 0},
    {"-fmax-errors=", PREFIX, 0, IS_MAX_ERRORS, 0},
    {"-ferror-limit=", PREFIX, 0, IS_MAX_ERRORS, 0},
    {"-Wfatal-errors", EXACT, 0, IS_FATAL_ERRORS, 1},
    {"-Wno-fatal-errors", EXACT, 0, IS_FATAL_ERRORS, 0},
    {"-fdiagnostics-plain-output", EXACT, 0, IS_COLOR, 0},
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
    {"-ffast-math", EXACT, ARG_FRONT, NOTHING, 0}, // __FAST_MATH__
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
    {"-Wp,", PREFIX, ARG_FRONT, IS_PREPROCESSOR, 0},
    {"-MP", EXACT, ARG_DEPS, IS_DEPS_PHONY, 0},
    {"-MG", EXACT, ARG_DEPS, IS_DEPS_LAX, 0},
    {"-MF", EITHER, ARG_DEPS, IS_DEPS_FILE, 0},
    {"-MT", EITHER, ARG_DEPS, IS_DEPS_TARGET, 0},
    {"-MQ", EITHER, ARG_DEPS, IS_DEPS_TARGET_QUOTED, 0},

    // The link.
    {"-l", EITHER, ARG_LINK, IS_LIBRARY, 0},
    {"-L", EITHER, ARG_LINK, NOTHING, 0},
    {"-Wl,", PREFIX, ARG_LINK, NOTHING, 0},
    {"-Wl,-E", EXACT, ARG_LINK, IS_FOR_PLUGINS, 0},
    {"-Wl,--export-dynamic", EXACT, ARG_LINK, IS_FOR_PLUGINS, 0},
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
    {"-rdynamic", EXACT, ARG_LINK, IS_FOR_PLUGINS, 0},
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
    {"-Xpreprocessor", NEXT, ARG_FRONT, NOTHING, 0},
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

const char *quote_for_make(const char *s)
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

static void apply_sanitize(struct command_line *line, const char *names, bool on)
{
    for (const char *at = names; *at; at += strcspn(at, ","), at += *at == ',') {
        size_t n = strcspn(at, ",");
        bool all = !on && n == 3 && strncmp(at, "all", n) == 0;
        if (all || (n == 6 && strncmp(at, "thread", n) == 0))
            line->thread_sanitizer = on;
        if (all || (n == 7 && strncmp(at, "address", n) == 0))
            line->address_sanitizer = on;
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
    case IS_DEPS_LAX:
        line->deps_lax = true;
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
    case IS_LANGUAGE:     // parse_option
    case IS_PREPROCESSOR: // parse_preprocessor
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
        apply_sanitize(line, value, o->detail);
        break;
    case IS_VERBOSE:
        line->verbose = true;
        break;
    case IS_DRY_RUN:
        line->dry_run = true;
        break;
    case IS_SAVE_TEMPS:
        line->save_temps = true;
        line->save_temps_by_output = strcmp(value, "=obj") == 0;
        break;
    case IS_LIBRARY:
        line->has_libraries = true;
        break;
    case IS_NO_LIBRARY:
        line->no_library = true;
        break;
    case IS_FOR_PLUGINS:
        line->for_plugins = true;
        break;
    case IS_COLOR:
        line->color = o->detail;
        break;
    case IS_MAX_ERRORS:
        line->max_errors = (unsigned)strtoul(value, NULL, 10);
        break;
    case IS_FATAL_ERRORS:
        line->max_errors = o->detail;
        break;
    case IS_LOOP_CAPTURE:
        line->no_loop_capture = !o->detail;
        break;
    case IS_LOOP_CAPTURE_ERROR:
        line->loop_capture_is_error = o->detail;
        break;
    case IS_NO_WARNINGS:
        line->no_warnings = true;
        break;
    case IS_WERROR:
        line->warnings_are_errors = o->detail;
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
    // -x c is what build systems say of a file that they were told is C: a .gc file stays one.
    bool gocc = language && strcmp(language, "gocc") == 0;
    if (!language || strcmp(language, "c") == 0)
        gocc = has_suffix(path, ".gc");
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

static struct strings split_at_commas(const char *list)
{
    struct strings pieces = {0};
    for (; *list; list += strcspn(list, ","), list += *list == ',')
        strings_add(&pieces, format("%.*s", (int)strcspn(list, ","), list));
    return pieces;
}

// "-Wp,-MMD,x.d,-DX": the preprocessor's own -MD and -MMD have the file behind them. The word goes
// to the C compiler where it compiles C; our units have the same without the -M options.
static void parse_preprocessor(struct command_line *line, const char *word, const char *list)
{
    struct strings pieces = split_at_commas(list);
    const char *rest = "-Wp";
    bool deps = false;
    for (const char *const *at = pieces.at; at && *at; at++) {
        const struct option *o = option_find(*at);
        if (!o || !(o->where & ARG_DEPS)) {
            rest = format("%s,%s", rest, *at);
            continue;
        }
        deps = true;
        const char *value = *at + strlen(o->name);
        if (at[1] && o->form == EITHER && *value == '\0')
            value = *++at;
        apply_deps(line, o, value);
        if (o->meaning == IS_DEPS && at[1] && *at[1] != '-')
            line->deps_file = *++at;
    }
    add_arg(line, (struct arg){.text = word, .where = deps ? ARG_DEPS : ARG_FRONT});
    if (deps && strchr(rest, ','))
        add_arg(line, (struct arg){.text = rest, .where = ARG_FRONT});
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
    if (o->meaning == IS_PREPROCESSOR) {
        parse_preprocessor(line, word, value);
        return 1;
    }
    if (o->meaning == IS_LANGUAGE)
        *language = strcmp(value, "none") == 0 ? NULL : value;
    apply(line, o, value);
    add_arg(line, (struct arg){.text = word, .value = separate ? next : NULL, .where = o->where});
    return separate ? 2 : 1;
}

int command_line_parse(int argc, char **argv, bool program, struct command_line *out)
{
    struct strings words = words_expand(program ? 0 : argc, argv);
    for (int i = 0; program && i < argc; i++)
        strings_add(&words, argv[i]);
    const char *language = NULL;
    size_t at = 0;
    *out = (struct command_line){.color = -1, .loop_capture_is_error = -1};
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
    if (out->loop_capture_is_error >= 0)
        out->warnings_are_errors = out->loop_capture_is_error;
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
