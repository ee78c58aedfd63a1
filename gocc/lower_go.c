// go, defer and return.
//
//     go f(x, y);
//
//     struct main_go1 {                        // the arguments, evaluated and converted now
//         int a1;
//         char *a2;
//     };
//     static const struct gocc_type main_go1_type = {"f", sizeof(struct main_go1), 0, NULL, NULL};
//     static void main_go1_run(void *record)
//     {
//         struct main_go1 *self = record;
//         f(self->a1, self->a2);
//     }
//     …
//     { struct main_go1 args; args.a1 = x; args.a2 = y;
//       gocc_go(&main_go1_type, main_go1_run, &args); }
//
// A block, or a closure with its arguments, becomes the function itself (main_func1), and what
// it captures the arguments. defer does the same with a record in the function's frame, or
// from gocc_defer_alloc where it can run more than once per call:
//
//     defer close(c);      defer1.a1 = gocc_retain(c);
//                          gocc_defer(&gocc_frame, &defer1.head, main_defer1_run);
//     { …                  { struct main_defer1 defer1 = {0}; GOCC_FRAME(0); …
//
// `return e;` in a deferred block sets the result of the function, which then keeps it in
// gocc_result and leaves its frame before it reads that:
//
//     return e;            { gocc_result = e; gocc_frame_leave(&gocc_frame); return gocc_result; }
//
// In any other function with a frame or boxes:
//
//     return e;            { int result = e; return result; }
#include "lower.h"

#include <string.h>

// A go or defer under way.
struct start {
    struct lower *l;
    struct node *n;
    struct node *fn;         // what is lifted as the function itself: block or closure; or NULL
    const struct node *args; // has the list of arguments: n or its built-in
    const char *name;        // of the struct
    const char *run;         // of the function
    const char *to;          // "args.", "defer1." or "record->": where arguments are stored
    bool is_defer, in_heap;
    char *members, *offsets;
    unsigned n_owned;
    char *call;    // arguments of the call: "self->a1, self->a2"
    char *asked;   // defer: tells the function that is called that it is the deferred one
    char *after;   // go: closure literals that the goroutine owns from now on
    uint32_t from; // the source is replaced up to here
    char *text;    // what goes there next
};

static const char *member_name(struct start *st, unsigned i)
{
    const struct decl *d = st->fn ? parameter_of(st->l, st->fn, i) : NULL;
    return d ? d->name : arena_printf("a%u", i + 1);
}

static bool is_closure_literal(const struct node *n, struct span span)
{
    for (const struct node *c = n->child; c; c = c->next)
        if (c->kind == NODE_CLOSURE && c->span.lo == span.lo && c->span.hi == span.hi)
            return true;
    return false;
}

// ---- types of arguments ------------------------------------------------------------------

static struct type *callee_type(struct start *st)
{
    if (st->n->what != GO_CALL)
        return NULL;
    struct type *t = sema_callee(st->l->u, st->n);
    return t && t->kind == TYPE_POINTER ? t->elem : t;
}

// A member that holds an argument of the variadic part: the default promotions.
static char *promoted_member(struct start *st, struct span arg, struct type *t, const char *name)
{
    struct source *s = st->n->source;
    if (!t && text_is(s, arg, "NULL"))
        return arena_printf("void *%s", name);
    if (!t) {
        error_at(s, arg, "the type of this argument is unknown; convert it to the one you mean");
        return "";
    }
    t = value_type(t);
    if (t->kind == TYPE_ARITHMETIC && t->is_integer && t->size < 4)
        return arena_printf("int %s", name);
    if (t->kind == TYPE_ARITHMETIC && !t->is_integer && t->size == 4)
        return arena_printf("double %s", name);
    return record_member(st->l, t, name);
}

static struct type *argument_type(struct start *st, unsigned i, bool *converted)
{
    const struct type *callee = callee_type(st);
    *converted = true;
    if (st->fn)
        return parameter_type(st->l, st->fn, i);
    if (callee && i < callee->n_params)
        return value_type(callee->params[i]);
    *converted = false;
    return value_type(sema_type(st->l->u, st->n->source, st->args->list[i]));
}

// ---- storing -----------------------------------------------------------------------------

