// The files of a unit: the main file and the user headers that hold constructs.
//
// Headers are found twice. Before the first pass by following #include "…" in the text,
// which is right in nearly every program and saves a pass; and after each pass by libclang's
// own list, which is always right (macros, -include, search paths).
#include "sema_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *real_path(const char *path)
{
    char *full = realpath(path, NULL);
    if (full) {
        char *copy = arena_copy(full, strlen(full));
        free(full);
        return copy;
    }
    if (*path == '/') {
        return arena_copy(path, strlen(path));
    }
    char cwd[4096];
    return arena_printf("%s/%s", getcwd(cwd, sizeof cwd) ? cwd : ".", path);
}

// Constructs and closures are numbered through all files, so that names made of it are unique.
static void number_nodes(struct unit *u)
{
    unsigned id = 0;
    for (unsigned i = 0; i < u->n_sources; i++) {
        for (struct node *n = u->files[i]; n; n = node_next(n, u->files[i])) {
            n->id = id++;
        }
    }
}

// Takes a parsed file into the unit.
static void add_source(struct unit *u, struct source *s, struct node *file)
{
    struct source **sources = arena_alloc((u->n_sources + 1) * sizeof *sources);
    struct node **files = arena_alloc((u->n_sources + 1) * sizeof *files);
    for (unsigned i = 0; i < u->n_sources; i++) {
        sources[i] = u->sources[i];
        files[i] = u->files[i];
    }
    s->index = u->n_sources;
    sources[u->n_sources] = s;
    files[u->n_sources++] = file;
    u->sources = sources;
    u->files = files;
    number_nodes(u);
}

void parse_sources_again(struct unit *u)
{
    for (unsigned i = 0; i < u->n_sources; i++) {
        unsigned constructs;
        lex(u->sources[i]); // lines may have become blank
        u->files[i] = parse(u->sources[i], &constructs);
    }
    number_nodes(u);
}

static bool known_source(const struct unit *u, const char *full_path)
{
    for (unsigned i = 0; i < u->n_sources; i++) {
        if (!strcmp(u->sources[i]->full_path, full_path)) {
            return true;
        }
    }
    return false;
}

static bool known_header(const struct unit *u, const char *path)
{
    for (unsigned i = 0; i < u->n_user_headers; i++) {
        if (!strcmp(u->user_headers[i], path)) {
            return true;
        }
    }
    return false;
}

static void add_header(struct unit *u, const char *path)
{
    const char **list = arena_alloc((u->n_user_headers + 1) * sizeof *list);
    for (unsigned i = 0; i < u->n_user_headers; i++) {
        list[i] = u->user_headers[i];
    }
    list[u->n_user_headers++] = path;
    u->user_headers = list;
}

// Lexes and parses a header, and keeps it when it holds a construct.
static bool take_if_ours(struct unit *u, struct source *s, const char *full_path)
{
    unsigned constructs;
    s->full_path = full_path;
    lex(s);
    struct node *tree = parse(s, &constructs);
    if (constructs) {
        add_source(u, s, tree);
    }
    return constructs != 0;
}

struct inclusion_scan {
    struct unit *u;
    bool found; // a header with constructs that has no twin yet
};

static void see_inclusion(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
    struct inclusion_scan *scan = data;
    (void)stack;
    CXTranslationUnit tu = FULL(scan->u)->pass->tu;
    if (!depth || clang_Location_isInSystemHeader(clang_getLocation(tu, file, 1, 1))) {
        return;
    }
    CXString name = clang_getFileName(file);
    const char *path = clang_getCString(name);
    if (strstr(path, TWIN_PRELUDE_NAME)) {
        clang_disposeString(name);
        return;
    }
    char *copy = arena_copy(path, strlen(path));
    clang_disposeString(name);
    if (known_header(scan->u, copy)) {
        return;
    }
    add_header(scan->u, copy);
    char *full = real_path(copy);
    struct source *s = known_source(scan->u, full) ? NULL : source_read(copy);
    if (!s) {
        return;
    }
    scan->found |= take_if_ours(scan->u, s, full);
}

