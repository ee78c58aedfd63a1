// Which of clang's messages about the twin count.
//
// Not what is no error in the language (a C function given for a closure, close() of a channel
// beside POSIX close), nor what only follows from another error (the body of a range over nothing,
// a name in something that is neither C nor a construct). Conversions that C merely warns about do
// where a channel or a closure takes part, or where LANGUAGE.md converts as by assignment.
#include "sema_internal.h"
#include "view.h"

#include <string.h>

static bool involves_ours(const char *message)
{
    return strstr(message, "gocc_hchan") || strstr(message, "preserve_most");
}

static bool is_conversion_warning(const char *option)
{
    return strstr(option, "compare-distinct-pointer-types") ||
           strstr(option, "incompatible-pointer-types") || strstr(option, "int-conversion") ||
           strstr(option, "incompatible-function-pointer-types");
}

// A C function for a closure and a one-way channel for a void *: lowering takes care of it.
static bool is_wanted_conversion(struct unit *u, const struct source *s, struct span at)
{
    for (struct conversion *c = u->conversions; c; c = c->next) {
        if (c->source != s || !(c->span.lo <= at.lo && at.lo <= c->span.hi)) {
            continue;
        }
        if (c->to->kind != TYPE_FUNC) {
            return true;
        }
        const struct type *f = c->from->kind == TYPE_POINTER ? c->from->elem : c->from;
        struct type as_function = *c->to;
        as_function.kind = TYPE_FUNCTION;
        return type_same(f, &as_function);
    }
    return false;
}

// The conversion that a diagnostic at the target's place is about stands in a range of it.
static bool has_wanted_conversion(struct unit *u, CXDiagnostic d)
{
    unsigned n = clang_getDiagnosticNumRanges(d);
    for (unsigned i = 0; i < n; i++) {
        struct source *s;
        struct span span;
        if (source_range(u, clang_getDiagnosticRange(d, i), &s, &span) &&
            is_wanted_conversion(u, s, span)) {
            return true;
        }
    }
    return false;
}

// close(c), len(c), …: in the twin a call of something undeclared or of POSIX's.
static bool is_builtin_noise(struct unit *u, struct source *s, struct span at, const char *text)
{
    struct node *file = file_of(u, s);
    struct node *n = file ? node_at(file, at) : NULL;
    if (!n || n->kind != NODE_BUILTIN || n->not_ours) {
        return false;
    }
    bool at_name = at.lo == n->name.lo;
    return (at_name && (text_begins(text, "call to undeclared function") ||
                        text_begins(text, "use of undeclared identifier"))) ||
           text_begins(text, "incompatible pointer to integer conversion") ||
           text_begins(text, "too many arguments");
}

bool diagnostic_is_redefinition(CXDiagnostic d)
{
    CXString s = clang_getDiagnosticSpelling(d);
    bool is = text_begins(clang_getCString(s), "redefinition of '");
    clang_disposeString(s);
    return is;
}

bool diagnostic_is_of_gcc_only(CXDiagnostic d)
{
    static const char *const texts[] = {
        "function definition is not allowed here",  "illegal storage class on function",
        "GNU decimal type extension not supported", "use of undeclared identifier '_Float",
        "use of undeclared identifier '_Decimal",   "unknown type name '_Float",
        "fields must have a constant size",         "use of unknown builtin '__builtin_",
    };
    CXString s = clang_getDiagnosticSpelling(d);
    bool is = false;
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
        is = is || text_begins(clang_getCString(s), texts[i]);
    }
    clang_disposeString(s);
    return is;
}

// The body of a closure, or of a statement expression, stands between.
static bool in_body_within(struct unit *u, struct source *s, struct span at, struct span arguments)
{
    struct node *file = file_of(u, s), *n = file ? node_at(file, at) : NULL;
    while (n && n->kind != NODE_CLOSURE && n->kind != NODE_BLOCK) {
        n = n->parent;
    }
    return n && span_in(n->span, arguments);
}

// Where a conversion that C only warns about is an error: what is sent, what a goroutine, a
// deferred call or a closure is given, and the variable of a range.
static bool converts_for_us(struct unit *u, struct source *s, struct span at)
{
    for (const struct func_call *f = u->calls; f; f = f->next) {
        if (f->source == s && span_begins_in(at, f->arguments) &&
            !in_body_within(u, s, at, f->arguments)) {
            return true;
        }
    }
    struct node *file = file_of(u, s);
    for (struct node *n = file ? node_at(file, at) : NULL; n; n = n->parent) {
        switch (n->kind) {
        case NODE_SEND:
            return true;
        case NODE_RETURN:
            return n->owner && n->owner->kind == NODE_CLOSURE;
        case NODE_CASE:
            return n->form == CASE_SEND && !span_begins_in(at, n->body);
        case NODE_RANGE:
            return !span_begins_in(at, n->body);
        case NODE_GO:
        case NODE_DEFER:
            return n->what == GO_CALL || n->what == GO_CLOSURE;
        case NODE_CLOSURE:
        case NODE_BLOCK:
            return false;
        default:
            break;
        }
    }
    return false;
}

