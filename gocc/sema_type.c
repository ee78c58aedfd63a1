// Types: from libclang's to ours, and their names.
//
// A type has three names: as the user writes it (messages), as emitted C spells it, and as
// the twin spells it (next pass). clang's own spelling keeps typedefs and the encodings'
// __typeof__, which it prints as
//
//     typeof(typeof(int) (**)(struct gocc_hchan *))                    chan<int>
//     typeof(typeof(void) (*)(int) __attribute__((preserve_most)))     func<void(int)>
//
// so that a textual demangler gives readable names with the typedefs still in them. Where
// the sugar is lost (canonical types), the name is built from the structure instead.
#include "sema_internal.h"

#include <stdlib.h>
#include <string.h>

// ---- encodings ---------------------------------------------------------------------------

static CXType pointee(CXType t)
{
    return clang_getPointeeType(t);
}

bool clang_type_is_func(CXType t)
{
    t = clang_getCanonicalType(t);
    return t.kind == CXType_Pointer && pointee(t).kind == CXType_FunctionProto &&
           clang_getFunctionTypeCallingConv(pointee(t)) == CXCallingConv_PreserveMost;
}

bool clang_type_is_chan(CXType t, enum chan_dir *dir)
{
    t = clang_getCanonicalType(t);
    if (t.kind != CXType_Pointer) {
        return false;
    }
    CXType inner = pointee(t);
    if (inner.kind != CXType_Pointer || pointee(inner).kind != CXType_FunctionProto ||
        clang_getNumArgTypes(pointee(inner)) != 1) {
        return false;
    }
    CXType self = clang_getArgType(pointee(inner), 0);
    if (self.kind != CXType_Pointer) {
        return false;
    }
    CXString name = clang_getTypeSpelling(pointee(self));
    bool is_chan = !strcmp(clang_getCString(name), "struct gocc_hchan");
    clang_disposeString(name);
    if (is_chan && dir) {
        *dir = clang_isConstQualifiedType(inner)      ? CHAN_RECV
               : clang_isVolatileQualifiedType(inner) ? CHAN_SEND
                                                      : CHAN_BOTH;
    }
    return is_chan;
}

// ---- the demangler -----------------------------------------------------------------------

// text begins behind an opening parenthesis: the offset of the one that closes it, or -1.
static long closing(const char *text)
{
    int depth = 0;
    for (long i = 0; text[i]; i++) {
        if (text[i] == '(') {
            depth++;
        } else if (text[i] == ')' && depth-- == 0) {
            return i;
        }
    }
    return -1;
}

struct encoding {
    const char *tail; // behind typeof(…) of the element or result
    const char *user, *user_end;
    const char *c, *c_end;
};
static const struct encoding encodings[] = {
    {" (**)(struct gocc_hchan *))", "chan<", ">", "gocc_chan(", ")"},
    {" (*const *)(struct gocc_hchan *))", "<-chan<", ">", "gocc_recv_chan(", ")"},
    {" (*volatile *)(struct gocc_hchan *))", "chan<-", ">", "gocc_send_chan(", ")"},
};

#define FUNC_TAIL " (*)("
#define FUNC_END " __attribute__((preserve_most)))"

static char *demangle_range(const char *text, size_t size, bool user);

// Demangles one encoding that begins at text ("typeof(typeof("). Returns what it used, or 0.
static size_t demangle_one(const char *text, bool user, char **out)
{
    static const char head[] = "typeof(typeof(";
    if (strncmp(text, head, sizeof head - 1) != 0) {
        return 0;
    }
    const char *inner = text + sizeof head - 1;
    long end = closing(inner);
    if (end < 0) {
        return 0;
    }
    char *elem = demangle_range(inner, (size_t)end, user);
    const char *tail = inner + end + 1;
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
        const struct encoding *e = &encodings[i];
        size_t n = strlen(e->tail);
        if (!strncmp(tail, e->tail, n)) {
            // chan<-T> has no bracket of its own
            *out =
                arena_printf("%s%s%s", user ? e->user : e->c, elem, user ? e->user_end : e->c_end);
            return (size_t)(tail + n - text);
        }
    }
    if (strncmp(tail, FUNC_TAIL, sizeof FUNC_TAIL - 1) != 0) {
        return 0;
    }
    const char *params = tail + sizeof FUNC_TAIL - 1;
    long params_end = closing(params);
    if (params_end < 0 || strncmp(params + params_end + 1, FUNC_END, sizeof FUNC_END - 1) != 0) {
        return 0;
    }
    char *list = demangle_range(params, (size_t)params_end, user);
    if (!strcmp(list, "void")) {
        list = "";
    }
    *out = user ? arena_printf("func<%s(%s)>", elem, list)
                : arena_printf("gocc_func(%s%s%s)", elem, *list ? ", " : "", list);
    return (size_t)(params + params_end + 1 + sizeof FUNC_END - 1 - text);
}

