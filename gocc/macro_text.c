// From the tokens of an expansion back to a text, with uses that are not open written as uses.
//
//     #define MAX(a, b) ((a) > (b) ? (a) : (b))
//     #define SPAWN(n) go work(MAX(n, 3))
//     SPAWN(x);                   go work(MAX(x, 3));
//
// A run of tokens is a use again when it is the whole result of one. What a macro makes a string
// of, or pastes, has been expanded before if C says so, and must not be written as a use then.
// White space inside an argument is the file's, without its comments.
#include "macro_internal.h"

#include <ctype.h>
#include <string.h>

struct printer {
    const struct macro_use *use;
    struct macro_expansion *out;
    uint32_t room, room_origins;
    struct mtoken last; // size 0: none yet
    uint32_t line_at;   // where the last token of the file stood
};

// ---- bytes -------------------------------------------------------------------------------

static void put_bytes(struct printer *p, const char *text, uint32_t size)
{
    struct macro_expansion *out = p->out;
    if (out->size + size >= p->room) {
        p->room = (out->size + size) * 2 + 256;
        char *more = arena_alloc(p->room);
        if (out->size)
            memcpy(more, out->text, out->size);
        out->text = more;
    }
    memcpy(out->text + out->size, text, size);
    out->size += size;
}

static void add_origin(struct printer *p, struct origin o)
{
    struct macro_expansion *out = p->out;
    if (out->n_origins == p->room_origins) {
        p->room_origins = p->room_origins ? p->room_origins * 2 : 16;
        struct origin *more = arena_alloc(p->room_origins * sizeof *more);
        if (out->n_origins)
            memcpy(more, out->origins, out->n_origins * sizeof *more);
        out->origins = more;
    }
    out->origins[out->n_origins++] = o;
}

// ---- white space -------------------------------------------------------------------------

static bool follows_in_file(const struct source *s, const struct mtoken *a, const struct mtoken *b)
{
    if (a->macro || b->macro || !a->size)
        return false;
    for (unsigned i = 0, n = s->n_tokens; i < n;) {
        unsigned middle = i + (n - i) / 2;
        if (s->tokens[middle].lo < a->at)
            i = middle + 1;
        else if (s->tokens[middle].lo > a->at)
            n = middle;
        else
            return s->tokens[middle + 1].lo == b->at;
    }
    return false;
}

static void put_file_space(struct printer *p, const struct mtoken *t)
{
    const char *text = p->use->source->text;
    uint32_t lo = p->last.at + p->last.size, newline = 0;
    for (uint32_t i = lo; i < t->at; i++)
        newline = text[i] == '\n' ? i + 1 : newline;
    if (!newline && t->at > lo)
        put_bytes(p, " ", 1);
    if (!newline)
        return;
    put_bytes(p, "\n", 1);
    for (uint32_t i = newline; i < t->at && strchr(" \t", text[i]); i++)
        put_bytes(p, text + i, 1);
}

static bool is_word_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || c == '"' || c == '\'';
}

// Tokens that end and begin with these would be read as another one, or as `<-` and `:=`.
static bool would_join(char a, char b)
{
    static const char joining[] = "+-<>=&|#/*%^!:.";
    return (is_word_byte(a) && is_word_byte(b)) ||
           (a && strchr(joining, a) && b && strchr(joining, b)) ||
           (isdigit((unsigned char)a) && b == '.') || (a == '.' && isdigit((unsigned char)b));
}

static bool touch_in_body(const struct mtoken *a, const struct mtoken *b)
{
    return a->macro && a->macro == b->macro && a->at + a->size == b->at;
}

// ---- tokens ------------------------------------------------------------------------------

static void put_token(struct printer *p, const struct mtoken *t, bool space)
{
    char last = p->out->size ? p->out->text[p->out->size - 1] : 0;
    if (follows_in_file(p->use->source, &p->last, t))
        put_file_space(p, t);
    else if (last && (space || (would_join(last, *t->text) && !touch_in_body(&p->last, t))))
        put_bytes(p, " ", 1);
    if (!t->macro)
        p->line_at = t->at;
    struct span use = p->out->use;
    struct origin o = {.lo = p->out->size, .at = p->line_at, .copied = !t->macro, .use = use};
    if (t->macro) {
        o.macro = t->macro->name;
        o.body = t->macro->source;
        o.body_at = span_of(t->at, t->at + 1);
    }
    add_origin(p, o);
    put_bytes(p, t->text, t->size);
    p->last = *t;
}

