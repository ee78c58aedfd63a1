// The rewriter never frees. A harness that calls it a million times must: all of gocc/ is compiled
// with this file in front of it, so that what it allocates is known and goes after each input; what
// is left is libclang's, and a leak that counts.
#ifndef FUZZ_MEMORY_H
#define FUZZ_MEMORY_H

#ifndef _GNU_SOURCE // it comes before what the file behind it defines
#define _GNU_SOURCE
#endif

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// Each allocation of the arena by itself: the address sanitizer sees where it ends.
#define ARENA_CHUNK 0

void *fuzz_malloc(size_t size);
void *fuzz_calloc(size_t n, size_t size);
void *fuzz_realloc(void *old, size_t size);
void fuzz_free(void *p);
char *fuzz_realpath(const char *path, char *resolved);
// Before the first input; after each: gocc/ is as if it had never been called.
void fuzz_start(void);
void fuzz_reset(void);

#ifdef FUZZ_HARNESS
static inline void must(bool holds)
{
    if (!holds)
        abort();
}
#else
#define malloc fuzz_malloc
#define calloc fuzz_calloc
#define realloc fuzz_realloc
#define free fuzz_free
#define realpath fuzz_realpath
#endif

#endif
