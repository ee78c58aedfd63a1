// Macros that bring constructs with them: which uses are expanded in the text, and when.
//
// libclang's record of the first pass says which names are uses and which definition each has,
// whatever the conditions around them. What is decided from it is the text of all later passes:
// the parser then sees the constructs, and everything behind it works as if the user had written
// them there. A use that needs no expansion after all (its `close` is POSIX's) is put back when
// the file is written.
//
// Later steps may find that a use has to be expanded: it declares a variable that lives in a box,
// it names one, it makes a string of an argument that is rewritten. They demand it, and the
// analysis begins anew. Demands are places of the original text, so they outlive a round.
#include "sema_internal.h"

#include "macro.h"
#include "scan.h"
#include "view.h"

#include <stdlib.h>
#include <string.h>

// ---- demands -----------------------------------------------------------------------------------

struct demand {
    struct demand *next;
    const char *path; // full
    struct span at;   // in the original text
};
static struct demand *demands;
static bool demands_grew;

static bool is_demanded(const struct source *s, struct span use)
{
    for (const struct demand *d = demands; d; d = d->next) {
        if (!strcmp(d->path, s->full_path) && d->at.lo < use.hi && use.lo <= d->at.lo) {
            return true;
        }
    }
    return false;
}

bool sema_demand_expansion(struct source *s, struct span span)
{
    struct span at = source_original_span(s, span);
    for (const struct demand *d = demands; d; d = d->next) {
        if (!strcmp(d->path, s->full_path) && d->at.lo == at.lo) {
            return false; // it was, and that did not help
        }
    }
    struct demand *d = arena_alloc(sizeof *d);
    *d = (struct demand){demands, s->full_path, at};
    demands = d;
    return demands_grew = true;
}

bool sema_begin_again(struct unit *u)
{
    if (!demands_grew) {
        return false;
    }
    demands_grew = false;
    source_reset(u->sources[0]);
    view_forget_skipped();
    parse_forget_confirmed();
    return true;
}

void want_expansion(struct unit *u, struct source *s, struct span span)
{
    struct wanted *w = arena_alloc(sizeof *w);
    *w = (struct wanted){FULL(u)->pass->wanted, s, span};
    FULL(u)->pass->wanted = w;
}

void demand_wanted(struct unit *u)
{
    for (const struct wanted *w = FULL(u)->pass->wanted; w; w = w->next) {
        sema_demand_expansion(w->source, w->span);
    }
}

// ---- names that may bring constructs ---------------------------------------------------------

// A #define of the user's. Several may have one name.
struct definition {
    struct definition *next;
    const struct source *source;
    const struct token *directive;
    const char *name;
    bool construct; // holds a word of one
    bool may_hold;  // or a bracket without its partner; or the name of one that may
};

static struct definition *definitions;
static const struct definition **holders; // those that may hold a construct
static unsigned n_holders;
static bool holds_construct, is_closed;

static struct source *command_line; // -D and -U as directives

void forget_definitions(void)
{
    definitions = NULL;
    command_line = NULL;
    n_holders = 0;
    holds_construct = is_closed = false;
}

static void set_holder(struct definition *d)
{
    d->may_hold = true;
    if ((n_holders & (n_holders - 1)) == 0) {
        const struct definition **more = arena_alloc((2 * n_holders + 1) * sizeof(void *));
        for (unsigned i = 0; i < n_holders; i++) {
            more[i] = holders[i];
        }
        holders = more;
    }
    holders[n_holders++] = d;
}

static bool has_lone_bracket(const struct source *s, const struct token *t)
{
    int depth = 0;
    for (uint32_t at = t->lo; at < t->hi; at++) {
        depth += s->text[at] == '{' || s->text[at] == '(';
        depth -= s->text[at] == '}' || s->text[at] == ')';
    }
    return depth != 0;
}

void note_definitions(const struct source *s)
{
    for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++) {
        struct span name = macro_define_name(s, t);
        if (span_empty(name)) {
            continue;
        }
        bool construct = macro_may_hold_construct(s, t);
        struct definition *d = arena_alloc(sizeof *d);
        *d = (struct definition){definitions, s, t, span_text(s, name), construct, false};
        if (construct || has_lone_bracket(s, t)) {
            set_holder(d);
        }
        definitions = d;
        holds_construct |= construct;
        is_closed = false;
    }
}

