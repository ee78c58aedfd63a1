// Which types and static variables of a function must move to file scope, because code that
// is lifted out of the function needs them.
//
// A declaration moves when it is used in another function than the one it is local to, when
// the type of a captured variable, of a closure or of an argument of go or defer needs it, or
// when what moves uses it. What moves is the outermost declaration: the typedef with its
// struct, the enum with its constants. A type keeps its name unless another declaration of
// the unit has it too; a static variable is called function_name there.
#include "capture.h"
#include "scan.h"

#include <stdlib.h>
#include <string.h>

struct finder {
    struct capture_facts *facts;
    struct table seen;   // declarations that move
    struct decl **moved; // the same, in the order in which they were found
    unsigned n_moved, room;
    struct decl **by_name; // what a name at file scope could collide with; NULL: not yet made
    unsigned n_by_name;
    unsigned n_invented; // names for structs without one
};

static bool is_local_type(const struct decl *d)
{
    return d->kind == DECL_TYPE && d->function && d->source;
}

// The local type declaration around d that is in none itself.
static struct decl *outermost(struct capture_facts *f, struct decl *d)
{
    struct decl *outer = d;
    for (struct decl *o = NULL; (o = next_local(f, d->function, o)) != NULL;)
        if (is_local_type(o) && o->source == d->source && span_in(outer->span, o->span) &&
            o->span.hi - o->span.lo > outer->span.hi - outer->span.lo)
            outer = o;
    return outer;
}

static void move(struct finder *h, struct decl *d)
{
    if (d->kind == DECL_TYPE)
        d = outermost(h->facts, d);
    if (table_get(&h->seen, d))
        return;
    table_put(&h->seen, d, d);
    if (h->n_moved == h->room) {
        h->room = h->room ? h->room * 2 : 16;
        struct decl **more = arena_alloc(h->room * sizeof *more);
        if (h->n_moved)
            memcpy(more, h->moved, h->n_moved * sizeof *more);
        h->moved = more;
    }
    h->moved[h->n_moved++] = d;
}

static void move_type(struct finder *h, const struct type *t, int depth)
{
    if (!t || depth > 8)
        return;
    if (t->decl && is_local_type(t->decl))
        move(h, t->decl);
    move_type(h, t->elem, depth + 1);
    for (unsigned i = 0; i < t->n_params; i++)
        move_type(h, t->params[i], depth + 1);
}

static bool used_elsewhere(const struct decl *d)
{
    for (const struct use *use = d->uses; use; use = use->next)
        if (use->function != d->function)
            return true;
    return false;
}

static bool is_local_static(const struct decl *d)
{
    return d->kind == DECL_VARIABLE && d->is_static && d->function && d->source;
}

static void move_used(struct finder *h, struct unit *u)
{
    for (struct decl *d = u->decls; d; d = d->next)
        if ((is_local_type(d) || is_local_static(d)) && used_elsewhere(d))
            move(h, d);
}

static void move_captured(struct finder *h, struct unit *u, const struct node *n)
{
    for (const struct capture *c = captures_of(h->facts, n); c; c = c->next)
        move_type(h, c->decl->type, 0);
    if (n->kind == NODE_CLOSURE) {
        move_type(h, n->result_type, 0);
        move_type(h, sema_type(u, n->source, n->span), 0);
    }
    if ((n->kind == NODE_GO || n->kind == NODE_DEFER) && n->what == GO_CALL) {
        move_type(h, sema_callee(u, (struct node *)n), 0);
        for (unsigned i = 0; i < n->n_list; i++)
            move_type(h, sema_type(u, n->source, n->list[i]), 0);
    }
}

static bool is_used_in(const struct decl *d, const struct source *s, struct span span)
{
    for (const struct use *use = d->uses; use; use = use->next)
        if (use->source == s && span_in(use->span, span))
            return true;
    return false;
}

