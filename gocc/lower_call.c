// Closures: lifted to static functions, with a struct for what they capture.
//
//     func<int(int)> add = func(int a) -> int { return a + base; };
//
//     struct main_func1 {                      // what the value of a closure points to
//         int (*code)(void *, int);
//         int *base;
//     };
//     static const uint32_t main_func1_owned[] = {offsetof(struct main_func1, base)};
//     static const struct gocc_type main_func1_type = {"main.func1", …};
//     static int main_func1(void *closure, int a)
//     { struct main_func1 *self = closure; int *base = self->base;
//         return a + (*base);
//     }
//     static gocc_func(int, int) main_func1_new(int *base) { struct main_func1 *self =
//         gocc_new(&main_func1_type); self->code = main_func1; self->base = …; return &self->code;
//         }
//     …
//     gocc_func(int, int) add = main_func1_new(base);
//
// One that captures nothing is a static object, and so is a C function that converts:
//
//     func<int(int)> f = twice;       gocc_func(int, int) f = &twice_closure.code;
//
// A literal that is called where it stands, or given to a library function, is released after:
//
//     go_once_do(&o, func() {…});     ({ gocc_func(void) *f1 gocc_scoped =
//     gocc_hold(main_func1_new(…));
//                                        go_once_do(&o, *f1); });
#include "lower.h"

#include <string.h>

// ---- captures ----------------------------------------------------------------------------

// Records are 16-aligned.
static const char *packing(const struct type *t)
{
    return t->alignment > 16 ? " __attribute((packed, aligned(16)))" : "";
}

char *record_member(struct lower *l, struct type *t, const char *name)
{
    return arena_printf("%s%s", declare(l, t, name), packing(t));
}

// Of the type's own alignment, or of what its declaration says.
static char *aligned_local(struct lower *l, const struct decl *d)
{
    const char *aligned = d->is_overaligned && d->alignment
                              ? arena_printf(" __attribute((aligned(%s)))", d->alignment)
                              : "";
    return arena_printf("%s%s", declare(l, value_type(d->type), d->name), aligned);
}

static char *member(struct lower *l, const struct capture *c)
{
    const struct decl *d = c->decl;
    if (c->kind == CAPTURE_BOX) {
        const struct type *t = boxed_type(d);
        bool parens = t->kind == TYPE_ARRAY;
        return declare(l, t, arena_printf(parens ? "(*%s)" : "*%s", d->name));
    }
    return declare(l, d->type->kind == TYPE_ARRAY ? d->type : value_type(d->type), d->name);
}

char *capture_members(struct lower *l, const struct node *fn)
{
    char *text = "";
    for (const struct capture *c = captures_of(l->f, fn); c; c = c->next)
        text = arena_printf("%s    %s%s;\n", text, member(l, c),
                            c->kind == CAPTURE_BOX ? "" : packing(c->decl->type));
    return text;
}

static bool capture_is_owned(const struct capture *c)
{
    return c->kind == CAPTURE_BOX || type_is_owned(c->decl->type);
}

// The value that fn's creator passes on for a capture: the box itself, or a copy.
static char *capture_source(struct lower *l, const struct node *fn, const struct capture *c)
{
    if (c->kind == CAPTURE_BOX)
        return arena_printf("%s", c->decl->name);
    return decl_value(l, c->decl, fn->owner);
}

char *capture_fill(struct lower *l, const struct node *fn, const char *to, bool retain)
{
    char *text = "";
    for (const struct capture *c = captures_of(l->f, fn); c; c = c->next) {
        const char *from = capture_source(l, fn, c), *name = c->decl->name;
        if (c->kind != CAPTURE_BOX && c->decl->type->kind == TYPE_ARRAY)
            text = arena_printf("%s__builtin_memcpy(%s%s, %s, sizeof %s%s); ", text, to, name, from,
                                to, name);
        else if (retain && capture_is_owned(c))
            text = arena_printf("%s%s%s = gocc_retain(%s); ", text, to, name, from);
        else
            text = arena_printf("%s%s%s = %s; ", text, to, name, from);
    }
    return text;
}

