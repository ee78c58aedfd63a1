// Compiles one file: rewrites it into a temporary C file when it is a .gc file with constructs,
// and puts together the C compiler's command, the user's line without inputs, stage and link.
//
// What is temporary must not show. gcc and clang read the file by its path, from which they
// take the name of the translation unit (hence -fdebug-prefix-map) and the line markers of -E
// (which are mended). tcc puts the folder of what it reads before each name in a #line: it
// reads standard input, and the includes of the text say from where they are (include.h).
//
// Invariant: an output appears whole or not at all: it is compiled beside its place and
// renamed. Not so with options whose further files are named after the output.
#define _GNU_SOURCE
#include "compile.h"

#include "deps.h"
#include "edit.h"
#include "process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void add_word(struct strings *command, const struct arg *arg)
{
    strings_add(command, arg->text);
    if (arg->value)
        strings_add(command, arg->value);
}

void add_include_dir(const struct build *b, struct strings *command)
{
    strings_add(command, b->cc.family == CC_TCC ? "-isystem" : "-idirafter");
    strings_add(command, toolchain_include_dir());
}

// -race by its long name.
void add_sanitizer(const struct build *b, struct strings *command)
{
    if (b->line.thread_sanitizer)
        strings_add(command, "-fsanitize=thread");
}

