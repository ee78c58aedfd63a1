// The twin of a .gc file: plain C (with clang's extensions) that has the same declarations,
// expressions, scopes and types, so that libclang can check and type what the user wrote.
// It is never compiled, only analysed. Every byte of the user's that can stay does stay.
//
//     chan<T>              __typeof__(__typeof__(T) (**)(struct gocc_hchan *))
//     func<R(P)>           __typeof__(__typeof__(R) (__attribute__((preserve_most)) *)(P))
//     <-c                  (*(c))(0)
//     c <- v;              ({ (void)(c); __typeof__((*(c))(0)) gocc_e = v; });
//     v, ok = <-c;         v = (*(c))(0), ok = gocc_twin_bool;
//     x := e;              __auto_type x = (0, e);
//     go f(x);             while (gocc_twin_marker) f(x);
//     func(int a) {…}      ({ if (gocc_twin_marker) for (;;) { int a; {…} } (func type)0; })
//     return e; (in it)    do { R gocc_r = e; gocc_twin_return(); } while (0);
//     select { case … }    switch (gocc_twin_marker) { case 0: { … } break; … }
//     for (v := range c)   for (__auto_type v = (*(c))(0); gocc_twin_marker;)
//
// A channel has the same type as in the emitted C. A func value is a function pointer with a
// calling convention that no C function has: callable as written, and never confused.
// Closures are statement expressions and not clang's blocks, because a captured variable is
// then simply a variable of the enclosing function, whatever its type and use.
//
// What is not known in the first pass (a closure's inferred result, whether a range is over
// a channel) is given a neutral form; sema looks at what clang made of it, records the fact
// in the node, and asks for the twin again. Each fact is set once, so that this ends.
#include "twin.h"

#include <string.h>

#include "sema.h"

const char twin_prelude[] = "extern int gocc_twin_marker;\n"
                            "extern _Bool gocc_twin_bool;\n"
                            "void gocc_twin_return(void) __attribute__((noreturn));\n"
                            "void *gocc_twin_make(long long);\n"
                            "struct gocc_hchan;\n";

#define MARKER "gocc_twin_marker"
#define RECEIVE "(*(%r))(0)"

static bool is_blank(const struct source *s, struct span name)
{
    return name.hi - name.lo == 1 && s->text[name.lo] == '_';
}

// ---- types -------------------------------------------------------------------------------

static bool is_qualifier(const struct source *s, const struct token *t)
{
    return token_is(s, t, "const") || token_is(s, t, "volatile") || token_is(s, t, "restrict");
}

static const struct token *token_from(const struct source *s, uint32_t at)
{
    uint32_t lo = 0, hi = s->n_tokens;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (s->tokens[mid].lo < at) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < s->n_tokens ? &s->tokens[lo] : NULL;
}

// The element type's own qualifiers are dropped (LANGUAGE.md 3): those behind its last `*`,
// or all of them when there is none.
static void drop_top_qualifiers(struct source *s, struct edits *q, struct span type)
{
    const struct token *first = token_from(s, type.lo), *last_star = NULL;
    for (const struct token *t = first; t && t->lo < type.hi; t++) {
        if (token_is(s, t, "*") || token_is(s, t, "(") || token_is(s, t, "<")) {
            last_star = t;
        }
    }
    for (const struct token *t = first; t && t->lo < type.hi; t++) {
        if (is_qualifier(s, t) && (!last_star || t > last_star)) {
            edit_replace(q, span_of(t->lo, t->hi), "");
        }
    }
}

static void twin_chan_type(struct source *s, struct edits *q, const struct node *n)
{
    static const char *const pointer[] = {
        [CHAN_BOTH] = "**", [CHAN_RECV] = "*const *", [CHAN_SEND] = "*volatile *"};
    drop_top_qualifiers(s, q, n->elem);
    edit_replace(q, n->span, "__typeof__(__typeof__(%r) (%s)(struct gocc_hchan *))", n->elem,
                 pointer[n->dir]);
}

#define FUNC_POINTER ") (__attribute__((preserve_most)) *)("