static void own(struct start *st, const char *member)
{
    st->offsets = arena_printf("%s%soffsetof(struct %s, %s)", st->offsets,
                               st->n_owned++ ? ", " : "", st->name, member);
}

// Replaces the source up to the span, which stays, by the text collected.
static void keep(struct start *st, struct span span, const char *before, const char *after)
{
    replace(st->l, st->n->source, st->from, span.lo, "%s%s", st->text, before);
    st->from = span.hi;
    st->text = arena_printf("%s; ", after);
}

static void store(struct start *st, struct span span, const char *member, bool owned, bool literal)
{
    bool retain = owned && st->is_defer && !literal;
    keep(st, span, arena_printf("%s%s = %s", st->to, member, retain ? "gocc_retain(" : ""),
         retain ? ")" : "");
    if (owned)
        own(st, member);
    if (literal && !st->is_defer)
        st->after = arena_printf("%s gocc_release(%s%s);", st->after, st->to, member);
}

static void store_argument(struct start *st, unsigned i)
{
    struct node *n = st->n;
    struct span arg = st->args->list[i];
    const char *name = member_name(st, i);
    const char *comma = i ? ", " : "";
    if (!st->fn && span_is_strings(n->source, arg)) {
        st->call = arena_printf("%s%s%s", st->call, comma, span_text(n->source, arg));
        return;
    }
    bool converted;
    struct type *t = argument_type(st, i, &converted);
    const char *member =
        t && converted ? record_member(st->l, t, name) : promoted_member(st, arg, t, name);
    st->members = arena_printf("%s    %s;\n", st->members, member);
    st->call = arena_printf("%s%s%s->%s", st->call, comma, st->l->self, name);
    store(st, arg, name, type_is_owned(t), is_closure_literal(st->args, arg));
}

// ---- recover -----------------------------------------------------------------------------

static bool is_recover(const struct node *n)
{
    return n->kind == NODE_BUILTIN && !n->not_ours && text_is(n->source, n->name, "recover");
}

static bool runs_as_deferred(const struct node *fn)
{
    return fn->kind == NODE_GO || fn->kind == NODE_DEFER || function_is_started(fn);
}

// fn is a function or closure of its own, which may be called by anybody, and calls recover.
static bool asks_whether_deferred(const struct node *fn)
{
    if (runs_as_deferred(fn))
        return false;
    for (const struct node *n = node_next(fn, fn); n; n = node_next(n, fn))
        if (is_recover(n) && n->owner == fn && n->parent->what != GO_BUILTIN)
            return true;
    return false;
}

// Whether function d calls recover; true if it stands in a file that is not read here.
bool may_recover(struct lower *l, const struct decl *d)
{
    if (!d || !d->source)
        return false;
    for (unsigned i = 0; i < l->u->n_sources; i++)
        for (const struct node *n = l->u->files[i]->child; n; n = n->next)
            if (n->kind == NODE_FUNCTION && text_is(n->source, n->name, d->name))
                return asks_whether_deferred(n);
    return true;
}

void lower_recover(struct lower *l, struct node *n)
{
    bool asks = n->owner && !runs_as_deferred(n->owner);
    replace(l, n->source, n->span.lo, n->span.hi,
            asks ? "gocc_recover_if(gocc_deferred)" : "gocc_recover()");
}

// ---- what is called ----------------------------------------------------------------------

static bool names_function(struct start *st)
{
    struct node *n = st->n;
    if (!span_is_name(n->source, n->callee))
        return false;
    const struct decl *d = sema_decl(st->l->u, n->source, n->callee);
    return !d || d->kind == DECL_FUNCTION;
}

static char *function_pointer(struct lower *l, const struct type *t, const char *name)
{
    char *params = "";
    for (unsigned i = 0; i < t->n_params; i++)
        params = arena_printf("%s%s%s", params, i ? ", " : "", type_name(l, t->params[i]));
    if (t->variadic && t->n_params)
        params = arena_printf("%s, ...", params);
    else if (!t->variadic && !t->n_params)
        params = "void";
    return declare(l, t->elem, arena_printf("(*%s)(%s)", name, params));
}