bool is_special(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static int error_about(const char *path)
{
    fprintf(stderr, "gocc: error: %s: %s\n", path, strerror(errno));
    return 1;
}

// ---- the source --------------------------------------------------------------------------

static bool write_file(const char *path, const char *head, const char *text, size_t size)
{
    FILE *f = fopen(path, "w");
    bool ok = f && fputs(head, f) >= 0 && fwrite(text, 1, size, f) == size;
    if (f && fclose(f) != 0)
        ok = false;
    return ok || error_about(path) == 0;
}

static const char *read_file(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;
    if (f && getdelim(&text, &size, '\0', f) < 0)
        text = NULL;
    if (f)
        fclose(f);
    return text;
}

static bool begins_with_shebang(const char *path)
{
    FILE *f = fopen(path, "r");
    bool shebang = f && fgetc(f) == '#' && fgetc(f) == '!';
    if (f)
        fclose(f);
    return shebang;
}

// What gcc (GCC_COLORS, TERM) and clang (NO_COLOR) ask.
static bool terminal_has_color(void)
{
    const char *colors = getenv("GCC_COLORS"), *none = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0 && !(colors && !*colors) &&
           !(none && *none);
}

static const char *preprocess(void *context, const char *text);

struct emit_options compile_emit_options(const struct command_line *line, bool for_tcc,
                                         struct asked *asked)
{
    struct strings front = command_line_front(line);
    return (struct emit_options){
        .preprocess = asked && asked->build->cc.path ? preprocess : NULL,
        .context = asked,
        .cc_args = front.at,
        .n_cc_args = front.n,
        .include_dir = toolchain_include_dir(),
        .color = line->color < 0 ? terminal_has_color() : line->color,
        .max_errors = line->max_errors,
        .for_tcc = for_tcc,
        .line_directives = true,
        .no_loop_capture = line->no_loop_capture,
        .no_warnings = line->no_warnings,
        .warnings_are_errors = line->warnings_are_errors,
    };
}

static bool is_stdin(const struct unit *u)
{
    return strcmp(u->input->text, "-") == 0;
}

// As messages and debuggers know the file.
static const char *shown_name(const struct unit *u)
{
    return is_stdin(u) ? "<stdin>" : u->input->text;
}

// -save-temps: the C that gocc made stands beside what the C compiler keeps.
static const char *kept_source(const struct build *b, const struct unit *u)
{
    const char *to = b->line.save_temps_by_output ? b->line.output : NULL;
    return format("%s%s", to ? path_folder(to) : "", path_named_after(u->input->text, ".gc.c"));
}

// Rewrites the unit and sets u->source. A file without a construct is its own source.
static bool emit_unit(struct build *b, struct unit *u)
{
    const char *path = u->input->text;
    u->source = path;
    if (!u->input->gocc)
        return true;
    struct asked asked = {b, u->input};
    struct emit_options options = compile_emit_options(&b->line, b->cc.family == CC_TCC, &asked);
    if (emit_file(path, &options, &u->emitted) != 0)
        return false;
    const char *head = "";
    if (!u->emitted.rewritten) {
        if (!is_stdin(u) && (b->cc.family == CC_TCC || !begins_with_shebang(path)))
            return true; // tcc steps over a #! line itself
        head = line_directive(1, shown_name(u));
    }
    u->source = format("%s/%s", u->dir, path_named_after(path, ".c"));
    if (b->line.save_temps && !b->line.dry_run &&
        !write_file(kept_source(b, u), head, u->emitted.text, u->emitted.size))
        return false;
    return write_file(u->source, head, u->emitted.text, u->emitted.size);
}

static bool is_temporary(const struct unit *u)
{
    return u->source != u->input->text;
}

// ---- the command -------------------------------------------------------------------------

static const char *joined_or_next(const struct arg *arg, const char *option)
{
    return arg->value ? arg->value : arg->text + strlen(option);
}

// The option in words that tcc has; NULL when it has none and needs none.
static const char *option_for_tcc(const struct arg *arg)
{
    if (strcmp(arg->text, "-ansi") == 0 || strcmp(arg->text, "-H") == 0 ||
        arg->where & ARG_NAMES_BY_OUTPUT)
        return NULL;
    if (strncmp(arg->text, "-iquote", 7) == 0)
        return format("-I%s", joined_or_next(arg, "-iquote"));
    if (strncmp(arg->text, "-idirafter", 10) == 0)
        return format("-isystem%s", joined_or_next(arg, "-idirafter"));
    return arg->text;
}

// The user's options as far as a compile step wants them.
static void add_compile_options(const struct build *b, struct strings *command)
{
    for (size_t i = 0; i < b->line.n_args; i++) {
        const struct arg *arg = &b->line.args[i];
        if (arg->where & (ARG_INPUT | ARG_LINK | ARG_OURS | ARG_STAGE | ARG_DEPS | ARG_LANGUAGE))
            continue;
        const char *text = b->cc.family == CC_TCC ? option_for_tcc(arg) : arg->text;
        if (text == arg->text)
            add_word(command, arg);
        else if (text)
            strings_add(command, text);
    }
}

static bool says_debug_level(const struct build *b)
{
    for (size_t i = 0; i < b->line.n_args; i++)
        if (strncmp(b->line.args[i].text, "-g", 2) == 0)
            return true;
    return false;
}

// Traces have lines in any build: the least debug information, unless the user says how much.
static void add_lines(const struct build *b, struct strings *command)
{
    bool object = b->line.stage == STAGE_LINK || b->line.stage == STAGE_OBJECT;
    if (object && !says_debug_level(b))
        strings_add(command, b->cc.family == CC_TCC ? "-g" : "-g1");
}

// What emitted code needs of each compiler: that the encoding of the channel types is checked
// (abi.h), that a frame cannot step over a stack's guard page, and that traces find their way.
static void add_our_flags(const struct build *b, const struct unit *u, struct strings *command)
{
    if (!u->input->gocc)
        return;
    if (u->emitted.rewritten)
        add_lines(b, command);
    if (b->cc.family == CC_TCC)
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

// The .gc file's name as the user's own options of this kind map it; the last one wins.
static const char *mapped_name(const struct build *b, const struct unit *u)
{
    static const char *const options[] = {"-ffile-prefix-map=", "-fdebug-prefix-map="};
    const char *name = shown_name(u), *mapped = name;
    for (size_t i = 0; i < 2 * b->line.n_args; i++) {
        const char *text = b->line.args[i / 2].text, *option = options[i % 2];
        const char *old = text + strlen(option), *equals = NULL;
        if (strncmp(text, option, strlen(option)) == 0)
            equals = strchr(old, '=');
        if (equals && strncmp(name, old, (size_t)(equals - old)) == 0)
            mapped = format("%s%s", equals + 1, name + (equals - old));
    }
    return mapped;
}

// Quoted includes are searched beside the .gc file, wherever its C lies, before all else.
static void add_place(const struct build *b, const struct unit *u, struct strings *command)
{
    const char *folder = path_folder(u->input->text);
    if (!is_temporary(u))
        return;
    if (b->cc.family != CC_TCC) {
        strings_add(command, "-iquote");
        strings_add(command, *folder ? folder : ".");
        if (!strchr(u->source, '='))
            strings_add(command, format("-fdebug-prefix-map=%s=%s", u->source, mapped_name(b, u)));
    } else if (u->emitted.computed_include) {
        strings_add(command, "-I");
        strings_add(command, *folder ? folder : ".");
    }
}

static void add_source(const struct build *b, const struct unit *u, struct strings *command)
{
    add_include_dir(b, command);
    const char *language = u->input->gocc ? "c" : u->input->language;
    if (language) {
        strings_add(command, "-x");
        strings_add(command, language);
    }
    bool piped = is_temporary(u) && b->cc.family == CC_TCC;
    strings_add(command, piped ? "-" : u->source);
}

// Quoted includes of a text that lies elsewhere are searched beside the file.
static const char *preprocess(void *context, const char *text)
{
    const struct asked *asked = context;
    const struct build *b = asked->build;
    const char *folder = path_folder(asked->input->text), *dir = temp_dir();
    const char *from = format("%s/branches.c", dir), *to = format("%s/branches.i", dir);
    if (!dir || !write_file(from, "", text, strlen(text)))
        return NULL;
    struct strings command = {0};
    strings_add(&command, b->cc.path);
    strings_add(&command, b->cc.family == CC_TCC ? "-I" : "-iquote");
    strings_add(&command, *folder ? folder : ".");
    add_compile_options(b, &command);
    add_sanitizer(b, &command);
    add_include_dir(b, &command);
    const char *const rest[] = {"-E", "-o", to, "-x", "c", from};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        strings_add(&command, rest[i]);
    return process_try(&command) == 0 ? read_file(to) : NULL;
}

static void add_stage(const struct build *b, const char *to, struct strings *command)
{
    static const char *const names[] = {"-c", "-c", "-S", "-E", "-fsyntax-only", "-M"};
    bool tcc = b->cc.family == CC_TCC;
    if (b->line.stage == STAGE_DEPS && (tcc || !b->line.deps_system))
        strings_add(command, tcc ? "-E" : "-MM");
    else
        strings_add(command, tcc && b->line.stage == STAGE_SYNTAX ? "-c" : names[b->line.stage]);
    if (to) {
        strings_add(command, "-o");
        strings_add(command, to);
    }
}

// ---- rules for make ----------------------------------------------------------------------

static bool wants_deps(const struct build *b)
{
    return b->line.deps || b->line.stage == STAGE_DEPS;
}

static const char *rule_temp(const struct unit *u)
{
    return format("%s/rule", u->dir);
}

static void add_deps(const struct build *b, const struct unit *u, struct strings *command)
{
    bool tcc = b->cc.family == CC_TCC;
    if (!wants_deps(b))
        return;
    if (b->line.stage != STAGE_DEPS || tcc)
        strings_add(command, b->line.deps_system || tcc ? "-MD" : "-MMD");
    if (b->line.deps_lax && !tcc)
        strings_add(command, "-MG");
    strings_add(command, "-MF");
    strings_add(command, rule_temp(u));
}

// ---- the output --------------------------------------------------------------------------

static bool names_files_by_output(const struct build *b)
{
    for (size_t i = 0; i < b->line.n_args; i++)
        if (b->line.args[i].where & ARG_NAMES_BY_OUTPUT)
            return true;
    return false;
}

static bool has_dump_prefix(const struct cc *cc)
{
    return cc->family == CC_GCC ||
           (cc->family == CC_CLANG && atoi(process_ask(cc->path, "-dumpversion", "")) >= 17);
}

// What the names of a program's further files begin with: "out/prog-".
static const char *dump_prefix(const struct build *b)
{
    const char *program = b->line.output ? b->line.output : "a.out";
    if (b->line.save_temps && !b->line.save_temps_by_output)
        program = path_base(program);
    const char *dot = strrchr(path_base(program), '.');
    size_t n = dot ? (size_t)(dot - program) : strlen(program);
    return format("%.*s-", (int)n, program);
}

// When the object is temporary, files that belong to it are named after the program, as by cc.
static void add_dump_prefix(const struct build *b, struct strings *command)
{
    if (b->line.stage != STAGE_LINK || b->line.save_temps || !names_files_by_output(b) ||
        !has_dump_prefix(&b->cc))
        return;
    strings_add(command, "-dumpdir");
    strings_add(command, dump_prefix(b));
}

// What the unit becomes; NULL: nothing, or standard output.
static const char *object_of(const struct build *b, const struct unit *u)
{
    const char *name = u->input->text, *output = b->line.output;
    switch (b->line.stage) {
    case STAGE_LINK:
        return b->line.save_temps ? format("%s%s", dump_prefix(b), path_named_after(name, ".o"))
                                  : format("%s/%s", u->dir, path_named_after(name, ".o"));
    case STAGE_OBJECT:
        return output ? output : path_named_after(name, ".o");
    case STAGE_ASSEMBLY:
        return output ? output : path_named_after(name, ".s");
    case STAGE_PREPROCESS:
        return output && strcmp(output, "-") != 0 ? output : NULL;
    default:
        return NULL;
    }
}

// Can `to` be made? The C compiler would say so of our temporary name.
static bool can_make(const char *to)
{
    struct stat st;
    const char *dir = path_folder(to);
    if (stat(to, &st) == 0 && S_ISDIR(st.st_mode))
        errno = EISDIR;
    else if (is_special(to) || access(*dir ? dir : ".", W_OK | X_OK) == 0)
        return true;
    return error_about(to) == 0;
}

// Where to compile what shall stand at u->object.
static const char *place_for(const struct build *b, const struct unit *u)
{
    const char *to = u->object;
    if (b->line.stage == STAGE_PREPROCESS && is_temporary(u))
        return format("%s/output", u->dir);
    if (b->line.stage == STAGE_DEPS || (b->line.stage == STAGE_SYNTAX && b->cc.family == CC_TCC))
        return b->cc.family == CC_TCC ? format("%s/output", u->dir) : NULL;
    if (!to || strcmp(to, "-") == 0 || b->line.stage == STAGE_LINK)
        return to;
    if (is_special(to))
        return format("%s/output", u->dir);
    if (names_files_by_output(b))
        return to;
    // A short name: that of the output may be as long as the file system allows.
    const char *unit = path_base(u->dir);
    return temp_file(format("%s.gocc-%d-%s.tmp", path_folder(to), (int)getpid(), unit));
}

static bool copy(FILE *in, FILE *out)
{
    char block[1 << 14];
    size_t n;
    do {
        n = fread(block, 1, sizeof block, in);
        if (fwrite(block, 1, n, out) != n)
            return false;
    } while (n == sizeof block);
    return true;
}

// What -E printed, with the .gc file's name in place of the temporary's.
//
// Before: # 1 "/tmp/gocc-x1y2z3/0/a.c"     After: # 1 "a.gc"
static bool copy_preprocessed(FILE *in, FILE *out, const char *from, const char *to)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t n;
    const char *old = format(" \"%s\"", from), *new = line_directive(1, to);
    int new_size = (int)strcspn(new + strlen("#line 1"), "\n");
    while ((n = getline(&line, &capacity, in)) > 0) {
        size_t number = line[0] == '#' ? 2 + strspn(line + 2, "0123456789") : 0;
        if (number > 2 && strncmp(line + number, old, strlen(old)) == 0)
            fprintf(out, "%.*s%.*s%s", (int)number, line, new_size, new + strlen("#line 1"),
                    line + number + strlen(old));
        else
            fwrite(line, 1, (size_t)n, out);
    }
    return !ferror(in) && !ferror(out);
}

// Copies to a place that must be written to and not replaced; NULL: standard output.
static bool copy_out(const struct build *b, const struct unit *u, const char *place)
{
    FILE *in = fopen(place, "r"), *out = u->object ? fopen(u->object, "w") : stdout;
    bool ok = in && out;
    if (ok && b->line.stage == STAGE_PREPROCESS && is_temporary(u))
        ok = copy_preprocessed(in, out, b->cc.family == CC_TCC ? "-" : u->source, shown_name(u));
    else if (ok)
        ok = copy(in, out);
    if (in)
        fclose(in);
    if (out && (u->object ? fclose(out) : fflush(out)) != 0)
        ok = false;
    return ok;
}

static bool put_in_place(const struct build *b, const struct unit *u, const char *place)
{
    bool copied = b->line.stage == STAGE_PREPROCESS && is_temporary(u);
    if (place == u->object || b->line.stage == STAGE_SYNTAX || b->line.stage == STAGE_DEPS)
        return true;
    bool ok =
        copied || is_special(u->object) ? copy_out(b, u, place) : rename(place, u->object) == 0;
    return ok || error_about(u->object ? u->object : "standard output") == 0;
}

int compile_unit(struct build *b, struct unit *u)
{
    u->object = object_of(b, u);
    if (u->object && !can_make(u->object))
        return 1;
    if (!emit_unit(b, u))
        return 1;
    struct strings command = {0};
    const char *place = place_for(b, u);
    strings_add(&command, b->cc.path);
    add_place(b, u, &command);
    add_our_flags(b, u, &command);
    add_compile_options(b, &command);
    add_sanitizer(b, &command);
    add_stage(b, place, &command);
    add_dump_prefix(b, &command);
    add_deps(b, u, &command);
    add_source(b, u, &command);
    if (b->line.verbose || b->line.dry_run)
        process_print(&command);
    if (b->line.dry_run)
        return 0;
    bool piped = is_temporary(u) && b->cc.family == CC_TCC;
    int status = process_run(&command, piped ? u->source : NULL);
    if (status != 0 && u->input->gocc)
        emit_explain(shown_name(u), &u->emitted);
    if (status != 0)
        return status;
    if (!put_in_place(b, u, place))
        return 1;
    return wants_deps(b)
               ? deps_write(&b->line, u->input->text, rule_temp(u), &u->emitted, &b->rules)
               : 0;
}

// ---- constructs in plain C ---------------------------------------------------------------

// Where a .c file has what only gocc takes, or includes a header that may.
static bool has_construct(const struct arg *arg)
{
    static const char *const signs[] = {"chan<", "func<", "go {", ".gh\""};
    const char *dot = strrchr(arg->text, '.');
    bool plain = arg->where & ARG_INPUT && !arg->gocc && dot && strcmp(dot, ".c") == 0;
    const char *text = plain ? read_file(arg->text) : NULL;
    for (size_t i = 0; text && i < sizeof signs / sizeof *signs; i++)
        if (strstr(text, signs[i]))
            return true;
    return false;
}

static const struct arg *plain_with_construct(const struct command_line *line)
{
    for (size_t i = 0; i < line->n_args; i++)
        if (has_construct(&line->args[i]))
            return &line->args[i];
    return NULL;
}

bool compile_has_plain_constructs(const struct command_line *line)
{
    return plain_with_construct(line) != NULL;
}

void compile_explain_plain(const struct command_line *line)
{
    const struct arg *arg = plain_with_construct(line);
    if (arg)
        fprintf(stderr,
                "%s: note: if chan, go and the like are gocc's: they stand in .gc files; -x gocc "
                "before a file takes it as one\n",
                arg->text);
}
