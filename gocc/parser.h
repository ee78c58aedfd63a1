// What the parser's files share: parse_base.c (tokens, nodes), parse_expr.c (types and
// expressions), parse_wrong.c, parse_habit.c (what is neither C nor ours), parse_stmt.c
// (statements), parse_head.c (those with a header), parse_select.c, parse.c (files). Nobody else
// includes it.
//
// Invariants: `at` never passes `end`, and never leaves the bracket that is being read; every
// loop advances `at` or ends. Errors in plain C are left to clang, which reads the twin.
#ifndef GOCC_PARSER_H
#define GOCC_PARSER_H

#include "parse.h"
#include "view.h"

// What the scopes around a place declare.
struct scope {
    unsigned words;            // contextual words
    const struct named *names; // of types, and of variables that hide one; the innermost first
};

struct parser {
    struct source *s;
    struct view_token *t;
    unsigned at, end;  // tokens at `end` and behind it read as the end of the file
    struct node *node; // the innermost open one
    struct scope declared;
    unsigned depth;     // of nesting: beyond MAX_DEPTH the rest of the file is given up
    bool gave_up;       // beyond MAX_DEPTH: reported once
    unsigned result_at; // behind a closure's `->`, where a word is no member's name
    bool in_members;    // of a struct: names there are no expressions
    bool in_function, in_parameters;
    bool spoiled;         // by a `:=` in an expression: the statement around it is wrong
    struct wrong *wrongs; // in reverse
    struct suspicion *suspicions;
};

enum { MAX_DEPTH = 250 };

// ---- tokens (parse_base.c) ---------------------------------------------------------------

static inline const struct token *tok(const struct parser *p, unsigned i)
{
    return &p->t[i < p->end ? i : p->end].token;
}
static inline bool at_end(const struct parser *p)
{
    return p->at >= p->end;
}
static inline uint32_t here(const struct parser *p) // the offset of the next token
{
    return p->t[p->at].token.lo;
}
static inline uint32_t behind(const struct parser *p) // the offset behind the last token
{
    return p->at ? p->t[p->at - 1].token.hi : 0;
}
static inline struct span next_span(const struct parser *p)
{
    return span_of(p->t[p->at].token.lo, p->t[p->at].token.hi);
}
bool is(const struct parser *p, unsigned i, const char *text); // token i is text; false at the end
enum word_class class_at(const struct parser *p, unsigned i);
bool is_word(const struct parser *p, unsigned i, unsigned words); // one of the words, and ours
bool is_arrow(const struct parser *p, unsigned i);                // `<-`
bool is_declare(const struct parser *p, unsigned i);              // `:=`
bool is_receive(const struct parser *p, unsigned i);     // `<-` that is not the head of a type
unsigned match_of(const struct parser *p, unsigned i);   // the partner of an opener, or `end`
unsigned skip_group(const struct parser *p, unsigned i); // the index behind a group's closer
bool accept(struct parser *p, const char *text);
// While inside ( … ), [ … ] or { … }, its closer reads as the end. leave: behind the closer, or
// here if there is none. Each enter is paired with a leave.
struct bracket {
    unsigned close, end;
    bool unmatched; // close is where its statement ends
};
struct bracket enter(struct parser *p);
void leave(struct parser *p, struct bracket b);
bool too_deep(struct parser *p); // also counts; decrement depth afterwards
void give_up(struct parser *p);  // the rest of the file, as nested too deeply

// ---- nodes -------------------------------------------------------------------------------

struct node *open_node(struct parser *p, enum node_kind kind);
void close_node(struct parser *p, struct node *n);
struct node *last_child(const struct parser *p);
// A node from `lo` up to here that takes over the children made since `mark`; it is left open.
struct node *adopt(struct parser *p, enum node_kind kind, uint32_t lo, struct node *mark);
void dissolve(struct node *n); // its children take its place
const char *missing_semicolon(struct parser *p, const char *what);

// ---- types and expressions ---------------------------------------------------------------

// The index behind a chan or func type that begins at token i, or 0 when none does.
unsigned type_end(const struct parser *p, unsigned i);
// The index behind the struct, union or enum at token i: its attributes, name and body.
unsigned skip_tag(const struct parser *p, unsigned i);
// Token i begins a type: a keyword, a chan, a func, a typedef's name.
bool starts_type(const struct parser *p, unsigned i);
bool is_type_name(const struct parser *p, unsigned i);
void forget_type_names(void);
// Token i is declared here, as no type.
void declare_word(struct parser *p, unsigned i);
void declare_variable(struct parser *p, unsigned i);
void declare_type(struct parser *p, unsigned i);

// A type in parentheses at token i, with an operand behind it that nothing else could have.
bool is_cast(const struct parser *p, unsigned i);

// What a unary expression turned out to be.
struct operand {
    struct span span;
    bool is_call; // its last postfix is (…)
    struct span callee;
    struct span *list;
    unsigned n_list;
    struct node *head; // the RECV, CLOSURE or BUILTIN that it is, or that is called
    bool is_whole;     // head is all of it (BUILTIN), or all but the last call (CLOSURE)
};

