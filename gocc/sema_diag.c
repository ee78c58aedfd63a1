// clang's messages about the twin, in terms of what the user wrote.
//
// Errors are passed on at the original place, with types demangled and the words that only
// the twin knows replaced by the construct's. Conversions that C merely warns about are
// errors where a channel or a closure takes part. What counts at all, sema_noise.c decides.
#include "sema_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// ---- where ---------------------------------------------------------------------------------

static struct span token_span(const struct source *s, uint32_t at)
{
    for (uint32_t lo = 0, hi = s->n_tokens; lo < hi;) {
        uint32_t mid = (lo + hi) / 2;
        const struct token *t = &s->tokens[mid];
        if (t->hi <= at) {
            lo = mid + 1;
        } else if (t->lo > at) {
            hi = mid;
        } else {
            return t->kind == TOK_DIRECTIVE ? span_of(at, at) : span_of(t->lo, t->hi);
        }
    }
    return span_of(at, at);
}

// ---- headers -------------------------------------------------------------------------------

// A path as it is seen from the current folder: libclang's are absolute.
static const char *from_here(const char *path)
{
    char here[4096];
    size_t n = getcwd(here, sizeof here) ? strlen(here) : 0;
    return n > 1 && !strncmp(path, here, n) && path[n] == '/' ? path + n + 1 : path;
}

struct includers {
    struct unit *u;
    CXFile file;
    char *lines; // NULL until the file is seen
};

static void see_inclusion(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
    struct includers *in = data;
    if (in->lines || !depth || !clang_File_isEqual(file, in->file)) {
        return;
    }
    in->lines = "";
    for (unsigned i = 0; i < depth; i++) {
        CXFile from;
        unsigned line, column;
        struct source *s;
        struct span at;
        clang_getFileLocation(stack[i], &from, &line, NULL, NULL);
        const char *path = from_here(take_string(clang_getFileName(from)));
        if (source_range(in->u, clang_getRange(stack[i], stack[i]), &s, &at)) {
            source_position(s, at.lo, &line, &column);
            path = s->path;
        }
        in->lines = arena_printf("%s%s%s:%u%s\n", in->lines,
                                 i ? "                 from " : "In file included from ", path,
                                 line, i + 1 < depth ? "," : ":");
    }
}

// The lines that say how a header came in, as gcc shows them.
static const char *includers_of(struct unit *u, CXFile file)
{
    struct includers in = {u, file, NULL};
    clang_getInclusions(FULL(u)->pass->tu, see_inclusion, &in);
    return in.lines;
}

// A user header without constructs has no twin: its bytes are libclang's.
static struct source *plain_source(struct unit *u, CXFile file)
{
    static struct source *known[64];
    char *path = take_string(clang_getFileName(file));
    for (size_t i = 0; i < 64; i++) {
        if (!known[i]) {
            known[i] = source_read(path);
            if (known[i]) {
                lex(known[i]);
                known[i]->index = 1000 + (uint32_t)i; // behind those with constructs
                known[i]->path = from_here(path);
                known[i]->included = includers_of(u, file);
            }
            return known[i];
        }
        if (!strcmp(known[i]->path, from_here(path))) {
            return known[i];
        }
    }
    return NULL;
}

static int twinned(struct unit *u, CXFile file)
{
    for (unsigned i = 0; i < u->n_sources; i++) {
        CXFile ours = FULL(u)->pass->files[i];
        if (ours && clang_File_isEqual(ours, file)) {
            return (int)i;
        }
    }
    return -1;
}

static bool diagnostic_place(struct unit *u, CXDiagnostic d, struct source **s, struct span *span)
{
    CXFile file;
    unsigned at;
    clang_getFileLocation(clang_getDiagnosticLocation(d), &file, NULL, NULL, &at);
    if (!file) {
        return false;
    }
    int i = twinned(u, file);
    if (i < 0) {
        *s = plain_source(u, file);
        *span = *s ? token_span(*s, at) : span_of(0, 0);
        return *s != NULL;
    }
    *s = u->sources[i];
    at = twin_place(*s, &FULL(u)->pass->twins[i], at);
    *span = span_of(at, at);
    struct span token = token_span(*s, span->lo);
    if (token.lo == span->lo) {
        *span = token;
    }
    return true;
}

