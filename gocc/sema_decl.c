// Declarations: what each of libclang's cursors declares, where it stands in the original, and what
// the C around a variable says of it (static, cleanup, alignment).
//
// One that the twin holds twice, or that stands in the type of a closure, is one declaration here:
// the place of its name decides.
#include "sema_internal.h"

#include <stdlib.h>
#include <string.h>

static struct decl_entry **decl_bucket(struct unit *u, CXCursor c)
{
    struct unit_pass *p = FULL(u)->pass;
    return &p->decls_by_cursor[clang_hashCursor(c) & (p->n_buckets - 1)];
}

struct decl *decl_of_cursor(struct unit *u, CXCursor c)
{
    if (clang_Cursor_isNull(c) || clang_isInvalid(c.kind)) {
        return NULL;
    }
    for (struct decl_entry *e = *decl_bucket(u, c); e; e = e->next) {
        if (clang_equalCursors(e->cursor, c)) {
            return e->decl;
        }
    }
    return NULL;
}

static bool decl_kind_of(enum CXCursorKind kind, enum decl_kind *out)
{
    switch (kind) {
    case CXCursor_VarDecl:
        *out = DECL_VARIABLE;
        return true;
    case CXCursor_ParmDecl:
        *out = DECL_PARAMETER;
        return true;
    case CXCursor_FunctionDecl:
        *out = DECL_FUNCTION;
        return true;
    case CXCursor_TypedefDecl:
    case CXCursor_StructDecl:
    case CXCursor_UnionDecl:
    case CXCursor_EnumDecl:
    case CXCursor_EnumConstantDecl:
        *out = DECL_TYPE;
        return true;
    default:
        return false;
    }
}

static struct node *declaring_node(struct node *file, struct span name)
{
    for (struct node *n = node_at(file, name); n; n = n->parent) {
        switch (n->kind) {
        case NODE_DECLARE:
        case NODE_RECV_OK:
        case NODE_CASE:
        case NODE_RANGE:
            for (int i = 0; i < 2; i++) {
                if (n->lhs[i].lo == name.lo && n->lhs[i].hi == name.hi) {
                    return n;
                }
            }
            break;
        default:
            break;
        }
    }
    return NULL;
}

static bool mentions(const struct source *s, struct span span, const char *word)
{
    for (const struct token *t = token_at(s, span.lo); t->kind != TOK_EOF && t->lo < span.hi; t++) {
        if (t->kind == TOK_IDENT && token_is(s, t, word)) {
            return true;
        }
    }
    return false;
}

static enum CXChildVisitResult see_aligned(CXCursor c, CXCursor parent, CXClientData data)
{
    (void)parent;
    *(bool *)data |= c.kind == CXCursor_AlignedAttr;
    return CXChildVisit_Continue;
}

// What stands behind _Alignas or aligned in the declaration, as an expression; NULL: neither does.
static const char *written_alignment(const struct source *s, struct span statement)
{
    static const char *const words[] = {"_Alignas", "alignas", "aligned", "__aligned__"};
    const struct token *t = token_at(s, statement.lo), *end;
    for (; t->kind != TOK_EOF && t->lo < statement.hi; t++) {
        size_t i = 0;
        while (i < 4 && !token_is(s, t, words[i])) {
            i++;
        }
        if (i == 4 || t->kind != TOK_IDENT) {
            continue;
        }
        int depth = token_is(s, t + 1, "(");
        for (end = t + 2; depth && end->kind != TOK_EOF; end++) {
            depth += token_is(s, end, "(") - token_is(s, end, ")");
        }
        if (end == t + 2) {
            return "16"; // aligned alone: what every type can be stored at
        }
        const char *text = span_text(s, span_of(t[2].lo, end[-1].lo));
        return text;
    }
    return NULL;
}

static void fill_alignment(struct unit *u, struct decl *d, CXCursor c)
{
    long long of_type = clang_Type_getAlignOf(clang_getCursorType(c));
    bool aligned = false;
    clang_visitChildren(c, see_aligned, &aligned);
    if (of_type > 16) {
        d->alignment = arena_printf("%lld", of_type);
    } else if (aligned) {
        d->alignment = written_alignment(d->source, d->statement);
        if (!d->alignment) {
            want_expansion(u, d->source, d->statement);
        }
    }
    char *end = NULL;
    bool small = d->alignment && strtoul(d->alignment, &end, 0) <= 16 && !*end;
    d->is_overaligned = of_type > 16 || (aligned && !small);
}

static bool is_closure_parameter(const struct node *function, struct span name)
{
    if (!function || function->kind != NODE_CLOSURE) {
        return false;
    }
    for (unsigned i = 0; i < function->n_list; i++) {
        if (span_in(name, function->list[i])) {
            return true;
        }
    }
    return false;
}

// The whole declaration. libclang's extent of a later declarator begins at its name.
static struct span whole_statement(struct unit *u, const struct decl *d, CXCursor parent,
                                   struct span whole)
{
    static const struct source *last_source;
    static struct span last_at_file_scope;
    struct source *s;
    struct span span;
    if (parent.kind == CXCursor_DeclStmt && cursor_range(u, parent, &s, &span)) {
        return statement_span(d->source, span);
    }
    if (!d->function && d->source == last_source && span_in(d->name_span, last_at_file_scope)) {
        return last_at_file_scope;
    }
    span = statement_span(d->source, whole);
    if (!d->function) {
        last_source = d->source;
        last_at_file_scope = span;
    }
    return span;
}

