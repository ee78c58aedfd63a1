// The extension constructs of one file, as a tree of byte ranges in source order.
//
// The braces of a FUNCTION, CLOSURE, GO/DEFER block and SELECT are no NODE_BLOCK; those of a
// loop's, range's or switch's body are, like any other statement `{ … }`. A parameter list `(void)`
// has no parameters. The tags, members and labels of C are passed over.
//
// The parser knows C's statements (blocks, loops, labels) and, inside expressions, just
// enough to tell operand from operator position; types and scopes are sema's.
// Every node's span lies inside its parent's; siblings are disjoint and ascend.
#ifndef GOCC_PARSE_H
#define GOCC_PARSE_H

#include "diag.h"
#include "lex.h"

enum node_kind {
    NODE_FILE,
    NODE_FUNCTION,  // a function definition: name, body (with braces)
    NODE_BLOCK,     // { … } as a statement, also of a statement expression
    NODE_LOOP,      // for, while, do: loop, clause[], body
    NODE_SWITCH,    // switch: body
    NODE_LABEL,     // name: span is the label with its statement
    NODE_CHAN_TYPE, // chan<T>: dir, elem
    NODE_FUNC_TYPE, // func<R(P...)>: result, list = parameters
    NODE_CLOSURE,   // func (P...) -> R { … }: list = parameters, result (may be empty), body
    NODE_GO,        // go: see `what`; span includes the `;`
    NODE_DEFER,     // defer: likewise
    NODE_SEND,      // chan <- value: operand (the channel), value; span without `;`
    NODE_RECV,      // <-operand, an expression, but for those that belong to a node below
    NODE_RECV_OK,   // lhs[0], lhs[1] = <-operand   or with := (declare); span without `;`
    NODE_DECLARE,   // lhs[0] := value; span without `;`
    NODE_RANGE,     // for (… range …): see below
    NODE_SELECT,    // select { … }: children are NODE_CASE
    NODE_CASE,      // see enum case_form
    NODE_BUILTIN,   // make close len cap panic recover: name, list = arguments
    NODE_RETURN,    // return value;   (value may be empty); span includes the `;`
    NODE_JUMP,      // break name; continue name;   span includes the `;`
};

enum go_what {
    GO_CALL,    // callee(list): an ordinary call, also through a pointer or closure value
    GO_BUILTIN, // a built-in: the child NODE_BUILTIN
    GO_CLOSURE, // func (…) {…}(list): closure is the NODE_CLOSURE
    GO_BLOCK,   // { … }: body
};

enum case_form {
    CASE_DEFAULT,
    CASE_SEND,            // operand <- value
    CASE_RECV,            // <-operand
    CASE_RECV_DECLARE,    // lhs[0] := <-operand
    CASE_RECV_ASSIGN,     // lhs[0] = <-operand
    CASE_RECV_OK_DECLARE, // lhs[0], lhs[1] := <-operand
    CASE_RECV_OK_ASSIGN,  // lhs[0], lhs[1] = <-operand
};

enum range_kind { RANGE_UNKNOWN, RANGE_CHAN, RANGE_INT, RANGE_ARRAY };
enum loop_kind { LOOP_FOR, LOOP_WHILE, LOOP_DO, LOOP_RANGE };
enum chan_dir { CHAN_BOTH, CHAN_RECV, CHAN_SEND };

// What an array or function parameter of a closure is; type is NULL for any other.
struct decayed {
    struct type *type;
    struct span name;
};

// An undeclared name, for the twin: clang says no more about an expression or declaration with it.
#define UNKNOWN "gocc_twin_unknown"

// Neither C nor a construct: reported, and passed over by twin and sema. What clang says in its
// span, or about a name that stands in `names`, would only follow from it.
struct wrong {
    struct wrong *next;
    struct span span, names;
    const char *before, *instead, *behind; // in the twin: around it, in its place; NULL: nothing
};

// What is a mistake of one who comes from another language, unless a macro or a typedef of a
// header makes it C. When clang rejects its span, parse_confirm and parsing again make it wrong.
struct suspicion {
    struct suspicion *next;
    struct span span;
    const char *says; // how the message must begin by which clang rejects it
};

// A conditional directive whose outcome is known: the twin has #if 1, #elif 0 or the like.
struct decided {
    struct decided *next;
    struct span directive;
    bool is_if, taken;
};

// A bit for parameter i; none for those beyond the 64th, which need a name.
#define UNNAMED(i) ((i) < 64 ? (uint64_t)1 << (i) : 0)

struct node {
    enum node_kind kind;
    struct span span;
    struct node *parent, *child, *next;
    struct source *source;