enum {
    STOP_COMMA = 1,   // ends before a comma
    STOP_COLON = 2,   // ends before a colon that is no conditional's
    STRICT = 4,       // ends where an operator is missing
    IN_ARGUMENTS = 8, // commas separate
    IN_DECLARATION = 16,
};

struct operand unary(struct parser *p);
void expression(struct parser *p, unsigned flags);
// The rest of an expression whose first operand has been read.
void expression_rest(struct parser *p, unsigned flags);
// A braced initialiser or an assignment-expression; its span.
struct span initialiser(struct parser *p, unsigned flags, bool *braced);
void braces(struct parser *p); // a braced initialiser

// ---- what is neither C nor a construct (parse_wrong.c, parse_habit.c) ----------------------

// The declaration of a name that nothing is known about, for the twin; without `;`.
const char *unknown_variable(const char *name);

// Records what has been reported; its place in the twin is taken by `instead` (NULL: its own text).
struct wrong *add_wrong(struct parser *p, struct span span, const char *instead);
// The node up to here is wrong, as above.
struct wrong *break_node(struct parser *p, struct node *n, const char *instead);
// A token that is missing behind the last one; the twin has it.
void add_missing(struct parser *p, const char *text);
void add_missing_at(struct parser *p, uint32_t at, const char *text);
// Records that the span may be a mistake. True: clang has rejected it, in these words, so it is
// one.
bool suspect(struct parser *p, struct span span, const char *says);
// The index behind a statement that is passed over: behind its `;`, or at a line's first token
// where it can have ended.
unsigned wrong_end(const struct parser *p, unsigned i);
// Go's declarations, at file scope and inside functions. True: reported and passed over.
bool wrong_declaration(struct parser *p);
// What only a function can hold, outside of any. True: reported and passed over.
bool wrong_outside(struct parser *p);
// The header of the if, for, while or switch at token i has no parentheses. True: reported.
bool wrong_header(struct parser *p, unsigned i);
// The index of the `{` that ends a header without parentheses.
unsigned header_end(const struct parser *p, unsigned i);
// A condition with a `:=` in it, up to the end. True: reported and passed over.
bool wrong_condition(struct parser *p);
// The index behind token i, or behind the group that it opens.
unsigned skip_token(const struct parser *p, unsigned i);
// The index behind a channel type as Go writes it, `chan int`, that begins at token i; 0: none
// does.
unsigned go_type_end(const struct parser *p, unsigned i);
// Whether such a type stands there that is no C.
bool is_go_type(struct parser *p, unsigned i);
// Reads it: an error, and a NODE_CHAN_TYPE.
void go_type(struct parser *p);
// The index of the `{` of a closure as Go writes it, `func(int a) int {` or `func {`, at token i;
// 0: none stands there. It is reported.
unsigned go_closure_body(struct parser *p, unsigned i);
// What is sent is Go's `struct{}{}` or `T{…}`, with which no expression of C begins. True: reported
// and passed over.
bool wrong_value(struct parser *p);
// A receive or a `:=` in a label of a switch. True: reported and passed over, up to the colon.
bool wrong_label(struct parser *p);
// A parameter with its name first, `a int`, from `at` to the end. True: reported and passed over.
bool wrong_parameter(struct parser *p);
// The header of a for without `;` and without range, `v in c` or `int v : c`. True: as above.
bool wrong_for(struct parser *p);
// A whole file of Go's. True: reported, and nothing of it is read.
bool wrong_language(struct parser *p);

// A slice, or another language's closure, where an operand begins. True: reported and passed over.
bool wrong_operand(struct parser *p);
// A function whose head began at token `first`, up to its `{`: reports a `-> type` in it.
void wrong_result(struct parser *p, unsigned first);

// ---- statements (parse_stmt.c) ----------------------------------------------------------------

void declare_names(struct parser *p, unsigned i);
void block(struct parser *p); // { … } as a NODE_BLOCK
void body(struct parser *p);  // { … } whose statements go to the open node
struct span statement(struct parser *p);
// A declaration or an expression, without the `;`.
struct simple {
    struct node *node; // SEND, RECV_OK, DECLARE; NULL: C
    const char *what;  // for "expected ';' after …"
};
struct simple simple_statement(struct parser *p);
// Statements up to the end; in a select up to the next case.
void statements(struct parser *p, bool in_select);
// The left side of `:=`: a name; and the words among tokens [first, last), which it declares.
bool need_name(struct parser *p, struct span span);
void declare_left(struct parser *p, unsigned first, unsigned last);
bool is_select(const struct parser *p, unsigned i); // parse_select.c
void select_statement(struct parser *p);
bool is_select_with_operand(const struct parser *p, unsigned i);
// The words among the parameters ( … ) at token i become the program's.
void declare_parameters(struct parser *p, unsigned i);

// ---- statements with a header (parse_head.c) ---------------------------------------------------

// Each at its keyword; a `for` that has no parentheses and is none of Go's either is left to clang.
void for_statement(struct parser *p);
void while_statement(struct parser *p);
void do_statement(struct parser *p);
void if_statement(struct parser *p);
void switch_statement(struct parser *p);

#endif
