// What the sema*.c files share. They alone know libclang.
//
//   sema.c        passes, the facts that a pass teaches, queries
//   sema_files.c  the main file and the user headers that hold constructs
//   sema_library.c where the library is included
//   sema_macro.c  uses of macros that are expanded in the text
//   sema_branch.c branches that only the C compiler takes
//   sema_reparse.c what the parser cannot know from the text
//   sema_type.c   CXType -> struct type; names of types in the user's terms
//   sema_place.c  places in the original: expressions, declarators, scopes
//   sema_decl.c   declarations of the cursors that the walk comes to
//   sema_index.c  one walk over the cursors: uses, calls, conversions
//   sema_vet.c    what vet asks of the cursors
//   sema_words.c  the words of messages, and hints
//   sema_noise.c  which of clang's messages count
//   sema_diag.c   those in the user's terms
#ifndef GOCC_SEMA_INTERNAL_H
#define GOCC_SEMA_INTERNAL_H

#include <clang-c/Index.h>

#include "sema.h"
#include "twin.h"

// An expression or type cursor by its place in the original. Several may share a place
// (conversions around an operand): they are kept in the order of the walk, outermost first.
struct place {
    struct place *next; // same hash bucket
    struct source *source;
    struct span span;
    CXCursor cursor;
    CXType wanted; // what it is implicitly converted to, also through `( )` and `?:`; or invalid
    bool in_macro; // begins in a macro's body: the place is that of the invocation
};

// What was made for a place of the original: the twin may hold it twice.
enum seen_as { SEEN_USE, SEEN_CALL, SEEN_CONVERSION, SEEN_DECL };
struct seen_place {
    struct seen_place *next;
    enum seen_as as;
    struct source *source;
    struct span span;
    void *what; // NULL: nothing yet
};

struct decl_entry {
    struct decl_entry *next;
    CXCursor cursor; // the declaration's
    struct decl *decl;
};

// A unit with what one pass found out; forgotten and filled anew in each pass.
struct unit_pass {
    CXTranslationUnit tu;
    struct rendering *twins; // one per source
    CXFile *files;           // libclang's handles of the sources
    unsigned n_buckets;      // of each of these; a power of two, about the number of tokens
    struct place **places;
    struct seen_place **seen;
    struct decl_entry **decls_by_cursor;
    struct decl **last_decl;
    struct func_call **last_call;
    struct conversion **last_conversion;
    struct posix_use **last_posix_use;
    struct wanted *wanted; // demands of this pass: made if it is the last one
    CXFile cached_file;    // the file that a cursor was last found in
    int cached_source;     // its index, or -1: none of ours
};

// A place whose macro must be expanded for the place to be edited.
struct wanted {
    struct wanted *next;
    struct source *source;
    struct span span;
};

// A header of the user's, with what its text and that of the headers below it shows.
struct header {
    struct header *next;
    const char *full_path;
    bool needs_library;   // holds a construct or mentions a name of the library's
    bool includes_system; // a system header
    bool defines_feature; // a feature-test macro
};

// unit is public; this is the whole of it.
struct unit_full {
    struct unit u;
    struct unit_pass *pass;
    struct header *headers; // found by the text of the #includes
    const struct sema_options *opt;
};
#define FULL(unit) ((struct unit_full *)(unit))

// ---- sema_files.c
// Adds the main file and the headers with constructs that its text names. False: no
// construct anywhere and no header of the library.
bool find_sources(struct unit *u, struct source *main_file);
// The main file is all there is, and nothing in it is ours, as far as is known.
bool holds_only_c(struct unit *u);
// Reports constructs in the headers of -include. True: there were some.
bool refuse_option_headers(struct unit *u);
// Adds the headers with constructs that the last pass included beyond those. True: there were some.
bool find_included_sources(struct unit *u);

// The value of option i when it is `name`, joined or as the next word.
const char *option_value(const struct sema_options *opt, size_t i, const char *name);
// The name in #include "name" or <name>, or NULL.
char *included_name(const struct source *s, const struct token *t, bool *quoted);
// The header of the user's that an #include in `from` names, read at the first time; or NULL.
struct header *header_named(struct unit *u, const struct source *from, const char *name,
                            bool quoted);

// Parses them anew: the parser has learned something. Facts in the nodes are forgotten.
void parse_sources_again(struct unit *u);

// ---- sema_macro.c
// The macros that a file, or the command line, defines: told before expand_macros.
void note_definitions(const struct source *s);
void note_options(const struct sema_options *opt);
void forget_definitions(void);
// t is the name, or the #define, of a macro of the user's that holds a construct.
bool brings_construct(const struct source *s, const struct token *t);
// The file names a macro that may hold a construct.
bool names_construct(const struct source *s);
// Expands in the texts what the record of the last pass shows to need it. True: some text is new.
bool expand_macros(struct unit *u);
// Remembers a place in a macro's expansion for sema_demand_expansion.
void want_expansion(struct unit *u, struct source *s, struct span span);
void demand_wanted(struct unit *u);

// ---- sema_library.c
// Where <gocc.h> goes in the main file.
uint32_t library_place(struct unit *u, const struct source *s);
// The token defines a feature-test macro.
bool defines_feature(const struct source *s, const struct token *t);