// A callee that is no name of a function is evaluated now too. Returns how run calls it.
static char *store_callee(struct start *st)
{
    struct node *n = st->n;
    if (names_function(st)) {
        char *name = span_text(n->source, n->callee);
        if (st->is_defer && may_recover(st->l, sema_decl(st->l->u, n->source, n->callee)))
            st->asked = arena_printf("gocc_deferred_call((gocc_code)%s); ", name);
        return arena_printf("%s(", name);
    }
    struct type *t = callee_type(st);
    if (!t) {
        error_at(n->source, n->callee, "this is no function");
        return "(";
    }
    bool closure = t->kind == TYPE_FUNC;
    st->members = arena_printf("%s    %s;\n", st->members,
                               closure ? declare(st->l, value_type(t), "callee")
                                       : function_pointer(st->l, t, "callee"));
    store(st, n->callee, "callee", closure, is_closure_literal(n, n->callee));
    if (st->is_defer)
        st->asked = arena_printf(closure ? "gocc_deferred_closure(%s->callee); "
                                         : "gocc_deferred_call((gocc_code)%s->callee); ",
                                 st->l->self);
    return closure ? arena_printf("gocc_call(%s->callee%s", st->l->self, n->n_list ? ", " : "")
                   : arena_printf("%s->callee(", st->l->self);
}

static char *builtin_callee(struct start *st)
{
    const struct node *builtin = st->n->child;
    if (st->is_defer && is_recover(builtin))
        return "(void)(0"; // the deferred call is recover itself, and nothing that calls it
    char *name = span_text(builtin->source, builtin->name);
    return arena_printf(builtin->not_ours ? "%s(" : "gocc_%s(", name);
}

// ---- the frame of a function -------------------------------------------------------------

static bool can_run_again(const struct node *n)
{
    for (const struct node *up = n->parent; up && up != n->owner; up = up->parent)
        if (up->kind == NODE_LOOP || up->kind == NODE_RANGE)
            return true;
    return span_has_word(n->source, n->owner->span, "goto");
}

static bool returns_a_value(const struct node *deferred)
{
    for (const struct node *n = node_next(deferred, deferred); n; n = node_next(n, deferred))
        if (n->kind == NODE_RETURN && n->owner == deferred && !span_empty(n->value))
            return true;
    return false;
}

// The result type of fn if its deferred blocks set the result.
static struct type *settable_result(struct lower *l, struct node *fn)
{
    if (fn->kind == NODE_GO || fn->kind == NODE_DEFER || function_is_started(fn))
        return NULL;
    for (struct node *n = node_next(fn, fn); n; n = node_next(n, fn))
        if (n->kind == NODE_DEFER && n->owner == fn && n->what == GO_BLOCK && returns_a_value(n))
            return sema_result(l->u, fn);
    return NULL;
}

static char *zero_of(struct lower *l, const struct type *t)
{
    switch (t->kind) {
    case TYPE_ARITHMETIC:
    case TYPE_ENUM:
        return "0";
    case TYPE_POINTER:
    case TYPE_CHAN:
    case TYPE_FUNC:
        return "NULL";
    default:
        return arena_printf("(%s){0}", type_name(l, value_type((struct type *)t)));
    }
}

static bool says_noreturn(const struct source *s, struct span span)
{
    return span_has_word(s, span, "noreturn") || span_has_word(s, span, "_Noreturn") ||
           span_has_word(s, span, "__noreturn__");
}

// fn, or an earlier declaration of it, is declared to never return.
static bool is_noreturn(struct lower *l, const struct node *fn)
{
    if (fn->kind != NODE_FUNCTION)
        return false;
    const struct decl *d = sema_decl(l->u, fn->source, fn->name);
    return says_noreturn(fn->source, span_of(fn->span.lo, fn->body.lo)) ||
           (d && d->source && d->statement.lo != fn->span.lo &&
            says_noreturn(d->source, d->statement));
}