static void twin_func_type(struct edits *q, const struct node *n)
{
    edit_replace(q, span_of(n->span.lo, n->result.lo), "__typeof__(__typeof__(%s",
                 span_empty(n->result) ? "void" : ""); // it is missing: parse has said so
    if (!n->n_list) {
        edit_replace(q, span_of(n->result.hi, n->span.hi), FUNC_POINTER "void))");
        return;
    }
    edit_replace(q, span_of(n->result.hi, n->list[0].lo), FUNC_POINTER);
    edit_replace(q, span_of(n->list[n->n_list - 1].hi, n->span.hi), "))");
}

// ---- closures ----------------------------------------------------------------------------

// The closure that a return leaves: deferred blocks return from the function around them.
static const struct node *returns_from(const struct node *n)
{
    const struct node *owner = n->owner;
    while (owner && owner->kind == NODE_DEFER) {
        owner = owner->owner;
    }
    return owner;
}

// The result type as text that can stand in __typeof__(…), or NULL while it is not known.
static const char *result_text(const struct node *closure)
{
    if (!span_empty(closure->result)) {
        return "";
    }
    return closure->result_type ? closure->result_type->twin : NULL;
}

static void twin_return(struct edits *q, const struct node *n)
{
    const struct node *owner = returns_from(n);
    if (!owner || owner->kind == NODE_FUNCTION) {
        return;
    }
    if (span_empty(n->value)) {
        edit_replace(q, n->keyword, "gocc_twin_return()");
        return;
    }
    struct span head = span_of(n->keyword.lo, n->value.lo);
    const char *result = owner->kind == NODE_CLOSURE ? result_text(owner) : "void";
    if (!result) {
        edit_replace(q, head, "do { __auto_type gocc_r = ");
    } else if (!*result) {
        edit_replace(q, head, "do { __typeof__(%r) gocc_r = ", owner->result);
    } else if (!strcmp(result, "void")) {
        edit_replace(q, head, "do { ");
    } else {
        edit_replace(q, head, "do { __typeof__(%s) gocc_r = ", result);
    }
    edit_close(q, n->value.hi, "; gocc_twin_return(); } while (0)");
}

// The value of a closure literal: a null pointer of its type; of type void * while unknown.
static void close_closure(struct edits *q, uint32_t at, const struct node *n)
{
    const char *result = result_text(n);
    if (!result) {
        edit_close(q, at, "(void *)0");
        return;
    }
    edit_close(q, at, "(__typeof__(__typeof__(");
    if (*result) {
        edit_close(q, at, "%s", result);
    } else {
        edit_close(q, at, "%r", n->result);
    }
    edit_close(q, at, FUNC_POINTER);
    for (unsigned i = 0; i < n->n_list; i++) {
        edit_close(q, at, i ? ", %r" : "%r", n->list[i]);
    }
    edit_close(q, at, n->n_list ? ")))0" : "void)))0");
}

// Parameters are variables here, and those do not decay: `int a[]` is declared as what it is.
static void twin_decayed(struct edits *q, const struct node *n)
{
    for (unsigned i = 0; n->decayed && i < n->n_list; i++) {
        const struct decayed *d = &n->decayed[i];
        if (d->type) {
            edit_replace(q, span_of(n->list[i].lo, d->name.lo), "__typeof__(%s) ", d->type->c);
            if (d->name.hi < n->list[i].hi) {
                edit_replace(q, span_of(d->name.hi, n->list[i].hi), "");
            }
        }
    }
}

static void twin_closure_in_function(struct edits *q, const struct node *n)
{
    uint32_t at = n->span.lo;
    const char *text = "({ if (" MARKER ") for (;;) { ";
    for (unsigned i = 0; i < n->n_list; i++) {
        edit_replace(q, span_of(at, n->list[i].lo), "%s", text);
        at = n->list[i].hi;
        text = "; ";
    }
    edit_replace(q, span_of(at, n->body.lo), "%s", n->n_list ? "; " : text);
    edit_close(q, n->body.hi, " } ");
    close_closure(q, n->body.hi, n);
    edit_close(q, n->body.hi, "; })");
}

