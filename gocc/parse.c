// Files and their external declarations; and what is known only when the tree is whole.
//
// A file is a row of external declarations. One is a function definition when a `{` stands where
// neither an initialiser nor a struct can begin.
#include "parser.h"

#include "scan.h"

#include <string.h>

// ---- external declarations ---------------------------------------------------------------

// The name of the function that is declared by tokens [i, end): the one before its parameters,
// which an attribute or the body follow; a macro's call may stand before. 0: none.
static unsigned function_name(const struct parser *p, unsigned i, unsigned end)
{
    unsigned first = 0;
    while (i < end) {
        enum word_class c = class_at(p, i);
        unsigned type = type_end(p, i);
        if (type) {
            i = type;
        } else if ((c == CLASS_TYPEOF || c == CLASS_ATTRIBUTE) && is(p, i + 1, "(")) {
            i = skip_group(p, i + 1);
        } else if (c == CLASS_NAME && is(p, i + 1, "(") && !is(p, i + 2, "*")) {
            unsigned after = skip_group(p, i + 1);
            if (after == end || is(p, after, ")") || class_at(p, after) == CLASS_ATTRIBUTE)
                return i;
            first = first ? first : i;
            i = after;
        } else {
            i = is(p, i, "{") ? skip_group(p, i) : i + 1;
        }
    }
    return first;
}

// Requires: p->at at the `{` of a function that is declared from token first on.
static void function_definition(struct parser *p, unsigned first, struct node *mark)
{
    struct node *n = adopt(p, NODE_FUNCTION, tok(p, first)->lo, mark);
    struct scope declared = p->declared;
    unsigned name = function_name(p, first, p->at);
    if (name || is(p, first + 1, "(")) {
        n->name = span_of(tok(p, name)->lo, tok(p, name)->hi);
        declare_word(p, name);
        declared = p->declared;
        declare_parameters(p, name + 1);
    }
    n->body.lo = here(p);
    body(p);
    n->body.hi = behind(p);
    p->declared = declared;
    close_node(p, n);
}

// Where an old-style definition may have begun, whose parameters are declared before its `{`.
struct old_style {
    unsigned first;
    struct node *mark;
    bool possible;
};

static void external_declaration(struct parser *p, struct old_style *old)
{
    unsigned first = p->at;
    struct node *mark = last_child(p);
    if (wrong_declaration(p) || wrong_outside(p))
        return;
    if (is(p, p->at, "{")) {
        if (old->possible)
            function_definition(p, old->first, old->mark);
        else
            function_definition(p, first, mark);
        old->possible = false;
        return;
    }
    declare_names(p, first);
    expression(p, IN_DECLARATION);
    if (is(p, p->at, "{")) {
        wrong_result(p, first);
        function_definition(p, first, mark);
        old->possible = false;
    } else if (accept(p, ";")) {
        unsigned name = function_name(p, first, p->at);
        unsigned after = name ? skip_group(p, name + 1) : 0;
        if (name && after < p->at && class_at(p, after) != CLASS_NONE &&
            class_at(p, after) != CLASS_ATTRIBUTE)
            *old = (struct old_style){first, mark, true};
    } else {
        p->at += p->at == first || !is(p, p->at, "}");
    }
}

// ---- what the whole tree shows -----------------------------------------------------------

bool node_is_construct(const struct node *n)
{
    switch (n->kind) {
    case NODE_FILE:
    case NODE_FUNCTION:
    case NODE_BLOCK:
    case NODE_LOOP:
    case NODE_SWITCH:
    case NODE_LABEL:
    case NODE_BUILTIN: // a function of the program's may have that name
    case NODE_RETURN:
        return false;
    default:
        return true;
    }
}

static bool is_function(const struct node *n)
{
    return n->kind == NODE_FUNCTION || n->kind == NODE_CLOSURE ||
           ((n->kind == NODE_GO || n->kind == NODE_DEFER) && n->what == GO_BLOCK);
}

static struct node *owner_of(const struct node *n)
{
    struct node *around = n->parent;
    while (around && !is_function(around))
        around = around->parent;
    return around;
}

// What a label stands before, other labels passed.
static struct node *labelled(const struct node *label)
{
    struct node *n = label->child;
    while (n && n->kind == NODE_LABEL)
        n = n->child;
    if (!n || (n->kind != NODE_LOOP && n->kind != NODE_RANGE && n->kind != NODE_SELECT &&
               n->kind != NODE_SWITCH))
        return NULL;
    return n;
}

