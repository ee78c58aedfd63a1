// Analysis of one translation unit through libclang.
//
// The main file and every user header that holds a construct get a twin; libclang parses
// them as unsaved files. A pass may teach facts that change a twin (what a range ranges
// over, a closure's result type, which := names exist already, that a `close` is POSIX's, a
// further header with constructs); then there is another pass. Each fact is set at most once
// per node, so the passes end; ordinary files need one or two. Only the last pass's
// messages and lists are kept.
#include "scan.h"
#include "sema_internal.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_PASSES = 12 };

// A closure that returns a closure: the type of either may come from the other. First the inner
// one waits for what the outer one is converted to, then the outer one for the inner one.
enum patience { FOR_THE_OUTER, FOR_THE_INNER, NONE };

// ---- one pass --------------------------------------------------------------------------------

static const char **clang_arguments(const struct sema_options *opt, int *n)
{
    static const char *const ours[] = {
        "-xc",
        "-D__GOCC_TWIN__",
        "-include",
        TWIN_PRELUDE_NAME,
        "-ferror-limit=500",
        "-Wincompatible-pointer-types",
        "-Wincompatible-pointer-types-discards-qualifiers",
        "-Wincompatible-function-pointer-types",
        "-Wint-conversion",
        "-Wno-error=incompatible-function-pointer-types",
        "-Wno-error=incompatible-pointer-types",
        "-Wno-error=int-conversion",
    };
    size_t n_ours = sizeof ours / sizeof *ours;
    const char **args = arena_alloc((opt->n_cc_args + n_ours + 2) * sizeof *args);
    size_t k = 0;
    for (size_t i = 0; i < opt->n_cc_args; i++) {
        args[k++] = opt->cc_args[i];
    }
    for (size_t i = 0; i < n_ours; i++) {
        args[k++] = ours[i];
    }
    if (opt->include_dir) {
        args[k++] = "-isystem";
        args[k++] = opt->include_dir;
    }
    *n = (int)k;
    return args;
}

static void make_twins(struct unit *u, struct CXUnsavedFile *unsaved)
{
    struct unit_pass *p = FULL(u)->pass;
    for (unsigned i = 0; i < u->n_sources; i++) {
        apply_decisions(u->sources[i], u->files[i]);
        twin_make(u->sources[i], u->files[i], i == 0 ? &u->library_place : NULL, &p->twins[i]);
        unsaved[i].Filename = u->sources[i]->full_path;
        unsaved[i].Contents = p->twins[i].text;
        unsaved[i].Length = p->twins[i].size;
    }
    unsaved[u->n_sources].Filename = TWIN_PRELUDE_NAME;
    unsaved[u->n_sources].Contents = twin_prelude;
    unsaved[u->n_sources].Length = strlen(twin_prelude);
}

static void find_files(struct unit *u)
{
    struct unit_pass *p = FULL(u)->pass;
    for (unsigned i = 0; i < u->n_sources; i++) {
        p->files[i] = clang_getFile(p->tu, u->sources[i]->full_path);
    }
}

static void run_pass(struct unit *u, CXIndex index)
{
    struct unit_pass *old = FULL(u)->pass;
    if (old) {
        clang_disposeTranslationUnit(old->tu);
    }
    struct unit_pass *p = FULL(u)->pass = arena_alloc(sizeof *p);
    p->twins = arena_alloc(u->n_sources * sizeof *p->twins);
    p->files = arena_alloc(u->n_sources * sizeof *p->files);
    struct CXUnsavedFile *unsaved = arena_alloc((u->n_sources + 1) * sizeof *unsaved);
    make_twins(u, unsaved);
    int n_args;
    const char **args = clang_arguments(FULL(u)->opt, &n_args);
    enum CXErrorCode code = clang_parseTranslationUnit2(
        index, u->sources[0]->full_path, args, n_args, unsaved, u->n_sources + 1,
        CXTranslationUnit_KeepGoing | CXTranslationUnit_DetailedPreprocessingRecord, &p->tu);
    if (code != CXError_Success) {
        fatal("%s: libclang cannot parse this file (error %d)", u->sources[0]->path, (int)code);
    }
    find_files(u);
    index_unit(u);
}