// Where the declaration begins in whose initialiser a file-scope closure stands.
static uint32_t declaration_start(const struct source *s, const struct node *n)
{
    const struct token *start = s->tokens;
    bool body = false; // of a function
    int depth = 0;
    for (const struct token *t = s->tokens; t->lo < n->span.lo; t++) {
        bool ends = false;
        if (token_is(s, t, "(") || token_is(s, t, "[") || token_is(s, t, "{")) {
            body = depth++ == 0 ? t > s->tokens && token_is(s, t, "{") && token_is(s, t - 1, ")")
                                : body;
        } else if (token_is(s, t, ")") || token_is(s, t, "]") || token_is(s, t, "}")) {
            depth -= depth > 0;
            ends = depth == 0 && body;
        } else {
            ends = depth == 0 && (token_is(s, t, ";") || t->kind == TOK_DIRECTIVE);
        }
        start = ends ? t + 1 : start;
    }
    return start->lo;
}

// The body without its closing brace, which is missing when the file ends in it.
static struct span open_body(const struct source *s, const struct node *n)
{
    bool closed = s->text[n->body.hi - 1] == '}';
    for (const struct node *c = n->child; c; c = c->next) {
        closed &= c->span.hi < n->body.hi;
    }
    return span_of(n->body.lo, n->body.hi - closed);
}

// Statement expressions cannot stand outside functions: the body moves in front.
static void twin_closure_at_file_scope(struct source *s, struct edits *q, const struct node *n)
{
    uint32_t at = declaration_start(s, n);
    edit_replace(q, n->span, "(");
    close_closure(q, n->span.hi, n);
    edit_close(q, n->span.hi, ")");
    // Opens go in front of earlier ones: last piece first.
    // The brace by hand: what is closed behind the body stays in the initialiser.
    edit_open(q, at, "if (" MARKER ") for (;;) %r} } ", open_body(s, n));
    for (unsigned i = n->n_list; i-- > 0;) {
        edit_open(q, at, "%r; ", n->list[i]);
    }
    edit_open(q, at, "static __attribute__((unused)) void gocc_twin_closure%u(void) { ", n->id);
}

// ---- statements --------------------------------------------------------------------------

static void twin_go(struct edits *q, const struct node *n)
{
    // A while and not an if: no else can attach itself to it.
    edit_replace(q, n->keyword,
                 n->what == GO_BLOCK ? "while (" MARKER ") for (;;)" : "while (" MARKER ")");
}

static bool is_empty_braces(const struct source *s, struct span value)
{
    const struct token *t = token_from(s, value.lo);
    return t && token_is(s, t, "{") && token_is(s, t + 1, "}");
}

#define SEND_HEAD "); __typeof__((*(%r))(0)) gocc_e = "

static void twin_send(struct source *s, struct edits *q, const struct node *n)
{
    if (n->not_ours) {
        return;
    }
    if (n->braced && is_empty_braces(s, n->value)) { // {} has no type that void could take
        edit_replace(q, n->span, "({ (void)(%r); })", n->operand);
    } else {
        edit_replace(q, n->span, "({ (void)(%r" SEND_HEAD "%r; })", n->operand, n->operand,
                     n->value);
    }
}

static void twin_receive(struct edits *q, const struct node *n)
{
    edit_replace(q, n->arrow, "(*(");
    edit_close(q, n->operand.hi, "))(0)");
}

// One variable of a receive, as a declaration or an assignment without its `;`.
static const char *target_head(const struct source *s, const struct node *n, int which)
{
    static const char *const declaring[] = {"__auto_type ", "_Bool "};
    if (span_empty(n->lhs[which]) || is_blank(s, n->lhs[which])) {
        return NULL;
    }
    return n->declare && !n->reuse[which] ? declaring[which] : "";
}

// The variable that holds an operand whose name is declared anew: C's scopes begin before `=`.
static char *outer_name(const struct node *n)
{
    return arena_printf("gocc_twin_outer%u", n->id);
}