// The same, or the head of the main file.
static void place_or_head(struct unit *u, CXDiagnostic d, struct source **s, struct span *span)
{
    if (!diagnostic_place(u, d, s, span)) {
        *s = u->sources[0];
        *span = span_of(0, 0);
    }
}

// ---- words ---------------------------------------------------------------------------------

// The construct whose operand or inserted text an error stands in.
static struct node *construct_at(struct unit *u, struct source *s, struct span at)
{
    struct node *file = file_of(u, s);
    struct node *n = file ? node_at(file, at) : NULL;
    for (; n; n = n->parent) {
        switch (n->kind) {
        case NODE_CASE:
        case NODE_RANGE:
        case NODE_SELECT:
            return at.lo < n->body.lo ? n : NULL;
        case NODE_SEND:
        case NODE_RECV:
        case NODE_RECV_OK:
        case NODE_DECLARE:
        case NODE_RETURN:
        case NODE_BUILTIN:
        case NODE_CHAN_TYPE:
            return n;
        case NODE_BLOCK:
        case NODE_CLOSURE:
        case NODE_FUNCTION:
            return NULL;
        default:
            break;
        }
    }
    return NULL;
}

static bool is_send(const struct node *n)
{
    return n->kind == NODE_SEND || (n->kind == NODE_CASE && n->form == CASE_SEND);
}

static bool closure_to_pointer(const char *text)
{
    bool target_first = strstr(text, "initializing '") || strstr(text, "assigning to '");
    const char *to = text_quoted(text, target_first ? 0 : 1);
    const char *from = text_quoted(text, target_first ? 1 : 0);
    return to && from && !text_begins(to, "func<") && text_begins(from, "func<");
}

// `3 <- c`: a literal is neither a channel nor what check.c could show as a receive.
static bool is_after_value(const struct source *s, const struct token *arrow)
{
    return arrow > s->tokens && (arrow[-1].kind == TOK_NUMBER || arrow[-1].kind == TOK_CHAR);
}

// The functions below return what the user reads in place of a message: NULL when it is not theirs,
// `nothing` when check.c has a better one.
static char nothing[1];

// An operator that channels do not have; a channel or closure that is indexed or dereferenced.
static char *reword_operation(const struct source *s, struct span at, const char *text)
{
    bool is_operator =
        text_begins(text, "invalid operands to binary") || text_begins(text, "invalid argument");
    const struct token *t = token_at(s, at.lo);
    bool is_send = is_operator && t > s->tokens && token_is_arrow(s, t - 1);
    if (is_send && is_after_value(s, t - 1) && strstr(text, "chan<")) {
        return arena_printf("the channel stands on the left of '<-', what is sent on the right");
    }
    const char *object = strstr(text, "gocc_hchan")      ? "channel"
                         : strstr(text, "preserve_most") ? "closure"
                                                         : NULL;
    if (object && text_begins(text, "member reference")) {
        return arena_printf("a %s has no members", object);
    }
    if (object && text_begins(text, "subscript of pointer to function")) {
        return arena_printf("no operator '[' on %ss", object);
    }
    bool on_channel =
        (is_operator && strstr(text, "chan<")) || strstr(text, "(*)(struct gocc_hchan *)");
    return on_channel || is_send ? nothing : NULL;
}

// A member of a library's type whose members are not declared, of which clang says two things.
static char *reword_opaque(const char *text)
{
    static const char *const names[] = {"go_context", "go_errgroup", "go_limiter"};
    bool member = text_begins(text, "member reference type 'go_");
    bool other = text_begins(text, "incomplete definition of type 'go_");
    const char *type = member || other ? text_quoted(text, 0) : "";
    size_t size = strcspn(type, " ");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == size && !strncmp(type, names[i], size)) {
            return member ? nothing : arena_printf("a %s shows no members", names[i]);
        }
    }
    return NULL;
}

