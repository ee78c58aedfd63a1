// Compiles and links like cc. The only file that forks.
//
// Method: each .gc file is a unit. It is rewritten into a temporary C file and compiled by a
// command of its own: the user's line without inputs, stage and link options. Then one final
// command, the user's line with each unit replaced by its object, does all the rest: it
// compiles the C files, links, and is the whole story when there is no unit, in which case it
// takes over this process. So the options need hardly any knowledge here, and a line without
// .gc files means what it means to cc.
//
// tcc compiles but does not link: it knows neither -z now nor unwind tables. With tcc, C files
// are units too, and gcc's driver links.
//
// Invariants: an output appears whole or not at all (it is compiled beside its place and
// renamed); what is temporary is on the list `doomed` before it exists, and is removed at the
// end, also that of a signal.
#define _GNU_SOURCE
#include "driver.h"

#include "deps.h"
#include "toolchain.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct build {
    struct command_line line;
    struct cc cc;
    const char *temp_dir;
    size_t n_units;
    bool color;
};

// A file that has a compile command of its own.
struct unit {
    const struct arg *input;
    const char *dir;    // a temporary one, which holds all of this unit's
    const char *source; // what the C compiler reads
    const char *object; // what it makes, for good or for the link; NULL: standard output
    struct emit_result emitted;
};

// ---- temporary files ---------------------------------------------------------------------

// What has to go, last first. Pushed by one store, so that the handler always sees a list.
struct doomed {
    struct doomed *next;
    const char *path;
};
static struct doomed *volatile doomed;

static const char *doom(const char *path)
{
    struct doomed *d = malloc(sizeof *d);
    if (!d)
        abort();
    *d = (struct doomed){doomed, path};
    doomed = d;
    return path;
}

static void remove_doomed(void)
{
    for (struct doomed *d = doomed; d; d = d->next)
        if (unlink(d->path) != 0 && errno == EISDIR)
            rmdir(d->path);
}

static void on_signal(int sig)
{
    remove_doomed();
    signal(sig, SIG_DFL);
    raise(sig);
}

// Makes the folder for all that is temporary. Returns false after an error message.
static bool make_temp_dir(struct build *b)
{
    const char *base = getenv("TMPDIR");
    char *dir = format("%s/gocc-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(dir)) {
        fprintf(stderr, "gocc: error: %s: %s\n", dir, strerror(errno));
        return false;
    }
    b->temp_dir = doom(dir);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGHUP, on_signal);
    atexit(remove_doomed);
    return true;
}

// ---- commands ----------------------------------------------------------------------------

static void print_command(const struct strings *command)
{
    for (size_t i = 0; i < command->n; i++)
        fprintf(stderr, " \"%s\"", command->at[i]);
    fputc('\n', stderr);
}

