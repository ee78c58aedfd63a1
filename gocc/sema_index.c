// One walk over libclang's cursors of the user's files, filling the lists that the rest of
// the rewriter asks: places of expressions, declarations, uses, closure calls, conversions.
//
// How a variable is used follows from what stands around it. libclang shows implicit casts
// as unexposed expressions, so the rule is short: an lvalue under an implicit cast is read
// (or decays, when it is an array); under `=` and `++` it is written; parentheses, members
// and elements pass on what happens to the whole; everything unclear counts as taking the
// address, which costs a box and never correctness.
#include "sema_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// ---- declarations --------------------------------------------------------------------------

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
    static struct span last_at_file_scope;
    struct source *s;
    struct span span;
    if (parent.kind == CXCursor_DeclStmt && cursor_range(u, parent, &s, &span)) {
        return statement_span(d->source, span);
    }
    if (!d->function && span_in(d->name_span, last_at_file_scope)) {
        return last_at_file_scope;
    }
    span = statement_span(d->source, whole);
    if (!d->function) {
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

static char *cursor_name(CXCursor c)
{
    CXString name = clang_getCursorSpelling(c);
    const char *text = clang_getCString(name);
    char *copy = arena_copy(text ? text : "", text ? strlen(text) : 0);
    clang_disposeString(name);
    return copy;
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

static void add_declaration(struct unit *u, CXCursor c, CXCursor parent, bool in_for_header)
{
    enum decl_kind kind;
    struct source *s;
    struct span whole, name;
    if (!decl_kind_of(c.kind, &kind) || !cursor_range(u, c, &s, &whole)) {
        return;
    }
    char *spelling = c.kind != CXCursor_EnumConstantDecl && is_anonymous(c) ? "" : cursor_name(c);
    if (!*spelling && (kind == DECL_PARAMETER || decl_of_cursor(u, c))) {
        return; // an anonymous type is visited again where __typeof__ names it
    } else if (!*spelling) {
        name = span_of(whole.lo, whole.lo);
    } else if (!name_span(u, c, spelling, &s, &name)) {
        if (kind == DECL_VARIABLE && starts_as_zero(c) && node_function(u, s, whole)) {
            want_expansion(u, s, whole);
        }
        return;
    }
    struct seen_place *before = *spelling ? seen_at(u, SEEN_DECL, s, name) : NULL;
    if (before && before->what) { // in the type of a closure, or the twin's second copy
        decl_remember(u, c, before->what);
        return;
    }
    struct decl *d = arena_alloc(sizeof *d);
    if (before) {
        before->what = d;
    }
    d->kind = kind;
    d->name = spelling;
    d->source = s;
    d->name_span = name;
    d->span = d->statement = whole;
    d->function = node_function(u, s, name);
    d->scope = node_scope(u, s, name);
    decl_remember(u, c, d); // before its type, which may name it
    if (kind == DECL_FUNCTION && d->function && !node_around(d->function, NODE_FUNCTION) &&
        span_in(name, d->function->name)) {
        d->function = d->scope = NULL; // the definition itself
    }
    if (kind == DECL_VARIABLE) {
        fill_variable(u, d, c, parent, whole);
        d->in_for_header = d->in_macro && in_for_header;
    }
    if (d->function && (kind == DECL_VARIABLE || kind == DECL_PARAMETER)) {
        fill_alignment(u, d, c);
    }
    d->type = type_from_clang(u, clang_getCursorType(c));
    if (c.kind == CXCursor_ParmDecl && d->type &&
        (d->type->kind == TYPE_FUNCTION || d->type->kind == TYPE_ARRAY)) {
        d->is_array_parameter = d->type->kind == TYPE_ARRAY;
        d->type = type_unqualified(d->type);
    }
    *FULL(u)->pass->last_decl = d;
    FULL(u)->pass->last_decl = &d->next;
}

struct decl *index_early(struct unit *u, CXCursor record)
{
    if (record.kind == CXCursor_StructDecl || record.kind == CXCursor_UnionDecl) {
        add_declaration(u, record, clang_getNullCursor(), false);
    }
    return decl_of_cursor(u, record);
}

// ---- uses ----------------------------------------------------------------------------------

// Whether the library has a gocc_posix_NAME, which parks the goroutine. LANGUAGE.md 6.
static bool posix_parks(const char *name)
{
    static const char *const names[] = {
        "accept", "accept4", "close",    "connect", "nanosleep", "poll", "read",
        "readv",  "recv",    "recvfrom", "recvmsg", "select",    "send", "sendmsg",
        "sendto", "sleep",   "usleep",   "write",   "writev",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

// One in the body of a macro of the user's is edited there.
static void add_posix_use(struct unit *u, CXCursor c, CXCursor function)
{
    struct source *s;
    struct span span;
    char *name = cursor_name(function);
    if (strcmp(name, "__errno_location") == 0) {
        name = "errno"; // a macro that calls it
    } else if (!posix_parks(name)) {
        return;
    }
    if (!clang_Location_isInSystemHeader(clang_getCursorLocation(function))) {
        return;
    }
    if (!name_span(u, c, name, &s, &span)) {
        if (cursor_range(u, c, &s, &span)) {
            want_expansion(u, s, span);
        }
        return;
    }
    struct seen_place *before = seen_at(u, SEEN_USE, s, span);
    if (before->what) {
        return;
    }
    struct posix_use *x = before->what = arena_alloc(sizeof *x);
    x->source = s;
    x->span = span;
    x->name = name;
    *FULL(u)->pass->last_posix_use = x;
    FULL(u)->pass->last_posix_use = &x->next;
}

// The name of a variable stands in a macro's body only. It can be left alone as long as it is used
// in its own function.
static void want_if_captured(struct unit *u, CXCursor use, CXCursor variable)
{
    struct source *s, *use_source;
    struct span span, use_span;
    if (!cursor_range(u, variable, &s, &span) || !cursor_range(u, use, &use_source, &use_span)) {
        return;
    }
    struct node *function = node_function(u, s, span);
    if (function && function != node_function(u, use_source, use_span)) {
        want_expansion(u, s, span);
    }
}

// The function that a use of d stands in. `func(__typeof__(x) a)` uses variable x outside of the
// closure.
static struct node *using_function(struct unit *u, struct source *s, struct span span,
                                   const struct decl *d)
{
    struct node *fn = node_function(u, s, span);
    bool variable = d->kind == DECL_VARIABLE || d->kind == DECL_PARAMETER;
    while (variable && fn && fn->kind == NODE_CLOSURE && fn != d->function &&
           !span_in(span, fn->body)) {
        fn = fn->owner;
    }
    return fn;
}

static void add_use(struct unit *u, CXCursor c, unsigned flags)
{
    CXCursor target = clang_getCursorReferenced(c);
    struct decl *d = decl_of_cursor(u, target);
    if (!d && target.kind == CXCursor_FunctionDecl) {
        d = decl_of_cursor(u, clang_getCanonicalCursor(target));
    }
    if (!d && target.kind == CXCursor_FunctionDecl) {
        add_posix_use(u, c, target);
    }
    if (!d && target.kind == CXCursor_VarDecl) {
        want_if_captured(u, c, target);
    }
    if (!d || !*d->name) {
        return;
    }
    struct source *s;
    struct span span;
    if (!name_span(u, c, d->name, &s, &span)) {
        if (!cursor_range(u, c, &s, &span)) {
            return;
        }
        flags |= USE_MACRO;
    }
    // An argument that the twin copied is visited twice.
    struct seen_place *before = seen_at(u, SEEN_USE, s, span);
    if (before->what) {
        ((struct use *)before->what)->flags |= flags;
        return;
    }
    struct use *use = before->what = arena_alloc(sizeof *use);
    use->decl = d;
    use->source = s;
    use->span = span;
    use->function = using_function(u, s, span, d);
    use->flags = flags;
    if (!d->uses) {
        d->uses = use;
    } else {
        d->last_use->next = use;
    }
    d->last_use = use;
}

static bool is_array(CXCursor c)
{
    enum CXTypeKind kind = clang_getCanonicalType(clang_getCursorType(c)).kind;
    return kind == CXType_ConstantArray || kind == CXType_VariableArray ||
           kind == CXType_IncompleteArray;
}

// What the n-th child of an expression has done to it, given what is done to the expression.
static unsigned flags_of_child(CXCursor parent, unsigned flags, int n, CXCursor child)
{
    switch (parent.kind) {
    case CXCursor_ParenExpr:
        return flags;
    case CXCursor_UnexposedExpr:
        return is_array(child) ? (flags & USE_WRITE ? USE_WRITE : USE_ADDRESS) : USE_READ;
    case CXCursor_MemberRefExpr:
        return flags;
    case CXCursor_ArraySubscriptExpr:
        // The base is an array that decays, or a pointer that is read.
        return n == 0 ? flags | 0x100 : USE_READ;
    case CXCursor_UnaryOperator:
        switch (clang_getCursorUnaryOperatorKind(parent)) {
        case CXUnaryOperator_AddrOf:
            return USE_ADDRESS;
        case CXUnaryOperator_PostInc:
        case CXUnaryOperator_PostDec:
        case CXUnaryOperator_PreInc:
        case CXUnaryOperator_PreDec:
            return USE_READ | USE_WRITE;
        default:
            return USE_READ;
        }
    case CXCursor_BinaryOperator:
        return n == 0 && clang_getCursorBinaryOperatorKind(parent) == CXBinaryOperator_Assign
                   ? USE_WRITE
                   : USE_READ;
    case CXCursor_CompoundAssignOperator:
        return n == 0 ? USE_READ | USE_WRITE : USE_READ;
    case CXCursor_GCCAsmStmt:
    case CXCursor_MSAsmStmt:
        return USE_ADDRESS;
    default:
        return USE_READ;
    }
}

// ---- calls and conversions -----------------------------------------------------------------

static CXCursor first_child;
static enum CXChildVisitResult take_first(CXCursor c, CXCursor parent, CXClientData data)
{
    (void)parent;
    *(CXCursor *)data = c;
    return CXChildVisit_Break;
}

static CXCursor child_of(CXCursor c)
{
    first_child = clang_getNullCursor();
    clang_visitChildren(c, take_first, &first_child);
    return first_child;
}

static enum CXChildVisitResult take_each(CXCursor c, CXCursor parent, CXClientData data)
{
    (void)parent;
    *(CXCursor *)data = c;
    return CXChildVisit_Continue;
}

// What a cast or an implicit conversion is of; a type's name and its parameters stand before it.
static CXCursor operand_of(CXCursor conversion)
{
    CXCursor last = clang_getNullCursor();
    clang_visitChildren(conversion, take_each, &last);
    return last;
}

static bool is_go_head(struct unit *u, struct source *s, struct span callee)
{
    for (struct node *n = node_at(file_of(u, s), callee); n; n = n->parent) {
        if (n->kind != NODE_GO && n->kind != NODE_DEFER) {
            continue;
        }
        if ((n->what == GO_CALL && n->callee.lo == callee.lo && n->callee.hi == callee.hi) ||
            (n->what == GO_CLOSURE && n->closure && n->closure->span.lo == callee.lo &&
             n->closure->span.hi == callee.hi)) {
            return true;
        }
    }
    return false;
}

static void add_call(struct unit *u, CXCursor c)
{
    CXCursor callee = child_of(c);
    struct source *s, *callee_source;
    struct span span, callee_span;
    if (clang_Cursor_isNull(callee) || !clang_type_is_func(clang_getCursorType(callee)) ||
        !cursor_range(u, c, &s, &span) || !cursor_range(u, callee, &callee_source, &callee_span) ||
        s != callee_source || is_go_head(u, s, callee_span)) {
        return;
    }
    const struct token *open = token_at(s, callee_span.hi);
    if (!token_is(s, open, "(") || span.hi <= open->hi || begins_in_macro(callee)) {
        want_expansion(u, s, span);
        return; // in a macro's body
    }
    struct seen_place *before = seen_at(u, SEEN_CALL, s, span);
    if (before->what) {
        return; // a copy in the twin
    }
    struct func_call *f = before->what = arena_alloc(sizeof *f);
    f->source = s;
    f->span = span;
    f->callee = callee_span;
    f->arguments = span_of(open->hi, span.hi - 1);
    f->type = type_from_clang(u, clang_getCursorType(callee));
    *FULL(u)->pass->last_call = f;
    FULL(u)->pass->last_call = &f->next;
}

static bool is_c_function(CXType t)
{
    t = clang_getCanonicalType(t);
    if (t.kind == CXType_Pointer) {
        t = clang_getPointeeType(t);
    }
    return (t.kind == CXType_FunctionProto || t.kind == CXType_FunctionNoProto) &&
           clang_getFunctionTypeCallingConv(t) != CXCallingConv_PreserveMost;
}

static bool is_void_pointer(CXType t)
{
    t = clang_getCanonicalType(t);
    return t.kind == CXType_Pointer && clang_getPointeeType(t).kind == CXType_Void;
}

static bool needs_conversion(CXType to, CXType from)
{
    enum chan_dir dir;
    if (clang_type_is_func(to) && is_c_function(from)) {
        return true;
    }
    return is_void_pointer(to) && clang_type_is_chan(from, &dir) && dir != CHAN_BOTH;
}

// c converts its operand. The operand of a decay that is itself converted is looked at once.
static void add_conversion(struct unit *u, CXCursor c)
{
    CXCursor operand = operand_of(c);
    if (clang_Cursor_isNull(operand) || !clang_isExpression(operand.kind)) {
        return; // a parameter `int f(int)` has children too
    }
    while (begins_in_macro(operand) &&
           (operand.kind == CXCursor_ParenExpr || operand.kind == CXCursor_UnexposedExpr)) {
        operand = child_of(operand); // a macro's parentheses around its argument
    }
    CXType to = clang_getCursorType(c), from = clang_getCursorType(operand);
    struct source *s;
    struct span span;
    if (!needs_conversion(to, from) || !cursor_range(u, operand, &s, &span)) {
        return;
    }
    if (begins_in_macro(operand)) {
        want_expansion(u, s, span);
        return;
    }
    while (operand.kind == CXCursor_UnexposedExpr || operand.kind == CXCursor_UnaryOperator ||
           operand.kind == CXCursor_ParenExpr) {
        operand = child_of(operand); // f, &f and (f) are the same
    }
    struct seen_place *before = seen_at(u, SEEN_CONVERSION, s, span);
    if (before->what) {
        return;
    }
    struct conversion *x = before->what = arena_alloc(sizeof *x);
    x->source = s;
    x->span = span;
    x->from = type_from_clang(u, from);
    x->to = type_from_clang(u, to);
    x->at_file_scope = !node_function(u, s, span);
    CXCursor named = clang_getCursorReferenced(operand);
    if (operand.kind == CXCursor_DeclRefExpr && named.kind == CXCursor_FunctionDecl) {
        x->function = decl_of_cursor(u, named);
        if (!x->function) { // declared in a system header
            struct decl *d = arena_alloc(sizeof *d);
            d->kind = DECL_FUNCTION;
            d->name = cursor_name(named);
            d->type = type_from_clang(u, clang_getCursorType(named));
            x->function = d;
        }
    }
    *FULL(u)->pass->last_conversion = x;
    FULL(u)->pass->last_conversion = &x->next;
}

// ---- the walk ------------------------------------------------------------------------------

struct walk {
    struct unit *u;
    unsigned flags;  // what is done to the cursor whose children are visited
    int n;           // how many of them were
    bool for_header; // the cursor is the declaration in a for's header
    CXType wanted;   // what its children are implicitly converted to, or no_type
};

static const CXType no_type; // CXType_Invalid

static bool is_placed(CXCursor c)
{
    return clang_isExpression(c.kind) || c.kind == CXCursor_DeclStmt || clang_isStatement(c.kind);
}

static enum CXChildVisitResult visit(CXCursor c, CXCursor parent, CXClientData data)
{
    struct walk *around = data;
    struct unit *u = around->u;
    unsigned flags = flags_of_child(parent, around->flags & ~0x100u, around->n++, c);
    // a[i] = …: the decay of a under the subscript is no taking of an address.
    if (c.kind == CXCursor_UnexposedExpr && flags & 0x100 && is_array(child_of(c))) {
        struct walk below = {u, flags & ~0x100u, 0, false, no_type};
        CXCursor array = child_of(c);
        below.flags = flags & ~0x100u;
        struct source *s;
        struct span span;
        if (cursor_range(u, array, &s, &span)) {
            place_add(u, s, span, c, around->wanted);
            place_add(u, s, span, array, clang_getCursorType(c));
        }
        if (array.kind == CXCursor_DeclRefExpr) {
            add_use(u, array, below.flags);
        }
        clang_visitChildren(array, visit, &below);
        return CXChildVisit_Continue;
    }
    flags = c.kind == CXCursor_UnexposedExpr ? USE_READ : flags & ~0x100u;
    if (clang_isDeclaration(c.kind)) {
        add_declaration(u, c, parent, around->for_header);
    } else if (is_placed(c)) {
        struct source *s;
        struct span span;
        if (cursor_range(u, c, &s, &span)) {
            place_add(u, s, span, c, around->wanted);
        }
    }
    switch (c.kind) {
    case CXCursor_DeclRefExpr:
        add_use(u, c, flags);
        break;
    case CXCursor_TypeRef:
        add_use(u, c, USE_READ);
        break;
    case CXCursor_CallExpr:
        add_call(u, c);
        break;
    case CXCursor_UnexposedExpr:
    case CXCursor_CStyleCastExpr:
        add_conversion(u, c);
        break;
    default:
        break;
    }
    struct walk below = {u, flags, 0, false, no_type};
    if (c.kind == CXCursor_UnexposedExpr) {
        below.wanted = clang_getCursorType(c);
    } else if (c.kind == CXCursor_ParenExpr || c.kind == CXCursor_ConditionalOperator) {
        below.wanted = around->wanted; // also for a condition, where nothing asks for it
    }
    below.for_header = c.kind == CXCursor_DeclStmt && parent.kind == CXCursor_ForStmt;
    clang_visitChildren(c, visit, &below);
    return CXChildVisit_Continue;
}

static enum CXChildVisitResult visit_top(CXCursor c, CXCursor parent, CXClientData data)
{
    struct walk *w = data;
    if (!is_in_source(w->u, c)) {
        return CXChildVisit_Continue;
    }
    w->n = 0;
    return visit(c, parent, data);
}

static void make_tables(const struct unit *u, struct unit_pass *p)
{
    uint32_t n = 0;
    for (unsigned i = 0; i < u->n_sources; i++) {
        n += u->sources[i]->n_tokens;
    }
    for (p->n_buckets = 1 << 10; p->n_buckets < n;) {
        p->n_buckets *= 2;
    }
    p->places = arena_alloc(p->n_buckets * sizeof *p->places);
    p->seen = arena_alloc(p->n_buckets * sizeof *p->seen);
    p->decls_by_cursor = arena_alloc(p->n_buckets * sizeof *p->decls_by_cursor);
}

void index_unit(struct unit *u)
{
    struct unit_pass *p = FULL(u)->pass;
    make_tables(u, p);
    struct walk w = {u, USE_READ, 0, false, no_type};
    u->decls = NULL;
    u->calls = NULL;
    u->posix_uses = NULL;
    p->last_posix_use = &u->posix_uses;
    u->conversions = NULL;
    p->last_decl = &u->decls;
    p->last_call = &u->calls;
    p->last_conversion = &u->conversions;
    clang_visitChildren(clang_getTranslationUnitCursor(p->tu), visit_top, &w);
}
