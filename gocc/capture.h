// What the closures of a translation unit capture, and how. LANGUAGE.md 2.
//
// A "function" is a NODE_FUNCTION, a NODE_CLOSURE or the node of a `go` or `defer` block: the
// nodes that struct decl and struct use name as the function they are local to. A local that
// is used in another function than its own is captured by that one and by every one between.
//
// How: a loop variable is copied; so is what nothing can change after the capture; all else is
// shared, which means that the variable lives in a box of its own from its declaration on.
// Rejected: a pointer to the live variable for deferred blocks. clang ends the lifetime of the
// function's variables before it runs the cleanup of the frame, which runs the block.
#ifndef GOCC_CAPTURE_H
#define GOCC_CAPTURE_H

#include "sema.h"

enum capture_kind {
    CAPTURE_COPY, // nothing writes it after the capture: nobody can tell
    CAPTURE_LOOP, // a loop variable: the closure has its own copy, which it may write
    CAPTURE_BOX,  // shared: the closure holds the box
};

// One variable that one function captures.
struct capture {
    struct capture *next; // in the order of the declarations
    struct decl *decl;
    enum capture_kind kind;
    bool in_place;   // a copy that is written or has its address taken: it is used where
                     // the closure keeps it, so that it lives from call to call
    struct use *use; // the first one
};

// A table from addresses to addresses. Never shrinks; NULL is no key.
struct table {
    const void **keys;
    void **values;
    unsigned n, room; // room is a power of two
};
void *table_get(const struct table *t, const void *key);
void table_put(struct table *t, const void *key, void *value);

struct capture_facts {
    struct unit *unit;
    struct table captures; // function node -> its first struct capture
    struct table boxed;    // decl -> itself
    struct table names;    // decl -> its new name at file scope
    struct table locals;   // function node -> the first decl that is local to it
    struct table declared; // node -> the first decl that its := or range makes
    struct hoist *hoists;
};

struct capture_facts *capture(struct unit *u);

// The declarations local to fn (not those of closures in it), in source order: start with NULL.
struct decl *next_local(struct capture_facts *f, const struct node *fn, struct decl *after);

// What fn captures, or NULL.
struct capture *captures_of(struct capture_facts *f, const struct node *fn);
struct capture *capture_find(struct capture_facts *f, const struct node *fn, const struct decl *d);
bool decl_is_boxed(struct capture_facts *f, const struct decl *d);
// A closure that a go or defer calls where it stands, or the block of one.
bool function_is_started(const struct node *fn);
// The GO or DEFER node of such a function, else NULL.
struct node *function_starter(const struct node *fn);

// A type or static variable of a function that lifted code needs: it moves to file scope.
struct hoist {
    struct hoist *next; // in source order
    struct decl *decl;  // the outermost: the typedef around a struct, the enum around a constant
};
// capture_hoist.c: finds them, once the captures are known.
void find_hoists(struct capture_facts *f);
// The name that d has at file scope, or NULL if it does not move or keeps its name.
const char *hoisted_name(struct capture_facts *f, const struct decl *d);
#endif