static char *demangle_range(const char *text, size_t size, bool user)
{
    char *copy = arena_copy(text, size);
    char *out = "";
    size_t from = 0, i = 0;
    while (copy[i]) {
        char *piece;
        size_t used = demangle_one(copy + i, user, &piece);
        if (!used) {
            i++;
            continue;
        }
        out = arena_printf("%s%.*s%s", out, (int)(i - from), copy + from, piece);
        i += used;
        from = i;
    }
    return arena_printf("%s%s", out, copy + from);
}

char *demangle(const char *text, bool user)
{
    return demangle_range(text, strlen(text), user);
}

// ---- names from structure ----------------------------------------------------------------

static bool has_encoding(const char *name)
{
    return strstr(name, "gocc_hchan") || strstr(name, "preserve_most");
}

static char *join_params(const struct type *t, bool user)
{
    char *list = "";
    for (unsigned i = 0; i < t->n_params; i++) {
        const char *name = user ? t->params[i]->user : t->params[i]->c;
        list = arena_printf("%s%s%s", list, i ? ", " : "", name);
    }
    return t->variadic ? arena_printf("%s, ...", list) : list;
}

// The declaration of `inner` (a name with what is bound to it) as t.
static char *declare_structure(const struct type *t, const char *inner, bool user)
{
    switch (t->kind) {
    case TYPE_POINTER: {
        bool parens = t->elem->kind == TYPE_FUNCTION || t->elem->kind == TYPE_ARRAY;
        const char *quals = t->is_const ? "const " : t->is_volatile ? "volatile " : "";
        return declare_structure(t->elem, arena_printf(parens ? "(*%s%s)" : "*%s%s", quals, inner),
                                 user);
    }
    case TYPE_ARRAY:
        return declare_structure(t->elem,
                                 t->length < 0 ? arena_printf("%s[]", inner)
                                               : arena_printf("%s[%lld]", inner, t->length),
                                 user);
    case TYPE_FUNCTION: {
        char *params = join_params(t, user);
        return declare_structure(t->elem, arena_printf("%s(%s)", inner, *params ? params : "void"),
                                 user);
    }
    default: {
        const char *name = user ? t->user : t->c;
        return *inner ? arena_printf("%s %s", name, inner) : arena_printf("%s", name);
    }
    }
}

static char *name_from_structure(const struct type *t, bool user)
{
    static const char *const user_chan[] = {
        [CHAN_BOTH] = "chan<%s>", [CHAN_RECV] = "<-chan<%s>", [CHAN_SEND] = "chan<-%s>"};
    static const char *const c_chan[] = {[CHAN_BOTH] = "gocc_chan(%s)",
                                         [CHAN_RECV] = "gocc_recv_chan(%s)",
                                         [CHAN_SEND] = "gocc_send_chan(%s)"};
    char *params;
    switch (t->kind) {
    case TYPE_CHAN: {
        const char *format = user ? user_chan[t->dir] : c_chan[t->dir];
        const char *elem = user ? t->elem->user : t->elem->c;
        const char *hole = strstr(format, "%s");
        return arena_printf("%.*s%s%s", (int)(hole - format), format, elem, hole + 2);
    }
    case TYPE_FUNC:
        params = join_params(t, user);
        return user ? arena_printf("func<%s(%s)>", t->elem->user, params)
                    : arena_printf("gocc_func(%s%s%s)", t->elem->c, *params ? ", " : "", params);
    default:
        return declare_structure(t, "", user);
    }
}