// "X" → "X 1", "X=a=b" → "X a=b", up to the end of the line, as cc reads it.
static char *definition_of(const char *option)
{
    size_t name = strcspn(option, "="), size = strcspn(option, "\n");
    if (name >= size) {
        return arena_printf("#define %.*s 1\n", (int)size, option);
    }
    return arena_printf("#define %.*s %.*s\n", (int)name, option, (int)(size - name - 1),
                        option + name + 1);
}

void note_options(const struct sema_options *opt)
{
    char *text = "";
    for (size_t i = 0; i < opt->n_cc_args; i++) {
        const char *define = option_value(opt, i, "-D"), *undef = option_value(opt, i, "-U");
        if (define) {
            text = arena_printf("%s%s", text, definition_of(define));
        } else if (undef) {
            text = arena_printf("%s#undef %s\n", text, undef);
        }
        i += (define || undef) && !opt->cc_args[i][2];
    }
    command_line = source_from_text("<command-line>", text, strlen(text));
    lex_quietly(command_line);
    note_definitions(command_line);
}

static bool name_may_hold(const char *text, uint32_t size)
{
    for (unsigned i = 0; i < n_holders; i++) {
        if (strlen(holders[i]->name) == size && !memcmp(holders[i]->name, text, size)) {
            return true;
        }
    }
    return false;
}

static bool body_may_hold(const struct definition *d)
{
    const struct source *s = d->source;
    struct source *text =
        source_from_text(s->path, s->text + d->directive->lo, d->directive->hi - d->directive->lo);
    lex_definition(text);
    for (const struct token *t = text->tokens; t->kind != TOK_EOF; t++) {
        if (t->kind == TOK_IDENT && name_may_hold(text->text + t->lo, t->hi - t->lo)) {
            return true;
        }
    }
    return false;
}

bool brings_construct(const struct source *s, const struct token *t)
{
    if (!holds_construct || (t->kind != TOK_IDENT && t->kind != TOK_DIRECTIVE)) {
        return false;
    }
    if (t->kind == TOK_DIRECTIVE) {
        return !span_empty(macro_define_name(s, t)) && macro_holds_construct(s, t);
    }
    for (const struct definition *d = definitions; d; d = d->next) {
        if (d->construct && token_is(s, t, d->name)) {
            return macro_holds_construct(d->source, d->directive);
        }
    }
    return false;
}

static void close_over_names(void)
{
    bool more = n_holders && !is_closed;
    while (more) {
        more = false;
        for (struct definition *d = definitions; d; d = d->next) {
            if (!d->may_hold && body_may_hold(d)) {
                set_holder(d);
                more = true;
            }
        }
    }
    is_closed = true;
}

static bool tokens_may_hold(const struct source *s, unsigned first, uint32_t hi)
{
    for (const struct token *t = &s->tokens[first]; t->kind != TOK_EOF && t->lo < hi; t++) {
        const char *text = s->text + t->lo;
        if (t->kind == TOK_IDENT &&
            (name_may_hold(text, t->hi - t->lo) || word_named(text, t->hi - t->lo))) {
            return true;
        }
    }
    return false;
}

bool names_construct(const struct source *s)
{
    if (!holds_construct) {
        return false;
    }
    close_over_names();
    for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++) {
        if (t->kind == TOK_IDENT && name_may_hold(s->text + t->lo, t->hi - t->lo)) {
            return true;
        }
    }
    return false;
}

// ---- the record of the preprocessor ----------------------------------------------------------

struct found {
    struct macro_expansion *list;
    unsigned n, room;
    uint32_t behind;        // nothing before this place is looked at again
    const struct token *at; // #undefs before it have been obeyed
};

struct record {
    struct unit *u;
    struct macro_set *set;
    struct found *found; // per source
    unsigned source;
    struct span use;      // the one that is looked at
    bool broken;          // the text could not be parsed without errors
    struct edits **edits; // not NULL: the text is the last one, and these are to be made to it
};

static void obey_undefs(struct record *r, const struct source *s, struct found *f, uint32_t before)
{
    const struct token *t = f->at ? f->at : s->tokens;
    for (; t->kind != TOK_EOF && t->lo < before; t++) {
        struct span name = macro_undef_name(s, t);
        if (!span_empty(name)) {
            macro_undefine(r->set, span_text(s, name));
        }
    }
    f->at = t;
}

