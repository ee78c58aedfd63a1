// Bytes to tokens, as C's translation phases 2 and 3 see them.
//
// A backslash-newline may stand inside any token: `next` steps over it everywhere, and a token
// that holds one is compared by token_is without it. Digraphs stay what they are, punctuators
// of two bytes, but for `%:` at the head of a line, which begins a directive.
//
// In a group under #if the text may be anything (the apostrophe in "don't"), and only the
// preprocessor knows which groups are compiled; unterminated literals there are left for clang.
#include "lex.h"

#include <ctype.h>
#include <string.h>

struct lexer {
    struct source *s;
    uint32_t at;
    uint32_t room;
    bool line_start;       // nothing but white space and comments since the last newline
    unsigned conditionals; // open #if groups
    bool quiet;            // report nothing
};

// The offset behind line splices at `at`, or `at`.
static uint32_t skip_splices(const struct source *s, uint32_t at)
{
    while (s->text[at] == '\\') {
        if (s->text[at + 1] == '\n')
            at += 2;
        else if (s->text[at + 1] == '\r' && s->text[at + 2] == '\n')
            at += 3;
        else
            break;
    }
    return at;
}

// The byte at the lexer's place, splices stepped over; 0 at the end of the file.
static unsigned char peek(struct lexer *l)
{
    l->at = skip_splices(l->s, l->at);
    return l->at < l->s->size ? (unsigned char)l->s->text[l->at] : 0;
}

static unsigned char peek_next(struct lexer *l)
{
    peek(l);
    if (l->at >= l->s->size)
        return 0;
    uint32_t at = skip_splices(l->s, l->at + 1);
    return at < l->s->size ? (unsigned char)l->s->text[at] : 0;
}

static bool at_end(struct lexer *l)
{
    peek(l);
    return l->at >= l->s->size;
}

static bool is_ident_byte(unsigned char c)
{
    return isalnum(c) || c == '_' || c == '$' || c >= 0x80;
}

static void push(struct lexer *l, enum token_kind kind, uint32_t lo)
{
    struct source *s = l->s;
    if (s->n_tokens == l->room) {
        uint32_t room = l->room ? l->room * 2 : s->size / 4 + 16;
        struct token *more = arena_alloc(room * sizeof *more);
        if (s->n_tokens)
            memcpy(more, s->tokens, s->n_tokens * sizeof *more);
        s->tokens = more;
        l->room = room;
    }
    s->tokens[s->n_tokens++] = (struct token){kind, lo, l->at};
    l->line_start = false;
}

// ---- comments and literals ---------------------------------------------------------------

static void skip_line_comment(struct lexer *l)
{
    while (!at_end(l) && peek(l) != '\n')
        l->at++;
}

static void skip_block_comment(struct lexer *l)
{
    uint32_t lo = l->at;
    peek(l), l->at++, peek(l), l->at++;
    for (; !at_end(l); l->at++)
        if (peek(l) == '*' && peek_next(l) == '/') {
            l->at++, peek(l), l->at++;
            return;
        }
    if (l->quiet)
        return;
    l->s->damaged = true;
    error_at(l->s, span_of(lo, lo + 2), "unterminated comment");
}

// From the opening quote up to and with the closing one, or to the end of the line.
static void skip_literal(struct lexer *l, uint32_t lo, bool in_directive)
{
    unsigned char quote = peek(l);
    l->at++;
    while (!at_end(l) && peek(l) != '\n') {
        unsigned char c = peek(l);
        l->at++;
        if (c == quote)
            return;
        if (c == '\\' && !at_end(l) && peek(l) != '\n')
            l->at++;
    }
    if (l->conditionals || in_directive || l->quiet)
        return;
    l->s->damaged = true;
    error_at(l->s, span_of(lo, lo + 1), "missing terminating %c character", quote);
}

// ---- directives --------------------------------------------------------------------------

static void count_conditional(struct lexer *l, uint32_t lo)
{
    const char *text = l->s->text;
    uint32_t at = lo + (text[lo] == '%' ? 2 : 1);
    while (at < l->at && (text[at] == ' ' || text[at] == '\t'))
        at++;
    if (l->at - at >= 2 && memcmp(text + at, "if", 2) == 0)
        l->conditionals++;
    else if (l->at - at >= 5 && memcmp(text + at, "endif", 5) == 0 && l->conditionals)
        l->conditionals--;
}

// One line with its continuations; a comment inside may make it longer.
static void lex_directive(struct lexer *l)
{
    uint32_t lo = l->at;
    bool in_header_name = false;
    while (!at_end(l) && peek(l) != '\n') {
        unsigned char c = peek(l), d = peek_next(l);
        if (c == '<' || c == '>')
            in_header_name = c == '<';
        if (c == '/' && d == '/' && !in_header_name)
            skip_line_comment(l);
        else if (c == '/' && d == '*' && !in_header_name)
            skip_block_comment(l);
        else if (c == '"' || c == '\'')
            skip_literal(l, l->at, true);
        else
            l->at++;
    }
    uint32_t newline = l->at;
    while (l->at > lo && isspace((unsigned char)l->s->text[l->at - 1]))
        l->at--;
    push(l, TOK_DIRECTIVE, lo);
    count_conditional(l, lo);
    l->at = newline;
}

// ---- tokens ------------------------------------------------------------------------------