// ---- struct type -------------------------------------------------------------------------

static enum type_kind kind_of(CXType canonical)
{
    if (clang_type_is_func(canonical)) {
        return TYPE_FUNC;
    }
    if (clang_type_is_chan(canonical, NULL)) {
        return TYPE_CHAN;
    }
    switch (canonical.kind) {
    case CXType_Void:
        return TYPE_VOID;
    case CXType_Enum:
        return TYPE_ENUM;
    case CXType_Pointer:
    case CXType_BlockPointer:
        return TYPE_POINTER;
    case CXType_ConstantArray:
    case CXType_IncompleteArray:
    case CXType_VariableArray:
        return TYPE_ARRAY;
    case CXType_Record:
        return TYPE_RECORD;
    case CXType_FunctionProto:
    case CXType_FunctionNoProto:
        return TYPE_FUNCTION;
    default:
        return canonical.kind >= CXType_Bool && canonical.kind <= CXType_LongDouble
                   ? TYPE_ARITHMETIC
                   : TYPE_OTHER;
    }
}

// A type that is not the canonical one if its sugar still shows the part we want.
static CXType or_canonical(CXType sugared, CXType canonical)
{
    return sugared.kind != CXType_Invalid ? sugared : canonical;
}

static void fill_function(struct unit *u, struct type *t, CXType function)
{
    t->elem = type_from_clang(u, clang_getResultType(function));
    int n = clang_getNumArgTypes(function);
    t->n_params = n > 0 ? (unsigned)n : 0;
    t->params = arena_alloc(t->n_params * sizeof *t->params + 1);
    for (unsigned i = 0; i < t->n_params; i++) {
        t->params[i] = type_from_clang(u, clang_getArgType(function, i));
    }
    t->variadic = clang_isFunctionTypeVariadic(function) || function.kind == CXType_FunctionNoProto;
}

// `typedef int vec[3]; const vec v;`: libclang has the const at the array, C at its elements.
static void element_const(struct type *t)
{
    if (t->is_const) {
        return;
    }
    t->is_const = true;
    if (t->kind == TYPE_ARRAY) {
        element_const(t->elem);
        return;
    }
    t->plain_c = t->c, t->plain_user = t->user, t->plain_twin = t->twin;
    const char *format = t->kind == TYPE_POINTER ? "%s const" : "const %s";
    t->c = arena_printf(format, t->c);
    t->user = arena_printf(format, t->user);
    t->twin = arena_printf(format, t->twin);
}

static void fill_structure(struct unit *u, struct type *t, CXType type, CXType canonical)
{
    switch (t->kind) {
    case TYPE_CHAN:
        clang_type_is_chan(canonical, &t->dir);
        t->elem = type_from_clang(u, clang_getResultType(pointee(pointee(canonical))));
        break;
    case TYPE_FUNC:
        fill_function(u, t, pointee(canonical));
        break;
    case TYPE_FUNCTION:
        fill_function(u, t,
                      or_canonical(clang_getResultType(type).kind ? type : canonical, canonical));
        break;
    case TYPE_POINTER:
        t->elem = type_from_clang(u, or_canonical(pointee(type), pointee(canonical)));
        t->variable_length = t->elem && t->elem->variable_length;
        break;
    case TYPE_ARRAY:
        t->elem = type_from_clang(
            u, or_canonical(clang_getArrayElementType(type), clang_getArrayElementType(canonical)));
        if (t->is_const && clang_getArrayElementType(type).kind == CXType_Invalid) {
            element_const(t->elem);
        }
        t->length = canonical.kind == CXType_ConstantArray ? clang_getArraySize(canonical) : -1;
        t->variable_length = canonical.kind == CXType_VariableArray || t->elem->variable_length;
        break;
    default:
        break;
    }
}

