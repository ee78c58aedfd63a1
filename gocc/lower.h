// Lowering: from constructs to C, as edits on the original bytes.
//
// lower() walks everything that has to change (nodes, calls of closures, conversions) from the
// inside out and gives each to the function of its kind. Two things are collected on the way
// and put in last, because several constructs add to the same place:
//
//   lifted code  structs and functions that stand before the function they come from
//   heads        declarations at the head of a block, ordered by `enum head_order`
//
// At the place of a construct the C stays on the lines of the source, so that no #line is
// needed there; what is lifted or stands at a head may take lines of its own.
#ifndef GOCC_LOWER_H
#define GOCC_LOWER_H

#include "capture.h"
#include "edit.h"
#include "scan.h"

#include <stdarg.h>

enum lifted_phase { LIFTED_PROTOTYPE, LIFTED_TYPE, LIFTED_THUNK, LIFTED_CODE, LIFTED_PRAGMA };

enum head_order {
    HEAD_SELF,   // captures of a lifted function
    HEAD_BOX,    // boxes of parameters and of variables whose declaration can be jumped over
    HEAD_RESULT, // gocc_result
    HEAD_RECORD, // records of defers
    HEAD_FRAME,  // GOCC_FRAME: what it needs at its end stands before it
    HEAD_RANGE,  // the variables of a range loop
};

struct lifted;
struct head;
struct known_name;
struct counter;
struct word;
enum { WORD_BUCKETS = 1 << 15 };

// One per name of a top-level function, which conditional code may define twice.
struct named_counter {
    struct named_counter *next;
    const char *base;
    struct counter *counter;
};

struct lower {
    struct unit *u;
    struct capture_facts *f;
    struct edits **edits; // of u->sources
    struct table names;   // node -> its name in C: "main_func1"
    struct table makers;  // closure called where it stands -> text that makes it
    struct table
        thunks;        // name of a C function's closure, from local_name -> a decl of the function
    struct table done; // decl -> itself: its declaration has been rewritten as a whole
    struct word **words;             // every identifier of the user's, by hash
    struct named_counter **counters; // by hash, too
    struct decl **file_decls;        // variables at file scope, by their place
    unsigned n_file_decls;
    struct known_name *known_names;
    struct lifted *lifted;
    struct head *heads;
    unsigned n_lifted, n_heads, n_pointers, n_ranges, n_unnamed;
    const char *self; // "self", as local_name gives it
};

void lower(struct unit *u, struct capture_facts *f, struct edits **edits);

// ---- lower_names.c: edits, names, types ---------------------------------------------------

struct edits *edits_of(struct lower *l, const struct source *s);
unsigned source_number(struct lower *l, const struct source *s); // in u->sources
// Replaces [lo, hi) of s by a text. Nothing happens when the range is empty and the text too.
void replace(struct lower *l, const struct source *s, uint32_t lo, uint32_t hi, const char *format,
             ...) __attribute__((format(printf, 5, 6)));