void lower_frame(struct lower *l, struct node *fn)
{
    if (asks_whether_deferred(fn)) {
        const char *name =
            fn->kind == NODE_FUNCTION ? span_text(fn->source, fn->name) : node_name(l, fn);
        head_add(l, fn->source, fn->body.lo, HEAD_SELF,
                 "const bool gocc_deferred = gocc_is_deferred((gocc_code)%s);", name);
    }
    bool found = false;
    for (struct node *n = node_next(fn, fn); n && !found; n = node_next(n, fn))
        found = n->kind == NODE_DEFER && n->owner == fn;
    if (!found)
        return;
    if (is_noreturn(l, fn)) {
        head_add(l, fn->source, fn->body.lo, HEAD_FRAME, "GOCC_FRAME_NORETURN();");
        return;
    }
    struct type *settable = settable_result(l, fn);
    struct type *result = function_is_started(fn) ? NULL : sema_result(l->u, fn);
    const char *value = result && result->kind != TYPE_VOID ? zero_of(l, result) : "";
    if (settable) {
        head_add(l, fn->source, fn->body.lo, HEAD_RESULT, "%s = %s;",
                 declare(l, value_type(settable), "volatile gocc_result"),
                 settable->kind == TYPE_RECORD || settable->kind == TYPE_OTHER ? "{0}" : value);
        value = "(gocc_frame_leave(&gocc_frame), gocc_result)";
    }
    head_add(l, fn->source, fn->body.lo, HEAD_FRAME, "GOCC_FRAME(%s);", value);
}

// ---- lifting -----------------------------------------------------------------------------

static void lift_arguments(struct start *st, struct lifted *to)
{
    struct lower *l = st->l;
    lifted_comment(to, st->n);
    if (st->is_defer)
        lifted_text(to, "struct %s {\n    struct gocc_defer head;\n%s};\n", st->name, st->members);
    else if (*st->members)
        lifted_text(to, "struct %s {\n%s};\n", st->name, st->members);
    if (!st->is_defer || st->n_owned) {
        const char *trace = st->fn                   ? trace_name(l, st->fn)
                            : st->n->what == GO_CALL ? span_text(st->n->source, st->n->callee)
                                                     : node_name(l, st->n);
        char *quoted = "";
        for (const char *p = trace; *p; p++)
            quoted = arena_printf(*p == '"' || *p == '\\' ? "%s\\%c" : "%s%c", quoted,
                                  *p == '\n' ? ' ' : *p);
        lifted_gocc_type(l, to, st->name, quoted, !*st->members, st->n_owned, st->offsets);
    }
}

static void lift_run(struct start *st, struct lifted *to, const char *callee)
{
    const char *self = st->l->self;
    bool uses_self = *st->members != 0;
    lifted_place(to);
    const char *record = local_name(st->l, "record");
    lifted_text(to, "static void %s(void *%s) { ", st->run, record);
    if (uses_self)
        lifted_text(to, "struct %s *%s = %s; ", st->name, self, record);
    else
        lifted_text(to, "(void)%s; ", record);
    lifted_text(to, "%s%s%s); }\n\n", st->asked, callee, st->call);
}

// "int id = self->id;" for each parameter that the block of a started closure uses.
static char *parameter_locals(struct start *st)
{
    char *text = "";
    struct node *fn = st->fn;
    for (unsigned i = 0; i < (fn->kind == NODE_CLOSURE ? parameter_count(fn) : 0); i++) {
        const struct decl *d = parameter_of(st->l, fn, i);
        if (!d || !d->uses || decl_is_boxed(st->l->f, d))
            continue;
        struct type *t = value_type(d->type);
        text =
            arena_printf("%s %s = %s->%s;", text, declare(st->l, t, d->name), st->l->self, d->name);
    }
    return text;
}

static bool has_boxed_parameter(struct start *st)
{
    for (unsigned i = 0; i < (st->fn->kind == NODE_CLOSURE ? parameter_count(st->fn) : 0); i++) {
        const struct decl *d = parameter_of(st->l, st->fn, i);
        if (d && decl_is_boxed(st->l->f, d))
            return true;
    }
    return false;
}

static void lift_function(struct start *st, struct lifted *to)
{
    struct lower *l = st->l;
    struct node *fn = st->fn;
    const char *record = local_name(l, "record");
    lifted_text(to, "static void %s(void *%s)\n", st->run, record);
    char *locals = capture_locals(l, fn, record);
    char *params = parameter_locals(st);
    bool sets_result = fn->kind == NODE_DEFER && returns_a_value(fn);
    if (!*locals && (*params || sets_result || has_boxed_parameter(st)))
        locals = arena_printf("struct %s *%s = %s;", st->name, l->self, record);
    if (!*locals)
        locals = arena_printf("(void)%s;", record);
    lifted_function_body(l, to, fn, arena_printf("%s%s", locals, params));
    lifted_text(to, "\n\n");
    lower_frame(l, fn);
}

