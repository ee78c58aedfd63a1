// The pipeline: read, analyse, check, lower, render (or vet).
//
// What is put around the user's text: the #! line goes, <gocc.h> is included on a line of its
// own before the first thing that could need it, and the first line says which file this is.
#include "emit.h"

#include "check.h"
#include "include.h"
#include "lower.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void set_warnings(const struct emit_options *opt)
{
    diag_limit(opt->max_errors);
    diag_warning_option(opt->no_warnings ? "-w" : "-Wloop-capture");
    if (opt->no_loop_capture)
        diag_warning_option("-Wno-loop-capture");
    if (opt->warnings_are_errors)
        diag_warning_option("-Werror");
}

// The size of what stands before the C: a byte order mark or the #! line without its newline.
static uint32_t head_size(const struct source *s)
{
    if (strncmp(s->text, "\xef\xbb\xbf", 3) == 0)
        return 3;
    return strncmp(s->text, "#!", 2) == 0 ? (uint32_t)strcspn(s->text, "\n") : 0;
}

// go_sleep, GO_SECOND: declared only where the file includes a header of the library.
static const char *library_word(const struct source *s)
{
    for (uint32_t i = 0; s->tokens && i < s->n_tokens; i++) {
        const struct token *t = &s->tokens[i];
        const char *text = s->text + t->lo;
        bool ours = !strncmp(text, "go_", 3) || !strncmp(text, "GO_", 3);
        if (t->kind == TOK_IDENT && t->hi - t->lo > 3 && ours)
            return arena_printf("%.*s", (int)(t->hi - t->lo), text);
    }
    return NULL;
}

void emit_explain(const char *path, const struct emit_result *out)
{
    if (!out->rewritten && out->library_word)
        fprintf(stderr,
                "%s: note: if '%s' is gocc's: a file without go, chan, func and their like needs "
                "'#include <gocc.h>' for it\n",
                path, out->library_word);
}

static int pass_through(struct source *s, struct emit_result *out)
{
    s = source_original(s);
    uint32_t skip = head_size(s);
    *out = (struct emit_result){
        .text = arena_copy(s->text + skip, s->size - skip),
        .size = s->size - skip,
        .library_word = library_word(s),
    };
    diag_forget(); // the C compiler will find what is wrong with it
    return 0;
}

// Before: #include <stdio.h>     After: #include <gocc.h>
//                                       #line 3 "hello.gc"
//                                       #include <stdio.h>
static void include_library(const struct source *s, uint32_t place, struct edits *q)
{
    uint32_t lo = place;
    while (lo > 0 && (s->text[lo - 1] == ' ' || s->text[lo - 1] == '\t'))
        lo--;
    bool at_line_start = lo <= head_size(s) || s->text[lo - 1] == '\n';
    edit_open(q, place, at_line_start ? "#include <gocc.h>\n" : "\n#include <gocc.h>\n");
}

// A use of a macro whose expansion holds no edit is written as it was.
static void restore_uses(struct source *s, struct edits *q)
{
    for (uint32_t i = 0; i < s->n_origins;) {
        struct span use = s->origins[i].use;
        uint32_t lo = s->origins[i].lo;
        do
            i++;
        while (i < s->n_origins && s->origins[i].use.lo == use.lo && !span_empty(use));
        struct span span = span_of(lo, i < s->n_origins ? s->origins[i].lo : s->size);
        if (!span_empty(use) && !edit_within(q, span))
            edit_replace(q, span, "%s", span_text(s->original, use));
    }
}

// A compiler that takes a branch which nobody has rewritten hears of it before all else.
static void put_errors(const struct unit *u, struct edits **edits, bool line_directives)
{
    for (const struct unseen *x = u->unseen; x; x = x->next) {
        unsigned line, column;
        source_position(x->source, x->construct, &line, &column);
        edit_close(
            edits[x->source->index], x->head, "\n%s#error \"%s\"",
            line_directives ? line_directive(line, x->source->path) : "",
            "gocc has not rewritten this branch: clang, by which it reads, does not take it");
    }
}

static void render(struct unit *u, struct edits **edits, const struct emit_options *opt,
                   struct emit_result *out)
{
    struct source *s = u->sources[0];
    for (unsigned i = 0; i < u->n_sources; i++)
        restore_uses(u->sources[i], edits[i]);
    put_errors(u, edits, opt->line_directives);
    edit_replace(edits[0], span_of(0, head_size(s)), "");
    struct inclusion in = {
        .unit = u,
        .edits = edits,
        .cc_args = opt->cc_args,
        .n_cc_args = opt->n_cc_args,
        .line_directives = opt->line_directives,
        .for_tcc = opt->for_tcc,
    };
    include_headers(&in);
    include_library(s, u->library_place, edits[0]);
    struct rendering r;
    edit_render(edits[0], span_of(0, s->size), opt->line_directives ? s->path : NULL, &r);
    const char *first = opt->line_directives ? line_directive(1, s->path) : "";
    size_t size = strlen(first);
    char *text = arena_alloc(size + r.size + 1); // the user's text may hold NULs
    memcpy(text, first, size);
    memcpy(text + size, r.text, r.size);
    *out = (struct emit_result){
        .text = text,
        .size = size + r.size,
        .rewritten = true,
        .deps = u->user_headers,
        .n_deps = u->n_user_headers,
        .computed_include = in.computed_include,
    };
    out->files = sema_files(u, &out->n_files);
}