unsigned capture_owned(struct lower *l, const struct node *fn, char **offsets)
{
    unsigned n = 0;
    *offsets = "";
    for (const struct capture *c = captures_of(l->f, fn); c; c = c->next) {
        if (!capture_is_owned(c))
            continue;
        *offsets = arena_printf("%s%soffsetof(struct %s, %s)", *offsets, n++ ? ", " : "",
                                node_name(l, fn), c->decl->name);
    }
    return n;
}

char *capture_locals(struct lower *l, const struct node *fn, const char *record)
{
    if (!captures_of(l->f, fn))
        return "";
    char *text = arena_printf("struct %s *%s = %s;", node_name(l, fn), l->self, record);
    for (const struct capture *c = captures_of(l->f, fn); c; c = c->next) {
        if (c->in_place)
            continue;
        struct type *t = c->decl->type;
        bool by_name = c->kind == CAPTURE_BOX || t->kind == TYPE_ARRAY;
        const char *local = by_name ? member(l, c) : aligned_local(l, c->decl);
        text = arena_printf("%s %s = %s->%s;", text, local, l->self, c->decl->name);
    }
    return text;
}

// fn declares a variable of its own that has the name of one it captures before.
static bool redeclares_capture(struct lower *l, const struct node *fn)
{
    for (struct decl *d = NULL; captures_of(l->f, fn) && (d = next_local(l->f, fn, d)) != NULL;)
        if (d->scope == fn && d->kind == DECL_VARIABLE)
            for (const struct capture *c = captures_of(l->f, fn); c; c = c->next)
                if (!strcmp(c->decl->name, d->name))
                    return true;
    return false;
}

void lifted_function_body(struct lower *l, struct lifted *to, const struct node *fn,
                          const char *locals)
{
    bool room = fn->body.hi > fn->body.lo + 2; // `{}` has none between its ends for an edit
    if (room && !redeclares_capture(l, fn)) {
        head_add(l, fn->source, fn->body.lo, HEAD_SELF, "%s", locals);
        lifted_body(to, fn->body);
        return;
    }
    lifted_place(to);
    lifted_text(to, "{ %s\n", locals);
    lifted_body(to, fn->body);
    lifted_text(to, "\n}");
}

// ---- pieces of lifted code ---------------------------------------------------------------

enum { MAX_COMMENT = 160 };

void lifted_comment(struct lifted *to, const struct node *n)
{
    const struct source *s = source_original(n->source);
    unsigned line, column;
    source_position(n->source, n->span.lo, &line, &column);
    uint32_t lo = s->line_start[line - 1], hi = lo;
    lo += (uint32_t)strspn(s->text + lo, " \t");
    while (hi < s->size && s->text[hi] != '\n')
        hi++;
    while (hi > lo && strchr(" \t\r\\", s->text[hi - 1]))
        hi--;
    hi = hi > lo ? hi : lo;
    bool is_long = hi - lo > MAX_COMMENT; // generated: each of its constructs would repeat it
    lifted_text(to, "// line %u: %s%s\n", line,
                span_text(s, span_of(lo, is_long ? lo + MAX_COMMENT : hi)), is_long ? "..." : "");
}

void lifted_gocc_type(struct lower *l, struct lifted *to, const char *name, const char *trace,
                      bool empty, unsigned n_owned, const char *offsets)
{
    (void)l;
    if (n_owned)
        lifted_text(to, "static const uint32_t %s_owned[] = {%s};\n", name, offsets);
    const char *size = empty ? "0" : arena_printf("sizeof(struct %s)", name);
    const char *owned = n_owned ? arena_printf("%s_owned", name) : "NULL";
    lifted_text(to, "static const struct gocc_type %s_type = {\"%s\", %s, %u, %s, NULL};\n", name,
                trace, size, n_owned, owned);
}

unsigned parameter_count(const struct node *fn)
{
    bool none =
        fn->n_list == 0 ||
        (fn->n_list == 1 && (span_empty(fn->list[0]) || text_is(fn->source, fn->list[0], "void")));
    return none ? 0 : fn->n_list;
}