static void resolve_jump(struct node *jump)
{
    struct source *s = jump->source;
    const char *name = span_text(s, jump->name), *word = jump->is_continue ? "continue" : "break";
    bool leaves = false;
    for (struct node *n = jump->parent; n && n->kind != NODE_FUNCTION; n = n->parent) {
        leaves |= is_function(n);
        if (n->kind != NODE_LABEL || strcmp(span_text(s, n->name), name) != 0)
            continue;
        if (leaves) {
            jump->broken = true;
            error_at(s, jump->span, "%s out of a closure", word);
            note_at(s, n->name, "the label is here");
            return;
        }
        struct node *target = labelled(n);
        bool loop = target && (target->kind == NODE_LOOP || target->kind == NODE_RANGE);
        if (target && (loop || !jump->is_continue)) {
            jump->target = target;
            return;
        }
        jump->broken = true;
        error_at(s, jump->name, "'%s %s' needs a label on a %s", word, name,
                 jump->is_continue ? "loop" : "loop, switch or select");
        note_at(s, n->name, "the label is here");
        return;
    }
    jump->broken = true;
    error_at(s, jump->name, "no enclosing statement has the label '%s'", name);
}

static void finish(struct node *file, unsigned *n_constructs)
{
    static unsigned ids;
    *n_constructs = 0;
    for (struct node *n = file; n; n = node_next(n, file)) {
        n->id = ++ids;
        *n_constructs += node_is_construct(n);
        if (n->kind == NODE_JUMP)
            resolve_jump(n);
        if (n->kind != NODE_FILE && n->kind != NODE_FUNCTION)
            n->owner = owner_of(n);
        if (n->kind == NODE_CLOSURE)
            n->at_file_scope = !n->owner;
    }
}

static unsigned extra_words; // that headers declare

void parse_add_word(const char *name)
{
    extra_words |= word_named(name, (uint32_t)strlen(name));
}

void parse_forget(void)
{
    extra_words = 0;
    forget_type_names();
    view_forget_skipped();
    parse_forget_confirmed();
}

struct node *parse(struct source *s, unsigned *n_constructs)
{
    struct view *v = view_new(s);
    struct parser p = {.s = s, .t = v->t, .end = v->n - 1, .declared = {extra_words, NULL}};
    struct old_style old = {0};
    struct node *file = open_node(&p, NODE_FILE);
    wrong_language(&p);
    while (!at_end(&p)) {
        unsigned before = p.at;
        external_declaration(&p, &old);
        p.at += p.at == before;
    }
    file->span = span_of(0, s->size);
    file->wrongs = p.wrongs;
    file->suspicions = p.suspicions;
    file->hopeless = p.gave_up || s->damaged;
    finish(file, n_constructs);
    *n_constructs += p.wrongs != NULL;
    return file;
}

static bool declares(const struct node *n)
{
    switch (n->kind) {
    case NODE_DECLARE:
    case NODE_RANGE:
        return true;
    case NODE_RECV_OK:
        return n->declare;
    case NODE_CASE:
        return n->form == CASE_RECV_DECLARE || n->form == CASE_RECV_OK_DECLARE;
    default:
        return false;
    }
}

bool node_hides_operand(const struct node *n)
{
    struct span operand = n->kind == NODE_DECLARE ? n->value : n->operand;
    for (int i = 0; i < 2 && declares(n); i++)
        if (!span_empty(n->lhs[i]) && !n->reuse[i] && !text_is(n->source, n->lhs[i], "_") &&
            span_names(n->source, operand, span_text(n->source, n->lhs[i])))
            return true;
    return false;
}

// ---- walking -----------------------------------------------------------------------------

struct node *node_next(const struct node *n, const struct node *root)
{
    if (n->child)
        return n->child;
    while (n != root && !n->next)
        n = n->parent;
    return n == root ? NULL : n->next;
}

struct node *node_around(const struct node *n, enum node_kind kind)
{
    struct node *around = n->parent;
    while (around && around->kind != kind)
        around = around->parent;
    return around;
}

struct node *node_at(struct node *root, struct span span)
{
    // Most questions about a file go forward: the search begins at the last answer's function.
    static struct node *last_root, *last_child;
    struct node *first = root->child;
    if (root == last_root && last_child->span.lo <= span.lo)
        first = last_child;
    for (struct node *n = first; n && n->span.lo <= span.lo; n = n->next) {
        if (root->kind == NODE_FILE) {
            last_root = root;
            last_child = n;
        }
        if (span_in(span, n->span) && !span_empty(n->span))
            return node_at(n, span);
    }
    return root;
}