// Runs a command and returns its exit status; 1 when it could not run or was killed.
static int run(const struct build *b, const struct strings *command)
{
    if (b->line.verbose || b->line.dry_run)
        print_command(command);
    if (b->line.dry_run)
        return 0;
    pid_t pid;
    int status,
        error = posix_spawnp(&pid, command->at[0], NULL, NULL, (char **)command->at, environ);
    if (error) {
        fprintf(stderr, "gocc: error: %s: %s\n", command->at[0], strerror(error));
        return 1;
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return 1;
    if (WIFSIGNALED(status)) {
        fprintf(stderr, "gocc: error: %s: %s\n", command->at[0], strsignal(WTERMSIG(status)));
        return 1;
    }
    return WEXITSTATUS(status);
}

// The first line of a command's output that begins with `key`, without the key; NULL if none.
static const char *ask(const char *command, const char *key)
{
    FILE *f = popen(command, "r");
    char line[4096];
    const char *found = NULL;
    while (f && fgets(line, sizeof line, f))
        if (!found && strncmp(line, key, strlen(key)) == 0)
            found = format("%.*s", (int)strcspn(line + strlen(key), "\n"), line + strlen(key));
    if (f)
        pclose(f);
    return found;
}

static void add_include_dir(const struct build *b, struct strings *command)
{
    strings_add(command, b->cc.family == CC_TCC ? "-isystem" : "-idirafter");
    strings_add(command, toolchain_include_dir());
}

// What is the same in every command of ours: -race by its long name.
static void add_sanitizer(const struct build *b, struct strings *command)
{
    if (b->line.thread_sanitizer)
        strings_add(command, "-fsanitize=thread");
}

static void add_word(struct strings *command, const struct arg *arg)
{
    strings_add(command, arg->text);
    if (arg->value)
        strings_add(command, arg->value);
}

// A device, a pipe or a link: written to, never replaced (tcc would unlink /dev/null).
static bool is_special(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

// ---- compiling one unit ------------------------------------------------------------------

static bool write_file(const char *path, const char *head, const char *text, size_t size)
{
    FILE *f = fopen(path, "w");
    bool ok = f && fputs(head, f) >= 0 && fwrite(text, 1, size, f) == size;
    if (f && fclose(f) != 0)
        ok = false;
    if (!ok)
        fprintf(stderr, "gocc: error: %s: %s\n", path, strerror(errno));
    return ok;
}

static bool begins_with_shebang(const char *path)
{
    FILE *f = fopen(path, "r");
    bool shebang = f && fgetc(f) == '#' && fgetc(f) == '!';
    if (f)
        fclose(f);
    return shebang;
}

struct emit_options driver_emit_options(const struct command_line *line, bool for_tcc)
{
    struct strings front = command_line_front(line);
    return (struct emit_options){
        .cc_args = front.at,
        .n_cc_args = front.n,
        .include_dir = toolchain_include_dir(),
        .color = line->color < 0 ? isatty(STDERR_FILENO) : line->color,
        .for_tcc = for_tcc,
        .line_directives = true,
        .no_loop_capture = line->no_loop_capture,
        .no_warnings = line->no_warnings,
        .warnings_are_errors = line->warnings_are_errors,
    };
}

// Rewrites the unit and sets u->source. A file without a construct is its own source.
static bool emit_unit(struct build *b, struct unit *u)
{
    const char *path = u->input->text;
    u->source = path;
    if (!u->input->gocc)
        return true;
    struct emit_options options = driver_emit_options(&b->line, b->cc.family == CC_TCC);
    if (emit_file(path, &options, &u->emitted) != 0)
        return false;
    const char *head = "";
    if (!u->emitted.rewritten) {
        if (strcmp(path, "-") != 0 && !begins_with_shebang(path))
            return true;
        head = format("#line 1 \"%s\"\n", strcmp(path, "-") == 0 ? "<stdin>" : path);
    }
    u->source = doom(format("%s/%s", u->dir, path_named_after(path, ".c")));
    if (b->line.save_temps &&
        !write_file(path_named_after(path, ".gc.c"), head, u->emitted.text, u->emitted.size))
        return false;
    return write_file(u->source, head, u->emitted.text, u->emitted.size);
}

// The user's options as far as a compile step wants them, in words that tcc knows.
static void add_compile_options(const struct build *b, struct strings *command)
{
    for (size_t i = 0; i < b->line.n_args; i++) {
        struct arg arg = b->line.args[i];
        if (arg.where & (ARG_INPUT | ARG_LINK | ARG_OURS | ARG_STAGE | ARG_DEPS | ARG_LANGUAGE))
            continue;
        if (b->cc.family == CC_TCC) {
            if (strcmp(arg.text, "-ansi") == 0)
                continue;
            if (strncmp(arg.text, "-iquote", 7) == 0)
                arg.text = format("-I%s", arg.text + 7);
            else if (strncmp(arg.text, "-idirafter", 10) == 0)
                arg.text = format("-isystem%s", arg.text + 10);
        }
        add_word(command, &arg);
    }
}

// What emitted code needs of each compiler: that the encoding of the channel types is checked
// (abi.h), that a frame cannot step over a stack's guard page, and that traces find their way.
static void add_our_flags(const struct build *b, const struct unit *u, struct strings *command)
{
    if (b->cc.family == CC_TCC || !u->input->gocc)
        return;
    if (u->emitted.rewritten) {
        strings_add(command, "-Werror=incompatible-pointer-types");
        strings_add(command, b->cc.family == CC_GCC
                                 ? "-Werror=discarded-qualifiers"
                                 : "-Werror=incompatible-pointer-types-discards-qualifiers");
    }
    strings_add(command, "-fstack-clash-protection");
    strings_add(command, "-fno-omit-frame-pointer");
}

// Quoted includes are searched beside the .gc file, wherever its C lies.
static void add_source(const struct build *b, const struct unit *u, struct strings *command)
{
    if (u->source != u->input->text) {
        const char *path = u->input->text, *slash = strrchr(path, '/');
        strings_add(command, b->cc.family == CC_TCC ? "-I" : "-iquote");
        strings_add(command, slash ? format("%.*s", (int)(slash - path + 1), path) : ".");
        if (b->cc.family != CC_TCC)
            strings_add(command, format("-ffile-prefix-map=%s/=", u->dir));
    }
    add_include_dir(b, command);
    if (u->input->gocc) {
        strings_add(command, "-x");
        strings_add(command, "c");
    } else if (u->input->language) {
        strings_add(command, "-x");
        strings_add(command, u->input->language);
    }
    strings_add(command, u->source);
}

static void add_stage(const struct build *b, const char *to, struct strings *command)
{
    static const char *const names[] = {"-c", "-c", "-S", "-E", "-fsyntax-only", "-E"};
    strings_add(command, names[b->line.stage]);
    if (to) {
        strings_add(command, "-o");
        strings_add(command, to);
    }
}

static const char *deps_temp(const struct unit *u)
{
    return format("%s/deps", u->dir);
}

static bool wants_deps(const struct build *b)
{
    return b->line.deps || b->line.stage == STAGE_DEPS;
}

static void add_deps(const struct build *b, const struct unit *u, struct strings *command)
{
    if (!wants_deps(b))
        return;
    bool all = b->line.deps_system || b->cc.family == CC_TCC;
    strings_add(command, all ? "-MD" : "-MMD");
    strings_add(command, "-MF");
    strings_add(command, doom(deps_temp(u)));
}

static bool names_files_by_output(const struct build *b)
{
    for (size_t i = 0; i < b->line.n_args; i++)
        if (b->line.args[i].where & ARG_NAMES_BY_OUTPUT)
            return true;
    return false;
}

// Where to compile what shall stand at `to`: beside it, so that renaming puts it there.
static const char *place_for(const struct build *b, const struct unit *u, const char *to)
{
    if (!to || strcmp(to, "-") == 0 || b->line.stage == STAGE_LINK || b->line.stage == STAGE_DEPS)
        return to;
    if (is_special(to))
        return doom(format("%s/output", u->dir));
    return names_files_by_output(b) ? to : doom(format("%s.%d.tmp", to, (int)getpid()));
}

static bool copy_into(const char *from, const char *to)
{
    char block[1 << 14];
    size_t n;
    FILE *in = fopen(from, "r"), *out = fopen(to, "w");
    bool ok = in && out;
    if (ok) {
        do {
            n = fread(block, 1, sizeof block, in);
            ok = fwrite(block, 1, n, out) == n;
        } while (ok && n == sizeof block);
    }
    if (in)
        fclose(in);
    return out && fclose(out) == 0 && ok;
}

static bool put_in_place(const char *place, const char *to)
{
    if (!to || place == to)
        return true;
    bool ok = is_special(to) ? copy_into(place, to) : rename(place, to) == 0;
    if (!ok)
        fprintf(stderr, "gocc: error: %s: %s\n", to, strerror(errno));
    return ok;
}

static int compile_unit(struct build *b, struct unit *u)
{
    if (!emit_unit(b, u))
        return 1;
    struct strings command = {0};
    const char *place = place_for(b, u, u->object);
    strings_add(&command, b->cc.path);
    add_our_flags(b, u, &command);
    add_compile_options(b, &command);
    add_sanitizer(b, &command);
    add_stage(b, place, &command);
    add_deps(b, u, &command);
    add_source(b, u, &command);
    int status = run(b, &command);
    if (status != 0 || b->line.dry_run)
        return status;
    if (!put_in_place(place, u->object))
        return 1;
    return wants_deps(b) ? deps_write(&b->line, u->input->text, deps_temp(u), &u->emitted) : 0;
}

// ---- the final command -------------------------------------------------------------------

static bool is_c(const struct arg *input)
{
    const char *dot = strrchr(path_base(input->text), '.');
    if (input->language)
        return strcmp(input->language, "c") == 0;
    return dot && strcmp(dot, ".c") == 0;
}

static bool is_unit(const struct build *b, const struct arg *arg)
{
    if (!(arg->where & ARG_INPUT))
        return false;
    bool needs_us = b->line.stage == STAGE_LINK || (b->line.output && is_special(b->line.output));
    return arg->gocc || (b->cc.family == CC_TCC && needs_us && is_c(arg));
}

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
    if (language && !u->input->gocc) {
        strings_add(command, "-x");
        strings_add(command, language);
    }
}

// The library stands last: what needs it stands before it, and what does not need it takes
// nothing out of an archive. Lazy binding would cost a goroutine 3 KB of stack at a time that
// nobody can foresee, hence -z now.
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
    strings_add(command, format("%s/libgocc%s.a", toolchain_library_dir(), variant));
    if (b->cc.family == CC_TCC) {
        const char *dir = ask(format("%s -print-search-dirs", b->cc.path), "install: ");
        if (dir)
            strings_add(command, format("%s/libtcc1.a", dir));
        strings_add(command, "-Wl,-z,noexecstack");
    }
    strings_add(command, "-pthread");
    strings_add(command, "-Wl,-z,now");
}

