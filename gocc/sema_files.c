// The files of a unit: the main file and the user headers that hold constructs.
//
// Headers are found twice. Before the first pass by following #include "…" in the text,
// which is right in nearly every program and saves a pass; and after each pass by libclang's
// own list, which is always right (macros, -include, search paths).
#include "scan.h"
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

static bool includes_library(const struct source *s);

void parse_sources_again(struct unit *u)
{
    diag_forget();
    u->holds_constructs = false;
    for (unsigned i = 0; i < u->n_sources; i++) {
        unsigned constructs;
        lex(u->sources[i]); // lines may have become blank
        u->files[i] = parse(u->sources[i], &constructs);
        u->holds_constructs |= constructs || includes_library(u->sources[i]);
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

// Lexes and parses a header, and keeps it when it holds a construct or a macro's that may be one.
static bool take_if_ours(struct unit *u, struct source *s, const char *full_path)
{
    unsigned constructs;
    s->full_path = full_path;
    lex(s);
    note_definitions(s);
    struct node *tree = parse(s, &constructs);
    u->holds_constructs |= constructs != 0;
    bool is_ours = constructs || names_construct(s);
    if (is_ours) {
        add_source(u, s, tree);
    }
    return is_ours;
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
    char *path = take_string(clang_getFileName(file));
    if (strstr(path, TWIN_PRELUDE_NAME) || known_header(scan->u, path)) {
        return;
    }
    add_header(scan->u, path);
    char *full = real_path(path);
    struct source *s = known_source(scan->u, full) ? NULL : source_read(path);
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

struct file_list {
    const char **paths; // NULL: they are counted
    size_t n;
};

static void see_file(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
    struct file_list *list = data;
    (void)stack;
    char *path = take_string(clang_getFileName(file));
    if (depth && !strstr(path, TWIN_PRELUDE_NAME)) {
        if (list->paths) {
            list->paths[list->n] = path;
        }
        list->n++;
    }
}

const char **sema_files(struct unit *u, size_t *n)
{
    struct file_list list = {.n = 1};
    CXTranslationUnit tu = FULL(u)->pass->tu;
    clang_getInclusions(tu, see_file, &list);
    list.paths = arena_alloc(list.n * sizeof *list.paths);
    list.paths[0] = u->sources[0]->path;
    list.n = 1;
    clang_getInclusions(tu, see_file, &list);
    *n = list.n;
    return list.paths;
}

// ---- includes, by their text ---------------------------------------------------------------

char *included_name(const struct source *s, const struct token *t, bool *quoted)
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
    *quoted = *at == '"';
    char *end = *quoted ? strchr(at + 1, '"') : *at == '<' ? strchr(at, '>') : NULL;
    return end ? arena_copy(at + 1, (size_t)(end - at - 1)) : NULL;
}

static char *in_directory(const char *dir, size_t n, const char *name)
{
    char *path = n ? arena_printf("%.*s/%s", (int)n, dir, name) : arena_printf("%s", name);
    return access(path, R_OK) == 0 ? path : NULL;
}

const char *option_value(const struct sema_options *opt, size_t i, const char *name)
{
    size_t n = strlen(name);
    const char *arg = opt->cc_args[i];
    if (!arg || strncmp(arg, name, n) != 0) {
        return NULL;
    }
    const char *joined = arg + n;
    return *joined ? joined : i + 1 < opt->n_cc_args ? opt->cc_args[i + 1] : NULL;
}

// The header of the user's that an #include in `from` names. Folders below /usr are the system's.
static char *resolve_include(const struct unit *u, const struct source *from, const char *name,
                             bool quoted)
{
    const struct sema_options *opt = FULL(u)->opt;
    const char *slash = strrchr(from->path, '/');
    if (*name == '/') {
        return in_directory("", 0, name);
    }
    char *path =
        quoted ? in_directory(from->path, slash ? (size_t)(slash - from->path) : 0, name) : NULL;
    for (size_t i = 0; !path && i < opt->n_cc_args; i++) {
        const char *dir = option_value(opt, i, "-I");
        dir = dir || !quoted ? dir : option_value(opt, i, "-iquote");
        if (dir && (quoted || strncmp(dir, "/usr/", 5) != 0)) {
            path = in_directory(dir, strlen(dir), name);
        }
    }
    return path;
}

static bool mentions_library(const struct source *s)
{
    for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++) {
        const char *text = s->text + t->lo;
        if (t->kind == TOK_IDENT && (!strncmp(text, "go_", 3) || !strncmp(text, "GO_", 3))) {
            return true;
        }
        if (t->kind == TOK_DIRECTIVE) {
            char *line = span_text(s, span_of(t->lo, t->hi));
            if (strstr(line, "gocc") || strstr(line, "go_") || strstr(line, "GO_")) {
                return true;
            }
        }
    }
    return false;
}

static struct header *follow_includes(struct unit *u, struct source *from);

static struct header *read_header(struct unit *u, const char *path)
{
    char *full = real_path(path);
    struct header *h = FULL(u)->headers;
    while (h && strcmp(h->full_path, full) != 0) {
        h = h->next;
    }
    struct source *s = h ? NULL : source_read(path);
    if (!s) {
        return h;
    }
    h = arena_alloc(sizeof *h);
    *h = (struct header){.next = FULL(u)->headers, .full_path = full};
    FULL(u)->headers = h;
    h->needs_library = take_if_ours(u, s, full) || mentions_library(s);
    struct header *below = follow_includes(u, s);
    h->needs_library |= below->needs_library;
    h->includes_system = below->includes_system;
    h->defines_feature = below->defines_feature;
    return h;
}

struct header *header_named(struct unit *u, const struct source *from, const char *name,
                            bool quoted)
{
    char *path = resolve_include(u, from, name, quoted);
    return path ? read_header(u, path) : NULL;
}

// Reads the headers that `from` names. Returns what is true of one of them.
static struct header *follow_includes(struct unit *u, struct source *from)
{
    struct header *all = arena_alloc(sizeof *all);
    for (const struct token *t = from->tokens; t->kind != TOK_EOF; t++) {
        bool quoted;
        char *name = included_name(from, t, &quoted);
        struct header *h = name ? header_named(u, from, name, quoted) : NULL;
        if (h) {
            all->needs_library |= h->needs_library;
            all->includes_system |= h->includes_system;
            all->defines_feature |= h->defines_feature;
        } else if (name && !quoted) {
            all->includes_system = true;
        }
        all->defines_feature |= defines_feature(from, t);
    }
    return all;
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

// A call of a built-in that needs no construct beside it, unless it is found to be the program's.
static bool is_own_call(const struct node *n)
{
    return n->kind == NODE_BUILTIN && !n->not_ours &&
           (text_is(n->source, n->name, "panic") || text_is(n->source, n->name, "recover"));
}

bool holds_only_c(struct unit *u)
{
    if (includes_library(u->sources[0])) {
        return false;
    }
    for (unsigned i = 0; i < u->n_sources; i++) {
        const struct node *file = u->files[i];
        for (const struct node *n = file; n; n = node_next(n, file)) {
            if (node_is_construct(n) || is_own_call(n)) {
                return false;
            }
        }
    }
    return true;
}

// The C compiler reads the headers of -include and -imacros itself: their macros are ours as well,
// their constructs cannot be.
static void follow_options(struct unit *u)
{
    const struct sema_options *opt = FULL(u)->opt;
    for (size_t i = 0; i < opt->n_cc_args; i++) {
        const char *name = option_value(opt, i, "-include");
        name = name ? name : option_value(opt, i, "-imacros");
        char *path = name ? in_directory("", 0, name) : NULL;
        path = path || !name ? path : resolve_include(u, u->sources[0], name, true);
        unsigned before = u->n_sources;
        if (path) {
            read_header(u, path);
        }
        for (unsigned k = before; k < u->n_sources; k++) {
            u->sources[k]->from_option = true;
        }
    }
}

bool refuse_option_headers(struct unit *u)
{
    bool any = false;
    for (unsigned i = 1; i < u->n_sources; i++) {
        const struct node *n = u->files[i];
        while (u->sources[i]->from_option && n && !node_is_construct(n)) {
            n = node_next(n, u->files[i]);
        }
        if (u->sources[i]->from_option && n) {
            error_at(u->sources[i], n->span,
                     "gocc does not rewrite the headers of -include: name this one by #include");
            any = true;
        }
    }
    return any;
}

bool find_sources(struct unit *u, struct source *main_file)
{
    if (!main_file->full_path || *main_file->full_path != '/') {
        main_file->full_path = real_path(main_file->path);
    }
    if (!main_file->tokens) {
        lex(main_file);
    }
    forget_definitions();
    note_options(FULL(u)->opt);
    note_definitions(main_file);
    unsigned constructs;
    add_source(u, main_file, parse(main_file, &constructs));
    u->holds_constructs = constructs || includes_library(main_file);
    follow_options(u);
    follow_includes(u, main_file);
    if (!u->holds_constructs && !u->files[0]->suspicions && holds_only_c(u) &&
        !names_construct(main_file)) {
        return false;
    }
    u->library_place = library_place(u, main_file);
    return true;
}
