// Types, declarations, uses and conversions of a translation unit, as libclang sees its twin.
// Only the sema*.c files include clang-c; all positions here are of the original.
#ifndef GOCC_SEMA_H
#define GOCC_SEMA_H

#include "parse.h"

enum type_kind {
    TYPE_VOID,
    TYPE_ARITHMETIC, // integers, _Bool, floats
    TYPE_ENUM,
    TYPE_POINTER,  // elem
    TYPE_ARRAY,    // elem, length (-1: incomplete or variable)
    TYPE_RECORD,   // struct, union
    TYPE_FUNCTION, // elem = result, params
    TYPE_CHAN,     // elem, dir
    TYPE_FUNC,     // a closure value: elem = result, params
    TYPE_OTHER,    // va_list's insides, vectors, …
};

struct type {
    enum type_kind kind; // of the canonical type: typedefs are looked through
    const char *user;    // as the user would write it, for messages: "chan<int>"
    const char *twin;    // as the twin spells it
    const char *c;       // as emitted C spells the type name: "gocc_chan(int)", "int (*)(void)"
    struct type *elem;
    struct type **params;
    unsigned n_params;
    enum chan_dir dir;
    long long length, size; // size in bytes; -1: incomplete or variable
    long long alignment;    // in bytes
    bool is_const, is_volatile, is_atomic, is_integer, is_bool;
    bool variadic, variable_length, is_va_list; // variable_length: it, or what it points to, is
    const char *canonical; // clang's name without typedefs and qualifiers: identity of the rest
    const char *plain_c, *plain_user, *plain_twin; // the names without top-level qualifiers
    struct decl *decl; // the local or unnamed record, the enum or typedef that its spelling needs
};
// "int x", "int (*x)(void)", "gocc_chan(int) x", "char x[10]": a declaration of name.
char *type_declare(const struct type *t, const char *name);
bool type_same(const struct type *a, const struct type *b); // canonical, top qualifiers ignored
struct type *type_unqualified(struct type *t);              // also decays arrays and functions

enum decl_kind {
    DECL_VARIABLE,
    DECL_PARAMETER, // of a function or a closure
    DECL_FUNCTION,
    DECL_TYPE, // typedef, struct, union, enum; an enumerator
};

struct decl {
    enum decl_kind kind;
    const char *name;      // "" for an anonymous record
    struct source *source; // NULL: in a system header or made by the twin
    struct span name_span;
    struct span span;        // its declarator with initialiser: `*p = 0` in `int a, *p = 0;`
                             // (DECL_TYPE, DECL_FUNCTION, a parameter: the whole declaration)
    struct span statement;   // the whole declaration up to and with `;`, all declarators
    struct span initialiser; // without `=`; empty when there is none
    struct type *type; // of a parameter: as declared, but that arrays and functions are pointers
    struct node *function; // the innermost CLOSURE, GO/DEFER block or FUNCTION node it is local to;
                           // NULL: file scope
    struct node *scope; // where a local lives: BLOCK, LOOP, RANGE, CASE, SELECT, CLOSURE, FUNCTION
                        // or GO/DEFER node
    struct node
        *declared_by; // the DECLARE, RECV_OK, CASE, RANGE node whose `:=`/range makes it; or NULL
    bool is_static, is_extern, is_register, has_cleanup;
    bool is_array_parameter;
    bool is_overaligned;   // needs more than the 16 bytes that an allocation gives
    const char *alignment; // then, as an expression in C; NULL if it is not known
    bool in_macro;         // a macro's expansion declares it: its spans but the name's say nothing
    bool in_for_header;    // in_macro: in the first clause of that expansion's for
    struct decl *next;     // in source order

    struct use *last_use; // sema's
    struct use *uses;     // of variables, parameters, functions and types in user files
};

enum use_flags {
    USE_READ = 1,    // as a value
    USE_WRITE = 2,   // assigned, incremented; also a member or element of it
    USE_ADDRESS = 4, // & on it or a part of it, or an array that decays; everything unclear
    USE_MACRO = 8,   // stands in the expansion of a macro body: its place is the invocation
};

struct use {
    struct use *next; // in source order
    struct decl *decl;
    struct source *source;
    struct span span;      // the identifier
    struct node *function; // the innermost CLOSURE, GO/DEFER block or FUNCTION node around it
    unsigned flags;
};

