#include "scan.h"

#include <string.h>

unsigned token_index(const struct source *s, uint32_t at)
{
    unsigned lo = 0, hi = s->n_tokens;
    while (lo < hi) {
        unsigned middle = lo + (hi - lo) / 2;
        if (s->tokens[middle].lo < at)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

const struct token *token_before(const struct source *s, uint32_t at)
{
    for (unsigned i = token_index(s, at); i-- > 0;)
        if (s->tokens[i].hi <= at && s->tokens[i].kind != TOK_DIRECTIVE)
            return &s->tokens[i];
    return NULL;
}

const struct token *token_after(const struct source *s, uint32_t at)
{
    for (unsigned i = token_index(s, at); i < s->n_tokens; i++)
        if (s->tokens[i].kind != TOK_DIRECTIVE)
            return s->tokens[i].kind == TOK_EOF ? NULL : &s->tokens[i];
    return NULL;
}

const struct token *token_closing(const struct source *s, const struct token *open)
{
    const struct token *t = open;
    for (unsigned depth = 0; t->kind != TOK_EOF; t++) {
        depth += token_is(s, t, "(");
        depth -= token_is(s, t, ")");
        if (!depth)
            break;
    }
    return t;
}

uint32_t last_token_end(const struct source *s, struct span span)
{
    unsigned i = token_index(s, span.hi);
    return i > 0 && s->tokens[i - 1].lo >= span.lo ? s->tokens[i - 1].hi : span.lo;
}

bool text_is(const struct source *s, struct span span, const char *text)
{
    size_t n = strlen(text);
    return span.hi - span.lo == n && !memcmp(s->text + span.lo, text, n);
}

bool span_has_word(const struct source *s, struct span span, const char *word)
{
    for (unsigned i = token_index(s, span.lo); i < s->n_tokens && s->tokens[i].hi <= span.hi; i++)
        if (token_is(s, &s->tokens[i], word))
            return true;
    return false;
}

bool span_names(const struct source *s, struct span span, const char *name)
{
    for (unsigned i = token_index(s, span.lo); i < s->n_tokens && s->tokens[i].hi <= span.hi; i++) {
        const struct token *t = &s->tokens[i];
        bool is_member = i && (token_is(s, t - 1, ".") || token_is(s, t - 1, "->"));
        if (t->kind == TOK_IDENT && !is_member && token_is(s, t, name))
            return true;
    }
    return false;
}

bool span_is_name(const struct source *s, struct span span)
{
    unsigned i = token_index(s, span.lo);
    const struct token *t = &s->tokens[i];
    return t->kind == TOK_IDENT && t->lo == span.lo && t->hi == span.hi;
}

bool span_is_strings(const struct source *s, struct span span)
{
    unsigned i = token_index(s, span.lo), n = 0;
    for (; i < s->n_tokens && s->tokens[i].hi <= span.hi; i++, n++)
        if (s->tokens[i].kind != TOK_STRING)
            return false;
    return n > 0;
}

bool stands_braceless(const struct source *s, uint32_t at)
{
    const struct token *t = token_before(s, at);
    return t && (token_is(s, t, ")") || token_is(s, t, "else") || token_is(s, t, "do"));
}

char *indent_at(const struct source *s, uint32_t at)
{
    uint32_t lo = at;
    while (lo > 0 && s->text[lo - 1] != '\n')
        lo--;
    size_t n = strspn(s->text + lo, " \t");
    return arena_copy(s->text + lo, n < at - lo ? n : at - lo);
}
