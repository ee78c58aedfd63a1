// The twin: a typed stand-in for one file that libclang can read, and its offset map.
#ifndef GOCC_TWIN_H
#define GOCC_TWIN_H

#include "edit.h"
#include "parse.h"

// What every twin may refer to; made known to libclang as an unsaved file of this name.
#define TWIN_PRELUDE_NAME "/gocc-twin-prelude.h"
extern const char twin_prelude[];

// Makes the twin of a parsed file with the facts that its nodes hold by now.
// library_place: where `#include <gocc.h>` stands in the emitted C; NULL: nowhere in this file.
void twin_make(struct source *s, struct node *file, const uint32_t *library_place,
               struct rendering *out);

// Original position of a twin's range. Inserted text belongs to the construct it came from:
// a start in it is where the replaced bytes began, an end where they ended.
// (An edit's bytes: from where the edit begins to where it ends.)
struct span twin_to_source(const struct rendering *twin, uint32_t lo, uint32_t hi);

// Original position of a message at offset t: in inserted text, what follows the bytes before it.
uint32_t twin_place(const struct source *s, const struct rendering *twin, uint32_t t);

#endif