// ---- go and defer ------------------------------------------------------------------------

static struct start begin(struct lower *l, struct node *n, bool is_defer)
{
    struct node *fn = n->what == GO_BLOCK ? n : n->what == GO_CLOSURE ? n->closure : NULL;
    struct start st = {.l = l,
                       .n = n,
                       .fn = fn,
                       .is_defer = is_defer,
                       .members = "",
                       .offsets = "",
                       .call = "",
                       .asked = "",
                       .after = "",
                       .text = "",
                       .from = n->span.lo};
    st.args = n->what == GO_BUILTIN ? n->child : n;
    st.name = node_name(l, fn ? fn : n);
    st.run = fn ? st.name : arena_printf("%s_run", st.name);
    if (fn) {
        st.members = capture_members(l, fn);
        st.n_owned = capture_owned(l, fn, &st.offsets);
    }
    return st;
}

// Everything that is evaluated now, in the order of the source.
static char *store_all(struct start *st)
{
    struct node *n = st->n;
    if (st->fn)
        st->text =
            arena_printf("%s%s", st->text, capture_fill(st->l, st->fn, st->to, st->is_defer));
    char *callee = n->what == GO_CALL      ? store_callee(st)
                   : n->what == GO_BUILTIN ? builtin_callee(st)
                                           : "";
    for (unsigned i = 0; i < st->args->n_list; i++)
        if (!span_empty(st->args->list[i]))
            store_argument(st, i);
    return callee;
}

// The token begins the braces of a compound literal: `(int[]){`.
static bool begins_literal(const struct start *st, const struct token *t)
{
    const struct source *s = st->n->source;
    const struct node *at = node_at(st->n, span_of(t->lo, t->hi));
    return token_is(s, t, "{") && token_is(s, t - 1, ")") &&
           !(at && at->kind == NODE_CLOSURE && at->body.lo == t->lo);
}

// An array that is written among the arguments lives as long as the block that the user wrote it
// in: then no braces of ours stand around. After a label there is no place for a declaration.
static bool needs_no_braces(const struct start *st)
{
    const struct source *s = st->n->source;
    const struct token *before = token_before(s, st->n->span.lo);
    if (stands_braceless(s, st->n->span.lo) || (before && token_is(s, before, ":")))
        return false;
    for (unsigned k = 0; k < st->args->n_list; k++)
        for (unsigned i = token_index(s, st->args->list[k].lo);
             s->tokens[i].hi <= st->args->list[k].hi; i++)
            if (begins_literal(st, &s->tokens[i]))
                return true;
    return false;
}

// Stores the arguments where the statement stands, and lifts their record and what runs later.
static void lift_start(struct start *st)
{
    char *callee = store_all(st);
    struct lifted *to = lift(st->l, st->n, LIFTED_CODE);
    lift_arguments(st, to);
    if (st->fn)
        lift_function(st, to);
    else
        lift_run(st, to, callee);
}

void lower_go(struct lower *l, struct node *n)
{
    struct start st = begin(l, n, false);
    bool bare = needs_no_braces(&st);
    const char *args = local_name(l, bare ? arena_printf("%s_args", st.name) : "args");
    st.to = arena_printf("%s.", args);
    st.text = arena_printf("%sstruct %s %s; ", bare ? "" : "{ ", st.name, args);
    lift_start(&st);
    bool any = *st.members != 0;
    replace(l, n->source, st.from, n->span.hi, "%sgocc_go(&%s_type, %s, %s);%s%s",
            any ? st.text : "{ ", st.name, st.run, any ? arena_printf("&%s", args) : "NULL",
            st.after, bare ? "" : " }");
}

static struct type *result_to_set(struct start *st)
{
    if (!st->fn || st->fn->kind != NODE_DEFER || !returns_a_value(st->fn))
        return NULL;
    return settable_result(st->l, st->n->owner);
}

