// What vet asks of clang's tree: copies of what must not be copied, and thread-local variables.
//
// A copy of an object is one implicit conversion of an lvalue to its value, wherever C makes it:
// in an assignment, an initialiser, an argument, a return, a value sent. What is no lvalue before
// (the result of a call) and compound literals are new objects and may be stored once. A braced
// list is visited as written, where its elements have no conversion around them.
#include "sema_internal.h"

#include <string.h>

struct vet_walk {
    struct unit *u;
    struct vet_fact **last;
};

// ---- types that hold a lock --------------------------------------------------------------------

static bool is_lock_name(const char *name)
{
    static const char *const names[] = {
        "go_mutex", "go_rwmutex", "go_waitgroup", "go_once",
        "go_cond",  "go_pool",    "go_map",       "go_semaphore",
    };
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (!strcmp(name, names[i])) {
            return true;
        }
    }
    return false;
}

static const char *lock_in(CXType t);

static enum CXVisitorResult see_field(CXCursor field, CXClientData data)
{
    const char **found = data;
    *found = lock_in(clang_getCursorType(field));
    return *found ? CXVisit_Break : CXVisit_Continue;
}

// The name of the library's type that t is, or that lies in it; or NULL.
static const char *lock_in(CXType t)
{
    t = clang_getCanonicalType(t);
    while (t.kind == CXType_ConstantArray) {
        t = clang_getCanonicalType(clang_getArrayElementType(t));
    }
    if (t.kind != CXType_Record) {
        return NULL;
    }
    CXCursor record = clang_getTypeDeclaration(t);
    const char *name = cursor_name(record), *found = is_lock_name(name) ? name : NULL;
    if (!found) {
        clang_Type_visitFields(t, see_field, &found);
    }
    return found;
}

// ---- facts -------------------------------------------------------------------------------------

static void add_fact(struct vet_walk *w, enum vet_kind kind, CXCursor c, const char *what)
{
    struct vet_fact *f = arena_alloc(sizeof *f);
    if (!cursor_range(w->u, c, &f->source, &f->span)) {
        return;
    }
    f->kind = kind;
    f->what = what;
    f->function = node_function(w->u, f->source, f->span);
    *w->last = f;
    w->last = &f->next;
}

static enum CXChildVisitResult take_child(CXCursor c, CXCursor parent, CXClientData data)
{
    (void)parent;
    *(CXCursor *)data = c;
    return CXChildVisit_Break;
}

static CXCursor inside_parentheses(CXCursor c)
{
    while (c.kind == CXCursor_ParenExpr) {
        clang_visitChildren(c, take_child, &c);
    }
    return c;
}

static void see_copy(struct vet_walk *w, CXCursor c)
{
    const char *lock = lock_in(clang_getCursorType(c));
    CXCursor operand = clang_getNullCursor();
    if (!lock) {
        return;
    }
    clang_visitChildren(c, take_child, &operand);
    operand = inside_parentheses(operand);
    if (!clang_isExpression(operand.kind) || operand.kind == CXCursor_CompoundLiteralExpr ||
        operand.kind == CXCursor_CallExpr || operand.kind == CXCursor_UnexposedExpr) {
        return;
    }
    add_fact(w, VET_COPY, operand, lock);
}

static bool casts_to_void(CXCursor c)
{
    return c.kind == CXCursor_CStyleCastExpr && clang_getCursorType(c).kind == CXType_Void;
}

// The elements of a braced list are shown as they are written, without the conversion.
static void see_element(struct vet_walk *w, CXCursor c)
{
    CXCursor e = inside_parentheses(c);
    bool is_object = e.kind == CXCursor_DeclRefExpr || e.kind == CXCursor_MemberRefExpr ||
                     e.kind == CXCursor_ArraySubscriptExpr || e.kind == CXCursor_UnaryOperator;
    const char *lock = is_object ? lock_in(clang_getCursorType(e)) : NULL;
    if (lock) {
        add_fact(w, VET_COPY, e, lock);
    }
}

static void see_thread_local(struct vet_walk *w, CXCursor c)
{
    CXCursor d = clang_getCursorReferenced(c);
    if (d.kind != CXCursor_VarDecl || clang_getCursorTLSKind(d) == CXTLS_None ||
        clang_Location_isInSystemHeader(clang_getCursorLocation(d))) {
        return;
    }
    add_fact(w, VET_THREAD_LOCAL, c, cursor_name(d));
}

static enum CXChildVisitResult see(CXCursor c, CXCursor parent, CXClientData data)
{
    struct vet_walk *w = data;
    if (c.kind == CXCursor_UnexposedExpr) {
        if (!casts_to_void(parent)) {
            see_copy(w, c);
        }
    } else if (parent.kind == CXCursor_InitListExpr) {
        see_element(w, c);
    }
    if (c.kind == CXCursor_DeclRefExpr) {
        see_thread_local(w, c);
    } else if (c.kind == CXCursor_ParmDecl) {
        const char *lock = lock_in(clang_getCursorType(c));
        if (lock) {
            add_fact(w, VET_PARAMETER, c, lock);
        }
    }
    return CXChildVisit_Recurse;
}

static enum CXChildVisitResult see_top(CXCursor c, CXCursor parent, CXClientData data)
{
    struct vet_walk *w = data;
    if (!is_in_source(w->u, c)) {
        return CXChildVisit_Continue;
    }
    see(c, parent, data);
    clang_visitChildren(c, see, data);
    return CXChildVisit_Continue;
}

struct vet_fact *sema_vet_facts(struct unit *u)
{
    struct vet_fact *first = NULL;
    struct vet_walk w = {u, &first};
    clang_visitChildren(clang_getTranslationUnitCursor(FULL(u)->pass->tu), see_top, &w);
    return first;
}
