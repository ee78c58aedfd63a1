// The preprocessor's algorithm on tokens that remember every use they are a result of.
//
// Everything is expanded, as C says: arguments first, # and ## on arguments as they stand, the
// result once more together with what follows. Which uses show in the text is decided on the way:
// a use is `open` when
//
//   - its body holds a contextual word, `<-` or `:=`, or the use of a macro that is open;
//   - it makes a string of an argument that will be rewritten (assert(<-c == 2));
//   - its result has a bracket without its partner, as in #define LOOP for (;;) {
//   - somebody asks for it.
//
// What is not open is written as a use again (macro_text.c). Source of the algorithm: Dave
// Prosser's, from the committee that wrote C89.
#include "macro_internal.h"

#include "scan.h"
#include "view.h"

#include <string.h>

struct expander {
    const struct macro_use *use;
    unsigned n_tokens; // made so far: beyond MAX_TOKENS nothing is expanded
    bool failed;
};

enum { MAX_TOKENS = 200000 };

// ---- hidden macros -----------------------------------------------------------------------

static bool is_hidden(const struct mtoken *t, const struct macro *m)
{
    for (const struct hidden *h = t->hidden; h; h = h->next)
        if (h->macro == m)
            return true;
    return false;
}

static void hide(struct mtoken *t, const struct macro *m)
{
    if (is_hidden(t, m))
        return;
    struct hidden *h = arena_alloc(sizeof *h);
    *h = (struct hidden){t->hidden, m};
    t->hidden = h;
}

// The macro of a use of which `name` is the name and `close` the last token: what both hide stays
// hidden in its result.
static void hide_in_result(struct mtokens *result, const struct macro *m, const struct mtoken *name,
                           const struct mtoken *close)
{
    for (unsigned i = 0; i < result->n; i++) {
        hide(&result->t[i], m);
        for (const struct hidden *h = name->hidden; h; h = h->next)
            if (is_hidden(close, h->macro))
                hide(&result->t[i], h->macro);
    }
}

static struct macro *macro_named_by(struct expander *x, const struct mtoken *t)
{
    struct macro *m = t->kind == TOK_IDENT ? macro_find(x->use->set, t->text, t->size) : NULL;
    return m && !is_hidden(t, m) ? m : NULL;
}

// ---- arguments ---------------------------------------------------------------------------

// Collects the arguments from behind the `(` at token i on. Returns the index of the `)`, or 0.
static unsigned take_arguments(struct muse *u, const struct mtokens *in, unsigned i)
{
    const struct macro *m = u->macro;
    unsigned room = m->n_params ? m->n_params : 1, depth = 0;
    u->args = arena_alloc(room * sizeof *u->args);
    u->full = arena_alloc(room * sizeof *u->full);
    u->n_args = 1;
    for (; i < in->n; i++) {
        const struct mtoken *t = &in->t[i];
        if (t->kind == TOK_DIRECTIVE)
            return 0;
        if (!depth && mtoken_is(t, ")"))
            break;
        depth += mtoken_is(t, "(");
        depth -= mtoken_is(t, ")");
        bool is_rest = m->variadic && u->n_args == m->n_params;
        if (depth || !mtoken_is(t, ",") || is_rest)
            mtoken_push(&u->args[u->n_args - 1], *t);
        else if (++u->n_args > m->n_params)
            return 0;
    }
    bool rest_absent = m->variadic && u->n_args + 1 == m->n_params;
    if (i == in->n || (m->n_params == 0 && u->args[0].n) ||
        (m->n_params && u->n_args != m->n_params && !rest_absent))
        return 0;
    return i;
}

// ---- # and ## ----------------------------------------------------------------------------

static void add_escaped(char *to, const struct mtoken *t)
{
    bool literal = t->kind == TOK_STRING || t->kind == TOK_CHAR;
    to += strlen(to);
    for (uint32_t i = 0; i < t->size; i++) {
        if (literal && (t->text[i] == '"' || t->text[i] == '\\'))
            *to++ = '\\';
        *to++ = t->text[i];
    }
}