// The local declaration that a type's spelling needs, looking through its parts.
static struct decl *local_decl(struct unit *u, CXType type, const struct type *t)
{
    CXCursor declaration = clang_getTypeDeclaration(type);
    struct decl *d = decl_of_cursor(u, declaration);
    if (!d && strstr(t->c, "(unnamed ")) {
        d = index_early(u, declaration); // in the type of what declares a variable
    }
    if (d && (d->function || !*d->name)) {
        return d;
    }
    if (t->elem && t->elem->decl) {
        return t->elem->decl;
    }
    for (unsigned i = 0; i < t->n_params; i++) {
        if (t->params[i]->decl) {
            return t->params[i]->decl;
        }
    }
    return NULL;
}

static bool is_va_list(const char *name)
{
    return strstr(name, "va_list") != NULL;
}

// Whether a channel or closure type is t or stands in what its name spells out.
static bool holds_encoding(const struct type *t)
{
    if (t->kind == TYPE_CHAN || t->kind == TYPE_FUNC) {
        return true;
    }
    bool spelled_out = t->kind == TYPE_POINTER || t->kind == TYPE_ARRAY || t->kind == TYPE_FUNCTION;
    if (!spelled_out || has_encoding(t->twin)) {
        return has_encoding(t->twin);
    }
    for (unsigned i = 0; i < t->n_params; i++) {
        if (holds_encoding(t->params[i])) {
            return true;
        }
    }
    return t->elem && holds_encoding(t->elem);
}

// A typedef's name, with qualifiers.
static bool is_plain_name(const char *name)
{
    return !strpbrk(name, "(*[");
}

static bool is_named_encoding(const char *c)
{
    return strncmp(c, "gocc_", 5) == 0 || strncmp(c, "const gocc_", 11) == 0;
}

// clang prints canonical closure types without their calling convention where they are nested;
// only the sugar of a whole encoding, or the structure, can be trusted.
static void name_encoded(struct type *t)
{
    if (is_plain_name(t->twin)) {
        return;
    }
    t->user = demangle(t->twin, true);
    t->c = demangle(t->twin, false);
    bool whole = is_named_encoding(t->c) && !has_encoding(t->c) && !strstr(t->c, "typeof");
    if (!whole || (t->elem && holds_encoding(t->elem)) || t->n_params) {
        t->user = name_from_structure(t, true);
        t->c = name_from_structure(t, false);
    }
    t->twin = t->c; // the twin knows the macros of abi.h
}

struct type *type_from_clang(struct unit *u, CXType type)
{
    if (type.kind == CXType_Invalid || type.kind == CXType_Dependent) {
        return NULL; // the second: of an expression with an error
    }
    struct type *t = arena_alloc(sizeof *t);
    CXType canonical = clang_getCanonicalType(type);
    t->is_atomic = canonical.kind == CXType_Atomic;
    if (t->is_atomic) {
        canonical = clang_getCanonicalType(clang_Type_getValueType(canonical));
    }
    t->kind = kind_of(canonical);
    t->length = -1;
    t->size = clang_Type_getSizeOf(type);
    t->size = t->size < 0 ? -1 : t->size;
    t->is_const = clang_isConstQualifiedType(canonical) || clang_isConstQualifiedType(type);
    t->is_volatile = clang_isVolatileQualifiedType(canonical);
    t->is_bool = canonical.kind == CXType_Bool;
    t->is_integer =
        t->kind == TYPE_ENUM || (t->kind == TYPE_ARITHMETIC && canonical.kind <= CXType_Int128);
    fill_structure(u, t, type, canonical);
    t->twin = take_string(clang_getTypeSpelling(type));
    t->is_va_list = is_va_list(t->twin);
    t->canonical = take_string(clang_getTypeSpelling(clang_getUnqualifiedType(canonical)));
    if (strstr(t->twin, "typeof") && !has_encoding(t->twin)) {
        // What it names may be out of sight where code is lifted to.
        type = canonical;
        t->twin = take_string(clang_getTypeSpelling(canonical));
    }
    t->user = t->c = t->twin;
    t->alignment = clang_Type_getAlignOf(type);
    if (holds_encoding(t)) {
        name_encoded(t);
    }
    t->user = drop_places(arena_printf("%s", t->user));
    if (t->is_const || t->is_volatile) {
        CXType bare = clang_getUnqualifiedType(type), c = clang_getCanonicalType(bare);
        bool differs = !clang_isConstQualifiedType(c) && !clang_isVolatileQualifiedType(c) &&
                       !clang_isConstQualifiedType(bare) && !clang_isVolatileQualifiedType(bare);
        const struct type *plain = differs ? type_from_clang(u, bare) : NULL;
        t->plain_c = differs ? plain->c : t->canonical;
        t->plain_user = differs ? plain->user : t->canonical;
        t->plain_twin = differs ? plain->twin : t->canonical;
    }
    t->decl = local_decl(u, type, t);
    return t;
}

