// Finds headers as the C compiler does, renders them, and takes care of being included once.
//
// Whether an #include is really reached only the C compiler knows (its macros may differ from
// libclang's), so the header's text stands at every one of them, and what makes it count once
// is what did so before: its own guard, or one of ours instead of `#pragma once`. Only where it
// cannot matter a second copy is left out: the header is guarded and an earlier copy stands
// under no condition.
// Rejected: to ask libclang for the includes that it entered: true for one set of macros only.
#include "include.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct header {
    struct header *next;
    struct source *source;
    struct edits *edits;
    bool is_ours; // holds a construct, or includes a header that does
    bool asked;   // is_ours is known
    bool open;    // being rendered: it includes itself
    bool is_guarded, has_pragma_once;
    bool unconditional; // a copy of it stands where nothing can switch it off
    char *text;         // rendered; NULL: not yet
};

// ---- directives --------------------------------------------------------------------------

// The directive t is #name; *rest is what follows the name.
static bool directive_is(const struct source *s, const struct token *t, const char *name,
                         const char **rest)
{
    if (t->kind != TOK_DIRECTIVE || s->text[t->lo] != '#')
        return false;
    const char *at = s->text + t->lo + 1;
    at += strspn(at, " \t");
    size_t size = strlen(name);
    if (strncmp(at, name, size) != 0 || isalnum((unsigned char)at[size]) || at[size] == '_')
        return false;
    *rest = at + size + strspn(at + size, " \t");
    return true;
}

static bool is_if(const struct source *s, const struct token *t)
{
    const char *rest;
    return directive_is(s, t, "if", &rest) || directive_is(s, t, "ifdef", &rest) ||
           directive_is(s, t, "ifndef", &rest);
}

// The name in #include "name" or <name>; NULL: something else, also a macro.
static char *included_name(const struct source *s, const struct token *t, bool *quoted)
{
    const char *rest;
    if (!directive_is(s, t, "include", &rest) && !directive_is(s, t, "import", &rest))
        return NULL;
    if (*rest != '"' && *rest != '<')
        return NULL;
    *quoted = *rest == '"';
    const char *end = strpbrk(rest + 1, *quoted ? "\"\n" : ">\n");
    if (!end || *end == '\n')
        return NULL;
    return arena_copy(rest + 1, (size_t)(end - rest - 1));
}

// ---- finding -----------------------------------------------------------------------------

static char *in_folder(const char *folder, size_t size, const char *name)
{
    char *path =
        size ? arena_printf("%.*s/%s", (int)size, folder, name) : arena_copy(name, strlen(name));
    return access(path, R_OK) == 0 ? path : NULL;
}

static size_t folder_size(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + (slash == path) : 0;
}

// The value of option i when it is `name`, joined or as the next word.
static const char *option_value(const struct inclusion *in, size_t *i, const char *name)
{
    const char *arg = in->cc_args[*i];
    size_t size = strlen(name);
    if (strncmp(arg, name, size) != 0)
        return NULL;
    if (arg[size])
        return arg + size;
    return *i + 1 < in->n_cc_args ? in->cc_args[++*i] : NULL;
}

static char *search(const struct inclusion *in, const char *option, const char *name)
{
    for (size_t i = 0; i < in->n_cc_args; i++) {
        const char *folder = option_value(in, &i, option);
        char *path = folder ? in_folder(folder, strlen(folder), name) : NULL;
        if (path)
            return path;
    }
    return NULL;
}

// The path of a header as `from` names it; NULL when it is none of the user's.
static char *find(const struct inclusion *in, const struct source *from, const char *name,
                  bool quoted)
{
    if (*name == '/')
        return in_folder("", 0, name);
    char *path = quoted ? in_folder(from->path, folder_size(from->path), name) : NULL;
    if (!path && quoted)
        path = search(in, "-iquote", name);
    return path ? path : search(in, "-I", name);
}

static bool ends_guard(const struct source *s, const struct token *t)
{
    int depth = 1;
    const char *rest;
    for (; t->kind != TOK_EOF && depth; t++)
        depth += is_if(s, t) ? 1 : directive_is(s, t, "endif", &rest) ? -1 : 0;
    return t->kind == TOK_EOF;
}