static bool is_rewritten(struct expander *x, const struct mtokens *arg)
{
    for (unsigned i = 0; i < arg->n; i++)
        if (!arg->t[i].macro &&
            x->use->is_rewritten(x->use->context,
                                 span_of(arg->t[i].at, arg->t[i].at + arg->t[i].size)))
            return true;
    return false;
}

// The place of what # and ## make is that of the parameter's name in the body.
static struct mtoken make_string(struct muse *u, const struct mtoken *param)
{
    const struct mtokens *arg = &u->args[param->param];
    size_t size = 3;
    for (unsigned i = 0; i < arg->n; i++)
        size += 2 * arg->t[i].size + 1;
    char *text = arena_alloc(size);
    strcat(text, "\"");
    for (unsigned i = 0; i < arg->n; i++) {
        if (i && arg->t[i].space)
            strcat(text, " ");
        add_escaped(text, &arg->t[i]);
    }
    strcat(text, "\"");
    return (struct mtoken){.kind = TOK_STRING,
                           .text = text,
                           .size = (uint32_t)strlen(text),
                           .space = param->space,
                           .macro = u->macro,
                           .at = param->at,
                           .param = -1};
}

static void paste(struct muse *u, struct mtoken *left, const struct mtoken *right)
{
    left->text =
        arena_printf("%.*s%.*s", (int)left->size, left->text, (int)right->size, right->text);
    left->size += right->size;
    left->at = left->macro == u->macro ? left->at : u->macro->at;
    left->macro = u->macro;
    left->hidden = NULL;
    left->made_by = NULL;
    u->open |= left->kind == TOK_IDENT && word_named(left->text, left->size);
}

// ---- the result of a use -----------------------------------------------------------------

static void scan(struct expander *x, struct mtokens in, struct mtokens *out, bool *any_open);

// Holds a word that begins a statement, or ends with an arrow: no operand that could be left to
// stand among the arguments of a use.
static bool is_part_of_construct(const struct mtokens *arg)
{
    int depth = 0;
    for (unsigned i = 0; i < arg->n; i++) {
        const struct mtoken *t = &arg->t[i];
        unsigned word = t->kind == TOK_IDENT ? word_named(t->text, t->size) : 0;
        depth += mtoken_is(t, "{") - mtoken_is(t, "}");
        if (depth == 0 && (word & (WORD_GO | WORD_DEFER | WORD_SELECT | WORD_RANGE)))
            return true;
    }
    return arg->n > 1 && mtoken_is(&arg->t[arg->n - 2], "<") && mtoken_is(&arg->t[arg->n - 1], "-");
}

static void expand_argument(struct expander *x, struct muse *u, unsigned i)
{
    if (u->full[i].n || !u->args[i].n)
        return;
    bool any_open = false;
    scan(x, u->args[i], &u->full[i], &any_open);
    u->open |= is_part_of_construct(&u->full[i]);
    unsigned commas = 0;
    for (unsigned k = 0, depth = 0; k < u->full[i].n; k++) {
        depth += mtoken_is(&u->full[i].t[k], "(");
        depth -= depth && mtoken_is(&u->full[i].t[k], ")");
        commas += !depth && mtoken_is(&u->full[i].t[k], ",");
    }
    // As a use it would be given the expanded argument.
    bool is_rest = u->macro->variadic && i + 1 == u->macro->n_params;
    if (any_open && commas && !is_rest)
        u->open = true;
    for (unsigned k = 0; any_open && k < u->macro->body.n; k++) {
        const struct mtoken *b = &u->macro->body.t[k];
        if (b->param == (int)i && (b->stringify || b->paste))
            u->open = true;
    }
}