// Types and statics of the functions around it that a declaration which moves uses move with it.
static void move_needed(struct finder *h, const struct decl *moved)
{
    struct span span = moved->kind == DECL_TYPE ? moved->span : moved->statement;
    if (moved->kind != DECL_TYPE)
        move_type(h, moved->type, 0); // also one without a name, which nothing can use
    for (const struct node *fn = moved->function; fn; fn = fn->owner)
        for (struct decl *d = NULL; (d = next_local(h->facts, fn, d)) != NULL;)
            if ((is_local_type(d) || is_local_static(d)) && is_used_in(d, moved->source, span))
                move(h, d);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(struct decl *const *)a)->name, (*(struct decl *const *)b)->name);
}

static bool takes_name(const struct decl *d)
{
    return *d->name && (d->kind == DECL_TYPE || d->kind == DECL_FUNCTION || !d->function);
}

static void sort_names(struct finder *h)
{
    unsigned n = 0;
    for (struct decl *d = h->facts->unit->decls; d; d = d->next)
        n += takes_name(d);
    h->by_name = arena_alloc((n + 1) * sizeof *h->by_name);
    for (struct decl *d = h->facts->unit->decls; d; d = d->next)
        if (takes_name(d))
            h->by_name[h->n_by_name++] = d;
    if (n)
        qsort(h->by_name, n, sizeof *h->by_name, by_name);
}

static bool name_is_taken(struct finder *h, const struct decl *d)
{
    if (!h->by_name)
        sort_names(h);
    unsigned lo = 0, hi = h->n_by_name; // the first of that name
    while (lo < hi) {
        unsigned middle = lo + (hi - lo) / 2;
        if (strcmp(h->by_name[middle]->name, d->name) < 0)
            lo = middle + 1;
        else
            hi = middle;
    }
    for (; lo < h->n_by_name && !strcmp(h->by_name[lo]->name, d->name); lo++) {
        const struct decl *o = h->by_name[lo];
        if (o != d &&
            !(o->source == d->source && o->function == d->function && span_in(o->span, d->span)))
            return true;
    }
    return false;
}

static const char *function_name(const struct node *fn)
{
    while (fn->owner)
        fn = fn->owner;
    return span_empty(fn->name) ? "file" : span_text(fn->source, fn->name);
}

// `struct { … } x;` that moves away from its variables.
static bool needs_name(const struct decl *d)
{
    const struct token *next = token_after(d->source, d->span.hi);
    return d->kind == DECL_TYPE && !*d->name && next && !token_is(d->source, next, ";");
}

static const char *invent_name(struct finder *h, const struct decl *d)
{
    const struct token *keyword = token_after(d->source, d->span.lo);
    return arena_printf("%s_%s%u", function_name(d->function),
                        span_text(d->source, span_of(keyword->lo, keyword->hi)), ++h->n_invented);
}

// d and what is declared inside it get the names that they have at file scope.
static void name_hoisted(struct finder *h, struct decl *moved)
{
    if (needs_name(moved))
        table_put(&h->facts->names, moved, (void *)invent_name(h, moved));
    for (struct decl *d = NULL; (d = next_local(h->facts, moved->function, d)) != NULL;) {
        bool part = d == moved || (moved->kind == DECL_TYPE && is_local_type(d) &&
                                   d->source == moved->source && span_in(d->span, moved->span));
        if (part && *d->name && (d->kind == DECL_VARIABLE || name_is_taken(h, d)))
            table_put(&h->facts->names, d,
                      arena_printf("%s_%s", function_name(d->function), d->name));
    }
}

const char *hoisted_name(struct capture_facts *f, const struct decl *d)
{
    return table_get(&f->names, d);
}

void find_hoists(struct capture_facts *f)
{
    struct unit *u = f->unit;
    struct finder h = {.facts = f};
    move_used(&h, u);
    for (unsigned i = 0; i < u->n_sources; i++)
        for (struct node *n = u->files[i]; n; n = node_next(n, u->files[i]))
            move_captured(&h, u, n);
    for (unsigned i = 0; i < h.n_moved; i++)
        move_needed(&h, h.moved[i]);
    struct hoist **last = &f->hoists;
    for (struct decl *d = u->decls; d; d = d->next) {
        if (!table_get(&h.seen, d))
            continue;
        name_hoisted(&h, d);
        *last = arena_alloc(sizeof **last);
        (*last)->decl = d;
        last = &(*last)->next;
    }
}
