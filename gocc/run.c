// Compiles .gc and C files with libtcc and calls their main. The only file that includes
// libtcc.h.
//
// The program runs in this process, on its main thread. The runtime that it calls is the one in
// the gocc executable, which is linked with the whole library and exports the names go_… and
// gocc_… (Makefile, run.syms); libtcc finds them as it finds libc's, by dlsym. Names of the
// rewriter are not exported, so that a program cannot link against them by mistake.
//
// It is compiled to an object file, which stays in memory beside the code that is made from it:
// tcc's debug information is only in there, and traces take functions and lines from it.
//
// Rejected: a child process for the program, which would keep the rewriter's memory out of it,
// but signals, job control and exit status would have to be forwarded.
#define _GNU_SOURCE
#include "run.h"

#include "args.h"
#include "cache.h"
#include "compile.h"
#include "process.h"
#include "run_cc.h"
#include "toolchain.h"

#include <gocc/abi.h>
#include <libtcc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// Faults of the command itself are not a program's (runtime/fault.c).
const char gocc_is_command[] = "gocc";

// What libtcc says is shown when it is known whether the C compiler takes the program instead.
static struct strings said;

static void on_error(void *opaque, const char *message)
{
    (void)opaque;
    strings_add(&said, format("%s", message));
}

static void show_what_was_said(void)
{
    for (size_t i = 0; i < said.n; i++)
        fprintf(stderr, "%s\n", said.at[i]);
    said.n = 0;
}

// tcc takes "-D a=b" apart by itself only on a command line.
static void define(TCCState *tcc, const char *definition)
{
    const char *equals = strchr(definition, '=');
    if (equals)
        tcc_define_symbol(tcc, format("%.*s", (int)(equals - definition), definition), equals + 1);
    else
        tcc_define_symbol(tcc, definition, "1");
}

// The value of the option `name` when arg is that one, else NULL.
static const char *value_of(const struct arg *arg, const char *name)
{
    size_t n = strlen(name);
    if (strncmp(arg->text, name, n) != 0)
        return NULL;
    return arg->value ? arg->value : arg->text + n;
}

// Options of the compile step. Those that tcc has no call for go through its own parser.
static void add_option(TCCState *tcc, const struct arg *arg)
{
    const char *value;
    if ((value = value_of(arg, "-isystem")) || (value = value_of(arg, "-idirafter")))
        tcc_add_sysinclude_path(tcc, value);
    else if ((value = value_of(arg, "-include")))
        tcc_set_options(tcc, format("-include %s", value));
    else if ((value = value_of(arg, "-iquote")) || (value = value_of(arg, "-I")))
        tcc_add_include_path(tcc, value);
    else if ((value = value_of(arg, "-D")))
        define(tcc, value);
    else if ((value = value_of(arg, "-U")))
        tcc_undefine_symbol(tcc, value);
    else if ((value = value_of(arg, "-L")))
        tcc_add_library_path(tcc, value);
    else if (strcmp(arg->text, "-w") == 0 || strncmp(arg->text, "-W", 2) == 0)
        tcc_set_options(tcc, arg->text);
}

static TCCState *new_state(const struct command_line *line, int output)
{
    TCCState *tcc = tcc_new();
    if (!tcc)
        abort();
    tcc_set_error_func(tcc, NULL, on_error);
    tcc_set_options(tcc, "-g"); // first: setting the type makes the sections
    tcc_set_output_type(tcc, output);
    for (size_t i = 0; i < line->n_args; i++)
        if (!(line->args[i].where & (ARG_INPUT | ARG_OURS)))
            add_option(tcc, &line->args[i]);
    tcc_add_sysinclude_path(tcc, toolchain_include_dir());
    return tcc;
}

// A file without a construct is read by its path, as a C file whatever its name.
static int add_as_it_stands(TCCState *tcc, const char *path, const struct emit_result *emitted)
{
    if (strcmp(path, "-") == 0)
        return tcc_compile_string(tcc, format("#line 1 \"<stdin>\"\n%s", emitted->text)) != 0;
    tcc_set_options(tcc, "-xc");
    int status = tcc_add_file(tcc, path) != 0;
    tcc_set_options(tcc, "-xn");
    return status;
}