// ---- facts -----------------------------------------------------------------------------------

static CXCursor cursor_of_kind(struct unit *u, struct source *s, struct span span,
                               enum CXCursorKind kind, struct place **at)
{
    *at = NULL;
    for (struct place *p = place_first(u, s, span); p; p = place_next(p)) {
        if (p->cursor.kind == kind) {
            *at = p;
            return p->cursor;
        }
    }
    return clang_getNullCursor();
}

static bool learn_range(struct unit *u, struct node *n)
{
    struct type *t = n->range == RANGE_UNKNOWN ? sema_type(u, n->source, n->operand) : NULL;
    if (!t) {
        return false;
    }
    n->range = t->kind == TYPE_CHAN    ? RANGE_CHAN
               : t->kind == TYPE_ARRAY ? RANGE_ARRAY
               : t->is_integer         ? RANGE_INT
                                       : RANGE_UNKNOWN;
    return n->range != RANGE_UNKNOWN && (n->range != RANGE_INT || !span_empty(n->lhs[1]));
}

// The func type that a closure literal of unknown result is converted to, or NULL.
static struct type *context_type(struct unit *u, const struct node *n)
{
    struct place *p;
    CXCursor c = cursor_of_kind(u, n->source, n->span,
                                n->at_file_scope ? CXCursor_ParenExpr : CXCursor_StmtExpr, &p);
    if (clang_Cursor_isNull(c) || !clang_type_is_func(p->wanted)) {
        return NULL;
    }
    return type_from_clang(u, p->wanted);
}

static struct node *first_return(struct node *closure)
{
    for (struct node *n = node_next(closure, closure); n; n = node_next(n, closure)) {
        if (n->kind != NODE_RETURN) {
            continue;
        }
        const struct node *owner = n->owner;
        while (owner && owner->kind == NODE_DEFER) {
            owner = owner->owner;
        }
        if (owner == closure && !span_empty(n->value)) {
            return n;
        }
    }
    return NULL;
}

static struct type *void_type(void)
{
    struct type *t = arena_alloc(sizeof *t);
    t->kind = TYPE_VOID;
    t->user = t->c = t->twin = t->canonical = "void";
    t->length = t->size = -1;
    return t;
}

static bool holds_unknown(const struct node *n, const struct node *value)
{
    for (const struct node *c = n->child; c; c = c->next) {
        if ((c->kind == NODE_CLOSURE && !c->result_type && span_empty(c->result) &&
             span_in(c->span, value->value)) ||
            holds_unknown(c, value)) {
            return true;
        }
    }
    return false;
}

// n is what a closure returns whose own result is not known yet: that may give n its type.
static bool is_result_of_unknown(const struct node *n)
{
    const struct node *owner = n->parent && n->parent->kind == NODE_RETURN ? n->owner : NULL;
    return owner && owner->kind == NODE_CLOSURE && !owner->result_type && span_empty(owner->result);
}

static bool learn_closure(struct unit *u, struct node *n, enum patience patience)
{
    if (n->result_type || !span_empty(n->result)) {
        return false;
    }
    bool given = n->parent && (n->parent->kind == NODE_GO || n->parent->kind == NODE_DEFER) &&
                 n->parent->closure == n;
    struct type *func = given ? NULL : context_type(u, n);
    struct node *r = first_return(n);
    if (func) {
        n->result_type = func->elem;
    } else if (patience == FOR_THE_OUTER && is_result_of_unknown(n)) {
        return false;
    } else if (!r) {
        n->result_type = void_type();
    } else if (patience == NONE || !holds_unknown(r, r)) {
        struct type *t = sema_type(u, n->source, r->value);
        n->result_type = t ? type_unqualified(t) : NULL;
    }
    return n->result_type != NULL;
}