// All of the file stands in one #ifndef, or it says #pragma once.
static void find_guard(struct header *h)
{
    const struct source *s = h->source;
    const char *rest;
    for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++)
        if (directive_is(s, t, "pragma", &rest) && strncmp(rest, "once", 4) == 0)
            h->has_pragma_once = true;
    const struct token *first = s->tokens;
    bool negated = directive_is(s, first, "ifndef", &rest) ||
                   (directive_is(s, first, "if", &rest) && *rest == '!');
    h->is_guarded = h->has_pragma_once || (negated && ends_guard(s, first + 1));
}

static struct header *header_new(struct inclusion *in, const char *path)
{
    char *full = realpath(path, NULL);
    if (!full)
        return NULL;
    struct header *h = in->headers;
    while (h && strcmp(h->source->full_path, full) != 0)
        h = h->next;
    if (!h) {
        h = arena_alloc(sizeof *h);
        for (unsigned i = 0; i < in->unit->n_sources; i++)
            if (strcmp(in->unit->sources[i]->full_path, full) == 0) {
                h->source = in->unit->sources[i];
                h->edits = in->edits[i];
                h->is_ours = h->asked = true;
            }
        if (!h->source && (h->source = source_read(path))) {
            lex(h->source);
            h->edits = edits_new(h->source);
        }
        if (h->source) {
            find_guard(h);
            h->next = in->headers;
            in->headers = h;
        }
    }
    free(full);
    return h->source ? h : NULL;
}

static struct header *named_header(struct inclusion *in, const struct source *from,
                                   const struct token *t)
{
    bool quoted;
    char *name = included_name(from, t, &quoted);
    char *path = name ? find(in, from, name, quoted) : NULL;
    return path ? header_new(in, path) : NULL;
}

static bool is_ours(struct inclusion *in, struct header *h)
{
    if (h->asked)
        return h->is_ours;
    h->asked = true; // also ends a circle
    const struct source *s = h->source;
    for (const struct token *t = s->tokens; t->kind != TOK_EOF && !h->is_ours; t++) {
        struct header *inner = t->kind == TOK_DIRECTIVE ? named_header(in, s, t) : NULL;
        h->is_ours = inner && is_ours(in, inner);
    }
    return h->is_ours;
}

// ---- putting in place --------------------------------------------------------------------

// A header included by one that is pasted elsewhere: a path that is right from the main file.
static void keep_findable(struct inclusion *in, struct edits *q, const struct source *s,
                          const struct token *t)
{
    bool quoted;
    const char *name = included_name(s, t, &quoted);
    const char *main_path = in->unit->sources[0]->path;
    size_t folder = folder_size(s->path), main_folder = folder_size(main_path);
    if (!name || !quoted || *name == '/')
        return;
    char *path = in_folder(s->path, folder, name);
    if (!path || (folder == main_folder && strncmp(s->path, main_path, folder) == 0))
        return;
    const char *shown;
    if (!main_folder && *path != '/') {
        shown = path;
    } else if (main_folder && strncmp(path, main_path, main_folder) == 0 &&
               path[main_folder] == '/') {
        shown = path + main_folder + 1;
    } else {
        char *full = realpath(path, NULL);
        shown = full ? arena_copy(full, strlen(full)) : path;
        free(full);
    }
    edit_replace(q, span_of(t->lo, t->hi), "#include \"%s\"", shown);
}

// tcc reads the text from no place, and looks for quoted includes in the current folder first.
// What the C compiler would find beside the file is named by its path from there; what it would
// find further on must not be taken from there.
static void say_place(struct inclusion *in, struct edits *q, const struct source *s,
                      const struct token *t)
{
    bool quoted;
    const char *name = included_name(s, t, &quoted);
    if (!name || !quoted || *name == '/')
        return;
    size_t folder = folder_size(s->path);
    const char *path = in_folder(s->path, folder, name);
    if (path ? folder == 0 : access(name, R_OK) != 0)
        return; // found, or not taken, as it stands
    if (!path)
        path = find(in, s, name, true);
    if (path)
        edit_replace(q, span_of(t->lo, t->hi), "#include \"%s\"", path);
    else
        edit_replace(q, span_of(t->lo, t->hi), "#include <%s>", name);
}