// Before the loop, in a block around it: a for clause can declare variables of one type only.
static void hoist_receive_ok(struct edits *q, const struct node *n, const struct node *loop,
                             const char *value, const char *ok)
{
    if (ok) {
        edit_open(q, loop->span.lo, "%s%r = gocc_twin_bool; ", ok, n->lhs[1]);
    }
    if (value && node_hides_operand(n)) {
        char *outer = outer_name(n);
        edit_open(q, loop->span.lo, "{ __auto_type %s = %r; %s%r = (*(%s))(0); ", outer, n->operand,
                  value, n->lhs[0], outer);
    } else if (value) {
        edit_open(q, loop->span.lo, "{ %s%r = " RECEIVE "; ", value, n->lhs[0], n->operand);
    } else {
        edit_open(q, loop->span.lo, "{ (void)" RECEIVE "; ", n->operand);
    }
    edit_replace(q, n->span, "");
    edit_close(q, loop->span.hi, " }");
}

static void twin_receive_ok(struct source *s, struct edits *q, const struct node *n)
{
    const char *value = target_head(s, n, 0), *ok = target_head(s, n, 1);
    const char *then = n->declare ? "; " : ", ";
    const struct node *loop = n->parent && n->parent->kind == NODE_LOOP ? n->parent : NULL;
    if (n->declare && loop && span_in(n->span, loop->clause[0])) {
        hoist_receive_ok(q, n, loop, value, ok);
    } else if (value && ok && node_hides_operand(n)) {
        char *outer = outer_name(n);
        edit_replace(q, n->span, "__auto_type %s = %r; %s%r = (*(%s))(0); %s%r = gocc_twin_bool",
                     outer, n->operand, value, n->lhs[0], outer, ok, n->lhs[1]);
    } else if (value && ok) {
        edit_replace(q, n->span, "%s%r = " RECEIVE "%s%s%r = gocc_twin_bool", value, n->lhs[0],
                     n->operand, then, ok, n->lhs[1]);
    } else if (value) {
        edit_replace(q, n->span, "%s%r = " RECEIVE, value, n->lhs[0], n->operand);
    } else if (ok) {
        edit_replace(q, n->span, "(void)" RECEIVE "%s%s%r = gocc_twin_bool", n->operand, then, ok,
                     n->lhs[1]);
    } else {
        edit_replace(q, n->span, "(void)" RECEIVE, n->operand);
    }
}

static void twin_declare(struct source *s, struct edits *q, const struct node *n)
{
    if (is_blank(s, n->lhs[0])) {
        edit_replace(q, span_of(n->lhs[0].lo, n->value.lo), "(void)");
        return;
    }
    if (node_hides_operand(n)) {
        char *outer = outer_name(n);
        edit_replace(q, n->span, "__auto_type %s = (0,%r), %r = %s", outer, n->value, n->lhs[0],
                     outer);
        return;
    }
    if (!n->reuse[0]) {
        edit_open(q, n->lhs[0].lo, "__auto_type ");
    }
    edit_replace(q, n->arrow, "= (0,"); // the comma makes a plain value of a bit-field
    edit_close(q, n->value.hi, ")");
}

// A %r that shows nothing: inside the keyword, where no edit stands.
static struct span nothing_of(const struct node *n)
{
    return span_of(n->keyword.lo + 1, n->keyword.lo + 1);
}

// A for around the fors of a range holds the operand.
static void twin_range_hiding(struct edits *q, const struct node *n, struct span head,
                              const bool *has)
{
    const char *outer = outer_name(n), *end = "; " MARKER ";) ";
    bool typed = !span_empty(n->type), chan = n->range == RANGE_CHAN;
    const char *first = chan                      ? arena_printf("(*(%s))(0)", outer)
                        : n->range == RANGE_ARRAY ? "0"
                                                  : outer;
    const char *second = arena_printf(chan ? "(*(%s))(0)" : "(%s)[0]", outer);
    const char *type = typed ? " " : n->range == RANGE_ARRAY ? "int " : "__auto_type ";
    struct span none = nothing_of(n);
    edit_replace(q, head, "for (__auto_type %s = (%r)%s%s%r%s%r%s%s%r%s", outer, n->operand, end,
                 has[0] ? "for (" : "", has[0] && typed ? n->type : none, has[0] ? type : "",
                 has[0] ? n->lhs[0] : none, has[0] ? arena_printf(" = %s%s", first, end) : "",
                 has[1] ? "for (__auto_type " : "", has[1] ? n->lhs[1] : none,
                 has[1] ? arena_printf(" = %s%s", second, end) : "");
}