// What is learned of one closure must not count for another before the next pass: who waits comes
// first.
static bool learn_closures(struct unit *u, struct node *n, enum patience patience)
{
    bool learned = false, inner_first = patience == FOR_THE_OUTER;
    if (n->kind == NODE_CLOSURE && !inner_first) {
        learned |= learn_closure(u, n, patience);
    }
    for (struct node *c = n->child; c; c = c->next) {
        learned |= learn_closures(u, c, patience);
    }
    if (n->kind == NODE_CLOSURE && inner_first) {
        learned |= learn_closure(u, n, patience);
    }
    return learned;
}

// C's implicit declaration of a function stands where it was first called.
static bool is_builtin_name(struct unit *u, struct source *s, struct span at)
{
    struct node *n = node_at(file_of(u, s), at);
    return n && n->kind == NODE_BUILTIN && n->name.lo == at.lo;
}

// Whether `name(…)` is C's: declared by the user, or by the system and not given a channel.
static bool learn_builtin(struct unit *u, struct node *n)
{
    if (n->not_ours) {
        return false;
    }
    struct place *p;
    CXCursor ref = cursor_of_kind(u, n->source, n->name, CXCursor_DeclRefExpr, &p);
    if (clang_Cursor_isNull(ref)) {
        return false;
    }
    CXCursor target = clang_getCursorReferenced(ref);
    CXSourceLocation at = clang_getCursorLocation(target);
    CXFile file;
    clang_getFileLocation(at, &file, NULL, NULL, NULL);
    struct source *s;
    struct span span;
    bool implicit = !file || (source_range(u, clang_getRange(at, at), &s, &span) &&
                              is_builtin_name(u, s, span));
    if (implicit || text_is(n->source, n->name, "recover")) { // in the twin the library's function
        return false;
    }
    struct type *t = n->n_list ? sema_type(u, n->source, n->list[0]) : NULL;
    bool by_system = clang_Location_isInSystemHeader(at);
    n->not_ours = !by_system || (t && t->kind != TYPE_CHAN);
    return n->not_ours;
}

static bool learn_send(struct unit *u, struct node *n)
{
    if (n->not_ours) {
        return false;
    }
    struct type *t = sema_type(u, n->source, n->operand);
    n->not_ours = t && t->kind == TYPE_ARITHMETIC && n->parent && !n->braced;
    return n->not_ours;
}

// The pass's messages of one kind that stand in our sources.
static bool learn_from(struct unit *u, bool (*is_kind)(CXDiagnostic),
                       bool (*learn_at)(struct unit *u, struct source *s, struct span at))
{
    bool learned = false;
    CXTranslationUnit tu = FULL(u)->pass->tu;
    for (unsigned i = 0; i < clang_getNumDiagnostics(tu); i++) {
        CXDiagnostic d = clang_getDiagnostic(tu, i);
        struct source *s;
        struct span at;
        CXSourceLocation loc = clang_getDiagnosticLocation(d);
        if (is_kind(d) && source_range(u, clang_getRange(loc, loc), &s, &at)) {
            learned |= learn_at(u, s, at);
        }
        clang_disposeDiagnostic(d);
    }
    return learned;
}

static bool learn_redefinition(struct unit *u, struct source *s, struct span at)
{
    bool learned = false;
    struct node *n = node_at(file_of(u, s), at);
    while (n && n->kind != NODE_DECLARE && n->kind != NODE_RECV_OK && n->kind != NODE_CASE) {
        n = n->parent;
    }
    for (int k = 0; n && k < 2; k++) {
        if (!span_empty(n->lhs[k]) && n->lhs[k].lo == at.lo && !n->reuse[k]) {
            n->reuse[k] = learned = true;
        }
    }
    return learned;
}

static bool holds_directive(const struct source *s, struct span span)
{
    for (unsigned i = token_index(s, span.lo); s->tokens[i].hi <= span.hi; i++) {
        if (s->tokens[i].kind == TOK_DIRECTIVE) {
            return true;
        }
    }
    return false;
}