    struct span name;      // FUNCTION, LABEL, BUILTIN (the word), JUMP (the label)
    struct span body;      // FUNCTION, LOOP, RANGE, SWITCH, CLOSURE, GO/DEFER block, CASE (after
                           // the colon, up to the end of the last statement), SELECT (with braces)
    struct span operand;   // SEND: the channel; RECV…: what is received from; RANGE: what is ranged
    struct span value;     // SEND, DECLARE, RETURN, CASE_SEND
    struct span arrow;     // SEND, RECV, RECV_OK, CASE: the two bytes `<-`; DECLARE: `:=`
    struct span lhs[2];    // RECV_OK, DECLARE, CASE, RANGE: variables; an empty one is absent
    struct span type;      // RANGE: the written type (`int` in int v = range c), or empty
    struct span elem;      // CHAN_TYPE
    struct span result;    // CLOSURE, FUNC_TYPE
    struct span callee;    // GO, DEFER of a call
    struct span keyword;   // GO, DEFER, SELECT, RANGE, CLOSURE, RETURN, CASE: the word
    struct span clause[3]; // LOOP: for's init, condition, step; while, do: [1] is the condition
    struct span *list;     // arguments or parameters
    unsigned n_list;

    enum go_what what;    // GO, DEFER
    enum case_form form;  // CASE
    enum loop_kind loop;  // LOOP
    enum chan_dir dir;    // CHAN_TYPE
    bool declare;         // RECV_OK, RANGE (variables are declared by range in any form)
    bool braced;          // SEND, CASE_SEND: the value is a braced initialiser
    bool is_continue;     // JUMP
    bool at_file_scope;   // CLOSURE: outside every function
    uint64_t unnamed;     // CLOSURE: the parameters, by UNNAMED(i), that are only types
    bool broken;          // its syntax is wrong, which has been reported
    struct node *closure; // GO, DEFER: GO_CLOSURE's
    struct node *target;  // JUMP: the LOOP, RANGE, SELECT or SWITCH node that the label names
    struct node *owner;   // RETURN, GO, DEFER, BUILTIN: the innermost CLOSURE, GO/DEFER block or
                          // FUNCTION that it stands in; CLOSURE likewise (NULL at file scope)

    // Facts that sema adds, pass by pass, for twin's next pass.
    enum range_kind range;    // RANGE
    struct type *result_type; // CLOSURE: inferred or written; NULL while unknown
    struct decayed *decayed;  // CLOSURE: for each of list; NULL while none is known
    bool only_cc;             // FUNCTION, without constructs: what clang does not know, gcc may
    bool reuse[2];            // DECLARE, RECV_OK, CASE: this name is assigned, not declared
    bool not_ours;            // BUILTIN, SEND: turned out to be C's (POSIX close, less-than-minus)
    unsigned id;              // unique in the translation unit, in source order

    struct wrong *wrongs; // FILE
    struct decided *decided;
    struct suspicion *suspicions;
    bool raw; // FILE: what is wrong stands in the twin as written, for the preprocessor's record
    bool hopeless; // FILE: nothing that clang would say about the rest could be trusted
};

// Parses the tokens of s. Errors are reported; the tree is then partial but consistent.
// Returns the NODE_FILE; *n_constructs is 0 when nothing in it is an extension, and nothing was
// certainly meant as one.
struct node *parse(struct source *s, unsigned *n_constructs);

// What only the preprocessor and the headers know; told before a file is parsed again.
//
//   parse_add_type_name  a typedef of a header: `(name)<-c` is then a cast.
//   parse_add_word       a contextual word that a header of the user's declares at file scope, or
//                        defines as a macro: it is an identifier of C's in every file from now on.
void parse_add_type_name(const char *name);
void parse_add_word(const char *name);
void parse_confirm(struct source *s, struct span suspicion);
// The texts will be others.
void parse_forget_confirmed(void);
// Another translation unit begins: all of this, and the names of types of the files so far.
void parse_forget(void);

// Whether a node is an extension of ours; not so a call of a built-in: it may be a function of the
// program's.
bool node_is_construct(const struct node *n);

// Whether what := or range declares has a name that its operand means another variable by:
// `x := x + 1`.
bool node_hides_operand(const struct node *n);

// Walks the tree in source order, parents first: the node after n, or NULL. The walk stays inside
// root.
struct node *node_next(const struct node *n, const struct node *root);
// The innermost node of that kind around n (not n itself), or NULL.
struct node *node_around(const struct node *n, enum node_kind kind);
// The innermost node whose span contains the span.
struct node *node_at(struct node *root, struct span span);

#endif