// The index behind `__VA_OPT__ ( … )` at token i of a body.
static unsigned behind_group(const struct mtokens *body, unsigned i)
{
    unsigned depth = 0;
    for (i++; i < body->n; i++) {
        depth += mtoken_is(&body->t[i], "(");
        depth -= depth && mtoken_is(&body->t[i], ")");
        if (!depth)
            break;
    }
    return i + 1;
}

struct substitution {
    struct expander *x;
    struct muse *u;
    struct mtokens *out;
    bool pasting;  // ## stands before
    bool has_left; // and before it something that was not empty
};

static void put(struct substitution *s, const struct mtoken *t)
{
    if (s->pasting && s->has_left)
        paste(s->u, &s->out->t[s->out->n - 1], t);
    else
        mtoken_push(s->out, *t);
    s->pasting = false;
    s->has_left = true;
}

static bool rest_is_empty(const struct muse *u)
{
    return u->n_args < u->macro->n_params || !u->args[u->n_args - 1].n;
}

static void put_parameter(struct substitution *s, const struct mtoken *b, bool comma_before)
{
    struct muse *u = s->u;
    unsigned i = (unsigned)b->param;
    bool is_rest = u->macro->variadic && i + 1 == u->macro->n_params;
    if (b->stringify) {
        u->open |= s->x->use->force || is_rewritten(s->x, &u->args[i]);
        struct mtoken string = make_string(u, b);
        put(s, &string);
        return;
    }
    if (comma_before && is_rest && s->pasting) { // GNU: , ## __VA_ARGS__
        if (rest_is_empty(u))
            s->out->n--;
        s->pasting = false;
    }
    bool raw = s->pasting || b->paste;
    if (!raw)
        expand_argument(s->x, u, i);
    else if (is_rewritten(s->x, &u->args[i]))
        u->open = true;
    const struct mtokens *list = raw ? &u->args[i] : &u->full[i];
    unsigned before = s->out->n;
    for (unsigned k = 0; k < list->n; k++) {
        put(s, &list->t[k]);
        if (k == 0 && s->out->n > before)
            s->out->t[before].space = b->space;
    }
}

static void substitute(struct substitution *s, unsigned i, unsigned end)
{
    const struct mtokens *body = &s->u->macro->body;
    while (i < end) {
        const struct mtoken *b = &body->t[i];
        s->has_left = s->has_left && s->pasting;
        if (s->u->macro->variadic && mtoken_is(b, "__VA_OPT__")) {
            unsigned behind = behind_group(body, i);
            if (!rest_is_empty(s->u))
                substitute(s, i + 2, behind - 1);
            b = &body->t[(behind < end ? behind : end) - 1];
            i = behind;
        } else if (b->param >= 0) {
            put_parameter(s, b, i && mtoken_is(&body->t[i - 1], ","));
            i++;
        } else {
            s->u->open |= b->is_construct && !macro_find(s->x->use->set, b->text, b->size);
            put(s, b);
            i++;
        }
        s->pasting = b->paste;
    }
}

static bool has_lone_bracket(const struct mtokens *list)
{
    static const char brackets[] = "([{)]}";
    int depth[3] = {0};
    for (unsigned i = 0; i < list->n; i++) {
        const struct mtoken *t = &list->t[i];
        const char *at = t->kind == TOK_PUNCT && t->size == 1 ? strchr(brackets, *t->text) : NULL;
        if (!at)
            continue;
        depth[(at - brackets) % 3] += at - brackets < 3 ? 1 : -1;
        if (depth[(at - brackets) % 3] < 0)
            return true;
    }
    return depth[0] || depth[1] || depth[2];
}

static void mark_made(struct mtokens *list, struct muse *u)
{
    u->n = list->n;
    for (unsigned i = 0; i < list->n; i++) {
        struct link *k = arena_alloc(sizeof *k);
        *k = (struct link){list->t[i].made_by, u, i};
        list->t[i].made_by = k;
    }
}