static bool holds_construct(const struct node *fn)
{
    for (const struct node *n = node_next(fn, fn); n; n = node_next(n, fn)) {
        if (node_is_construct(n) || (n->kind == NODE_BUILTIN && !n->not_ours)) {
            return true;
        }
    }
    return false;
}

// A function without constructs that uses what only gcc knows (a nested function, _Decimal64): the
// twin goes without its body, and the C compiler judges it.
static bool learn_only_cc(struct unit *u, struct source *s, struct span at)
{
    struct node *fn = node_at(file_of(u, s), at);
    while (fn && fn->parent && fn->parent->kind != NODE_FILE) {
        fn = fn->parent;
    }
    if (!fn || fn->kind != NODE_FUNCTION || fn->only_cc || !span_in(at, fn->body) ||
        holds_construct(fn) || holds_directive(s, fn->body)) {
        return false;
    }
    return fn->only_cc = true;
}

// LANGUAGE.md 2: a closure's parameters are a function's, where arrays and functions are pointers.
static bool learn_decayed(struct unit *u)
{
    bool learned = false;
    for (struct decl *d = u->decls; d; d = d->next) {
        struct node *fn = d->function;
        if (!fn || fn->kind != NODE_CLOSURE || !d->type ||
            (d->type->kind != TYPE_ARRAY && d->type->kind != TYPE_FUNCTION)) {
            continue;
        }
        for (unsigned i = 0; i < fn->n_list; i++) {
            if (!span_in(d->name_span, fn->list[i])) {
                continue;
            }
            if (!fn->decayed) {
                fn->decayed = arena_alloc(fn->n_list * sizeof *fn->decayed);
            }
            fn->decayed[i] = (struct decayed){type_unqualified(d->type), d->name_span};
            learned = true;
        }
    }
    return learned;
}

static bool learn(struct unit *u, enum patience patience)
{
    bool learned = learn_from(u, diagnostic_is_redefinition, learn_redefinition) |
                   learn_from(u, diagnostic_is_of_gcc_only, learn_only_cc) | learn_decayed(u);
    for (unsigned i = 0; i < u->n_sources; i++) {
        learned |= learn_closures(u, u->files[i], patience);
        for (struct node *n = u->files[i]; n; n = node_next(n, u->files[i])) {
            switch (n->kind) {
            case NODE_RANGE:
                learned |= learn_range(u, n);
                break;
            case NODE_BUILTIN:
                learned |= learn_builtin(u, n);
                break;
            case NODE_SEND:
                learned |= learn_send(u, n);
                break;
            default:
                break;
            }
        }
    }
    return learned;
}

// Results that need no libclang: closures given to go and defer, and those without `return e`
// that nothing converts, would cost a pass each.
static void learn_by_syntax(struct unit *u)
{
    for (unsigned i = 0; i < u->n_sources; i++) {
        for (struct node *n = u->files[i]; n; n = node_next(n, u->files[i])) {
            bool given = n->kind == NODE_CLOSURE && n->parent &&
                         (n->parent->kind == NODE_GO || n->parent->kind == NODE_DEFER) &&
                         n->parent->closure == n;
            if (given && span_empty(n->result) && !n->result_type && !first_return(n)) {
                n->result_type = void_type();
            }
        }
    }
}

static bool is_hopeless(const struct unit *u)
{
    for (unsigned i = 0; i < u->n_sources; i++) {
        if (u->files[i]->hopeless) {
            return true;
        }
    }
    return false;
}

// Whether the next pass shows the preprocessor what is wrong: it may be right, with a macro in it
// expanded. True: there is something.
static bool set_raw(struct unit *u, bool raw)
{
    bool any = false;
    for (unsigned i = 0; i < u->n_sources; i++) {
        u->files[i]->raw = raw;
        any |= raw && u->files[i]->wrongs;
    }
    return any;
}

// What was done once for all: macros that bring constructs are expanded, the parser knows what only
// the headers could tell it.
struct progress {
    bool expanded, reparsed;
};

enum outcome {
    AGAIN,    // something is another text, tree or twin now
    SETTLED,  // nothing more is to be learned
    ONLY_C,   // there is no construct in it
    GIVEN_UP, // parse has reported what makes all else doubtful
};