// What the parser could not take for a construct, and clang not for C.
static char *reword_syntax(const struct source *s, struct span *at, const char *text)
{
    static const struct {
        const char *begin, *words;
    } unparsed[] = {
        {"use of undeclared identifier 'chan'",
         "expected an element type in angle brackets, as in chan<int>"},
        {"use of undeclared identifier 'func'",
         "expected a function type, as in func<int(int)>, or a closure, as in func(int a) {…}"},
        {"unknown type name 'chan'", "expected an element type in angle brackets, as in chan<int>"},
        {"unknown type name 'func'", "expected a function type, as in func<int(int)>"},
    };
    if (strstr(text, "cannot appear in its own initializer")) {
        return arena_printf("'%s' in its own initialiser is the new variable, not the one outside: "
                            "give one of them another name",
                            text_quoted(text, 0));
    }
    const struct token *t = token_at(s, at->lo);
    if (text_begins(text, "expected ';' at end of declaration") && token_is_arrow(s, t)) {
        *at = span_of(t->lo, t[1].hi);
        return arena_printf("expected '=' before '<-': to receive, write 'int v = <-c'");
    }
    for (size_t i = 0; i < sizeof unparsed / sizeof *unparsed; i++) {
        if (text_begins(text, unparsed[i].begin)) {
            return arena_printf("%s", unparsed[i].words);
        }
    }
    return NULL;
}

// What n sends or returns does not convert: in the twin it initialises a variable.
static char *reword_conversion(struct unit *u, const struct node *n, struct span *at,
                               const char *text)
{
    const char *conversion = strstr(text, "initializing '");
    if (!conversion || !strstr(text, "expression of")) {
        return NULL;
    }
    struct type *c = is_send(n) ? sema_type(u, n->source, n->operand) : NULL;
    const char *to = text_quoted(conversion, 0), *from = text_quoted(conversion, 1);
    const char *target = c ? c->user : to ? to : "?";
    *at = span_empty(n->value) ? *at : n->value;
    return arena_printf("%s%.*s%s '%s' %s '%s'%s",
                        strstr(text, "incompatible type '") ? "incompatible types: " : "",
                        (int)(conversion - text), text, is_send(n) ? "sending" : "returning",
                        from ? from : "?", is_send(n) ? "on" : "from a closure with result type",
                        target, strstr(text, "discards qualifiers") ? " discards qualifiers" : "");
}

static bool is_about_call(const char *text)
{
    return text_begins(text, "called object type") || text_begins(text, "too many arg");
}

// Something is received from, sent on or ranged over that is no channel: check.c names its type.
static bool is_no_channel(struct unit *u, const struct node *n, struct span at, const char *text)
{
    if (!text_begins(text, "indirection requires pointer") && !is_about_call(text) &&
        !text_begins(text, "subscripted value is not")) {
        return false;
    }
    struct span operand =
        n->kind == NODE_RANGE && span_begins_in(at, n->body) ? n->value : n->operand;
    struct type *t = span_empty(operand) ? NULL : sema_type(u, n->source, operand);
    return t && t->kind != TYPE_CHAN && span_begins_in(at, n->span);
}

// An error in the operand of n, or in what the twin has in its place.
static char *reword_construct(struct unit *u, const struct node *n, struct span *at,
                              const char *text)
{
    char *conversion =
        is_send(n) || n->kind == NODE_RETURN ? reword_conversion(u, n, at, text) : NULL;
    if (conversion) {
        return conversion;
    }
    if (is_no_channel(u, n, *at, text)) {
        return nothing;
    }
    if (text_begins(text, "function cannot return ") && n->kind == NODE_CHAN_TYPE) {
        *at = n->elem;
        return arena_printf("a channel cannot carry %s ('%s')",
                            strstr(text, "array") ? "an array" : "a function",
                            text_quoted(text, 0));
    }
    if (!strstr(text, "incomplete type 'void'") && !strstr(text, "deduced type 'void'")) {
        return NULL;
    }
    return is_send(n)                ? nothing
           : n->kind == NODE_DECLARE ? arena_printf("this expression has no value")
                                     : arena_printf("this channel carries no value");
}

// The message in the user's words. NULL: check.c has a better one.
static char *reword(struct unit *u, struct source *s, struct span *at, char *text)
{
    if (text_begins(text, "incompatible function pointer types") && closure_to_pointer(text)) {
        text = arena_printf("%s: a function pointer has no room for what a closure captured", text);
    }
    char *words = reword_operation(s, *at, text);
    words = words ? words : reword_opaque(text);
    struct node *made = construct_at(u, s, *at);
    if (made && made->kind == NODE_BUILTIN &&
        text_begins(text, "use of undeclared identifier 'chan'")) {
        words = nothing; // the parser has reported `make(chan`
    }
    words = words ? words : reword_syntax(s, at, text);
    if (!words) {
        struct node *n = construct_at(u, s, *at);
        if (!n && is_about_call(text)) { // right behind it
            n = construct_at(u, s, span_of(at->lo, at->lo));
        }
        words = n ? reword_construct(u, n, at, text) : NULL;
    }
    return words == nothing ? NULL : words ? words : text;
}

