// What diag.c and diag_origin.c share.
#ifndef GOCC_DIAG_INTERNAL_H
#define GOCC_DIAG_INTERNAL_H

#include "diag.h"

void source_find_lines(struct source *s);
// The piece that holds s[at], or NULL when the text is that of the file.
const struct origin *source_origin(const struct source *s, uint32_t at);

#endif