// The texts are others now.
static enum outcome see_expanded(struct unit *u, struct source *main_file)
{
    parse_sources_again(u);
    u->library_place = library_place(u, main_file);
    if (!u->holds_constructs && !u->files[0]->suspicions && holds_only_c(u)) {
        return ONLY_C;
    }
    return is_hopeless(u) ? GIVEN_UP : AGAIN;
}

// What a pass has taught. First which files there are, then what changes their text (branches that
// the C compiler takes, macros), then what the parser took wrong, and only then facts about nodes.
static enum outcome learn_from_pass(struct unit *u, struct source *main_file, bool raw,
                                    struct progress *done)
{
    if (find_included_sources(u)) {
        return AGAIN;
    }
    if (!done->expanded) {
        if (decide_branches(u)) {
            return AGAIN;
        }
        done->expanded = true;
        if (expand_macros(u)) {
            return see_expanded(u, main_file);
        }
    }
    if (is_hopeless(u)) {
        return GIVEN_UP;
    }
    if (raw) {
        return AGAIN; // without what is wrong
    }
    bool first = !done->reparsed;
    done->reparsed = true;
    if ((first && learn_for_parser(u)) || confirm_suspicions(u)) {
        return AGAIN;
    }
    if (!u->holds_constructs && holds_only_c(u)) {
        return ONLY_C; // suspicions that were wrong; or its panic is a function of its own
    }
    return learn(u, FOR_THE_OUTER) || learn(u, FOR_THE_INNER) || learn(u, NONE) ? AGAIN : SETTLED;
}

struct unit *sema(struct source *main_file, const struct sema_options *opt)
{
    struct unit_full *full = arena_alloc(sizeof *full);
    struct unit *u = &full->u;
    full->opt = opt;
    if (!find_sources(u, main_file)) {
        return NULL;
    }
    if (is_hopeless(u)) {
        return u;
    }
    CXIndex index = clang_createIndex(0, 0);
    struct progress done = {false, false};
    enum outcome outcome = AGAIN;
    for (int pass = 0; pass < MAX_PASSES && outcome == AGAIN; pass++) {
        bool raw = set_raw(u, !done.expanded);
        learn_by_syntax(u);
        run_pass(u, index);
        outcome = learn_from_pass(u, main_file, raw, &done);
    }
    if (outcome == ONLY_C) {
        return NULL;
    }
    if (outcome == GIVEN_UP || refuse_option_headers(u)) {
        return u;
    }
    u->analysed = true;
    demand_wanted(u);
    report_diagnostics(u);
    return u;
}

// ---- queries -----------------------------------------------------------------------------------

static struct node *exact_node(struct unit *u, struct source *s, struct span span)
{
    struct node *n = node_at(file_of(u, s), span);
    while (n && !(n->span.lo == span.lo && n->span.hi == span.hi)) {
        n = n->parent;
    }
    return n;
}

// The type of a construct that is itself an expression.
static struct type *construct_type(struct unit *u, struct node *n, struct source *s)
{
    struct place *p;
    CXCursor c;
    struct type *t;
    switch (n->kind) {
    case NODE_RECV:
        t = sema_type(u, s, n->operand);
        return t && t->kind == TYPE_CHAN ? t->elem : NULL;
    case NODE_CLOSURE:
        c = cursor_of_kind(u, s, n->span,
                           n->at_file_scope ? CXCursor_CStyleCastExpr : CXCursor_StmtExpr, &p);
        if (clang_Cursor_isNull(c)) {
            return NULL;
        }
        return n->result_type || !span_empty(n->result) ? type_from_clang(u, clang_getCursorType(c))
                                                        : NULL;
    case NODE_BUILTIN:
        if (n->not_ours || s->text[n->name.lo] != 'm') {
            return NULL;
        }
        c = cursor_of_kind(u, s, n->span, CXCursor_CStyleCastExpr, &p);
        return clang_Cursor_isNull(c) ? NULL : type_from_clang(u, clang_getCursorType(c));
    default:
        return NULL;
    }
}

