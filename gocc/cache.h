// What the rewriter made of a file, kept for the next `gocc run` of it.
#ifndef CACHE_H
#define CACHE_H

#include "emit.h"

// As emit_file, but takes what is kept when nothing it depends on has changed: the files that
// were read, those that were looked for, the options, this command and libclang. Output that came
// with a warning is not kept, so that the warning comes each time. No trouble with the cache is
// an error: it only costs time. Any number of processes may use it at once.
int cache_emit_file(const char *path, const struct emit_options *opt, struct emit_result *out);

// GOCC_CACHE, else gocc in XDG_CACHE_HOME, else in ~/.cache; "" when there is no cache, as with
// GOCC_CACHE=off.
const char *cache_dir(void);

// Removes all that is kept. Returns the exit status, after saying what went wrong.
int cache_clean(void);

#endif