// Expands the use of m at token *i of `in`, and leaves *i behind it. False: it is none.
static bool expand_use(struct expander *x, struct mtokens *in, unsigned *i, struct macro *m,
                       struct mtokens *out, bool *any_open)
{
    struct muse *u = arena_alloc(sizeof *u);
    u->macro = m;
    u->name = in->t[*i];
    unsigned close = m->function_like ? take_arguments(u, in, *i + 2) : *i;
    if (m->function_like && !close)
        return false;
    struct mtokens body = {0}, result = {0};
    struct substitution s = {.x = x, .u = u, .out = &body};
    substitute(&s, 0, m->body.n);
    hide_in_result(&body, m, &u->name, &in->t[close]);
    if (body.n)
        body.t[0].space = u->name.space;
    x->n_tokens += body.n;
    scan(x, body, &result, &u->open);
    u->open |= m->by_user && (x->use->force || has_lone_bracket(&result));
    *i = close + 1;
    struct macro *pending = result.n ? macro_named_by(x, &result.t[result.n - 1]) : NULL;
    if (pending && pending->function_like && *i < in->n && mtoken_is(&in->t[*i], "(")) {
        u->open = true; // its last token is a name that what follows makes a use
        in->t[--*i] = result.t[--result.n];
    }
    mark_made(&result, u);
    *any_open |= u->open;
    for (unsigned k = 0; k < result.n; k++)
        mtoken_push(out, result.t[k]);
    return true;
}

// __LINE__ is a number by the time that it is pasted.
static void expand_line(struct expander *x, const struct mtoken *t, struct mtokens *out)
{
    static struct macro line_macro = {.name = "__LINE__"};
    const struct source *s = x->use->source;
    unsigned line, column;
    source_position(s, s->tokens[x->use->token].lo, &line, &column);
    struct mtokens number = {0};
    struct muse *u = arena_alloc(sizeof *u);
    *u = (struct muse){.macro = &line_macro, .name = *t};
    mtoken_push(&number, *t);
    number.t[0].kind = TOK_NUMBER;
    number.t[0].text = arena_printf("%u", line);
    number.t[0].size = (uint32_t)strlen(number.t[0].text);
    mark_made(&number, u);
    mtoken_push(out, number.t[0]);
}

// Appends `in`, fully expanded, to out. any_open: one of its uses will show as what it expands to.
static void scan(struct expander *x, struct mtokens in, struct mtokens *out, bool *any_open)
{
    struct mtoken *copy = arena_alloc((in.n + 1) * sizeof *copy); // expand_use may write to it
    if (in.n)
        memcpy(copy, in.t, in.n * sizeof *copy);
    in.t = copy;
    for (unsigned i = 0; i < in.n;) {
        struct macro *m = macro_named_by(x, &in.t[i]);
        x->failed |= x->n_tokens > MAX_TOKENS;
        bool is_use = m && !x->failed &&
                      (!m->function_like || (i + 1 < in.n && mtoken_is(&in.t[i + 1], "(")));
        if (mtoken_is(&in.t[i], "__LINE__"))
            expand_line(x, &in.t[i++], out);
        else if (!is_use || !expand_use(x, &in, &i, m, out, any_open))
            mtoken_push(out, in.t[i++]);
    }
}

// ---- the use in the file -----------------------------------------------------------------

static struct mtoken file_token(const struct source *s, unsigned i)
{
    const struct token *t = &s->tokens[i];
    return (struct mtoken){.kind = t->kind,
                           .text = span_text(s, span_of(t->lo, t->hi)),
                           .size = t->hi - t->lo,
                           .space = i && t->lo > t[-1].hi,
                           .at = t->lo,
                           .param = -1};
}

// The index behind the `)` that closes the `(` at token i.
static unsigned behind_close(const struct source *s, unsigned i)
{
    const struct token *close = token_closing(s, &s->tokens[i]);
    return (unsigned)(close - s->tokens) + (close->kind != TOK_EOF);
}