// The user's line with objects for units.
static void add_line(const struct build *b, const struct unit *units, struct strings *command)
{
    for (size_t i = 0; i < b->line.n_args; i++) {
        const struct arg *arg = &b->line.args[i];
        if (is_unit(b, arg))
            add_unit_object(b, units++, command);
        else if (arg->where & ARG_LANGUAGE && strstr(arg->value ? arg->value : arg->text, "gocc"))
            strings_add(command, "-xnone");
        else if (!(arg->where & ARG_OURS) && !(arg->where & ARG_DEPS && b->n_units > 0))
            add_word(command, arg);
    }
}

static struct strings final_command(const struct build *b, const struct unit *units)
{
    struct strings command = {0};
    bool tcc_links = b->cc.family == CC_TCC && b->line.stage == STAGE_LINK && b->line.n_inputs > 0;
    strings_add(&command, tcc_links ? "gcc" : b->cc.path);
    add_line(b, units, &command);
    add_sanitizer(b, &command);
    if (b->line.n_inputs > b->n_units && !tcc_links)
        add_include_dir(b, &command);
    if (b->line.n_inputs > 0 && b->line.stage == STAGE_LINK && !b->line.no_library)
        add_library(b, &command);
    return command;
}

// ---- the whole line ----------------------------------------------------------------------

