// Loads libclang when the first file needs it. Linking it would cost every start of gocc the
// 19 ms that its relocations take (measured), also for a C file under `make CC=gocc`; and under
// `gocc run` the program could be linked by mistake against what libLLVM brings along.
//
// Method: for each function that the rewriter uses there is one instruction that jumps through a
// pointer. Makefile takes the names from the rewriter's objects (libclang.names). The first call
// of all is clang_createIndex, which loads the library and sets the pointers.
#define _GNU_SOURCE
#include "libclang.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>

#if defined __x86_64__
#define JUMP(slot) "jmp *" slot "(%rip)\n"
#define ALIGN ".p2align 4\n"
#elif defined __aarch64__
#define JUMP(slot) "adrp x16, " slot "\nldr x16, [x16, :lo12:" slot "]\nbr x16\n"
#define ALIGN ".p2align 4\n"
#else
#error "an instruction that jumps through a pointer is missing for this processor"
#endif

#define CLANG_FUNCTION(name) \
    __attribute__((visibility("hidden"))) void *slot_##name; \
    __asm__(".pushsection .text\n" ALIGN ".globl " #name "\n.type " #name ", %function\n" #name \
            ":\n" JUMP("slot_" #name) ".size " #name ", . - " #name "\n.popsection\n");
#include "libclang.names"
#undef CLANG_FUNCTION

static const struct {
    const char *name;
    void **slot;
} functions[] = {
#define CLANG_FUNCTION(name) {#name, &slot_##name},
#include "libclang.names"
#undef CLANG_FUNCTION
};

// 19 is the one we develop against; the interface is the same in those around it.
static void *open_library(void)
{
    static const int versions[] = {19, 20, 18, 17};
    static const char *const forms[] = {"libclang-%d.so.%d", "/usr/lib/llvm-%d/lib/libclang.so.1",
                                        "libclang.so.%d.1", "libclang.so.%d"};
    char name[64];
    void *library = NULL;
    for (size_t v = 0; v < sizeof versions / sizeof *versions; v++)
        for (size_t f = 0; f < sizeof forms / sizeof *forms && !library; f++) {
            snprintf(name, sizeof name, forms[f], versions[v], versions[v]);
            library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
        }
    return library ? library : dlopen("libclang.so", RTLD_LAZY | RTLD_LOCAL);
}

static const char *path = "";

const char *libclang_path(void)
{
    return path;
}

void *clang_createIndex(int exclude_declarations, int display_diagnostics);

void *clang_createIndex(int exclude_declarations, int display_diagnostics)
{
    void *library = open_library();
    if (!library) {
        fprintf(stderr, "gocc: error: no libclang on this machine: %s\n", dlerror());
        exit(1);
    }
    struct link_map *map;
    if (dlinfo(library, RTLD_DI_LINKMAP, &map) == 0)
        path = map->l_name;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        *functions[i].slot = dlsym(library, functions[i].name);
        if (!*functions[i].slot) {
            fprintf(stderr, "gocc: error: libclang is too old: %s\n", dlerror());
            exit(1);
        }
    }
    void *(*create)(int, int);
    void (*toggle_crash_recovery)(unsigned);
    *(void **)&create = dlsym(library, "clang_createIndex");
    *(void **)&toggle_crash_recovery = dlsym(library, "clang_toggleCrashRecovery");
    void *index = create(exclude_declarations, display_diagnostics);
    if (toggle_crash_recovery) // its signal handlers would outlive us into the program that we run
        toggle_crash_recovery(0);
    return index;
}