// ---- operations --------------------------------------------------------------------------

static bool params_same(const struct type *a, const struct type *b)
{
    if (a->n_params != b->n_params || a->variadic != b->variadic) {
        return false;
    }
    for (unsigned i = 0; i < a->n_params; i++) {
        if (!type_same(a->params[i], b->params[i])) {
            return false;
        }
    }
    return true;
}

bool type_same(const struct type *a, const struct type *b)
{
    if (!a || !b || a->kind != b->kind) {
        return a == b;
    }
    switch (a->kind) {
    case TYPE_VOID:
        return true;
    case TYPE_POINTER:
        return type_same(a->elem, b->elem) && a->elem->is_const == b->elem->is_const;
    case TYPE_ARRAY:
        return a->length == b->length && type_same(a->elem, b->elem);
    case TYPE_CHAN:
        return a->dir == b->dir && type_same(a->elem, b->elem);
    case TYPE_FUNC:
    case TYPE_FUNCTION:
        return type_same(a->elem, b->elem) && params_same(a, b);
    default:
        return !strcmp(a->canonical, b->canonical);
    }
}

// A type name like "int (*)(void)" or "char[4]": the name goes behind the innermost (*, or
// in front of the first [.
static size_t declarator_place(const char *c)
{
    size_t i = 0, place = strlen(c);
    for (; c[i]; i++) {
        if (c[i] == '(' && c[i + 1] == '*') {
            while (c[i] == '(' && c[i + 1] == '*') {
                i += 2;
                while (c[i] == '*') {
                    i++;
                }
                while (!strncmp(c + i, "const", 5) || !strncmp(c + i, "volatile", 8) ||
                       !strncmp(c + i, "restrict", 8)) {
                    i += strcspn(c + i, " )*[") + 1;
                }
            }
            return i;
        }
        if (c[i] == '[') {
            return i;
        }
        if (c[i] == '(') { // gocc_func(…), typeof(…): what is inside is not ours
            long end = closing(c + i + 1);
            if (end < 0) {
                return place;
            }
            i += (size_t)end + 1;
        }
    }
    return place;
}

char *type_declare(const struct type *t, const char *name)
{
    size_t at = declarator_place(t->c);
    const char *head = t->c, *tail = t->c + at;
    bool touches = at && (head[at - 1] == '*' || head[at - 1] == '(');
    return arena_printf("%.*s%s%s%s", (int)at, head, touches || !*name ? "" : " ", name, tail);
}

struct type *type_unqualified(struct type *t)
{
    struct type *plain = arena_alloc(sizeof *plain);
    *plain = *t;
    plain->is_const = plain->is_volatile = false;
    if (t->kind == TYPE_ARRAY || t->kind == TYPE_FUNCTION) {
        plain->kind = TYPE_POINTER;
        plain->elem = t->kind == TYPE_ARRAY ? t->elem : t;
        plain->variable_length = t->kind == TYPE_ARRAY && t->elem->variable_length;
        plain->size = 8;
        plain->c = declare_structure(plain, "", false);
        plain->user = declare_structure(plain, "", true);
        plain->plain_c = plain->plain_user = plain->plain_twin = NULL;
        return plain;
    }
    if (t->plain_c) {
        plain->c = t->plain_c;
        plain->user = t->plain_user;
        plain->twin = t->plain_twin;
    }
    return plain;
}