void lower_defer(struct lower *l, struct node *n)
{
    struct start st = begin(l, n, true);
    const char *record = strrchr(st.name, '_') + 1;
    record = local_name(l, record);
    bool heap = can_run_again(n);
    st.to = arena_printf(heap ? "%s->" : "%s.", record);
    bool bare = needs_no_braces(&st);
    st.text = heap   ? arena_printf("%sstruct %s *%s = gocc_defer_alloc(sizeof *%s); ",
                                  bare ? "" : "{ ", st.name, record, record)
              : bare ? ""
                     : "{ ";
    struct type *result = result_to_set(&st);
    if (result) {
        st.members = arena_printf("%s    %s;\n", st.members,
                                  declare(l, value_type(result), "volatile *gocc_result"));
        st.text = arena_printf("%s%sgocc_result = &gocc_result; ", st.text, st.to);
    }
    lift_start(&st);
    if (!heap)
        head_add(l, n->source, n->owner->body.lo, HEAD_RECORD, "struct %s %s = {0};", st.name,
                 record);
    const char *type = st.n_owned ? arena_printf(", &%s_type", st.name) : "";
    replace(l, n->source, st.from, n->span.hi, "%sgocc_defer%s(&gocc_frame, &%shead, %s%s);%s",
            st.text, *type ? "_owning" : "", st.to, st.run, type, bare ? "" : " }");
}

// The result is computed before what the function owns goes: tcc runs cleanups first, and reads
// a variable that is returned after them.
static bool has_cleanups(struct lower *l, const struct node *fn)
{
    for (struct decl *d = NULL; (d = next_local(l->f, fn, d)) != NULL;)
        if (decl_is_boxed(l->f, d))
            return true;
    for (const struct node *n = node_next(fn, fn); n; n = node_next(n, fn))
        if (n->kind == NODE_DEFER && n->owner == fn)
            return true;
    return false;
}

static bool is_constant_text(const struct source *s, struct span value)
{
    unsigned i = token_index(s, value.lo);
    return s->tokens[i].hi == value.hi &&
           (s->tokens[i].kind != TOK_IDENT || text_is(s, value, "NULL"));
}

// ---- return ------------------------------------------------------------------------------

// `return a, b;`: the comma would be that of a declaration, or bind weaker than the `=`.
static bool has_comma(const struct source *s, struct span value)
{
    int depth = 0;
    for (unsigned i = token_index(s, value.lo); s->tokens[i].lo < value.hi; i++) {
        const struct token *t = &s->tokens[i];
        if (token_is(s, t, "(") || token_is(s, t, "[") || token_is(s, t, "{"))
            depth++;
        else if (token_is(s, t, ")") || token_is(s, t, "]") || token_is(s, t, "}"))
            depth--;
        else if (depth == 0 && token_is(s, t, ","))
            return true;
    }
    return false;
}

void lower_return(struct lower *l, struct node *n)
{
    struct node *fn = n->owner;
    if (span_empty(n->value) || !fn)
        return;
    struct source *s = n->source;
    const char *before, *after;
    if (fn->kind == NODE_DEFER && settable_result(l, fn->owner)) {
        before = arena_printf("{ *%s->gocc_result = ", l->self);
        after = "; return; }";
    } else if (fn->kind == NODE_GO || fn->kind == NODE_DEFER || function_is_started(fn)) {
        before = "{ (void)(";
        after = "); return; }";
    } else if (settable_result(l, fn)) {
        before = "{ gocc_result = ";
        after = "; gocc_frame_leave(&gocc_frame); return gocc_result; }";
    } else if (has_cleanups(l, fn) && !is_constant_text(s, n->value)) {
        const struct type *t = sema_result(l->u, fn);
        if (!t || t->kind == TYPE_VOID)
            return;
        const char *result = local_name(l, "result");
        before = arena_printf("{ %s = ", declare(l, value_type((struct type *)t), result));
        after = arena_printf("; return %s; }", result);
    } else {
        return;
    }
    bool comma = has_comma(s, n->value);
    replace(l, s, n->span.lo, n->value.lo, "%s%s", before, comma ? "(" : "");
    replace(l, s, n->value.hi, n->span.hi, "%s%s", comma ? ")" : "", after);
}