// A call whose callee is a closure value: callee(arguments) outside go/defer heads.
struct func_call {
    struct func_call *next;
    struct source *source;
    struct span span, callee; // span up to and with `)`
    struct span arguments;    // between the parentheses
    struct type *type;        // TYPE_FUNC
};

// A C function or function pointer that converts to a closure value, or a one-way channel
// that converts to void * (which needs a cast in C).
struct conversion {
    struct conversion *next;
    struct source *source;
    struct span span; // the expression
    struct type *from, *to;
    struct decl *function; // the function when it is named directly, else NULL
    bool at_file_scope;    // in a static initialiser: must be a constant
};

// A name of one of the system's functions that lower_posix.c has another of, in a user file; or
// errno.
struct posix_use {
    struct posix_use *next;
    struct source *source;
    struct span span; // the identifier
    const char *name;
};

// A branch of an #if that libclang skips, with a construct in it.
struct unseen {
    struct unseen *next;
    struct source *source;
    uint32_t head;      // behind the directive with which it begins, or goes on
    uint32_t construct; // the first one
};

struct unit {
    struct source **sources; // user files that hold constructs, [0] is the main file
    struct node **files;     // their NODE_FILEs
    unsigned n_sources;
    uint32_t library_place; // in the main file: where #include <gocc.h> goes
    struct decl *decls;     // those in user files, in source order
    struct func_call *calls;
    struct conversion *conversions;
    struct posix_use *posix_uses;
    struct unseen *unseen;     // in the text as it is emitted
    const char **user_headers; // every user header read, in order (for -MMD)
    unsigned n_user_headers;
    bool holds_constructs; // or includes the library; else there are mere suspicions
    bool analysed;         // libclang has seen it; false after an error in the syntax
};

struct sema_options {
    const char *const *cc_args;
    size_t n_cc_args;
    const char *include_dir; // holds gocc.h
    // What the C compiler's preprocessor makes of a text in the main file's place; NULL: that
    // cannot be had. May be NULL itself.
    const char *(*preprocess)(void *context, const char *text);
    void *context;
};

// Analyses the main file and the user headers it includes: lexes and parses them, and parses
// twins until closure results, range kinds and declarations are settled. Reports every
// error that clang finds, in the user's terms. Returns NULL when the file holds no construct
// (then it has reported nothing).
struct unit *sema(struct source *main_file, const struct sema_options *opt);
// Reports what sema left to later checks, which have found nothing: after them, when no error has
// been reported. Requires: u->analysed.
void sema_report_rest(struct unit *u);

// The files that the analysis has read, headers of the system too. Requires: u->analysed.
const char **sema_files(struct unit *u, size_t *n);

// Something in that span of s comes from a macro and has to be edited where its body stands. False:
// that was asked for before. Else sema_begin_again says true, and sema is called once more with
// the same main file.
bool sema_demand_expansion(struct source *s, struct span span);
bool sema_begin_again(struct unit *u);
// The same for uses of macros that make a string of an argument which the edits rewrite.
struct edits;
void sema_demand_strings(struct unit *u, struct edits **edits);

// The type of the expression at exactly that span, after no conversion (an array is an array);
// NULL when unknown (inside a macro body).
struct type *sema_type(struct unit *u, struct source *s, struct span span);
// The type that a type name at exactly that span denotes (a closure's result, make's argument).
struct type *sema_type_name(struct unit *u, struct source *s, struct span span);
// For GO/DEFER of a call and func_call: the function's type (params, variadic); also of a pointer.
struct type *sema_callee(struct unit *u, struct node *go);
// The declaration that the identifier at that span denotes, or NULL.
struct decl *sema_decl(struct unit *u, struct source *s, struct span span);
// The result type of the function or closure that a node stands in, NULL for void.
struct type *sema_result(struct unit *u, struct node *owner);
// The value of an integer constant expression at that span; false when it is none.
bool sema_constant(struct unit *u, struct source *s, struct span span, long long *value);

// What only clang's tree shows, for vet, in its order.
enum vet_kind {
    VET_COPY,         // an expression whose value, with a lock of the library's in it, is copied
    VET_PARAMETER,    // a parameter of such a type
    VET_THREAD_LOCAL, // a use of a _Thread_local variable of the program's
};
struct vet_fact {
    struct vet_fact *next;
    enum vet_kind kind;
    const char *what; // the lock's type; the variable
    struct source *source;
    struct span span;
    struct node *function; // that it stands in, or NULL
};
struct vet_fact *sema_vet_facts(struct unit *u);

#endif
