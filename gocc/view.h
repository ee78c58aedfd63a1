// The tokens of a source as the parser reads them.
//
// Directives are gone, `>>` is two tokens (it may close two types), and so is `<<` behind chan and
// func. What stands in a group that is certainly not compiled (#if 0, __cplusplus, or what
// view_add_skipped says) is gone too. Of the groups of one #if whose brackets do not balance one
// by one only the first is kept; else all are.
#ifndef GOCC_VIEW_H
#define GOCC_VIEW_H

#include "lex.h"

// The contextual words.
enum word {
    WORD_GO = 1,
    WORD_CHAN = 2,
    WORD_SELECT = 4,
    WORD_FUNC = 8,
    WORD_DEFER = 16,
    WORD_RANGE = 32,
    WORD_MAKE = 64,
    WORD_CLOSE = 128,
    WORD_LEN = 256,
    WORD_CAP = 512,
    WORD_PANIC = 1024,
    WORD_RECOVER = 2048,
    WORD_BUILTIN = WORD_MAKE | WORD_CLOSE | WORD_LEN | WORD_CAP | WORD_PANIC | WORD_RECOVER,
};

struct view_token {
    struct token token;
    uint32_t match;      // of a bracket: the index of its partner, 0: none
    uint16_t word;       // the contextual word that it spells, or 0
    uint16_t macros;     // the words that are macros here
    unsigned char class; // enum word_class
};

enum word_class {
    CLASS_NONE,      // no identifier
    CLASS_NAME,      // any identifier that is no keyword
    CLASS_TYPE,      // int, const, static, …: begins a declaration
    CLASS_TAG,       // struct union enum
    CLASS_TYPEOF,    // typeof, _Atomic, _Alignas: type keyword with (…)
    CLASS_ATTRIBUTE, // __attribute__, asm, …: with (…), part of no type
    CLASS_SIZEOF,    // sizeof, alignof
    CLASS_PREFIX,    // __extension__, __real__
    CLASS_STATEMENT, // if for while … else
};

struct view {
    struct view_token *t;
    unsigned n; // the last one is TOK_EOF
};

struct view *view_new(struct source *s);

// Lines of s that are not compiled, as only the preprocessor knows; told before s is parsed again.
// When at least one is known for s, nothing is guessed about its #if groups any more.
void view_add_skipped(struct source *s, struct span lines);
// The texts will be others.
void view_forget_skipped(void);

bool is_keyword(const char *text, uint32_t size);
// The word that the name spells, or 0.
unsigned word_named(const char *text, uint32_t size);

#endif
