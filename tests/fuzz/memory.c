// Allocations of gocc/ and its variables, put back after each input (memory.h).
//
// The variables of gocc/ stand in two sections of their own, gocc_data and gocc_bss (Makefile), so
// that a static one which is added tomorrow is put back too. libclang's objects are caught where
// they are made: --wrap gives this file the calls of gocc/ and keeps libclang's own.
#define FUZZ_HARNESS
#include "memory.h"

#include <clang-c/Index.h>
#include <malloc.h>
#include <stdint.h>

static void **blocks;
static size_t n_blocks, room;

static void *remember(void *p)
{
    if (n_blocks == room) {
        room = room ? room * 2 : 1024;
        blocks = realloc(blocks, room * sizeof *blocks);
    }
    return blocks[n_blocks++] = p;
}

void *fuzz_malloc(size_t size)
{
    return remember(malloc(size));
}

void *fuzz_calloc(size_t n, size_t size)
{
    return remember(calloc(n, size));
}

void *fuzz_realloc(void *old, size_t size)
{
    void *p = fuzz_malloc(size);
    if (old) {
        size_t had = malloc_usable_size(old);
        memcpy(p, old, had < size ? had : size);
    }
    return p;
}

void fuzz_free(void *p)
{
    (void)p; // goes with the others
}

char *fuzz_realpath(const char *path, char *resolved)
{
    char *p = realpath(path, resolved);
    return p && !resolved ? remember(p) : p;
}

// ---- libclang ----------------------------------------------------------------------------

static CXIndex indexes[16];
static CXTranslationUnit units[64];
static size_t n_indexes, n_units;

CXIndex __real_clang_createIndex(int exclude, int display);
CXIndex __wrap_clang_createIndex(int exclude, int display);
CXIndex __wrap_clang_createIndex(int exclude, int display)
{
    return indexes[n_indexes++] = __real_clang_createIndex(exclude, display);
}

enum CXErrorCode __real_clang_parseTranslationUnit2(CXIndex index, const char *name,
                                                    const char *const *args, int n_args,
                                                    struct CXUnsavedFile *unsaved,
                                                    unsigned n_unsaved, unsigned options,
                                                    CXTranslationUnit *out);
enum CXErrorCode __wrap_clang_parseTranslationUnit2(CXIndex index, const char *name,
                                                    const char *const *args, int n_args,
                                                    struct CXUnsavedFile *unsaved,
                                                    unsigned n_unsaved, unsigned options,
                                                    CXTranslationUnit *out);
enum CXErrorCode __wrap_clang_parseTranslationUnit2(CXIndex index, const char *name,
                                                    const char *const *args, int n_args,
                                                    struct CXUnsavedFile *unsaved,
                                                    unsigned n_unsaved, unsigned options,
                                                    CXTranslationUnit *out)
{
    enum CXErrorCode code = __real_clang_parseTranslationUnit2(index, name, args, n_args, unsaved,
                                                               n_unsaved, options, out);
    if (code == CXError_Success)
        units[n_units++] = *out;
    return code;
}

void __real_clang_disposeTranslationUnit(CXTranslationUnit unit);
void __wrap_clang_disposeTranslationUnit(CXTranslationUnit unit);
void __wrap_clang_disposeTranslationUnit(CXTranslationUnit unit)
{
    size_t i = 0;
    while (i < n_units && units[i] != unit)
        i++;
    if (i == n_units)
        abort();
    units[i] = units[--n_units];
    __real_clang_disposeTranslationUnit(unit);
}

// ---- variables ---------------------------------------------------------------------------

extern char __start_gocc_data[], __stop_gocc_data[];
extern char __start_gocc_bss[], __stop_gocc_bss[];
#define DATA_SIZE ((size_t)(__stop_gocc_data - __start_gocc_data))
#define BSS_SIZE ((size_t)(__stop_gocc_bss - __start_gocc_bss))
static char *saved_data, *saved_bss;

// The sanitizer's zones between the variables are copied with them, so not by memcpy.
__attribute__((no_sanitize("address"))) static void copy(char *to, const char *from, size_t size)
{
    size_t i = 0;
    for (; i + 8 <= size; i += 8)
        *(volatile uint64_t *)(to + i) = *(const uint64_t *)(from + i);
    for (; i < size; i++)
        ((volatile char *)to)[i] = from[i];
}

void fuzz_start(void)
{
    saved_data = malloc(DATA_SIZE);
    copy(saved_data, __start_gocc_data, DATA_SIZE);
    saved_bss = malloc(BSS_SIZE);
    copy(saved_bss, __start_gocc_bss, BSS_SIZE);
}

void fuzz_reset(void)
{
    while (n_units)
        __real_clang_disposeTranslationUnit(units[--n_units]);
    while (n_indexes)
        clang_disposeIndex(indexes[--n_indexes]);
    copy(__start_gocc_data, saved_data, DATA_SIZE);
    copy(__start_gocc_bss, saved_bss, BSS_SIZE);
    while (n_blocks > 0)
        free(blocks[--n_blocks]);
}