// An object-like macro whose own name is left over would be expanded once more by the compiler.
static bool names_itself(const struct mtokens *result)
{
    for (unsigned i = 0; i < result->n; i++)
        for (const struct hidden *h = result->t[i].hidden; h; h = h->next)
            if (!h->macro->function_like && mtoken_is(&result->t[i], h->macro->name))
                return true;
    return false;
}

// f(…), (*f)(…), s->f(…); not (…) and no statement.
static bool is_call(const struct mtokens *list)
{
    unsigned depth = 0, last = 0;
    if (!list->n || !mtoken_is(&list->t[list->n - 1], ")"))
        return false;
    for (unsigned i = 0; i < list->n; i++) {
        const struct mtoken *t = &list->t[i];
        if (mtoken_is(t, ";") || mtoken_is(t, "do"))
            return false;
        if (mtoken_is(t, "(") && depth++ == 0)
            last = i;
        depth -= mtoken_is(t, ")");
    }
    return last > 0;
}

// for (…), if (…) x; else: a statement has to follow. The twin and the parser could not tell
// `times(3) <-c;` from a comparison.
static bool is_head(const struct mtokens *list)
{
    static const char *const words[] = {"for", "while", "if", "else", "switch", "do"};
    const struct mtoken *last = list->n ? &list->t[list->n - 1] : NULL;
    if (!last || !(mtoken_is(last, ")") || mtoken_is(last, "else") || mtoken_is(last, "do")))
        return false;
    // the one that owns the last parentheses
    unsigned depth = 0, i = list->n;
    do {
        i--;
        depth += mtoken_is(&list->t[i], ")");
        depth -= mtoken_is(&list->t[i], "(");
    } while (depth && i);
    const struct mtoken *owner = mtoken_is(last, ")") && i ? &list->t[i - 1] : last;
    for (unsigned w = 0; w < sizeof words / sizeof *words; w++)
        if (mtoken_is(owner, words[w]))
            return true;
    return false;
}

// Tokens [use->token, end) expanded; *pending: the last one is the name of a function-like macro.
static bool expand_tokens(const struct macro_use *use, unsigned end, struct mtokens *result,
                          bool *pending)
{
    struct expander x = {.use = use};
    struct mtokens in = {0};
    bool open = false;
    for (unsigned i = use->token; i < end; i++)
        mtoken_push(&in, file_token(use->source, i));
    scan(&x, in, result, &open);
    struct macro *last = result->n ? macro_named_by(&x, &result->t[result->n - 1]) : NULL;
    *pending = last && last->function_like;
    struct link *outermost = result->n ? result->t[0].made_by : NULL;
    bool is_function = use->at_file_scope && result->n && outermost &&
                       outermost->use->macro->by_user && mtoken_is(&result->t[result->n - 1], "}");
    if (is_function || (use->is_started && is_call(result) && outermost))
        open = outermost->use->open = true;
    if (use->leads && is_head(result)) // and so the uses in which the head ends
        for (struct link *k = result->t[result->n - 1].made_by; k; k = k->inner)
            open = k->use->open = true;
    return open && !x.failed && !names_itself(result);
}

bool macro_expand(const struct macro_use *use, struct macro_expansion *out)
{
    const struct source *s = use->source;
    unsigned end = use->token + 1;
    const struct token *name = &s->tokens[use->token];
    struct macro *m = macro_find(use->set, s->text + name->lo, name->hi - name->lo);
    bool open, pending = m && m->function_like;
    struct mtokens result = {0};
    if (!m || (pending && !token_is(s, &s->tokens[end], "(")))
        return false;
    do {
        if (pending)
            end = behind_close(s, end);
        result = (struct mtokens){0};
        open = expand_tokens(use, end, &result, &pending);
    } while (pending && token_is(s, &s->tokens[end], "("));
    if (!open)
        return false;
    out->use = span_of(name->lo, s->tokens[end - 1].hi);
    macro_to_text(use, &result, out);
    return true;
}