static char *user_words(struct unit *u, struct source *s, struct span *at, const char *message)
{
    char *text = reword(u, s, at, user_message(message));
    return text ? plain_words(text) : NULL;
}

// ---- reporting ----------------------------------------------------------------------------

static void report_notes(struct unit *u, CXDiagnostic d)
{
    CXDiagnosticSet notes = clang_getChildDiagnostics(d);
    unsigned n = clang_getNumDiagnosticsInSet(notes);
    for (unsigned i = 0; i < n; i++) {
        CXDiagnostic note = clang_getDiagnosticInSet(notes, i);
        struct source *s;
        struct span at;
        char *text = take_string(clang_getDiagnosticSpelling(note));
        if (!strstr(text, "gocc_") && !text_begins(text, "in file included from") &&
            !text_begins(text, "forward declaration of 'struct go_") &&
            diagnostic_place(u, note, &s, &at)) {
            note_at(s, at, "%s", user_message(text));
        }
    }
}

// clang walks the cases of a switch backwards: the error stands at the first default, the
// note at the second.
static void swap_defaults(struct unit *u, CXDiagnostic d, struct source **s, struct span *at)
{
    CXDiagnosticSet notes = clang_getChildDiagnostics(d);
    if (clang_getNumDiagnosticsInSet(notes)) {
        struct source *other;
        struct span second;
        if (diagnostic_place(u, clang_getDiagnosticInSet(notes, 0), &other, &second) &&
            other == *s && second.lo > at->lo) {
            *at = second;
        }
    }
}

// The nearest switch or select.
static bool in_select(struct unit *u, struct source *s, struct span at)
{
    struct node *file = file_of(u, s), *n = file ? node_at(file, at) : NULL;
    while (n && n->kind != NODE_SWITCH && n->kind != NODE_SELECT) {
        n = n->parent;
    }
    return n && n->kind == NODE_SELECT;
}

static void report(struct unit *u, CXDiagnostic d, const char *message, struct source *s,
                   struct span at)
{
    bool defaults = text_begins(message, "multiple default labels");
    if (defaults) {
        swap_defaults(u, d, &s, &at);
        message = in_select(u, s, at) ? "multiple default cases in one select" : message;
    }
    char *text = user_words(u, s, &at, message);
    if (!text) {
        return;
    }
    error_at(s, at, "%s", text);
    const char *hint = hint_for(u, text);
    if (hint) {
        note_at(s, at, "%s", hint);
    }
    if (!defaults) {
        report_notes(u, d);
    }
}

bool report_diagnostics(struct unit *u)
{
    for (unsigned i = 1; i < u->n_sources; i++) {
        CXFile file = FULL(u)->pass->files[i];
        u->sources[i]->included = file ? includers_of(u, file) : NULL;
    }
    bool any = false;
    unsigned n = clang_getNumDiagnostics(FULL(u)->pass->tu);
    for (unsigned i = 0; i < n; i++) {
        CXDiagnostic d = clang_getDiagnostic(FULL(u)->pass->tu, i);
        char *message = take_string(clang_getDiagnosticSpelling(d));
        struct source *s;
        struct span at;
        place_or_head(u, d, &s, &at);
        if (diagnostic_counts(u, d, message, s, at)) {
            any = true;
            report(u, d, message, s, at);
        }
        clang_disposeDiagnostic(d);
    }
    return any;
}

// An error that was left to check or taken for the consequence of another, when none was reported
// after all: clang cannot read the file, so no C may come out of it.
void sema_report_rest(struct unit *u)
{
    CXTranslationUnit tu = FULL(u)->pass->tu;
    for (unsigned i = 0; i < clang_getNumDiagnostics(tu) && !diag_has_errors(); i++) {
        CXDiagnostic d = clang_getDiagnostic(tu, i);
        char *message = take_string(clang_getDiagnosticSpelling(d));
        struct source *s;
        struct span at;
        place_or_head(u, d, &s, &at);
        if (clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error &&
            diagnostic_is_error(u, d, message, s, at)) {
            error_at(s, at, "%s", plain_words(user_message(message)));
        }
        clang_disposeDiagnostic(d);
    }
}