// Puts text before what begins at (behind what ends at) `at`.
void put_before(struct lower *l, const struct source *s, uint32_t at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void put_behind(struct lower *l, const struct source *s, uint32_t at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

char *format_text(const char *format, va_list args);

void collect_words(struct lower *l);
void name_node(struct lower *l, struct node *n);
struct node *top_level(struct node *n);
// The variable declared at file scope around s[at], or NULL.
struct decl *file_decl(struct lower *l, const struct source *s, uint32_t at);
// "main_func1": what is lifted from n; "main.func1", in traces.
const char *node_name(struct lower *l, const struct node *n);
const char *trace_name(struct lower *l, const struct node *n);
// base, or gocc_base when the user has an identifier of that name.
const char *local_name(struct lower *l, const char *base);

// A declaration of name as t / the name of t, with local types under their new names.
char *declare(struct lower *l, const struct type *t, const char *name);
char *type_name(struct lower *l, const struct type *t);
// The type that a value of type t has: no qualifiers, arrays and functions decayed.
struct type *value_type(struct type *t);
bool type_is_owned(const struct type *t);

// ---- lower_lift.c: lifted code and heads of blocks ----------------------------------------

void put_lifted(struct lower *l);
void put_heads(struct lower *l);
// New lifted code for n; texts and ranges are added in order.
struct lifted *lift(struct lower *l, const struct node *n, enum lifted_phase phase);
// Likewise, before the top-level declaration that holds s[at].
struct lifted *lift_at(struct lower *l, struct source *s, uint32_t at, enum lifted_phase phase);
void lifted_text(struct lifted *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
// At the start of a line: it shall be that of the construct, for the C compiler.
void lifted_place(struct lifted *to);
void lifted_range(struct lifted *to, struct span range);
// The range, of which only [lo, hi) is rendered with its edits: those at its borders belong to
// what stands around it.
void lifted_without_ends(struct lifted *to, struct span range, uint32_t lo, uint32_t hi);
void lifted_body(struct lifted *to, struct span body); // { … }

// A line at the head of the block that opens at s[brace].
void head_add(struct lower *l, struct source *s, uint32_t brace, enum head_order order,
              const char *format, ...) __attribute__((format(printf, 5, 6)));

// ---- lower_box.c, lower_hoist.c: variables that are captured, declarations that move
// --------------------------------------------

// How a function sees a variable: x, (*x), or self->x.
enum view { VIEW_PLAIN, VIEW_POINTER, VIEW_SELF };
enum view decl_view(struct lower *l, const struct decl *d, const struct node *fn);
// The value of a variable, as fn writes it: "x", "*x", "self->x".
char *decl_value(struct lower *l, const struct decl *d, const struct node *fn);
// What a box of d holds: d's type, without const, which its first value could not be stored to.
const struct type *boxed_type(const struct decl *d);
// The statement after which boxed variable d exists: "int *x gocc_scoped = gocc_box(sizeof *x);"
char *box_statement(struct lower *l, const struct decl *d);
// "int x = " or, boxed, "int *x gocc_scoped = gocc_box(sizeof *x); *x = ".
char *declare_equals(struct lower *l, const struct decl *d);
void lower_declarations(struct lower *l);
void lower_uses(struct lower *l);
void lower_hoists(struct lower *l);

// ---- lower_call.c: closures, calls of them, conversions to them --------------------------

void lower_closure(struct lower *l, struct node *n);
void lower_func_call(struct lower *l, struct func_call *c);
void lower_conversion(struct lower *l, struct conversion *c);
// What a lifted function keeps of the captures of fn: members of its struct, statements that
// fill it (`to` is "go." or "self->"), offsets of what it owns.
// A member of a record. Those are 16-aligned: one whose type needs more is copied before it is
// used.
char *record_member(struct lower *l, struct type *t, const char *name);
char *capture_members(struct lower *l, const struct node *fn);
char *capture_fill(struct lower *l, const struct node *fn, const char *to, bool retain);
unsigned capture_owned(struct lower *l, const struct node *fn, char **offsets);
// The declarations of the captures at the head of fn's body.
char *capture_locals(struct lower *l, const struct node *fn, const char *record);
// The body of fn with those declarations at its head.
void lifted_function_body(struct lower *l, struct lifted *to, const struct node *fn,
                          const char *locals);
// "struct NAME_type": what the runtime must know of struct NAME. offsets: of n_owned members.
void lifted_gocc_type(struct lower *l, struct lifted *to, const char *name, const char *trace,
                      bool empty, unsigned n_owned, const char *offsets);
// A comment with the line of the source on which n begins.
void lifted_comment(struct lifted *to, const struct node *n);
struct decl *parameter_of(struct lower *l, const struct node *fn, unsigned i);
struct type *parameter_type(struct lower *l, const struct node *fn, unsigned i);
unsigned parameter_count(const struct node *fn); // `(void)` has none

// ---- lower_go.c: go, defer, return -------------------------------------------------------

void lower_go(struct lower *l, struct node *n);
void lower_defer(struct lower *l, struct node *n);
void lower_return(struct lower *l, struct node *n);
void lower_recover(struct lower *l, struct node *n);
bool may_recover(struct lower *l, const struct decl *d);
// Puts at the head of a function the frame, if it has defers, and what its recover asks.
void lower_frame(struct lower *l, struct node *fn);

// ---- lower_chan.c, lower_comma_ok.c, lower_range.c, lower_select.c
// ------------------------------------------

void lower_type(struct lower *l, struct node *n);
void lower_send(struct lower *l, struct node *n);
void lower_receive(struct lower *l, struct node *n);
void lower_receive_ok(struct lower *l, struct node *n);
void lower_declare(struct lower *l, struct node *n);
void lower_builtin(struct lower *l, struct node *n);
// The element type of a channel expression, NULL when unknown.
struct type *element_type(struct lower *l, struct source *s, struct span channel);
bool is_go_after(const struct source *s, struct span operand);
bool is_blank(const struct source *s, struct span lhs); // absent or `_`
struct decl *declared_name(struct lower *l, const struct node *n, struct span name);

// ---- lower_posix.c: POSIX calls that park --------------------------------------------------

void lower_posix_uses(struct lower *l);

void lower_range(struct lower *l, struct node *n);
void lower_jump(struct lower *l, struct node *n);
void lower_label(struct lower *l, struct node *n);
void lower_select(struct lower *l, struct node *n);

#endif