static const char *object_of(const struct build *b, const struct unit *u)
{
    switch (b->line.stage) {
    case STAGE_LINK:
        return doom(format("%s/%s", u->dir, path_named_after(u->input->text, ".o")));
    case STAGE_OBJECT:
        return b->line.output ? b->line.output : path_named_after(u->input->text, ".o");
    case STAGE_ASSEMBLY:
        return b->line.output ? b->line.output : path_named_after(u->input->text, ".s");
    case STAGE_PREPROCESS:
        return b->line.output;
    case STAGE_DEPS:
        return doom(format("%s/preprocessed", u->dir));
    default:
        return NULL;
    }
}

static int compile_units(struct build *b, struct unit *units)
{
    size_t n = 0;
    int status = 0;
    for (size_t i = 0; i < b->line.n_args; i++) {
        if (!is_unit(b, &b->line.args[i]))
            continue;
        struct unit *u = &units[n];
        u->input = &b->line.args[i];
        u->dir = doom(format("%s/%zu", b->temp_dir, n++));
        u->object = object_of(b, u);
        if (mkdir(u->dir, 0700) != 0) {
            fprintf(stderr, "gocc: error: %s: %s\n", u->dir, strerror(errno));
            return 1;
        }
        int one = compile_unit(b, u);
        status = status ? status : one;
    }
    return status;
}

static int build_all(struct build *b)
{
    struct unit *units = calloc(b->n_units, sizeof *units);
    if (!units)
        abort();
    if (!make_temp_dir(b))
        return 1;
    int status = compile_units(b, units);
    if (b->line.stage == STAGE_LINK ? status != 0 : b->line.n_inputs == b->n_units)
        return status;
    struct strings command = final_command(b, units);
    int last = run(b, &command);
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
    if (b->n_units > 0 && b->line.output && b->line.n_inputs > 1 && b->line.stage != STAGE_LINK)
        return wrong_usage("-o with -c, -S or -E takes one file only");
    if (b->cc.family == CC_TCC && (b->line.thread_sanitizer || b->line.address_sanitizer))
        return wrong_usage("tcc has no sanitizers: use --cc=gcc or --cc=clang");
    return 0;
}

int driver_main(int argc, char **argv)
{
    struct build b = {0};
    if (command_line_parse(argc, argv, false, &b.line) != 0)
        return 2;
    if (!toolchain_find_cc(b.line.cc, &b.cc))
        return 1;
    for (size_t i = 0; i < b.line.n_args; i++)
        b.n_units += is_unit(&b, &b.line.args[i]);
    if (check_line(&b) != 0)
        return 2;
    if (b.n_units > 0)
        return build_all(&b);
    struct strings command = final_command(&b, NULL);
    execvp(command.at[0], (char **)command.at);
    fprintf(stderr, "gocc: error: %s: %s\n", command.at[0], strerror(errno));
    return 1;
}