// One for, or one in another: each declares one variable, or evaluates the operand.
static void twin_range_head(struct edits *q, const struct node *n, struct span head,
                            const bool *has)
{
    // Around the operand, for the first variable and for the second.
    static const char *const around[][4] = {
        [RANGE_UNKNOWN] = {"(", ")", "(", ")[0]"},
        [RANGE_INT] = {"(", ")", "(", ")[0]"},
        [RANGE_CHAN] = {"(*(", "))(0)", "(*(", "))(0)"},
        [RANGE_ARRAY] = {"((void)(", "), 0)", "(", ")[0]"},
    };
    const char *const *a = around[n->range], *end = "; " MARKER ";) ";
    struct span none = nothing_of(n);
    bool typed = has[0] && !span_empty(n->type);
    edit_replace(q, head, "for (%r%s%r%s%r%s%s%s%r%s%r%s%s", typed ? n->type : none,
                 typed                     ? " "
                 : !has[0]                 ? "(void)"
                 : n->range == RANGE_ARRAY ? "int "
                                           : "__auto_type ",
                 has[0] ? n->lhs[0] : none, arena_printf("%s%s", has[0] ? " = " : "", a[0]),
                 n->operand, a[1], end, has[1] ? "for (__auto_type " : "",
                 has[1] ? n->lhs[1] : none, has[1] ? arena_printf(" = %s", a[2]) : "",
                 has[1] ? n->operand : none, has[1] ? a[3] : "", has[1] ? end : "");
}

static void twin_range(struct source *s, struct edits *q, const struct node *n)
{
    // In braces an error in the body, frequent while the kind is unknown, does not take the loop
    // along.
    edit_open(q, n->body.lo, "{ ");
    edit_close(q, n->body.hi, " }");
    struct span head = span_of(n->span.lo, n->body.lo);
    bool has[2];
    for (int i = 0; i < 2; i++) {
        has[i] = !span_empty(n->lhs[i]) && !is_blank(s, n->lhs[i]);
    }
    if (n->broken) {
        edit_replace(q, head, "for (; " MARKER ";) ");
    } else if (node_hides_operand(n)) {
        twin_range_hiding(q, n, head, has);
    } else {
        twin_range_head(q, n, head, has);
    }
}

static void twin_select(struct edits *q, const struct node *n)
{
    edit_replace(q, span_of(n->keyword.lo, n->body.lo), "switch (" MARKER ") ");
}

static bool is_raw(const struct node *n)
{
    while (n->parent) {
        n = n->parent;
    }
    return n->raw;
}

// One whose head is neither C nor ours: the body alone, with what its head may have declared.
static void twin_broken_case(struct source *s, struct edits *q, const struct node *n, int number)
{
    uint32_t colon = n->body.lo;
    while (colon > n->keyword.hi && s->text[colon - 1] != ':') {
        colon--;
    }
    edit_replace(q, span_of(n->span.lo, n->body.lo), is_raw(n) ? "case %d: { %r; " : "case %d: { ",
                 number, span_of(n->keyword.hi, colon > n->keyword.hi ? colon - 1 : colon));
    bool declares = n->form == CASE_RECV_DECLARE || n->form == CASE_RECV_OK_DECLARE;
    for (int i = 0; i < 2; i++) {
        if (declares && !span_empty(n->lhs[i])) {
            edit_open(q, n->body.lo, "extern __typeof__(" UNKNOWN ") %r; ", n->lhs[i]);
        }
    }
}

static void twin_send_case(struct source *s, struct edits *q, const struct node *n, int number)
{
    struct span head = span_of(n->span.lo, n->body.lo);
    if (n->braced && is_empty_braces(s, n->value)) {
        edit_replace(q, head, "case %d: { (void)(%r); ", number, n->operand);
    } else {
        edit_replace(q, head, "case %d: { { (void)(%r" SEND_HEAD "%r; } ", number, n->operand,
                     n->operand, n->value);
    }
}

