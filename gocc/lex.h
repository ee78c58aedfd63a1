// Tokens of one source. The contextual words (go, chan, select, …) are identifiers here.
//
// A preprocessing directive is one token with all its continuation lines; comments and white
// space are none. `<-` and `:=` are two tokens each: what tells them is that they touch.
#ifndef GOCC_LEX_H
#define GOCC_LEX_H

#include "diag.h"

enum token_kind {
    TOK_IDENT,
    TOK_NUMBER,
    TOK_STRING, // with its prefix; adjacent literals are separate tokens
    TOK_CHAR,
    TOK_PUNCT, // longest match of C's punctuators; also @ ` and stray bytes (`$` is a letter)
    TOK_DIRECTIVE,
    TOK_EOF,
};

struct token {
    enum token_kind kind;
    uint32_t lo, hi;
};

// Fills s->tokens. Unterminated literals and comments are errors at their first byte, and
// end at the line's (comment: the file's) end.
void lex(struct source *s);
// The same for a file that is not the user's, of which nothing is reported; and for the text of a
// #define from its name on, which holds no directives.
void lex_quietly(struct source *s);
void lex_definition(struct source *s);

bool token_is(const struct source *s, const struct token *t, const char *text);
// t is `<` and touches the token `-` that follows it.
bool token_is_arrow(const struct source *s, const struct token *t);
// t is `:` and touches the token `=` that follows it.
bool token_is_declare(const struct source *s, const struct token *t);

#endif