struct decl *parameter_of(struct lower *l, const struct node *fn, unsigned i)
{
    struct decl *d = NULL;
    while ((d = next_local(l->f, fn, d)) != NULL)
        if (d->kind == DECL_PARAMETER && span_in(d->name_span, fn->list[i]))
            break;
    return d;
}

// Of one that has no name, what the closure's own type says; NULL when that is unknown.
struct type *parameter_type(struct lower *l, const struct node *fn, unsigned i)
{
    const struct decl *d = parameter_of(l, fn, i);
    struct type *t = d ? NULL : sema_type(l->u, fn->source, fn->span);
    return d ? value_type(d->type) : t && i < t->n_params ? t->params[i] : NULL;
}

// ---- closure literals --------------------------------------------------------------------

// What the closure itself says, where its place in the source has no type of its own.
static struct type *written_type(struct lower *l, const struct node *n)
{
    static struct type void_type = {.kind = TYPE_VOID, .user = "void", .c = "void"};
    struct type *t = arena_alloc(sizeof *t);
    t->kind = TYPE_FUNC;
    t->elem = n->result_type ? n->result_type : &void_type;
    t->n_params = parameter_count(n);
    t->params = arena_alloc((t->n_params + 1) * sizeof *t->params);
    char *text = arena_printf("gocc_func(%s", type_name(l, t->elem));
    for (unsigned i = 0; i < t->n_params; i++) {
        t->params[i] = parameter_type(l, n, i);
        if (!t->params[i])
            bug("%s: parameter %u of the closure at byte %u", n->source->path, i, n->span.lo);
        text = arena_printf("%s, %s", text, type_name(l, t->params[i]));
    }
    t->c = t->user = arena_printf("%s)", text);
    t->canonical = t->plain_c = t->plain_user = t->c;
    return t;
}

static struct type *closure_type(struct lower *l, const struct node *n)
{
    struct type *t = sema_type(l->u, n->source, n->span);
    return t && t->kind == TYPE_FUNC ? t : written_type(l, n);
}

// ", int, char *": the parameters' types behind the first one.
static char *parameter_types(struct lower *l, const struct type *t)
{
    char *text = "";
    for (unsigned i = 0; i < t->n_params; i++)
        text = arena_printf("%s, %s", text, type_name(l, t->params[i]));
    return text;
}

static char *code_member(struct lower *l, const struct type *t)
{
    return declare(l, t->elem, arena_printf("(*code)(void *%s)", parameter_types(l, t)));
}

static bool captures_anything(struct lower *l, const struct node *n)
{
    return captures_of(l->f, n) != NULL;
}

static void lift_struct(struct lower *l, struct lifted *to, const struct node *n,
                        const struct type *t)
{
    if (!captures_anything(l, n))
        return;
    const char *name = node_name(l, n);
    lifted_text(to, "struct %s {\n    %s;\n%s};\n", name, code_member(l, t), capture_members(l, n));
    char *offsets;
    unsigned n_owned = capture_owned(l, n, &offsets);
    lifted_gocc_type(l, to, name, trace_name(l, n), false, n_owned, offsets);
}

// As written, unless that names what is local to the function around the closure.
static void lift_parameter(struct lower *l, struct lifted *to, const struct node *n, unsigned i)
{
    static const char *const words[] = {"typeof", "__typeof", "__typeof__"};
    const struct source *s = n->source;
    bool names = false;
    for (unsigned k = token_index(s, n->list[i].lo); s->tokens[k].lo < n->list[i].hi; k++)
        for (unsigned w = 0; w < sizeof words / sizeof *words; w++)
            names |= token_is(s, &s->tokens[k], words[w]);
    const struct decl *d = names ? parameter_of(l, n, i) : NULL;
    lifted_text(to, ", ");
    if (d)
        lifted_text(to, "%s", declare(l, d->type, d->name));
    else
        lifted_range(to, n->list[i]);
    if (n->unnamed & UNNAMED(i))
        lifted_text(to, " %s __attribute__((unused))",
                    local_name(l, arena_printf("unnamed%u", i + 1)));
}

