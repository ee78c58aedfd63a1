// Compiles and links like cc.
//
// Method: each .gc file is a unit. It is rewritten into a temporary C file and compiled by a
// command of its own (compile.c). Then one final command, the user's line with each unit replaced
// by its object, does all the rest: it compiles the C files, links, and is the whole story when
// there is no unit, in which case it takes over this process. So the options need hardly any
// knowledge here, and a line without .gc files means what it means to cc.
//
// Other sources are units too where the final command cannot serve them: with tcc, which
// compiles but does not link (it knows neither -z now nor unwind tables; gcc's driver links), and
// beside .gc files when rules for make are asked for, which may have to go into one file.
#define _GNU_SOURCE
#include "driver.h"

#include "compile.h"
#include "process.h"
#include "toolchain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// ---- which files are units ---------------------------------------------------------------

static bool has_language(const struct arg *input, const char *language, const char *suffixes)
{
    const char *dot = strrchr(path_base(input->text), '.');
    if (input->language)
        return strstr(language, input->language);
    return dot && strstr(suffixes, format("%s ", dot));
}

static bool is_c(const struct arg *input)
{
    return has_language(input, "c", ".c ");
}

static bool is_source(const struct arg *input)
{
    return has_language(input, "c c++ assembler-with-cpp", ".c .cc .cp .cxx .cpp .c++ .C .S .sx ");
}

static bool has_gocc_input(const struct build *b)
{
    for (size_t i = 0; i < b->line.n_args; i++)
        if (b->line.args[i].gocc)
            return true;
    return false;
}

static bool is_unit(const struct build *b, const struct arg *arg)
{
    const struct command_line *line = &b->line;
    if (!(arg->where & ARG_INPUT))
        return false;
    bool beyond_tcc = line->stage == STAGE_LINK || line->stage == STAGE_DEPS ||
                      (line->output && is_special(line->output));
    return arg->gocc || (b->cc.family == CC_TCC && beyond_tcc && is_c(arg)) ||
           (line->deps && is_source(arg) && has_gocc_input(b));
}

// The units of the line, in its order; one without input ends them.
static struct unit *units_of(struct build *b)
{
    struct unit *units = calloc(b->line.n_args + 1, sizeof *units);
    if (!units)
        abort();
    for (size_t i = 0; i < b->line.n_args; i++)
        if (is_unit(b, &b->line.args[i]))
            units[b->n_units++].input = &b->line.args[i];
    return units;
}

// ---- the final command -------------------------------------------------------------------

// The unit's place in the line: its object, out of reach of the user's -x. Without a link
// there is nothing to put there.
static void add_unit_object(const struct build *b, const struct unit *u, struct strings *command)
{
    if (b->line.stage != STAGE_LINK)
        return;
    const char *language = u->input->language;
    if (language) {
        strings_add(command, "-x");
        strings_add(command, "none");
    }
    strings_add(command, u->object);
    if (language && strcmp(language, "gocc") != 0) {
        strings_add(command, "-x");
        strings_add(command, language);
    }
}

static bool file_holds(const char *path, const char *word)
{
    FILE *f = fopen(path, "r");
    struct stat info;
    bool holds = false;
    if (f && fstat(fileno(f), &info) == 0 && S_ISREG(info.st_mode)) {
        char *text = malloc((size_t)info.st_size + 1);
        size_t n = text ? fread(text, 1, (size_t)info.st_size, f) : 0;
        holds = n && memmem(text, n, word, strlen(word));
        free(text);
    }
    if (f)
        fclose(f);
    return holds;
}

// Whether the program opens plugins, which may want parts of the library that itself does not
// use. A program without anything of gocc's, to which -rdynamic is C's, stays C: its faults too.
static bool needs_all_of_library(const struct build *b)
{
    if (!b->line.for_plugins || has_gocc_input(b))
        return b->line.for_plugins;
    for (size_t i = 0; i < b->line.n_args; i++) {
        const struct arg *arg = &b->line.args[i];
        if (arg->where & ARG_INPUT &&
            (file_holds(arg->text, "gocc_") || file_holds(arg->text, "<gocc")))
            return true;
    }
    return false;
}

// The library stands last: what needs it stands before it, and what does not need it takes
// nothing out of an archive.
static void add_library(const struct build *b, struct strings *command)
{
    const char *variant = b->line.thread_sanitizer    ? "_tsan"
                          : b->line.address_sanitizer ? "_asan"
                                                      : "";
    for (size_t i = 0; i < b->line.n_args; i++)
        if (b->line.args[i].where & ARG_LANGUAGE) { // which would make the library a C file
            strings_add(command, "-xnone");
            break;
        }
    bool all = needs_all_of_library(b);
    if (all)
        strings_add(command, "-Wl,--whole-archive");
    strings_add(command, format("%s/libgocc%s.a", toolchain_library_dir(), variant));
    if (all)
        strings_add(command, "-Wl,--no-whole-archive");
    if (b->cc.family == CC_TCC) {
        const char *dir = process_ask(b->cc.path, "-print-search-dirs", "install: ");
        if (*dir)
            strings_add(command, format("%s/libtcc1.a", dir));
    }
    strings_add(command, "-lpthread"); // -pthread would define a macro in the C files
}