// A range over what cannot be ranged over leaves its body without the right types.
static bool is_bad_range(struct unit *u, const struct node *n)
{
    struct type *t = n->range == RANGE_UNKNOWN ? sema_type(u, n->source, n->operand) : NULL;
    return t && t->kind != TYPE_OTHER;
}

// check.c says what is wrong with these two.
static bool is_bad_make(struct unit *u, const struct node *n)
{
    if (n->not_ours || n->source->text[n->name.lo] != 'm') {
        return false;
    }
    struct type *t = n->n_list ? sema_type(u, n->source, n->span) : NULL;
    return !n->n_list || (t && t->kind != TYPE_CHAN);
}

static bool is_unknown_closure(const struct node *n)
{
    return n->kind == NODE_CLOSURE && !n->result_type && span_empty(n->result);
}

static bool stands_in_wrong(const struct node *file, const struct token *name)
{
    const struct source *s = file->source;
    size_t size = name->hi - name->lo;
    for (const struct wrong *w = file->wrongs; w; w = w->next) {
        if (name->lo < w->names.lo) {
            continue; // before it is declared
        }
        for (const struct token *t = token_at(s, w->names.lo);
             t->kind != TOK_EOF && t->hi <= w->names.hi; t++) {
            if (t->kind == TOK_IDENT && t->hi - t->lo == size &&
                !memcmp(s->text + t->lo, s->text + name->lo, size)) {
                return true;
            }
        }
    }
    return false;
}

bool mentions_wrong_name(struct unit *u, const struct source *s, struct span span)
{
    const struct node *file = file_of(u, s);
    if (!file || !file->wrongs) {
        return false;
    }
    for (const struct token *t = token_at(s, span.lo); t->kind != TOK_EOF && t->hi <= span.hi;
         t++) {
        if (t->kind == TOK_IDENT && !is_keyword(s->text + t->lo, t->hi - t->lo) &&
            stands_in_wrong(file, t)) {
            return true;
        }
    }
    return false;
}

// What follows from an error in the syntax: something in it, or about a name that it declares.
static bool follows_from_wrong(struct unit *u, CXDiagnostic d, struct source *s, struct span at)
{
    struct node *file = file_of(u, s);
    for (const struct wrong *w = file ? file->wrongs : NULL; w; w = w->next) {
        if (w->span.lo <= at.lo && at.lo < w->span.hi) {
            return true;
        }
    }
    if (mentions_wrong_name(u, s, at)) {
        return true;
    }
    unsigned n = clang_getDiagnosticNumRanges(d);
    for (unsigned i = 0; i < n; i++) {
        struct source *in;
        struct span span;
        if (source_range(u, clang_getDiagnosticRange(d, i), &in, &span) && in == s &&
            mentions_wrong_name(u, s, span)) {
            return true;
        }
    }
    return false;
}

// What follows from another error: the body of such a range; what is done with the value of
// such a make, or of a closure whose result type could not be found out.
static bool is_consequence(struct unit *u, CXDiagnostic d, struct source *s, struct span at)
{
    struct node *file = file_of(u, s);
    for (struct node *n = file ? node_at(file, at) : NULL; n; n = n->parent) {
        if (n->kind == NODE_RANGE && is_bad_range(u, n)) {
            return true;
        }
    }
    unsigned n_ranges = clang_getDiagnosticNumRanges(d);
    for (unsigned i = 0; file && i < n_ranges; i++) {
        struct source *in;
        struct span span;
        if (!source_range(u, clang_getDiagnosticRange(d, i), &in, &span) || in != s) {
            continue;
        }
        for (struct node *n = node_at(file, span); n && span_in(n->span, span); n = n->parent) {
            if ((n->kind == NODE_BUILTIN && is_bad_make(u, n)) || is_unknown_closure(n)) {
                return true;
            }
        }
    }
    return false;
}

bool diagnostic_is_error(struct unit *u, CXDiagnostic d, const char *message, struct source *s,
                         struct span at)
{
    if (is_builtin_noise(u, s, at, message)) {
        return false;
    }
    char *option = take_string(clang_getDiagnosticOption(d, NULL));
    if (is_conversion_warning(option)) {
        bool ours = involves_ours(message) || converts_for_us(u, s, at);
        return ours && !has_wanted_conversion(u, d);
    }
    return clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error;
}

bool diagnostic_counts(struct unit *u, CXDiagnostic d, const char *message, struct source *s,
                       struct span at)
{
    return !strstr(message, UNKNOWN) && clang_getDiagnosticSeverity(d) >= CXDiagnostic_Warning &&
           diagnostic_is_error(u, d, message, s, at) && !follows_from_wrong(u, d, s, at) &&
           !is_consequence(u, d, s, at);
}