static void lex_number(struct lexer *l)
{
    uint32_t lo = l->at;
    while (!at_end(l)) {
        unsigned char c = peek(l), d = peek_next(l);
        if (c && strchr("eEpP", c) && (d == '+' || d == '-'))
            l->at++, peek(l), l->at++;
        else if (is_ident_byte(c) || c == '.')
            l->at++;
        else if (c == '\'' && isalnum(d)) // C23's separator
            l->at++, peek(l), l->at++;
        else
            break;
    }
    push(l, TOK_NUMBER, lo);
}

static bool is_prefix(const struct lexer *l, uint32_t lo)
{
    uint32_t size = l->at - lo;
    const char *text = l->s->text + lo;
    return (size == 1 && strchr("LuU", text[0])) || (size == 2 && memcmp(text, "u8", 2) == 0);
}

static void lex_word(struct lexer *l)
{
    uint32_t lo = l->at, end = lo;
    while (!at_end(l)) {
        unsigned char c = peek(l), d = peek_next(l);
        if (is_ident_byte(c))
            l->at++;
        else if (c == '\\' && (d == 'u' || d == 'U'))
            l->at++;
        else
            break;
        end = l->at;
    }
    unsigned char c = peek(l);
    if ((c == '"' || c == '\'') && is_prefix(l, lo)) {
        skip_literal(l, lo, false);
        push(l, c == '"' ? TOK_STRING : TOK_CHAR, lo);
        return;
    }
    l->at = end;
    push(l, TOK_IDENT, lo);
}

static void lex_punct(struct lexer *l)
{
    static const char *const longest_first[] = {
        "...", "<<=", ">>=", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||",
        "*=",  "/=",  "%=",  "+=", "-=", "&=", "^=", "|=", "##", "<:", ":>", "<%", "%>", "%:",
    };
    uint32_t lo = l->at;
    for (size_t i = 0; i < sizeof longest_first / sizeof *longest_first; i++) {
        const char *p = longest_first[i];
        l->at = lo;
        while (*p && peek(l) == (unsigned char)*p)
            l->at++, p++;
        if (!*p) {
            push(l, TOK_PUNCT, lo);
            return;
        }
    }
    l->at = lo + 1;
    push(l, TOK_PUNCT, lo);
}

static void lex_token(struct lexer *l)
{
    unsigned char c = peek(l), d = peek_next(l);
    if (c == '\n') {
        l->line_start = true;
        l->at++;
    } else if (isspace(c)) {
        l->at++;
    } else if (c == '/' && d == '/') {
        skip_line_comment(l);
    } else if (c == '/' && d == '*') {
        skip_block_comment(l);
    } else if (l->line_start && (c == '#' || (c == '%' && d == ':'))) {
        lex_directive(l);
    } else if (isdigit(c) || (c == '.' && isdigit(d))) {
        lex_number(l);
    } else if (is_ident_byte(c) || (c == '\\' && (d == 'u' || d == 'U'))) {
        lex_word(l);
    } else if (c == '"' || c == '\'') {
        uint32_t lo = l->at;
        skip_literal(l, lo, false);
        push(l, c == '"' ? TOK_STRING : TOK_CHAR, lo);
    } else {
        lex_punct(l);
    }
}

static void lex_source(struct source *s, struct lexer l)
{
    l.s = s;
    s->tokens = NULL;
    s->n_tokens = 0;
    s->damaged = false;
    if (s->size >= 3 && memcmp(s->text, "\xef\xbb\xbf", 3) == 0) // a byte order mark
        l.at = 3;
    if (s->size - l.at >= 2 && memcmp(s->text + l.at, "#!", 2) == 0) {
        uint32_t lo = l.at;
        while (l.at < s->size && s->text[l.at] != '\n')
            l.at++;
        push(&l, TOK_DIRECTIVE, lo);
    }
    while (!at_end(&l))
        lex_token(&l);
    l.at = s->size;
    push(&l, TOK_EOF, s->size);
}

void lex(struct source *s)
{
    lex_source(s, (struct lexer){.line_start = true});
}

void lex_quietly(struct source *s)
{
    lex_source(s, (struct lexer){.line_start = true, .quiet = true});
}

void lex_definition(struct source *s)
{
    lex_source(s, (struct lexer){.quiet = true});
}

// ---- looking at tokens -------------------------------------------------------------------

bool token_is(const struct source *s, const struct token *t, const char *text)
{
    if (t->kind == TOK_EOF || t->kind == TOK_STRING || t->kind == TOK_CHAR)
        return false;
    char first = s->text[t->lo];
    if (first != *text && first != '\\')
        return false;
    size_t size = strlen(text);
    if (t->hi - t->lo == size)
        return memcmp(s->text + t->lo, text, size) == 0;
    if (t->hi - t->lo < size + 2)
        return false;
    uint32_t at = t->lo; // it may hold a line splice
    for (; *text; text++, at++) {
        at = skip_splices(s, at);
        if (at >= t->hi || s->text[at] != *text)
            return false;
    }
    return at == t->hi;
}

bool token_is_arrow(const struct source *s, const struct token *t)
{
    return t->kind == TOK_PUNCT && s->text[t->lo] == '<' && t->hi - t->lo == 1 &&
           t[1].kind == TOK_PUNCT && t[1].lo == t->hi && t[1].hi - t[1].lo == 1 &&
           s->text[t[1].lo] == '-';
}

bool token_is_declare(const struct source *s, const struct token *t)
{
    return t->kind == TOK_PUNCT && s->text[t->lo] == ':' && t->hi - t->lo == 1 &&
           t[1].kind == TOK_PUNCT && t[1].lo == t->hi && t[1].hi - t[1].lo == 1 &&
           s->text[t[1].lo] == '=';
}
