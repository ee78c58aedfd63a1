// Local types and static variables that lifted code needs move to file scope.
//
//     int main(void)                   struct job { int id; };
//     {                                static int main_started;
//         struct job { int id; };
//         static int started;          int main(void)
//         go { use(&started); }        {
//
// A struct that is declared together with variables leaves its name behind.
#include "lower.h"

#include <string.h>

static bool ends_in_semicolon(const struct source *s, struct span span)
{
    return span.hi > span.lo && s->text[span.hi - 1] == ';';
}

static void hoist_type(struct lower *l, const struct decl *d)
{
    struct source *s = d->source;
    struct span span = d->span;
    if (ends_in_semicolon(s, span))
        span.hi = last_token_end(s, span_of(span.lo, span.hi - 1));
    struct lifted *to = lift_at(l, s, span.lo, LIFTED_TYPE);
    const struct token *keyword = token_after(s, span.lo), *next = token_after(s, span.hi);
    bool alone = next && token_is(s, next, ";");
    // a range that is exactly what a replacement replaces would show the replacement
    const char *name = hoisted_name(l->f, d);
    if (name && !*d->name) {
        lifted_text(to, "%s %s", span_text(s, span_of(keyword->lo, keyword->hi)), name);
        lifted_range(to, span_of(keyword->hi, span.hi));
    } else {
        lifted_without_ends(to, span, keyword->hi, span.hi);
    }
    lifted_text(to, ";\n\n");
    if (alone)
        replace(l, s, span.lo, next->hi, "%s", "");
    else
        replace(l, s, span.lo, span.hi, "%s %s", span_text(s, span_of(keyword->lo, keyword->hi)),
                name ? name : d->name);
}

// The name inside the definition itself, where it is declared and not used.
static void rename_declared(struct lower *l, const struct decl *d)
{
    const char *name = hoisted_name(l->f, d);
    if (name && !span_empty(d->name_span))
        replace(l, d->source, d->name_span.lo, d->name_span.hi, "%s", name);
}

// static int a = 1, b;      ->  static int main_a = 1;  static int main_b;
static void hoist_static(struct lower *l, const struct decl *d)
{
    struct source *s = d->source;
    struct lifted *to = lift_at(l, s, d->statement.lo, LIFTED_TYPE);
    lifted_text(to, "static %s", declare(l, d->type, hoisted_name(l->f, d)));
    if (!span_empty(d->initialiser)) {
        lifted_text(to, " = ");
        lifted_range(to, d->initialiser);
    }
    lifted_text(to, ";\n\n");
}

// A declaration all of whose variables move goes; else each that stays is declared anew.
static void remove_static(struct lower *l, const struct decl *first)
{
    struct source *s = first->source;
    uint32_t from = first->statement.lo;
    char *text = "";
    for (struct decl *d = NULL; (d = next_local(l->f, first->function, d)) != NULL;) {
        if (d->source != s || d->kind != DECL_VARIABLE || d->statement.lo != first->statement.lo ||
            table_get(&l->done, d))
            continue;
        table_put(&l->done, d, d);
        if (hoisted_name(l->f, d))
            continue;
        text = arena_printf("%sstatic %s", text, declare(l, d->type, d->name));
        if (!span_empty(d->initialiser)) {
            replace(l, s, from, d->initialiser.lo, "%s = ", text);
            from = d->initialiser.hi;
            text = "";
        }
        text = arena_printf("%s; ", text);
    }
    replace(l, s, from, first->statement.hi, "%s", text);
}

void lower_hoists(struct lower *l)
{
    for (struct hoist *h = l->f->hoists; h; h = h->next) {
        if (h->decl->kind == DECL_TYPE) {
            hoist_type(l, h->decl);
            continue;
        }
        hoist_static(l, h->decl);
        if (!table_get(&l->done, h->decl))
            remove_static(l, h->decl);
    }
    for (struct decl *d = l->u->decls; d; d = d->next)
        if (d->kind == DECL_TYPE)
            rename_declared(l, d);
}