// An include of which we do not know what it names, as in #include CONFIG_H.
static bool is_computed(const struct source *s, const struct token *t)
{
    const char *rest;
    return directive_is(s, t, "include", &rest) && *rest != '"' && *rest != '<';
}

static char *guard_name(const struct source *s)
{
    char *name = arena_printf("GOCC_ONCE_%u_%s", s->index, s->path);
    for (char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p))
            *p = '_';
    return name;
}

static void replace_pragma_once(struct header *h)
{
    const struct source *s = h->source;
    const char *rest, *guard = guard_name(s);
    bool first = true;
    for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++) {
        if (!directive_is(s, t, "pragma", &rest) || strncmp(rest, "once", 4) != 0)
            continue;
        if (first)
            edit_replace(h->edits, span_of(t->lo, t->hi), "#ifndef %s\n#define %s", guard, guard);
        else
            edit_replace(h->edits, span_of(t->lo, t->hi), "");
        first = false;
    }
    bool newline = s->size && s->text[s->size - 1] == '\n';
    edit_close(h->edits, s->size, newline ? "#endif\n" : "\n#endif\n");
}

static void expand(struct inclusion *in, struct source *s, struct edits *q, bool guarded,
                   bool unconditional);

// The header's C, without the newline at its end: that is the #include's.
static const char *rendered_header(struct inclusion *in, struct header *h, bool unconditional)
{
    struct source *s = h->source;
    if (h->text)
        return h->text;
    h->open = true;
    if (h->has_pragma_once)
        replace_pragma_once(h);
    expand(in, s, h->edits, h->is_guarded && !h->has_pragma_once, unconditional);
    h->open = false;
    struct rendering r;
    edit_render(h->edits, span_of(0, s->size), in->line_directives ? s->path : NULL, &r);
    while (r.size && r.text[r.size - 1] == '\n')
        r.text[--r.size] = 0;
    h->text = r.text;
    return h->text;
}

// The header between linemarkers, so that compilers treat it as one: clang does not report what
// a header declares and nobody uses.
static const char *marked_header(struct inclusion *in, const struct source *includer,
                                 const struct token *directive, struct header *h, const char *text)
{
    if (!in->line_directives)
        return text;
    unsigned line, column;
    source_position(includer, directive->hi, &line, &column);
    return arena_printf("%s\n%s\n%s", linemarker(1, h->source->path, 1), text,
                        linemarker(line + 1, includer->path, 2));
}

// Queues the replacement of every #include of s. guarded: its outermost #if is its guard.
static void expand(struct inclusion *in, struct source *s, struct edits *q, bool guarded,
                   bool unconditional)
{
    int depth = guarded ? -1 : 0;
    const char *rest;
    for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++) {
        depth += is_if(s, t) ? 1 : directive_is(s, t, "endif", &rest) ? -1 : 0;
        struct header *h = t->kind == TOK_DIRECTIVE ? named_header(in, s, t) : NULL;
        in->computed_include = in->computed_include || is_computed(s, t);
        if (!h || !is_ours(in, h)) {
            if (t->kind == TOK_DIRECTIVE && in->for_tcc)
                say_place(in, q, s, t);
            else if (t->kind == TOK_DIRECTIVE && s != in->unit->sources[0])
                keep_findable(in, q, s, t);
            continue;
        }
        bool always = unconditional && depth <= 0;
        if (h->open || (h->unconditional && h->is_guarded)) {
            edit_replace(q, span_of(t->lo, t->hi), "");
            continue;
        }
        edit_replace(q, span_of(t->lo, t->hi), "%s",
                     marked_header(in, s, t, h, rendered_header(in, h, always)));
        h->unconditional = h->unconditional || always;
    }
}

void include_headers(struct inclusion *in)
{
    expand(in, in->unit->sources[0], in->edits[0], false, true);
}