enum conditional { COND_NONE, COND_IF, COND_ELSE, COND_ENDIF };
enum conditional conditional_of(const struct source *s, const struct token *t);

// ---- sema_branch.c
// Asks the C compiler about branches that libclang skips. True: it takes others.
bool decide_branches(struct unit *u);
// Tells the twin of s what the answers were.
void apply_decisions(struct source *s, struct node *file);
// What libclang skipped in source i in the last pass.
struct span *skipped_ranges(struct unit *u, unsigned i, unsigned *n);
// Adds those that hold constructs to u->unseen.
void note_unseen(struct unit *u, unsigned i, const struct span *skipped, unsigned n);

// ---- sema_reparse.c
// Tells the parser what the first pass showed. True: the files were parsed again.
bool learn_for_parser(struct unit *u);
// Tells it which of its suspicions clang confirms. True: likewise.
bool confirm_suspicions(struct unit *u);

// ---- sema_type.c
struct type *type_from_clang(struct unit *u, CXType t);
bool clang_type_is_func(CXType t); // a closure value
bool clang_type_is_chan(CXType t, enum chan_dir *dir);
// "struct (unnamed struct at FILE:1:2)": the place is the twin's, and goes.
char *drop_places(char *text);
// Replaces the encodings in a text of clang's by chan<…>, func<…> (user) or gocc_chan(…) (c).
char *demangle(const char *text, bool user);

// ---- sema_decl.c
struct decl *decl_of_cursor(struct unit *u, CXCursor declaration);
// Records what c declares, if anything.
void index_declaration(struct unit *u, CXCursor c, CXCursor parent, bool in_for_header);
// The declaration of a record that the walk has not come to yet; NULL when it is none of the
// user's.
struct decl *index_early(struct unit *u, CXCursor record);
char *cursor_name(CXCursor c);

// ---- sema_index.c
void index_unit(struct unit *u);

// ---- sema_place.c
int source_index(struct unit *u, CXFile file); // into u->sources, or -1
bool is_in_source(struct unit *u, CXCursor c); // it begins in one of u->sources
bool cursor_range(struct unit *u, CXCursor c, struct source **s, struct span *span);
// The identifier at a cursor's location; false when the bytes there are not `name` (a macro).
bool name_span(struct unit *u, CXCursor c, const char *name, struct source **s, struct span *span);
void place_add(struct unit *u, struct source *s, struct span span, CXCursor c, CXType wanted);
// Whether the first token of a cursor comes from a macro's body.
bool begins_in_macro(CXCursor c);
// Whether the parts of the declaration of `name` stand apart in a macro call's arguments, or in its
// body.
bool declared_by_macro(CXCursor c, const struct source *s, struct span whole, struct span name);
// The first token that ends behind `at`.
const struct token *token_at(const struct source *s, uint32_t at);
// The declarator with its initialiser around a name; *init is set when there is one.
struct span declarator_span(const struct source *s, const struct node *file, struct span name,
                            struct span statement, struct span *init);
// From the first specifier on to the semicolon.
struct span statement_span(const struct source *s, struct span span);
// The original place of a range in some source of ours; false when it is elsewhere.
bool source_range(struct unit *u, CXSourceRange range, struct source **s, struct span *span);
// at begins in outer, or at its end; not in an empty one.
static inline bool span_begins_in(struct span at, struct span outer)
{
    return !span_empty(outer) && outer.lo <= at.lo && at.lo <= outer.hi;
}
// The entry of a place, made if need be.
struct seen_place *seen_at(struct unit *u, enum seen_as as, struct source *s, struct span span);
// Cursors with exactly that place, outermost first; NULL-terminated via place_next.
struct place *place_first(struct unit *u, struct source *s, struct span span);
struct place *place_next(struct place *p);
// Innermost scope-making node, innermost function-like node.
struct node *node_scope(struct unit *u, struct source *s, struct span span);
struct node *node_function(struct unit *u, struct source *s, struct span span);
struct node *file_of(struct unit *u, const struct source *s);

// ---- sema_words.c
char *take_string(CXString s); // copied, and disposed of
bool text_begins(const char *text, const char *with);
char *text_quoted(const char *text, int which); // what stands in the n-th '…', or NULL
char *user_message(const char *message);        // with types as the user writes them
char *plain_words(char *text);
const char *hint_for(struct unit *u, const char *text); // what to write instead, or NULL

// ---- sema_noise.c
// Whether a name stands in the range that also stands in something wrong of that file: nothing
// is known about it.
bool mentions_wrong_name(struct unit *u, const struct source *s, struct span span);
// A "redefinition of NAME": the place of the second one. Used to learn what := reuses.
bool diagnostic_is_redefinition(CXDiagnostic d);
bool diagnostic_is_of_gcc_only(CXDiagnostic d); // about what gcc knows and clang does not
// Whether it is an error of the language; and one that the user made, not the consequence of
// another.
bool diagnostic_is_error(struct unit *u, CXDiagnostic d, const char *message, struct source *s,
                         struct span at);
bool diagnostic_counts(struct unit *u, CXDiagnostic d, const char *message, struct source *s,
                       struct span at);

// ---- sema_diag.c
// Reports the errors of the last pass. Returns whether there were any.
bool report_diagnostics(struct unit *u);

#endif