static bool source_is_wrong;          // which was reported
static const char *plain_path;        // a file that was not rewritten
static struct emit_result plain_file; // and what is known of it

static int add_gocc_file(TCCState *tcc, const char *path, const struct emit_options *options)
{
    struct emit_result emitted = {0};
    if (cache_emit_file(path, options, &emitted) != 0) {
        source_is_wrong = true;
        return 1;
    }
    if (!emitted.rewritten) {
        plain_path = path;
        plain_file = emitted;
        return add_as_it_stands(tcc, path, &emitted);
    }
    if (emitted.computed_include) {
        const char *folder = path_folder(path);
        tcc_add_include_path(tcc, *folder ? folder : ".");
    }
    return tcc_compile_string(tcc, emitted.text) != 0;
}

static bool is_source(const char *path)
{
    const char *dot = strrchr(path_base(path), '.');
    return !dot || strcmp(dot, ".c") == 0 || strcmp(dot, ".i") == 0 || strcmp(dot, ".h") == 0 ||
           strcmp(dot, ".s") == 0 || strcmp(dot, ".S") == 0;
}

// All files are read before the first error ends it: several files, one list of errors.
static int add_sources(TCCState *tcc, const struct command_line *line)
{
    struct build build = {.line = *line, .cc = {.family = CC_TCC}};
    build.cc.path = toolchain_has_program("tcc") ? "tcc" : NULL; // its macros are libtcc's
    int status = 0;
    for (size_t i = 0; i < line->n_args; i++) {
        const struct arg *arg = &line->args[i];
        struct asked asked = {&build, arg};
        struct emit_options options = compile_emit_options(line, true, &asked);
        if (arg->where & ARG_INPUT && arg->gocc)
            status |= add_gocc_file(tcc, arg->text, &options);
        else if (arg->where & ARG_INPUT && is_source(arg->text))
            status |= tcc_add_file(tcc, arg->text) != 0;
    }
    process_clean_up(); // of what asking has left; the program gets its signals as we got them
    return status;
}

// Objects, archives and libraries.
static int add_binaries(TCCState *tcc, const struct command_line *line)
{
    int status = 0;
    for (size_t i = 0; i < line->n_args; i++) {
        const struct arg *arg = &line->args[i];
        const char *library = arg->where & ARG_LINK ? value_of(arg, "-l") : NULL;
        if (arg->where & ARG_INPUT && !arg->gocc && !is_source(arg->text))
            status |= tcc_add_file(tcc, arg->text) != 0;
        else if (library)
            status |= tcc_add_library(tcc, library) != 0;
    }
    return status;
}

// The object file: a file in memory, by a name that tcc can open.
struct object {
    int fd;
    const char *path;
};

static bool compile(const struct command_line *line, struct object *object)
{
    TCCState *tcc = new_state(line, TCC_OUTPUT_OBJ);
    object->fd = memfd_create("gocc", MFD_CLOEXEC);
    object->path = format("/proc/self/fd/%d", object->fd);
    bool ok =
        object->fd >= 0 && add_sources(tcc, line) == 0 && tcc_output_file(tcc, object->path) == 0;
    tcc_delete(tcc);
    return ok;
}

// Tells the runtime where the lines of the program are.
static void register_lines(const struct object *object, const void *main)
{
    off_t size = lseek(object->fd, 0, SEEK_END);
    void *elf =
        size > 0 ? mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, object->fd, 0) : MAP_FAILED;
    if (elf != MAP_FAILED)
        gocc_code_in_memory(main, "main", elf, (size_t)size);
    close(object->fd);
}

static const char *first_input(const struct command_line *line)
{
    size_t i = 0;
    while (!(line->args[i].where & ARG_INPUT))
        i++;
    return line->args[i].text;
}

// argv of the program: its file's name, then the rest of the line.
static char **program_arguments(const struct command_line *line, int *argc)
{
    struct strings words = {0};
    strings_add(&words, first_input(line));
    for (char **rest = line->rest; *rest; rest++)
        strings_add(&words, *rest);
    *argc = (int)words.n;
    return (char **)words.at;
}