static bool is_result(const struct mtoken *t, const struct muse *u, unsigned number)
{
    const struct link *k = t->made_by;
    while (k && k->use != u)
        k = k->inner;
    return k && k->number == number;
}

// The outermost use, not open, whose whole result stands at token i; or NULL.
static const struct muse *closed_use(const struct mtokens *list, unsigned i)
{
    for (const struct link *k = list->t[i].made_by; k; k = k->inner) {
        const struct muse *u = k->use;
        if (u->open || k->number != 0 || i + u->n > list->n)
            continue;
        unsigned n = 1;
        while (n < u->n && is_result(&list->t[i + n], u, n))
            n++;
        if (n == u->n)
            return u;
    }
    return NULL;
}

static bool holds_open(const struct mtokens *list)
{
    for (unsigned i = 0; i < list->n; i++)
        for (const struct link *k = list->t[i].made_by; k; k = k->inner)
            if (k->use->open)
                return true;
    return false;
}

static bool is_taken_raw(const struct macro *m, unsigned param)
{
    for (unsigned i = 0; i < m->body.n; i++) {
        const struct mtoken *b = &m->body.t[i];
        if (b->param == (int)param && (b->stringify || b->paste || (i && b[-1].paste)))
            return true;
    }
    return false;
}

static void put_list(struct printer *p, const struct mtokens *list, bool fold, bool space);

static void put_use(struct printer *p, const struct muse *u, bool space)
{
    struct mtoken sign = u->name;
    put_token(p, &u->name, space);
    if (!u->macro->function_like)
        return;
    // Brackets and commas belong to whatever the name belongs to.
    sign.macro = u->macro;
    sign.size = 1;
    sign.text = "(";
    put_token(p, &sign, false);
    for (unsigned i = 0; i < u->n_args; i++) {
        sign.text = ",";
        if (i)
            put_token(p, &sign, false);
        bool raw = is_taken_raw(u->macro, i);
        put_list(p, !raw && holds_open(&u->full[i]) ? &u->full[i] : &u->args[i], !raw, i > 0);
    }
    sign.text = ")";
    put_token(p, &sign, false);
}

// space: in front of the first token.
static void put_list(struct printer *p, const struct mtokens *list, bool fold, bool space)
{
    for (unsigned i = 0; i < list->n;) {
        const struct muse *u = fold ? closed_use(list, i) : NULL;
        bool before = i ? list->t[i].space : space;
        if (u)
            put_use(p, u, before);
        else
            put_token(p, &list->t[i], before);
        i += u ? u->n : 1;
    }
}

void macro_to_text(const struct macro_use *use, const struct mtokens *result,
                   struct macro_expansion *out)
{
    struct printer p = {.use = use, .out = out, .line_at = out->use.lo};
    put_list(&p, result, true, false);
    put_bytes(&p, "", 1);
    out->size--;
}

// ---- the text of the file ----------------------------------------------------------------

static void put_expansion(struct printer *p, const struct macro_expansion *e)
{
    struct macro_expansion *all = p->out;
    if (e->size && all->size && would_join(all->text[all->size - 1], *e->text))
        put_bytes(p, " ", 1);
    for (uint32_t i = 0; i < e->n_origins; i++) {
        struct origin o = e->origins[i];
        o.lo += all->size;
        add_origin(p, o);
    }
    put_bytes(p, e->text, e->size);
}

// What stands in s from lo on, and before hi.
static void put_original(struct printer *p, const struct source *s, uint32_t lo, uint32_t hi)
{
    add_origin(p, (struct origin){.lo = p->out->size, .at = lo, .copied = true});
    put_bytes(p, s->text + lo, hi - lo);
}

void macro_apply(struct source *s, const struct macro_expansion *expansions, unsigned n)
{
    struct macro_expansion all = {0};
    struct printer p = {.out = &all};
    uint32_t at = 0;
    for (const struct macro_expansion *e = expansions; e < expansions + n; e++) {
        put_original(&p, s, at, e->use.lo);
        put_expansion(&p, e);
        at = e->use.hi;
        if (e->size && would_join(all.text[all.size - 1], s->text[at]))
            put_bytes(&p, " ", 1);
    }
    put_original(&p, s, at, s->size);
    put_bytes(&p, "", 1);
    source_set_text(s, all.text, all.size - 1, all.origins, all.n_origins);
}
