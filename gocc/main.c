// The gocc command: a table of subcommands; whatever is none of them is a line for the driver.
#define _GNU_SOURCE
#include "args.h"
#include "cache.h"
#include "compile.h"
#include "driver.h"
#include "emit.h"
#include "run.h"
#include "toolchain.h"
#include "vet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int main_emit(int argc, char **argv);
static int main_version(int argc, char **argv);
static int main_env(int argc, char **argv);
static int main_clean(int argc, char **argv);
static int main_help(int argc, char **argv);

struct subcommand {
    const char *name;
    int (*run)(int argc, char **argv); // without the first two words
    const char *usage;
    const char *help;
};

static const struct subcommand subcommands[] = {
    {"run", run_main, "gocc run [option...] file.gc... [argument...]",
     "Compiles in memory with libtcc and runs the program: its arguments, standard input and\n"
     "exit status are passed through. '-' reads the program from standard input. Further words\n"
     "that end in .gc, .c or .o are files of the program, up to the first that does not, or\n"
     "'--'. Options: -I -D -U -include -l -L -w; with -O, --cc= or a sanitizer the C compiler\n"
     "compiles, as for a program that is beyond libtcc. What the rewriter made is kept, see\n"
     "'gocc help clean'. A file may begin with\n"
     "#!/usr/bin/env -S gocc run\n"},
    {"emit", main_emit, "gocc emit [option...] file.gc",
     "Prints the C that gocc makes of the file. Options: -I -D -U -include -std=;\n"
     "--cc=tcc prints it as tcc gets it.\n"},
    {"vet", vet_main, "gocc vet [option...] file.gc...",
     "Reports misuse that compiles; status 1 when there is any. -Wno-NAME leaves a rule out:\n"
     "  copy-lock      a mutex, wait group or the like is copied\n"
     "  waitgroup-add  a goroutine adds itself to the wait group that waits for it\n"
     "  thread-local   a _Thread_local variable in a goroutine or closure\n"
     "  endless-defer  a deferred call in a loop that nothing leaves\n"
     "  recover        a recover that stops nothing\n"
     "  lost-cancel    a context that is never cancelled, returned or stored\n"
     "  local-address  a goroutine gets the address of a local of a function that does not wait\n"
     "  loop-leak      a channel or closure made in a loop and never released\n"
     "  lock-across-block  a pthread mutex or flockfile is held while the goroutine may block\n"
     "  unreachable-case   a select case on NULL, a statement behind select {}\n"
     "  loop-capture   a shared variable that a loop changes under its goroutines\n"
     "-json and -sarif print the reports on standard output for other programs.\n"
     "Other options: -I -D -U -include -std=.\n"},
    {"version", main_version, "gocc version", "Prints the version.\n"},
    {"env", main_env, "gocc env", "Prints where gocc finds its parts, as shell assignments.\n"},
    {"clean", main_clean, "gocc clean", "Empties the cache of 'gocc run'.\n"},
    {"help", main_help, "gocc help [command]", "Explains a command.\n"},
};
enum { N_SUBCOMMANDS = sizeof subcommands / sizeof *subcommands };

static const struct subcommand *find_subcommand(const char *name)
{
    for (int i = 0; i < N_SUBCOMMANDS; i++)
        if (strcmp(subcommands[i].name, name) == 0)
            return &subcommands[i];
    return NULL;
}

static const char driver_help[] =
    "gocc compiles C with Go's concurrency (.gc files) and takes the place of cc: what it does\n"
    "not know is passed on, and .c and .o files may stand in the same line.\n"
    "\n"
    "  --cc=gcc|clang|tcc|PATH  the C compiler behind it (or GOCC_CC)\n"
    "  -race                    build with the thread sanitizer\n"
    "  -x gocc                  take the following files as .gc files\n"
    "  -save-temps              keep the emitted C as file.gc.c\n"
    "  -W[no-]loop-capture      shared variables that a loop changes under its goroutines\n"
    "\n"
    "Programs read these variables of the environment:\n"
    "\n"
    "  GOMAXPROCS=N             so many threads run goroutines at a time\n"
    "  GOCC_STACK=BYTES         the most that a goroutine's stack may grow to (256 KiB)\n"
    "  GOCC_DEBUG=leak=1        list the goroutines that are left at exit\n"
    "  GOCC_DEBUG=metrics=1     list at exit what goroutines waited for, and how long\n"
    "  GOCC_DEBUG=schedtrace=MS a line about the scheduler every MS milliseconds\n"
    "  GOTRACEBACK=all|none|... how much a panic shows, as in Go\n";