static void fill_variable(struct unit *u, struct decl *d, CXCursor c, CXCursor parent,
                          struct span whole)
{
    struct node *file = file_of(u, d->source);
    enum CX_StorageClass storage = clang_Cursor_getStorageClass(c);
    d->is_static = storage == CX_SC_Static;
    d->is_extern = storage == CX_SC_Extern;
    d->is_register = storage == CX_SC_Register;
    d->declared_by = declaring_node(file, d->name_span);
    d->in_macro = !d->declared_by && declared_by_macro(c, d->source, whole, d->name_span);
    if (is_closure_parameter(d->function, d->name_span)) {
        d->kind = DECL_PARAMETER;
        d->span = d->statement = whole;
        for (unsigned i = 0; i < d->function->n_list; i++) {
            if (span_in(d->name_span, d->function->list[i])) {
                d->span = d->statement = d->function->list[i];
            }
        }
        return;
    }
    d->statement = d->declared_by ? d->declared_by->span : whole_statement(u, d, parent, whole);
    d->span = declarator_span(d->source, file, d->name_span, d->statement, &d->initialiser);
    d->has_cleanup = !d->declared_by && (mentions(d->source, d->statement, "cleanup") ||
                                         mentions(d->source, d->statement, "__cleanup__"));
}

static void decl_remember(struct unit *u, CXCursor c, struct decl *d)
{
    struct decl_entry *e = arena_alloc(sizeof *e);
    struct decl_entry **bucket = decl_bucket(u, c);
    e->cursor = c;
    e->decl = d;
    e->next = *bucket;
    *bucket = e;
}

char *cursor_name(CXCursor c)
{
    return take_string(clang_getCursorSpelling(c));
}

static bool is_anonymous(CXCursor c)
{
    return clang_Cursor_isAnonymous(c) || !*cursor_name(c) || strchr(cursor_name(c), ' ');
}

// A variable of one of the library's types.
static bool starts_as_zero(CXCursor c)
{
    CXString type = clang_getTypeSpelling(clang_getCursorType(c));
    bool library = !strncmp(clang_getCString(type), "go_", 3);
    clang_disposeString(type);
    return library;
}

struct declaration {
    enum decl_kind kind;
    char *name; // "": none
    struct source *source;
    struct span whole, name_span;
};

// What c declares, and where. False: nothing that could be used, or a macro declares it.
static bool find_declaration(struct unit *u, CXCursor c, struct declaration *x)
{
    if (!decl_kind_of(c.kind, &x->kind) || !cursor_range(u, c, &x->source, &x->whole)) {
        return false;
    }
    bool named = c.kind == CXCursor_EnumConstantDecl || !is_anonymous(c);
    x->name = named ? cursor_name(c) : "";
    if (!*x->name) {
        x->name_span = span_of(x->whole.lo, x->whole.lo);
        // An anonymous type is visited again where __typeof__ names it.
        return x->kind != DECL_PARAMETER && !decl_of_cursor(u, c);
    }
    if (name_span(u, c, x->name, &x->source, &x->name_span)) {
        return true;
    }
    if (x->kind == DECL_VARIABLE && starts_as_zero(c) && node_function(u, x->source, x->whole)) {
        want_expansion(u, x->source, x->whole);
    }
    return false;
}

static struct decl *decl_new(struct unit *u, const struct declaration *x)
{
    struct decl *d = arena_alloc(sizeof *d);
    d->kind = x->kind;
    d->name = x->name;
    d->source = x->source;
    d->name_span = x->name_span;
    d->span = d->statement = x->whole;
    d->function = node_function(u, x->source, x->name_span);
    d->scope = node_scope(u, x->source, x->name_span);
    if (d->kind == DECL_FUNCTION && d->function && !node_around(d->function, NODE_FUNCTION) &&
        span_in(d->name_span, d->function->name)) {
        d->function = d->scope = NULL; // the definition itself
    }
    return d;
}

static void fill_type(struct unit *u, struct decl *d, CXCursor c)
{
    d->type = type_from_clang(u, clang_getCursorType(c));
    if (c.kind == CXCursor_ParmDecl && d->type &&
        (d->type->kind == TYPE_FUNCTION || d->type->kind == TYPE_ARRAY)) {
        d->is_array_parameter = d->type->kind == TYPE_ARRAY;
        d->type = type_unqualified(d->type);
    }
}

void index_declaration(struct unit *u, CXCursor c, CXCursor parent, bool in_for_header)
{
    struct declaration x;
    if (!find_declaration(u, c, &x)) {
        return;
    }
    struct seen_place *before = *x.name ? seen_at(u, SEEN_DECL, x.source, x.name_span) : NULL;
    if (before && before->what) { // in the type of a closure, or the twin's second copy
        decl_remember(u, c, before->what);
        return;
    }
    struct decl *d = decl_new(u, &x);
    if (before) {
        before->what = d;
    }
    decl_remember(u, c, d); // before its type, which may name it
    if (d->kind == DECL_VARIABLE) {
        fill_variable(u, d, c, parent, x.whole);
        d->in_for_header = d->in_macro && in_for_header;
    }
    if (d->function && (d->kind == DECL_VARIABLE || d->kind == DECL_PARAMETER)) {
        fill_alignment(u, d, c);
    }
    fill_type(u, d, c);
    *FULL(u)->pass->last_decl = d;
    FULL(u)->pass->last_decl = &d->next;
}

struct decl *index_early(struct unit *u, CXCursor record)
{
    if (record.kind == CXCursor_StructDecl || record.kind == CXCursor_UnionDecl) {
        index_declaration(u, record, clang_getNullCursor(), false);
    }
    return decl_of_cursor(u, record);
}