// ---- the program's start and end ----------------------------------------------------------

typedef void constructor(int argc, char **argv, char **envp);

// What would be in .fini_array; run at exit, last first.
static constructor **fini_begin, **fini_end;

static void run_destructors(void)
{
    while (fini_end > fini_begin)
        (*--fini_end)(0, NULL, NULL);
}

// Calls main as the C library would: constructors before, destructors and exit after it.
static _Noreturn void start(TCCState *tcc, int (*program)(int, char **, char **), int argc,
                            char **argv)
{
    constructor **begin = tcc_get_symbol(tcc, "__init_array_start");
    constructor **end = tcc_get_symbol(tcc, "__init_array_end");
    fini_begin = tcc_get_symbol(tcc, "__fini_array_start");
    fini_end = tcc_get_symbol(tcc, "__fini_array_end");
    atexit(run_destructors);
    for (; begin < end; begin++)
        (*begin)(argc, argv, environ);
    exit(program(argc, argv, environ));
}

static int check_line(const struct command_line *line)
{
    const char *message = NULL;
    if (line->n_inputs == 0)
        message = "gocc run needs a file ('-' for standard input)";
    if (message)
        fprintf(stderr, "gocc: error: %s\n", message);
    return message ? 2 : 0;
}

// Compiles with libtcc, in memory. NULL after messages, which may be only in `said`.
static TCCState *load(const struct command_line *line, struct object *object)
{
    if (!compile(line, object))
        return NULL;
    TCCState *tcc = new_state(line, TCC_OUTPUT_MEMORY);
    tcc_set_options(tcc, "-xb"); // the object's name tells nothing
    if (tcc_add_file(tcc, object->path) != 0)
        return NULL;
    tcc_set_options(tcc, "-xn");
    bool ok = add_binaries(tcc, line) == 0 && tcc_relocate(tcc, TCC_RELOCATE_AUTO) == 0;
    return ok ? tcc : NULL;
}

// `gocc run file.gc -lm`: what stands behind the file is the program's.
static void explain_options(const struct command_line *line)
{
    for (char **word = line->rest; *word; word++)
        if ((*word)[0] == '-' && strchr("lLIDO", (*word)[1]) && (*word)[1]) {
            fprintf(stderr,
                    "gocc: note: '%s' behind the file is an argument of the program; gocc's "
                    "options stand before the file\n",
                    *word);
            return;
        }
}

// libtcc could not: the program is right if the C compiler can, and then its way is taken. What
// libtcc said is what counts when neither can, and when standard input has been read.
static int fall_back(const struct command_line *line, char **arguments)
{
    bool again = !source_is_wrong && strcmp(first_input(line), "-") != 0;
    if (!again || !run_cc_compile(line, true)) {
        show_what_was_said();
        if (plain_path)
            emit_explain(plain_path, &plain_file);
        compile_explain_plain(line);
        explain_options(line);
        return 1;
    }
    fprintf(stderr, "gocc: note: not for libtcc, so compiled with the C compiler (-O): %s\n",
            said.n ? said.at[0] : "");
    return run_cc_start(arguments);
}

int run_main(int argc, char **argv)
{
    struct command_line line;
    if (command_line_parse(argc, argv, true, &line) != 0 || check_line(&line) != 0)
        return 2;
    int n;
    char **arguments = program_arguments(&line, &n);
    if (run_cc_is_asked(&line))
        return run_cc_compile(&line, false) ? run_cc_start(arguments) : 1;
    struct object object;
    TCCState *tcc = load(&line, &object);
    if (!tcc)
        return fall_back(&line, arguments);
    show_what_was_said();
    int (*program)(int, char **, char **) = tcc_get_symbol(tcc, "main");
    if (!program) {
        fprintf(stderr, "gocc: error: %s: no function main\n", first_input(&line));
        return 1;
    }
    register_lines(&object, (const void *)program);
    gocc_handle_faults();
    start(tcc, program, n, arguments);
}