bool find_included_sources(struct unit *u)
{
    struct inclusion_scan scan = {u, false};
    clang_getInclusions(FULL(u)->pass->tu, see_inclusion, &scan);
    return scan.found;
}

// ---- includes, by their text
// ---------------------------------------------------------------------

// The argument of an #include "…" directive, or NULL.
static char *quoted_include(const struct source *s, const struct token *t)
{
    if (t->kind != TOK_DIRECTIVE) {
        return NULL;
    }
    char *text = span_text(s, span_of(t->lo, t->hi)), *at = text + 1;
    at += strspn(at, " \t");
    if (strncmp(at, "include", 7) != 0) {
        return NULL;
    }
    at += 7 + strspn(at + 7, " \t");
    char *end = *at == '"' ? strchr(at + 1, '"') : NULL;
    return end ? arena_copy(at + 1, (size_t)(end - at - 1)) : NULL;
}

static char *in_directory(const char *dir, size_t n, const char *name)
{
    char *path = n ? arena_printf("%.*s/%s", (int)n, dir, name) : arena_printf("%s", name);
    return access(path, R_OK) == 0 ? path : NULL;
}

static char *resolve_include(const struct unit *u, const struct source *from, const char *name)
{
    const struct sema_options *opt = FULL(u)->opt;
    const char *slash = strrchr(from->path, '/');
    char *path = *name == '/'
                     ? in_directory("", 0, name)
                     : in_directory(from->path, slash ? (size_t)(slash - from->path) : 0, name);
    for (size_t i = 0; !path && i < opt->n_cc_args; i++) {
        const char *arg = opt->cc_args[i];
        bool separate = !strcmp(arg, "-I") || !strcmp(arg, "-iquote");
        if (separate && i + 1 < opt->n_cc_args) {
            arg = opt->cc_args[i + 1];
            path = in_directory(arg, strlen(arg), name);
        } else if (!strncmp(arg, "-I", 2)) {
            path = in_directory(arg + 2, strlen(arg + 2), name);
        }
    }
    return path;
}

struct seen {
    struct seen *next;
    const char *full_path;
};

static void follow_includes(struct unit *u, struct source *from, struct seen **seen)
{
    for (const struct token *t = from->tokens; t->kind != TOK_EOF; t++) {
        char *name = quoted_include(from, t);
        char *path = name ? resolve_include(u, from, name) : NULL;
        char *full = path ? real_path(path) : NULL;
        struct seen *before = *seen;
        while (full && before && strcmp(before->full_path, full) != 0) {
            before = before->next;
        }
        struct source *s = full && !before ? source_read(path) : NULL;
        if (!s) {
            continue;
        }
        struct seen *now = arena_alloc(sizeof *now);
        *now = (struct seen){*seen, full};
        *seen = now;
        take_if_ours(u, s, full);
        follow_includes(u, s, seen);
    }
}

// Whether a file includes a header of the library: then it is rewritten even without a construct.
static bool includes_library(const struct source *s)
{
    for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++) {
        if (t->kind == TOK_DIRECTIVE) {
            char *text = span_text(s, span_of(t->lo, t->hi));
            if (strstr(text, "include") &&
                (strstr(text, "<gocc.h>") || strstr(text, "<gocc/") || strstr(text, "\"gocc"))) {
                return true;
            }
        }
    }
    return false;
}

bool find_sources(struct unit *u, struct source *main_file)
{
    if (!main_file->full_path || *main_file->full_path != '/') {
        main_file->full_path = real_path(main_file->path);
    }
    if (!main_file->tokens) {
        lex(main_file);
    }
    unsigned constructs;
    add_source(u, main_file, parse(main_file, &constructs));
    struct seen *seen = NULL;
    follow_includes(u, main_file, &seen);
    return constructs || u->n_sources > 1 || includes_library(main_file);
}