// libclang's record does not say where on the command line.
static void see_option(struct record *r, const char *name)
{
    const struct source *s = command_line;
    for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++) {
        struct span defined = macro_define_name(s, t), undefined = macro_undef_name(s, t);
        if (text_is(s, defined, name)) {
            macro_define(r->set, name, command_line, NULL, defined.lo, true);
        } else if (text_is(s, undefined, name)) {
            macro_undefine(r->set, name);
        }
    }
}

static void see_definition(struct record *r, CXCursor c)
{
    CXSourceLocation at = clang_getCursorLocation(c);
    CXFile file;
    unsigned offset;
    clang_getFileLocation(at, &file, NULL, NULL, &offset);
    char *name = cursor_name(c);
    if (!file) {
        see_option(r, name);
        return;
    }
    int i = source_index(r->u, file);
    if (i >= 0) {
        offset = twin_to_source(&FULL(r->u)->pass->twins[i], offset, offset + 1).lo;
        obey_undefs(r, r->u->sources[i], &r->found[i], offset);
        macro_define(r->set, name, source_freeze(r->u->sources[i]), NULL, offset, true);
    } else {
        bool by_user = !clang_Location_isInSystemHeader(at);
        macro_define(r->set, name, NULL, take_string(clang_getFileName(file)), offset, by_user);
    }
}

static bool will_be_rewritten(void *context, struct span span)
{
    struct record *r = context;
    struct node *n = node_at(r->u->files[r->source], span);
    for (; n && span_in(n->span, r->use); n = n->parent) {
        if (n->kind != NODE_BLOCK && n->kind != NODE_LOOP && n->kind != NODE_SWITCH &&
            n->kind != NODE_LABEL && n->kind != NODE_RETURN) {
            return true;
        }
    }
    return false;
}

static bool holds_node(const struct record *r)
{
    const struct node *n = node_at(r->u->files[r->source], r->use);
    for (n = n->child; n; n = n->next) {
        if (span_in(n->span, r->use)) {
            return true;
        }
    }
    return false;
}

static bool at_file_scope(const struct record *r)
{
    const struct node *n = node_at(r->u->files[r->source], r->use);
    while (n->parent && n->kind != NODE_FUNCTION) {
        n = n->parent;
    }
    return !n->parent || r->use.lo < n->body.lo;
}

// What go or defer starts begins with the use.
static bool is_started(const struct record *r)
{
    const struct node *n = node_at(r->u->files[r->source], r->use);
    while (n && n->kind != NODE_GO && n->kind != NODE_DEFER) {
        n = n->parent;
    }
    return n && n->what == GO_CALL && n->callee.lo == r->use.lo;
}

// What follows the use, up to the `;` or the brace, may be a construct: for_each(x, list) c <- x;
static bool construct_follows(const struct record *r, const struct source *s)
{
    const struct token *t = token_at(s, r->use.hi);
    for (; t->kind != TOK_EOF; t++) {
        if (token_is(s, t, ";") || token_is(s, t, "{") || token_is(s, t, "}")) {
            return false;
        }
        bool arrow = token_is(s, t, "<") && t[1].lo == t->hi && token_is(s, t + 1, "-");
        const char *text = s->text + t->lo;
        if (arrow || (t->kind == TOK_IDENT &&
                      (name_may_hold(text, t->hi - t->lo) || word_named(text, t->hi - t->lo)))) {
            return true;
        }
    }
    return false;
}

static void add_expansion(struct found *f, struct macro_expansion e)
{
    if (f->n == f->room) {
        f->room = f->room ? f->room * 2 : 16;
        f->list = realloc(f->list, f->room * sizeof *f->list);
        if (!f->list) {
            fatal("out of memory");
        }
    }
    f->list[f->n++] = e;
    f->behind = e.use.hi;
}

static bool is_edited(void *context, struct span span)
{
    struct record *r = context;
    return edit_at(r->edits[r->source], span);
}

static void see_edited_use(struct record *r, struct source *s, struct macro_use use)
{
    struct macro_expansion e = {0};
    use.is_rewritten = is_edited;
    if (edit_within(r->edits[r->source], r->use) && macro_expand(&use, &e)) {
        sema_demand_expansion(s, r->use);
    }
}