// The user's line with objects for units.
static void add_line(const struct build *b, const struct unit *units, struct strings *command)
{
    for (size_t i = 0; i < b->line.n_args; i++) {
        const struct arg *arg = &b->line.args[i];
        if (units->input == arg)
            add_unit_object(b, units++, command);
        else if (arg->where & ARG_LANGUAGE && strstr(arg->value ? arg->value : arg->text, "gocc"))
            strings_add(command, "-xnone");
        else if (!(arg->where & ARG_OURS) && !(arg->where & ARG_DEPS && b->n_units > 0))
            add_word(command, arg);
    }
}

static bool links(const struct build *b)
{
    const struct command_line *line = &b->line;
    return line->stage == STAGE_LINK && (line->n_inputs > 0 || line->has_libraries);
}

static bool links_library(const struct build *b)
{
    return links(b) && !b->line.no_library;
}

// Lazy binding would cost a goroutine 3 KB of stack at a time that nobody can foresee, hence
// -z now; before the user's words, which may say otherwise.
static struct strings final_command(const struct build *b, const struct unit *units)
{
    struct strings command = {0};
    bool tcc_links = b->cc.family == CC_TCC && links(b);
    strings_add(&command, tcc_links ? toolchain_linker() : b->cc.path);
    if (links_library(b))
        strings_add(&command, "-Wl,-z,now");
    if (tcc_links)
        strings_add(&command, "-Wl,-z,noexecstack"); // which tcc's objects do not say
    add_line(b, units, &command);
    add_sanitizer(b, &command);
    if (b->line.n_inputs > b->n_units && !tcc_links)
        add_include_dir(b, &command);
    if (links_library(b))
        add_library(b, &command);
    return command;
}

// ---- the whole line ----------------------------------------------------------------------

static int compile_units(struct build *b, struct unit *units)
{
    int status = 0;
    for (size_t i = 0; i < b->n_units; i++) {
        struct unit *u = &units[i];
        u->dir = format("%s/%zu", temp_dir(), i);
        if (mkdir(u->dir, 0700) != 0) {
            fprintf(stderr, "gocc: error: %s: %s\n", u->dir, strerror(errno));
            return 1;
        }
        int one = compile_unit(b, u);
        status = status ? status : one;
    }
    return status;
}

static int build_all(struct build *b, struct unit *units)
{
    if (!temp_dir())
        return 1;
    int status = compile_units(b, units);
    if (b->line.stage == STAGE_LINK ? status != 0 : b->line.n_inputs == b->n_units)
        return status;
    struct strings command = final_command(b, units);
    if (b->line.verbose || b->line.dry_run)
        process_print(&command);
    int last = b->line.dry_run ? 0 : process_run(&command, NULL);
    for (const struct unit *u = units; last != 0 && u->input; u++)
        if (u->input->gocc)
            emit_explain(u->input->text, &u->emitted);
    if (last != 0)
        compile_explain_plain(&b->line);
    return status ? status : last;
}

static int wrong_usage(const char *message)
{
    fprintf(stderr, "gocc: error: %s\n", message);
    return 2;
}

// Returns 0 when the line makes sense.
static int check_line(const struct build *b)
{
    const struct command_line *line = &b->line;
    if (b->n_units > 0 && line->output && line->n_inputs > 1 && line->stage != STAGE_LINK &&
        line->stage != STAGE_DEPS)
        return wrong_usage("-o with -c, -S or -E takes one file only");
    if (b->cc.family != CC_TCC)
        return 0;
    if (line->thread_sanitizer || line->address_sanitizer)
        return wrong_usage("tcc has no sanitizers: use --cc=gcc or --cc=clang");
    if (line->stage == STAGE_ASSEMBLY)
        return wrong_usage("tcc makes no assembly: use --cc=gcc or --cc=clang");
    return 0;
}

int driver_main(int argc, char **argv)
{
    struct build b = {0};
    if (command_line_parse(argc, argv, false, &b.line) != 0)
        return 2;
    if (!toolchain_find_cc(b.line.cc, &b.cc))
        return 1;
    struct unit *units = units_of(&b);
    if (check_line(&b) != 0)
        return 2;
    if (b.n_units > 0)
        return build_all(&b, units);
    struct strings command = final_command(&b, units);
    if (!compile_has_plain_constructs(&b.line))
        return process_become(&command);
    int status = process_run(&command, NULL);
    if (status != 0)
        compile_explain_plain(&b.line);
    return status;
}