static void twin_receive_case(struct source *s, struct edits *q, const struct node *n, int number)
{
    struct span head = span_of(n->span.lo, n->body.lo);
    struct node decl = *n;
    decl.declare = n->form == CASE_RECV_DECLARE || n->form == CASE_RECV_OK_DECLARE;
    const char *value = target_head(s, &decl, 0), *ok = target_head(s, &decl, 1);
    const char *ok_head = ok ? ok : "", *ok_tail = ok ? " = gocc_twin_bool; " : "";
    struct span ok_name = ok ? n->lhs[1] : nothing_of(n);
    if (value && node_hides_operand(n)) {
        char *outer = outer_name(n);
        edit_replace(q, head, "case %d: { __auto_type %s = %r; %s%r = (*(%s))(0); %s%r%s", number,
                     outer, n->operand, value, n->lhs[0], outer, ok_head, ok_name, ok_tail);
    } else if (value) {
        edit_replace(q, head, "case %d: { %s%r = " RECEIVE "; %s%r%s", number, value, n->lhs[0],
                     n->operand, ok_head, ok_name, ok_tail);
    } else {
        edit_replace(q, head, "case %d: { (void)" RECEIVE "; %s%r%s", number, n->operand, ok_head,
                     ok_name, ok_tail);
    }
}

static void twin_case(struct source *s, struct edits *q, const struct node *n, int number)
{
    if (n->broken) {
        twin_broken_case(s, q, n, number);
    } else if (n->form == CASE_DEFAULT) {
        edit_replace(q, span_of(n->span.lo, n->body.lo), "default: { ");
    } else if (n->form == CASE_SEND) {
        twin_send_case(s, q, n, number);
    } else {
        twin_receive_case(s, q, n, number);
    }
    edit_close(q, n->body.hi, "; } break; "); // a missing `;` has been reported
}

static void twin_builtin(struct source *s, struct edits *q, const struct node *n)
{
    char *name = span_text(s, n->name);
    if (n->not_ours) {
        return;
    }
    if (!strcmp(name, "recover")) {
        edit_replace(q, n->name, "gocc_recover");
    } else if (!strcmp(name, "make") && n->n_list) {
        edit_replace(q, span_of(n->span.lo, n->list[0].lo), "((");
        struct span rest = span_of(n->list[0].hi, n->n_list > 1 ? n->list[1].lo : n->span.hi);
        edit_replace(q, rest, n->n_list > 1 ? ")gocc_twin_make(" : ")gocc_twin_make(0))");
        if (n->n_list > 1) {
            edit_close(q, n->span.hi, ")");
        }
        if (n->n_list > 2) { // check's to report
            edit_replace(q, span_of(n->list[1].hi, n->list[n->n_list - 1].hi), "");
        }
    }
}

static void twin_node(struct source *s, struct edits *q, const struct node *n)
{
    if (n->broken && n->kind != NODE_CASE && n->kind != NODE_RANGE) {
        if (n->kind == NODE_JUMP) {
            edit_replace(q, n->span, ";");
        }
        return; // something stands for it among the wrongs
    }
    switch (n->kind) {
    case NODE_CHAN_TYPE:
        twin_chan_type(s, q, n);
        break;
    case NODE_FUNC_TYPE:
        twin_func_type(q, n);
        break;
    case NODE_CLOSURE:
        twin_decayed(q, n);
        if (n->at_file_scope) {
            twin_closure_at_file_scope(s, q, n);
        } else {
            twin_closure_in_function(q, n);
        }
        break;
    case NODE_GO:
    case NODE_DEFER:
        twin_go(q, n);
        break;
    case NODE_SEND:
        twin_send(s, q, n);
        break;
    case NODE_RECV:
        twin_receive(q, n);
        break;
    case NODE_RECV_OK:
        twin_receive_ok(s, q, n);
        break;
    case NODE_DECLARE:
        twin_declare(s, q, n);
        break;
    case NODE_RANGE:
        twin_range(s, q, n);
        break;
    case NODE_SELECT: {
        int number = 0;
        twin_select(q, n);
        for (struct node *c = n->child; c; c = c->next) {
            if (c->kind == NODE_CASE) {
                twin_case(s, q, c, number++);
            }
        }
        break;
    }
    case NODE_BUILTIN:
        twin_builtin(s, q, n);
        break;
    case NODE_RETURN:
        twin_return(q, n);
        break;
    case NODE_JUMP: // where it leads does not matter to types
        edit_replace(q, n->name, "");
        break;
    case NODE_FUNCTION:
        if (n->only_cc) {
            edit_replace(q, n->body, "{ }");
        }
        break;
    case NODE_FILE:
    case NODE_BLOCK:
    case NODE_LOOP:
    case NODE_SWITCH:
    case NODE_LABEL:
    case NODE_CASE:
        break;
    }
}

