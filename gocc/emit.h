// The pipeline for one file: a .gc file in, C for gcc, clang or tcc out. The only thing that
// the command (driver, run, main) knows of the rewriter.
#ifndef EMIT_H
#define EMIT_H

#include <stdbool.h>
#include <stddef.h>

struct emit_options {
    // What the C compiler's preprocessor makes of a text in the file's place; NULL: that cannot
    // be had. May be NULL itself.
    const char *(*preprocess)(void *context, const char *text);
    void *context;
    // -I -D -U -include -std -isystem -iquote -idirafter -f… -m… as cc got them, for libclang.
    const char *const *cc_args;
    size_t n_cc_args;
    const char *include_dir;  // the folder that holds gocc.h
    bool color;               // in diagnostics
    unsigned max_errors;      // shown; 0: all
    bool for_tcc;             // tcc compiles the result: gocc run, --cc=tcc
    bool line_directives;     // #line back to the source
    bool no_loop_capture;     // -Wno-loop-capture
    bool no_warnings;         // -w
    bool warnings_are_errors; // -Werror, -Werror=loop-capture
};

struct emit_result {
    char *text; // size bytes and a NUL behind them
    size_t size;
    bool rewritten; // false: no construct and no gocc header; text is the file as it stands,
                    // without its #! line
    const char *library_word; // when not rewritten: a name that looks like the library's; or NULL
    const char **deps;        // the user's headers that were read, for -MMD
    size_t n_deps;
    bool computed_include; // an #include by a macro: may be meant from beside the file
    const char **files;    // every file that was read, the system's too; when rewritten
    size_t n_files;
    bool warned; // a warning was printed
};

// Rewrites the file at `path`, "-" for standard input.
//
// Returns 0, or 1 after printing all errors of the file on standard error; *out is then not
// to be used. What *out points to lives until the process ends.
int emit_file(const char *path, const struct emit_options *opt, struct emit_result *out);

// When the C compiler or the linker has failed: a note on what a file that was not rewritten may
// lack, on standard error.
void emit_explain(const char *path, const struct emit_result *out);

// gocc vet: reports the errors and warnings of the file at `path`, and misuse that compiles.
// Returns 1 when there was anything to report, else 0. see: gets each message instead of standard
// error; NULL: none does.
struct diag_message;
int vet_file(const char *path, const struct emit_options *opt,
             void (*see)(void *context, const struct diag_message *message), void *context);
// -Wno-NAME, -WNAME of a rule of vet's: for all calls from now on. False if it is another option.
bool vet_file_option(const char *option);

#endif