static void lift_code(struct lower *l, struct lifted *to, const struct node *n,
                      const struct type *t)
{
    const char *closure = local_name(l, "closure");
    // the result type goes around the rest of the declarator
    char *result = declare(l, t->elem, "\2"), *hole = strchr(result, '\2');
    lifted_text(to, "static %.*s%s(void *%s", (int)(hole - result), result, node_name(l, n),
                closure);
    unsigned n_params = parameter_count(n);
    for (unsigned i = 0; i < n_params; i++)
        lift_parameter(l, to, n, i);
    lifted_text(to, ")%s\n", hole + 1);
    lifted_function_body(l, to, n,
                         captures_anything(l, n) ? capture_locals(l, n, closure)
                                                 : arena_printf("(void)%s;", closure));
    lifted_text(to, "\n");
}

// The function that makes a closure, or the static object that is one.
static void lift_maker(struct lower *l, struct lifted *to, const struct node *n,
                       const struct type *t)
{
    const char *name = node_name(l, n);
    if (!captures_anything(l, n)) {
        lifted_text(to,
                    "static struct {\n    struct gocc_object head;\n    %s;\n} %s_closure = "
                    "{GOCC_STATIC_OBJECT(NULL), %s};\n\n",
                    code_member(l, t), name, name);
        return;
    }
    char *params = "", *fill = "";
    for (const struct capture *c = captures_of(l->f, n); c; c = c->next) {
        params = arena_printf("%s%s%s", params, *params ? ", " : "", member(l, c));
        const char *d = c->decl->name;
        bool array = c->kind != CAPTURE_BOX && c->decl->type->kind == TYPE_ARRAY;
        const char *format = array ? "%s__builtin_memcpy(%s->%s, %s, sizeof %s->%s); "
                             : capture_is_owned(c) ? "%s%s->%s = gocc_retain(%s); "
                                                   : "%s%s->%s = %s; ";
        fill = arena_printf(format, fill, l->self, d, d, l->self, d);
    }
    lifted_place(to);
    lifted_text(to,
                "static %s %s_new(%s) { struct %s *%s = gocc_new(&%s_type); %s->code = "
                "%s; %sreturn &%s->code; }\n\n",
                type_name(l, value_type((struct type *)t)), name, params, name, l->self, name,
                l->self, name, fill, l->self);
}

// The expression that makes the closure n: "main_func1_new(base)", "&main_func1_closure.code".
static char *closure_value(struct lower *l, const struct node *n)
{
    const char *name = node_name(l, n);
    if (!captures_anything(l, n))
        return arena_printf("(&%s_closure.code)", name);
    char *args = "";
    for (const struct capture *c = captures_of(l->f, n); c; c = c->next)
        args = arena_printf("%s%s%s", args, *args ? ", " : "", capture_source(l, n, c));
    return arena_printf("%s_new(%s)", name, args);
}

// ---- literals that are released where they stand -----------------------------------------

// The call whose direct argument the literal n is, if it is one of a library function.
static bool library_call(struct lower *l, const struct node *n, struct span *call)
{
    struct source *s = n->source;
    const struct token *before = token_before(s, n->span.lo);
    if (!before || !(token_is(s, before, "(") || token_is(s, before, ",")))
        return false;
    int depth = 0;
    for (unsigned i = token_index(s, n->span.lo); i-- > 1;) {
        const struct token *t = &s->tokens[i];
        if (token_is(s, t, ")") || token_is(s, t, "]") || token_is(s, t, "}")) {
            depth++;
        } else if (token_is(s, t, "[") || token_is(s, t, "{") || token_is(s, t, ";")) {
            if (depth-- == 0)
                return false;
        } else if (token_is(s, t, "(") && depth-- == 0) {
            const struct token *name = t - 1;
            struct span at = span_of(name->lo, name->hi);
            if (name->kind != TOK_IDENT || strncmp(s->text + at.lo, "go_", 3) != 0)
                return false;
            const struct decl *d = sema_decl(l->u, s, at);
            call->lo = at.lo;
            return !d || !d->source;
        }
    }
    return false;
}

