// One walk over libclang's cursors of the user's files, filling the lists that the rest of
// the rewriter asks: places of expressions, declarations (sema_decl.c), uses, closure calls,
// conversions.
//
// How a variable is used follows from what stands around it. libclang shows implicit casts
// as unexposed expressions, so the rule is short: an lvalue under an implicit cast is read
// (or decays, when it is an array); under `=` and `++` it is written; parentheses, members
// and elements pass on what happens to the whole; everything unclear counts as taking the
// address, which costs a box and never correctness.
#include "sema_internal.h"

#include <string.h>

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

// Among the flags of a use while the walk goes down: the expression is subscripted.
enum { UNDER_SUBSCRIPT = 0x100 };

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
        return n == 0 ? flags | UNDER_SUBSCRIPT : USE_READ;
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

// The function that an expression names, or NULL. One of a system header has no place.
static struct decl *named_function(struct unit *u, CXCursor expression)
{
    CXCursor named = clang_getCursorReferenced(expression);
    if (expression.kind != CXCursor_DeclRefExpr || named.kind != CXCursor_FunctionDecl) {
        return NULL;
    }
    struct decl *d = decl_of_cursor(u, named);
    if (!d) {
        d = arena_alloc(sizeof *d);
        d->kind = DECL_FUNCTION;
        d->name = cursor_name(named);
        d->type = type_from_clang(u, clang_getCursorType(named));
    }
    return d;
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
    x->function = named_function(u, operand);
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

static enum CXChildVisitResult visit(CXCursor c, CXCursor parent, CXClientData data);

// a[i] = …: the decay of a under the subscript is no taking of an address.
static void visit_subscripted(struct unit *u, CXCursor decay, unsigned flags, CXType wanted)
{
    CXCursor array = child_of(decay);
    struct walk below = {u, flags, 0, false, no_type};
    struct source *s;
    struct span span;
    if (cursor_range(u, array, &s, &span)) {
        place_add(u, s, span, decay, wanted);
        place_add(u, s, span, array, clang_getCursorType(decay));
    }
    if (array.kind == CXCursor_DeclRefExpr) {
        add_use(u, array, flags);
    }
    clang_visitChildren(array, visit, &below);
}

// What c itself is, its children apart.
static void index_cursor(const struct walk *around, CXCursor c, CXCursor parent, unsigned flags)
{
    struct unit *u = around->u;
    struct source *s;
    struct span span;
    if (clang_isDeclaration(c.kind)) {
        index_declaration(u, c, parent, around->for_header);
    } else if (is_placed(c) && cursor_range(u, c, &s, &span)) {
        place_add(u, s, span, c, around->wanted);
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
}

static enum CXChildVisitResult visit(CXCursor c, CXCursor parent, CXClientData data)
{
    struct walk *around = data;
    unsigned flags = flags_of_child(parent, around->flags & ~UNDER_SUBSCRIPT, around->n++, c);
    bool subscripted = flags & UNDER_SUBSCRIPT;
    flags &= ~UNDER_SUBSCRIPT;
    if (c.kind == CXCursor_UnexposedExpr && subscripted && is_array(child_of(c))) {
        visit_subscripted(around->u, c, flags, around->wanted);
        return CXChildVisit_Continue;
    }
    flags = c.kind == CXCursor_UnexposedExpr ? USE_READ : flags;
    index_cursor(around, c, parent, flags);
    struct walk below = {around->u, flags, 0, false, no_type};
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