struct type *sema_type(struct unit *u, struct source *s, struct span span)
{
    if (mentions_wrong_name(u, s, span)) {
        return NULL;
    }
    struct node *n = exact_node(u, s, span);
    struct type *t = n ? construct_type(u, n, s) : NULL;
    if (t) {
        return t;
    }
    // Several cursors: conversions around the operand; or all that a macro expanded to.
    struct place *innermost = NULL, *plain = NULL;
    for (struct place *p = place_first(u, s, span); p; p = place_next(p)) {
        // Inside of __func__ clang shows the string that it is, without its const.
        bool is_name_of_function = p->cursor.kind == CXCursor_StringLiteral && innermost &&
                                   !innermost->in_macro && s->text[span.lo] == '_';
        if (clang_isExpression(p->cursor.kind) && !is_name_of_function) {
            innermost = p;
            plain = plain || p->cursor.kind == CXCursor_UnexposedExpr ? plain : p;
        }
    }
    if (innermost && innermost->in_macro && plain) {
        innermost = plain;
    }
    return innermost ? type_from_clang(u, clang_getCursorType(innermost->cursor)) : NULL;
}

struct type *sema_type_name(struct unit *u, struct source *s, struct span span)
{
    for (struct node *n = node_at(file_of(u, s), span); n; n = n->parent) {
        if (n->kind == NODE_BUILTIN && n->n_list && n->list[0].lo == span.lo &&
            n->list[0].hi == span.hi) {
            return sema_type(u, s, n->span);
        }
        if (n->kind == NODE_CLOSURE && n->result.lo == span.lo && n->result.hi == span.hi) {
            struct type *t = sema_type(u, s, n->span);
            return t && t->kind == TYPE_FUNC ? t->elem : NULL;
        }
    }
    return NULL;
}

struct type *sema_callee(struct unit *u, struct node *go)
{
    struct span span = go->what == GO_CLOSURE ? go->closure->span : go->callee;
    struct type *t = sema_type(u, go->source, span);
    return t && t->kind == TYPE_POINTER ? t->elem : t;
}

struct decl *sema_decl(struct unit *u, struct source *s, struct span span)
{
    for (struct place *p = place_first(u, s, span); p; p = place_next(p)) {
        if (p->cursor.kind == CXCursor_DeclRefExpr || p->cursor.kind == CXCursor_TypeRef) {
            return decl_of_cursor(u, clang_getCursorReferenced(p->cursor));
        }
    }
    return seen_at(u, SEEN_DECL, s, span)->what;
}

struct type *sema_result(struct unit *u, struct node *owner)
{
    while (owner && (owner->kind == NODE_GO || owner->kind == NODE_DEFER)) {
        if (owner->kind == NODE_GO) {
            return NULL;
        }
        owner = owner->owner;
    }
    struct type *t = NULL;
    if (owner && owner->kind == NODE_CLOSURE) {
        t = sema_type(u, owner->source, owner->span);
        t = t ? t->elem : owner->result_type;
    } else if (owner) {
        struct decl *d = sema_decl(u, owner->source, owner->name);
        t = d && d->type && d->type->kind == TYPE_FUNCTION ? d->type->elem : NULL;
    }
    return t && t->kind == TYPE_VOID ? NULL : t;
}

bool sema_constant(struct unit *u, struct source *s, struct span span, long long *value)
{
    for (struct place *p = place_first(u, s, span); p; p = place_next(p)) {
        if (!clang_isExpression(p->cursor.kind)) {
            continue;
        }
        CXEvalResult r = clang_Cursor_Evaluate(p->cursor);
        if (!r) {
            continue;
        }
        bool is_int = clang_EvalResult_getKind(r) == CXEval_Int;
        *value = is_int ? clang_EvalResult_getAsLongLong(r) : 0;
        clang_EvalResult_dispose(r);
        if (is_int) {
            return true;
        }
    }
    return false;
}