// The end of the parenthesis around s[at].
static uint32_t closing_parenthesis(const struct source *s, uint32_t at)
{
    int depth = 0;
    for (unsigned i = token_index(s, at); i < s->n_tokens; i++) {
        const struct token *t = &s->tokens[i];
        if (token_is(s, t, "(") || token_is(s, t, "[") || token_is(s, t, "{"))
            depth++;
        else if ((token_is(s, t, ")") || token_is(s, t, "]") || token_is(s, t, "}")) &&
                 depth-- == 0)
            return t->hi;
    }
    return at;
}

static bool is_argument_of_start(const struct node *n)
{
    const struct node *up = n->parent;
    return up && (up->kind == NODE_GO || up->kind == NODE_DEFER) && up->what == GO_CALL;
}

// "gocc_func(void) *f1 gocc_scoped = gocc_hold(main_func1_new(x));", and how it is named then.
static char *temporary(struct lower *l, const struct node *n, const struct type *t, char **name)
{
    *name = arena_printf("*%s_value", node_name(l, n));
    return arena_printf("%s gocc_scoped = gocc_hold(%s);",
                        declare(l, value_type((struct type *)t), *name), closure_value(l, n));
}

// Leaves the call of n itself to lower_func_call.
static bool is_called(const struct node *n)
{
    const struct token *next = token_after(n->source, n->span.hi);
    return next && token_is(n->source, next, "(");
}

static char *released_value(struct lower *l, struct node *n, const struct type *t)
{
    char *name;
    struct span call;
    if (is_called(n)) {
        table_put(&l->makers, n, temporary(l, n, t, &name));
        return name;
    }
    if (is_argument_of_start(n) || !library_call(l, n, &call))
        return NULL;
    put_before(l, n->source, call.lo, "({ %s ", temporary(l, n, t, &name));
    put_behind(l, n->source, closing_parenthesis(n->source, n->span.hi), "; })");
    return name;
}

void lower_closure(struct lower *l, struct node *n)
{
    if (function_is_started(n))
        return; // with its go or defer
    const struct type *t = closure_type(l, n);
    struct lifted *to = lift(l, n, LIFTED_CODE);
    lifted_comment(to, n);
    lift_struct(l, to, n, t);
    lift_code(l, to, n, t);
    lift_maker(l, to, n, t);
    lower_frame(l, n);
    char *value = captures_anything(l, n) ? released_value(l, n, t) : NULL;
    replace(l, n->source, n->span.lo, n->span.hi, "%s", value ? value : closure_value(l, n));
}

// ---- calls -------------------------------------------------------------------------------

// f(a, b)  ->  gocc_call(f, a, b)
void lower_func_call(struct lower *l, struct func_call *c)
{
    struct source *s = c->source;
    struct node *file = NULL;
    for (unsigned i = 0; i < l->u->n_sources; i++)
        if (l->u->sources[i] == s)
            file = l->u->files[i];
    struct node *n = node_at(file, c->callee);
    while (n && n->kind != NODE_CLOSURE && n->span.lo == c->callee.lo)
        n = n->parent;
    bool literal = n && n->span.lo == c->callee.lo && n->span.hi == c->callee.hi;
    const char *maker = literal ? table_get(&l->makers, n) : NULL;
    put_before(l, s, c->callee.lo, "%s%s%sgocc_call(", maker ? "({ " : "", maker ? maker : "",
               maker ? " " : "");
    const struct token *first = token_after(s, c->arguments.lo);
    bool empty = !first || first->lo >= c->arguments.hi;
    const struct token *open = token_after(s, c->callee.hi);
    while (open && !token_is(s, open, "(")) // a parenthesised callee's own `)`
        open = token_after(s, open->hi);
    if (!open)
        bug("%s: the call at byte %u has no arguments", s->path, c->span.lo);
    replace(l, s, open->lo, open->hi, empty ? "" : ", ");
    if (maker)
        put_behind(l, s, c->span.hi, "; })");
}

// ---- conversions -------------------------------------------------------------------------

