// What macro.c (definitions), macro_expand.c (the algorithm) and macro_text.c (back to a text)
// share.
#ifndef GOCC_MACRO_INTERNAL_H
#define GOCC_MACRO_INTERNAL_H

#include "macro.h"

// A token on its way. Text and place say where it came from; whoever made it a result of what
// stands in `made_by`, the outermost use first.
struct mtoken {
    enum token_kind kind;
    const char *text;
    uint32_t size;
    bool space;                // white space stands before it
    const struct macro *macro; // whose body it is from; NULL: from the file, or made by ## or #
    uint32_t at;               // in the body's source, or in the file
    struct hidden *hidden;     // macros that it is no use of any more
    struct link *made_by;
    // Of a body only:
    int param;                           // its number, or -1
    bool is_construct, stringify, paste; // `paste`: ## stands behind it
};

struct mtokens {
    struct mtoken *t;
    unsigned n, room;
};

struct macro {
    struct macro *next; // same bucket
    const char *name;
    struct source *source; // of the definition
    const char *path;
    uint32_t at; // of the name there
    bool by_user;
    bool read, usable; // usable: it could be read
    bool function_like, variadic;
    const char **params; // of a variadic one the last is __VA_ARGS__ or the given name
    unsigned n_params;
    struct mtokens body;
};

// A use, once it has been expanded.
struct muse {
    struct macro *macro;
    struct mtoken name;
    struct mtokens *args, *full; // as they stand; expanded
    unsigned n_args;
    bool open;  // is expanded in the text; else it is written as a use
    unsigned n; // tokens of the result
};

// Token `number` of the result of a use.
struct link {
    struct link *inner;
    struct muse *use;
    unsigned number;
};

struct hidden {
    struct hidden *next;
    const struct macro *macro;
};

struct macro *macro_find(struct macro_set *set, const char *text, uint32_t size);
void mtoken_push(struct mtokens *list, struct mtoken t);
bool mtoken_is(const struct mtoken *t, const char *text);
void macro_to_text(const struct macro_use *use, const struct mtokens *result,
                   struct macro_expansion *out);

#endif