static void print_usage(FILE *out)
{
    fputs("usage: gocc [option of cc]... file.gc... [-o program]\n", out);
    for (int i = 0; i < N_SUBCOMMANDS; i++)
        fprintf(out, "       %s\n", subcommands[i].usage);
}

static int wrong_usage(const char *message)
{
    fprintf(stderr, "gocc: error: %s\n", message);
    print_usage(stderr);
    return 2;
}

// Go's commands: `gocc build` would else be a file that the linker does not find.
static const char *instead_of(const char *word)
{
    static const struct {
        const char *word, *instead;
    } commands[] = {
        {"build", "gocc compiles and links as cc does: gocc main.gc -o prog"},
        {"test", "a test is a program: gocc run test.gc"},
        {"fmt", "there is none; C's is clang-format, which does not know chan and go"},
        {"get", "C libraries come with the system's packages, and are linked with -lNAME"},
        {"mod", "C has no modules: headers are included, and files given in the command"},
        {"install", "gocc compiles and links as cc does: gocc main.gc -o prog"},
        {"doc", "man go_mutex and its like, or gocc help"},
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].word, word) == 0 && access(word, F_OK) != 0)
            return commands[i].instead;
    return NULL;
}

// `gocc --help` is what every newcomer tries first, and a question to cc too: the answer is both.
static int main_both_helps(int argc, char **argv)
{
    main_help(0, NULL);
    puts("\nThe C compiler's own:\n");
    fflush(stdout);
    return driver_main(argc, argv);
}

static int main_help(int argc, char **argv)
{
    if (argc == 0) {
        print_usage(stdout);
        printf("\n%s", driver_help);
        return 0;
    }
    const struct subcommand *s = find_subcommand(argv[0]);
    if (!s)
        return wrong_usage(format("no command '%s'", argv[0]));
    printf("usage: %s\n\n%s", s->usage, s->help);
    return 0;
}

static int main_version(int argc, char **argv)
{
    (void)argv;
    if (argc > 0)
        return wrong_usage("gocc version takes no argument");
    printf("gocc version %s\n", GOCC_VERSION);
    return 0;
}

static int main_env(int argc, char **argv)
{
    (void)argv;
    struct cc cc;
    if (argc > 0)
        return wrong_usage("gocc env takes no argument");
    if (!toolchain_find_cc(NULL, &cc))
        return 1;
    printf("GOCC_VERSION='%s'\n", GOCC_VERSION);
    printf("GOCC_CC='%s'\n", cc.path);
    printf("GOCC_INCLUDE='%s'\n", toolchain_include_dir());
    printf("GOCC_LIB='%s'\n", toolchain_library_dir());
    printf("GOCC_CACHE='%s'\n", *cache_dir() ? cache_dir() : "off");
    return 0;
}

static int main_clean(int argc, char **argv)
{
    (void)argv;
    return argc > 0 ? wrong_usage("gocc clean takes no argument") : cache_clean();
}

static int main_emit(int argc, char **argv)
{
    struct command_line line;
    struct emit_result emitted = {0};
    const struct arg *input = NULL;
    struct build b = {0};
    if (command_line_parse(argc, argv, false, &line) != 0)
        return 2;
    for (size_t i = 0; i < line.n_args; i++)
        if (line.args[i].where & ARG_INPUT)
            input = &line.args[i];
    if (line.n_inputs != 1 || !input)
        return wrong_usage("gocc emit takes one file");
    bool has_cc = line.cc || toolchain_has_program(toolchain_linker());
    if (has_cc && !toolchain_find_cc(line.cc, &b.cc))
        return 1;
    b.line = line;
    struct asked asked = {&b, input};
    struct emit_options options = compile_emit_options(&line, b.cc.family == CC_TCC, &asked);
    if (emit_file(input->text, &options, &emitted) != 0)
        return 1;
    return fwrite(emitted.text, 1, emitted.size, stdout) != emitted.size || fflush(stdout) != 0;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return 2;
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return main_both_helps(argc - 1, argv + 1);
    const struct subcommand *s = find_subcommand(argv[1]);
    const char *instead = s ? NULL : instead_of(argv[1]);
    if (instead) {
        fprintf(stderr, "gocc: error: no command '%s'\ngocc: note: %s\n", argv[1], instead);
        return 2;
    }
    return s ? s->run(argc - 2, argv + 2) : driver_main(argc - 1, argv + 1);
}
