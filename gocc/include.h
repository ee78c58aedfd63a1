// Headers with constructs, put in the place of the #include that names them.
//
// A header that holds a construct, or includes one that does, cannot be read by the C compiler:
// its C stands where its #include stood, between #line directives. All others stay includes.
#ifndef GOCC_INCLUDE_H
#define GOCC_INCLUDE_H

#include "edit.h"
#include "sema.h"

struct inclusion {
    struct unit *unit;
    struct edits **edits; // of unit->sources, with the lowering in them
    const char *const *cc_args;
    size_t n_cc_args;
    bool line_directives;
    bool for_tcc;           // which knows no place of the text: includes say from where they are
    bool computed_include;  // out: there is an #include by a macro
    struct header *headers; // every user header that was looked at
};

// Queues into the edits of the main file what stands in place of its #includes.
void include_headers(struct inclusion *in);

#endif
