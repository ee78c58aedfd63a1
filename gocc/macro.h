// Macros: their definitions, and the expansion of one use in the text of a file.
//
// The preprocessor stays the C compiler's. Only the uses that bring constructs with them are
// expanded before the file is parsed; and of the macros that are expanded on the way, those that
// bring none are written as they were: `go work(MAX(n, 3))` keeps its MAX.
#ifndef GOCC_MACRO_H
#define GOCC_MACRO_H

#include "lex.h"

// The definitions that are in force at a place, by name.
struct macro_set;
struct macro_set *macro_set_new(void);
// The definition whose name stands at s[at]; nothing is read before the macro is used. path: of a
// file that has not been read yet (s is NULL then).
void macro_define(struct macro_set *set, const char *name, struct source *s, const char *path,
                  uint32_t at, bool by_user);
void macro_undefine(struct macro_set *set, const char *name);

// A body with a contextual word, `<-` or `:=`.
bool macro_may_hold_construct(const struct source *s, const struct token *define);
// The same where the word stands as in a construct: `len(`, but not `int len = length`.
bool macro_holds_construct(const struct source *s, const struct token *define);
// The name of a #define or #undef, or an empty span.
struct span macro_define_name(const struct source *s, const struct token *directive);
struct span macro_undef_name(const struct source *s, const struct token *directive);

struct macro_use {
    struct macro_set *set;
    struct source *source; // holds the use; its text is that of the file
    unsigned token;        // the name
    bool force;            // expand all that it names, constructs or not
    bool is_started;       // by go or defer: expand it if a call comes out
    bool leads;            // a construct follows it: expand it if the head of a statement comes out
    bool at_file_scope;    // expand it if the definition of a function comes out
    // Whether source[span], part of an argument that a macro makes a string of, will be rewritten.
    bool (*is_rewritten)(void *context, struct span span);
    void *context;
};

struct macro_expansion {
    struct span use; // in the source, up to and with `)`
    char *text;      // what it expands to
    uint32_t size;   // of it
    struct origin *origins;
    uint32_t n_origins; // lo is an offset into text
};

// False: nothing in it needs to be expanded, or it cannot be.
bool macro_expand(const struct macro_use *use, struct macro_expansion *out);
// Gives s the text in which the expansions (in order, disjoint) stand in the place of the uses.
void macro_apply(struct source *s, const struct macro_expansion *expansions, unsigned n);

#endif