static void see_use(struct record *r, CXCursor c)
{
    struct source *s;
    if (!cursor_range(r->u, c, &s, &r->use)) {
        return;
    }
    r->source = s->index;
    struct found *f = &r->found[s->index];
    const struct token *name = token_at(s, r->use.lo);
    if (r->use.lo < f->behind || name->kind != TOK_IDENT || name->lo != r->use.lo) {
        return;
    }
    obey_undefs(r, s, f, r->use.lo);
    struct macro_use use = {.set = r->set,
                            .source = s,
                            .token = (unsigned)(name - s->tokens),
                            .is_rewritten = will_be_rewritten,
                            .context = r};
    if (r->edits) {
        see_edited_use(r, s, use);
        return;
    }
    use.force = is_demanded(s, r->use) || (r->broken && diag_has_error_in(s, r->use));
    struct macro_expansion e = {0};
    use.is_started = is_started(r);
    use.at_file_scope = at_file_scope(r);
    use.leads = !use.at_file_scope && construct_follows(r, s);
    bool look = use.force || use.is_started || use.at_file_scope || use.leads ||
                tokens_may_hold(s, use.token, r->use.hi) || holds_node(r);
    if (look && macro_expand(&use, &e)) {
        add_expansion(f, e);
    }
}

static enum CXChildVisitResult see(CXCursor c, CXCursor parent, CXClientData data)
{
    (void)parent;
    if (c.kind == CXCursor_MacroDefinition && !clang_Cursor_isMacroBuiltin(c)) {
        see_definition(data, c);
    } else if (c.kind == CXCursor_MacroExpansion) {
        see_use(data, c);
    }
    return CXChildVisit_Continue;
}

static void read_record(struct record *r)
{
    r->set = macro_set_new();
    r->found = arena_alloc(r->u->n_sources * sizeof *r->found);
    clang_visitChildren(clang_getTranslationUnitCursor(FULL(r->u)->pass->tu), see, r);
}

void sema_demand_strings(struct unit *u, struct edits **edits)
{
    struct record r = {.u = u, .edits = edits};
    read_record(&r);
}

static bool is_definition(const char *text, uint32_t size)
{
    for (const struct definition *d = definitions; d; d = d->next) {
        if (strlen(d->name) == size && !memcmp(d->name, text, size)) {
            return true;
        }
    }
    return false;
}

static int by_place(const void *a, const void *b)
{
    const struct macro_expansion *x = a, *y = b;
    return x->use.lo < y->use.lo ? -1 : x->use.lo > y->use.lo;
}

static bool is_expanded(const struct found *f, uint32_t at)
{
    for (unsigned i = 0; i < f->n; i++) {
        if (f->list[i].use.lo <= at && at < f->list[i].use.hi) {
            return true;
        }
    }
    return false;
}

// Where the syntax is wrong the twin has something else, and libclang sees no use there: go RUN;
static void expand_wrong_names(struct record *r, struct source *s)
{
    struct found *f = &r->found[s->index];
    for (const struct token *t = s->tokens; t->kind != TOK_EOF; t++) {
        struct span name = span_of(t->lo, t->hi);
        struct macro_use use = {.set = r->set,
                                .source = s,
                                .token = (unsigned)(t - s->tokens),
                                .force = true,
                                .is_rewritten = will_be_rewritten,
                                .context = r};
        struct macro_expansion e = {0};
        r->source = s->index;
        r->use = name;
        if (t->kind == TOK_IDENT && is_definition(s->text + t->lo, t->hi - t->lo) &&
            diag_has_error_in(s, name) && !is_expanded(f, t->lo) && macro_expand(&use, &e)) {
            add_expansion(f, e);
        }
    }
    if (f->n) {
        qsort(f->list, f->n, sizeof *f->list, by_place);
    }
}

bool expand_macros(struct unit *u)
{
    struct record r = {.u = u, .broken = diag_has_errors()};
    close_over_names();
    read_record(&r);
    bool expanded = false;
    for (unsigned i = 0; i < u->n_sources; i++) {
        if (r.broken) {
            expand_wrong_names(&r, u->sources[i]);
        }
        if (r.found[i].n) {
            macro_apply(u->sources[i], r.found[i].list, r.found[i].n);
            expanded = true;
        }
        free(r.found[i].list);
    }
    return expanded;
}
