// The walk over what has to change.
//
// Order: an edit that opens where another one opens must be queued after it to stand in front
// of it, so everything is lowered from the inside out: by its end, then by its beginning from
// the right; where spans are equal, nodes before calls before conversions.
#include "lower.h"

#include <stdlib.h>

// ---- the walk ----------------------------------------------------------------------------

struct item {
    unsigned source;
    struct span span;
    int rank; // node, call, conversion
    unsigned number;
    void *what;
};

struct items {
    struct item *all;
    unsigned n, room;
};

static void add_item(struct items *list, struct item item)
{
    if (list->n == list->room) {
        list->room = list->room ? list->room * 2 : 64;
        list->all = realloc(list->all, list->room * sizeof *list->all);
        if (!list->all)
            fatal("out of memory");
    }
    item.number = list->n;
    list->all[list->n++] = item;
}

static int inside_out(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->span.hi != y->span.hi)
        return x->span.hi < y->span.hi ? -1 : 1;
    if (x->span.lo != y->span.lo)
        return x->span.lo > y->span.lo ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank - y->rank;
    return x->number > y->number ? -1 : 1; // of two nodes the child was met later
}

static void lower_builtin_node(struct lower *l, struct node *n)
{
    bool started = n->parent && (n->parent->kind == NODE_GO || n->parent->kind == NODE_DEFER) &&
                   n->parent->what == GO_BUILTIN;
    if (!started)
        lower_builtin(l, n);
}

static void lower_node(struct lower *l, struct node *n)
{
    static void (*const by_kind[])(struct lower *, struct node *) = {
        [NODE_FUNCTION] = lower_frame,  [NODE_LABEL] = lower_label,
        [NODE_CHAN_TYPE] = lower_type,  [NODE_FUNC_TYPE] = lower_type,
        [NODE_CLOSURE] = lower_closure, [NODE_GO] = lower_go,
        [NODE_DEFER] = lower_defer,     [NODE_SEND] = lower_send,
        [NODE_RECV] = lower_receive,    [NODE_RECV_OK] = lower_receive_ok,
        [NODE_DECLARE] = lower_declare, [NODE_RANGE] = lower_range,
        [NODE_SELECT] = lower_select,   [NODE_BUILTIN] = lower_builtin_node,
        [NODE_RETURN] = lower_return,   [NODE_JUMP] = lower_jump,
    };
    if (n->kind < sizeof by_kind / sizeof *by_kind && by_kind[n->kind])
        by_kind[n->kind](l, n);
}

static void lower_items(struct lower *l)
{
    struct items list = {0};
    for (unsigned i = 0; i < l->u->n_sources; i++)
        for (struct node *n = l->u->files[i]; n; n = node_next(n, l->u->files[i]))
            add_item(&list, (struct item){.source = i, .span = n->span, .rank = 0, .what = n});
    for (struct func_call *c = l->u->calls; c; c = c->next)
        add_item(&list, (struct item){source_number(l, c->source), c->span, 1, 0, c});
    for (struct conversion *c = l->u->conversions; c; c = c->next)
        add_item(&list, (struct item){source_number(l, c->source), c->span, 2, 0, c});
    if (list.n)
        qsort(list.all, list.n, sizeof *list.all, inside_out);
    for (unsigned i = 0; i < list.n; i++) {
        struct item *item = &list.all[i];
        if (item->rank == 0)
            lower_node(l, item->what);
        else if (item->rank == 1)
            lower_func_call(l, item->what);
        else
            lower_conversion(l, item->what);
    }
    free(list.all);
}

static bool lifts_code(const struct node *fn)
{
    for (struct node *n = node_next(fn, fn); n; n = node_next(n, fn))
        if (n->kind == NODE_CLOSURE || n->kind == NODE_GO || n->kind == NODE_DEFER)
            return true;
    return false;
}

// Lifted code stands before the function that it comes from: one that names itself in there
// (`go walk(t->left);`) is declared first.
static void lower_prototypes(struct lower *l)
{
    for (unsigned i = 0; i < l->u->n_sources; i++) {
        for (struct node *n = l->u->files[i]; n; n = node_next(n, l->u->files[i])) {
            if (n->kind != NODE_FUNCTION || !lifts_code(n))
                continue;
            const struct decl *d = sema_decl(l->u, n->source, n->name);
            const struct use *use = d ? d->uses : NULL;
            while (use && (use->source != n->source || !span_in(use->span, n->body)))
                use = use->next;
            if (!use)
                continue;
            uint32_t first = token_after(n->source, n->span.lo)->hi;
            uint32_t end = last_token_end(n->source, span_of(n->span.lo, n->body.lo));
            struct lifted *to = lift(l, n, LIFTED_PROTOTYPE);
            lifted_without_ends(to, span_of(n->span.lo, end), first, end);
            lifted_text(to, ";\n\n");
        }
    }
}

// An inline function of a header, neither static nor extern.
static bool is_plain_inline(const struct node *fn)
{
    struct span head = span_of(fn->span.lo, fn->body.lo);
    const struct source *s = fn->source;
    return !span_has_word(s, head, "static") && !span_has_word(s, head, "extern") &&
           (span_has_word(s, head, "inline") || span_has_word(s, head, "__inline"));
}

static bool has_conversion(struct lower *l, const struct node *fn)
{
    for (const struct conversion *c = l->u->conversions; c; c = c->next)
        if (c->source == fn->source && span_in(c->span, fn->span))
            return true;
    return false;
}

// clang warns of static objects in an inline function that other files may hold too, for they
// would be others there. What is lifted has no identity, so that does no harm.
static void quiet_inline(struct lower *l, struct node *fn)
{
    struct lifted *to = lift(l, fn, LIFTED_PRAGMA);
    lifted_text(to, "#ifdef __clang__\n#pragma clang diagnostic push\n"
                    "#pragma clang diagnostic ignored \"-Wstatic-in-inline\"\n#endif\n");
    put_behind(l, fn->source, fn->span.hi,
               "\n#ifdef __clang__\n#pragma clang diagnostic pop\n#endif\n");
}

static void quiet_inlines(struct lower *l)
{
    for (unsigned i = 0; i < l->u->n_sources; i++)
        for (struct node *n = l->u->files[i]; n; n = node_next(n, l->u->files[i]))
            if (n->kind == NODE_FUNCTION && is_plain_inline(n) &&
                (lifts_code(n) || has_conversion(l, n)))
                quiet_inline(l, n);
}

void lower(struct unit *u, struct capture_facts *f, struct edits **edits)
{
    struct lower l = {.u = u, .f = f, .edits = edits};
    collect_words(&l);
    l.self = local_name(&l, "self");
    for (unsigned i = 0; i < u->n_sources; i++)
        for (struct node *n = u->files[i]; n; n = node_next(n, u->files[i]))
            name_node(&l, n);
    lower_hoists(&l);
    lower_posix_uses(&l);
    lower_prototypes(&l);
    quiet_inlines(&l);
    lower_items(&l);
    lower_declarations(&l);
    lower_uses(&l);
    put_heads(&l);
    put_lifted(&l);
}