// Children first, so that closes nest.
static void twin_tree(struct source *s, struct edits *q, const struct node *n)
{
    for (const struct node *c = n->child; c; c = c->next) {
        twin_tree(s, q, c);
    }
    twin_node(s, q, n);
}

// After the tree, and from the last one to the first: what stands around a construct at the
// same place is outside of it.
static void twin_wrongs(struct edits *q, const struct node *file)
{
    for (const struct wrong *w = file->wrongs; w; w = w->next) {
        if (w->instead && !file->raw) {
            edit_replace(q, w->span, "%s", w->instead);
        }
        if (w->before) {
            edit_open(q, w->span.lo, "%s", w->before);
        }
        if (w->behind) {
            edit_close(q, w->span.hi, "%s", w->behind);
        }
    }
}

// ---- the file ----------------------------------------------------------------------------

static bool is_shebang(const struct source *s)
{
    return s->size > 1 && s->text[0] == '#' && s->text[1] == '!';
}

void twin_make(struct source *s, struct node *file, const uint32_t *library_place,
               struct rendering *out)
{
    struct edits *q = edits_new(s);
    if (is_shebang(s)) {
        uint32_t end = (uint32_t)strcspn(s->text, "\n");
        edit_replace(q, span_of(0, end), "");
    }
    twin_tree(s, q, file);
    twin_wrongs(q, file);
    for (const struct decided *d = file->decided; d; d = d->next) {
        edit_replace(q, d->directive, "%s %d", d->is_if ? "#if" : "#elif", d->taken);
    }
    if (library_place) {
        edit_open(q, *library_place, "\n#include <gocc.h>\n");
    }
    edit_render(q, span_of(0, s->size), NULL, out);
}

// The last segment that begins at or before t, or NULL.
static const struct segment *segment_before(const struct rendering *r, uint32_t t)
{
    uint32_t lo = 0, hi = r->n_segments;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (r->segments[mid].out <= t) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo ? &r->segments[lo - 1] : NULL;
}

// The insertion that byte t of the twin belongs to, or NULL.
static const struct insertion *insertion_at(const struct rendering *r, uint32_t t)
{
    uint32_t lo = 0, hi = r->n_insertions;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        const struct insertion *i = &r->insertions[mid];
        if (i->out + i->size <= t) {
            lo = mid + 1;
        } else if (i->out > t) {
            hi = mid;
        } else {
            return i;
        }
    }
    return NULL;
}

static uint32_t original_of(const struct rendering *twin, uint32_t t)
{
    const struct segment *a = segment_before(twin, t);
    if (!a) {
        return 0;
    }
    return t < a->out + a->size ? a->in + (t - a->out) : a->in + a->size;
}

uint32_t twin_place(const struct source *s, const struct rendering *twin, uint32_t t)
{
    uint32_t at = original_of(twin, t);
    const struct insertion *i = insertion_at(twin, t);
    while (i && at < i->hi && (s->text[at] == ' ' || s->text[at] == '\t')) {
        at++;
    }
    return at;
}

struct span twin_to_source(const struct rendering *twin, uint32_t lo, uint32_t hi)
{
    const struct insertion *first = insertion_at(twin, lo);
    struct span at = {first ? first->lo : original_of(twin, lo), 0};
    const struct insertion *last = hi > lo ? insertion_at(twin, hi - 1) : first;
    at.hi = last ? last->hi : hi > lo ? original_of(twin, hi - 1) + 1 : at.lo;
    if (at.hi < at.lo) {
        at.hi = at.lo;
    }
    return at;
}