// One round of the analysis. NULL: nothing is to be rewritten.
static struct unit *analyse(struct source *s, const struct emit_options *opt, struct edits ***edits)
{
    const struct sema_options sema_options = {
        .cc_args = opt->cc_args,
        .n_cc_args = opt->n_cc_args,
        .include_dir = opt->include_dir,
        .preprocess = opt->preprocess,
        .context = opt->context,
    };
    struct unit *u = sema(s, &sema_options);
    if (!u)
        return NULL;
    struct capture_facts *facts = NULL;
    if (u->analysed) {
        facts = capture(u);
        check(u, facts);
        sema_report_rest(u);
    }
    *edits = arena_alloc(u->n_sources * sizeof **edits);
    for (unsigned i = 0; i < u->n_sources; i++)
        (*edits)[i] = edits_new(u->sources[i]);
    if (diag_has_errors())
        return u;
    lower(u, facts, *edits);
    if (!diag_has_errors())
        sema_demand_strings(u, *edits);
    return u;
}

// ---- the standard ------------------------------------------------------------------------

// The option that asks for a C in which what we emit is not valid; or NULL.
static const char *old_standard(const struct emit_options *opt)
{
    static const char *const old[] = {"-ansi",       "-std=c89",   "-std=c90",
                                      "-std=gnu89",  "-std=gnu90", "-std=iso9899:1990",
                                      "--std=c89",   "--std=c90",  "-std=iso9899:199409",
                                      "--std=gnu89", "--std=gnu90"};
    const char *found = NULL;
    for (size_t i = 0; i < opt->n_cc_args; i++) {
        bool is_old = false, is_any = strstr(opt->cc_args[i], "-std=") != NULL;
        for (size_t k = 0; k < sizeof old / sizeof *old; k++)
            is_old = is_old || !strcmp(opt->cc_args[i], old[k]);
        found = is_old ? opt->cc_args[i] : is_any ? NULL : found;
    }
    return found;
}

static void refuse_standard(struct unit *u, const char *option)
{
    struct span at = span_of(u->library_place, u->library_place);
    for (const struct node *n = u->files[0]; n; n = node_next(n, u->files[0])) {
        if (node_is_construct(n)) {
            at = span_empty(n->keyword) ? span_empty(n->arrow) ? n->span : n->arrow : n->keyword;
            break;
        }
    }
    diag_forget();
    error_at(u->sources[0], at, "gocc's extensions need C99 or later, and '%s' asks for C90",
             option);
}

// All rounds. NULL: no construct; or, when *s is NULL, no file, which is said.
static struct unit *analyse_file(const char *path, const struct emit_options *opt,
                                 struct source **s, struct edits ***edits)
{
    *s = source_read(path);
    if (!*s) {
        fprintf(stderr, "gocc: error: %s: %s\n", path, strerror(errno));
        return NULL;
    }
    set_warnings(opt);
    parse_forget();
    struct unit *u = analyse(*s, opt, edits);
    while (u && sema_begin_again(u)) { // each round demands something new
        diag_forget();
        u = analyse(*s, opt, edits);
    }
    return u;
}

int emit_file(const char *path, const struct emit_options *opt, struct emit_result *out)
{
    struct source *s;
    struct edits **edits = NULL;
    struct unit *u = analyse_file(path, opt, &s, &edits);
    if (!u)
        return s ? pass_through(s, out) : 1;
    if (old_standard(opt))
        refuse_standard(u, old_standard(opt));
    bool warned = diag_has_any();
    if (diag_flush(opt->color))
        return 1;
    render(u, edits, opt, out);
    out->warned = warned;
    return 0;
}

bool vet_file_option(const char *option)
{
    return vet_option(option);
}

int vet_file(const char *path, const struct emit_options *opt,
             void (*see)(void *context, const struct diag_message *message), void *context)
{
    struct source *s;
    struct edits **edits = NULL;
    struct unit *u = analyse_file(path, opt, &s, &edits);
    if (!u) {
        diag_forget();
        return !s;
    }
    if (u->analysed && !diag_has_errors())
        vet(u);
    bool any = diag_has_any();
    if (see)
        diag_take(see, context);
    else
        diag_flush(opt->color);
    return any;
}