// Code that calls a function `callee`: "(void *closure, int a1, char *a2) { return f(a1, a2); }".
static void lift_thunk(struct lower *l, struct lifted *to, const struct type *t, const char *name,
                       const char *unpack, const char *callee)
{
    const char *closure = local_name(l, "closure");
    char *params = arena_printf("void *%s", closure), *args = "";
    for (unsigned i = 0; i < t->n_params; i++) {
        char *arg = arena_printf("a%u", i + 1);
        params = arena_printf("%s, %s", params, declare(l, t->params[i], arg));
        args = arena_printf("%s%s%s", args, i ? ", " : "", arg);
    }
    lifted_place(to);
    lifted_text(to, "static %s { %s %s%s(%s); }\n",
                declare(l, t->elem, arena_printf("%s(%s)", name, params)), unpack,
                t->elem->kind == TYPE_VOID ? "" : "return ", callee, args);
}

static const char *function_closure(struct lower *l, struct conversion *c)
{
    const struct type *t = c->to;
    struct decl *d = c->function;
    // one per name and source: each declaration of a function is a decl of its own
    char *base = arena_printf("%s_closure", d->name);
    if (source_number(l, c->source) > 0)
        base = arena_printf("%s%u", base, source_number(l, c->source));
    const char *name = local_name(l, base);
    if (table_get(&l->thunks, name))
        return name;
    table_put(&l->thunks, name, d);
    struct lifted *to = lift_at(l, c->source, c->span.lo, LIFTED_THUNK);
    lifted_text(to, "// %s as a closure\n", d->name);
    char *unpack = arena_printf("(void)%s;", local_name(l, "closure"));
    if (may_recover(l, d))
        unpack = arena_printf("%s gocc_deferred_through((gocc_code)%s_code, (gocc_code)%s);",
                              unpack, name, d->name);
    lift_thunk(l, to, t, arena_printf("%s_code", name), unpack, d->name);
    lifted_text(to,
                "static struct {\n    struct gocc_object head;\n    %s;\n} %s = "
                "{GOCC_STATIC_OBJECT(NULL), %s_code};\n\n",
                code_member(l, t), name, name);
    return name;
}

// A function pointer: a closure of its own that holds it. NULL stays NULL.
static const char *pointer_closure(struct lower *l, struct conversion *c)
{
    const struct type *t = c->to;
    const char *name = arena_printf("pointer%u_closure", ++l->n_pointers);
    struct lifted *to = lift_at(l, c->source, c->span.lo, LIFTED_THUNK);
    const char *types = parameter_types(l, t);
    const char *list = *types ? types + 2 : "void";
    const char *pointer = declare(l, t->elem, arena_printf("(*function)(%s)", list));
    lifted_text(to, "// a function pointer as a closure\nstruct %s {\n    %s;\n    %s;\n};\n", name,
                code_member(l, t), pointer);
    lifted_gocc_type(l, to, name, "pointer", false, 0, "");
    lift_thunk(l, to, t, arena_printf("%s_code", name),
               arena_printf("struct %s *%s = %s; gocc_deferred_through((gocc_code)%s_code, "
                            "(gocc_code)%s->function);",
                            name, l->self, local_name(l, "closure"), name, l->self),
               arena_printf("%s->function", l->self));
    lifted_place(to);
    lifted_text(to,
                "static %s %s_new(%s) { if (!function) { return NULL; } struct %s *%s = "
                "gocc_new(&%s_type); %s->code = %s_code; %s->function = function; "
                "return &%s->code; }\n\n",
                type_name(l, value_type(c->to)), name, pointer, name, l->self, name, l->self, name,
                l->self, l->self);
    return name;
}

void lower_conversion(struct lower *l, struct conversion *c)
{
    struct source *s = c->source;
    if (c->to->kind == TYPE_POINTER) { // a one-way channel to void *
        put_before(l, s, c->span.lo, "(void *)(");
        put_behind(l, s, c->span.hi, ")");
    } else if (c->function) {
        replace(l, s, c->span.lo, c->span.hi, "(&%s.code)", function_closure(l, c));
    } else {
        put_before(l, s, c->span.lo, "%s_new(", pointer_closure(l, c));
        put_behind(l, s, c->span.hi, ")");
    }
}
