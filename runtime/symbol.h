// From an address in the program's code to function, file and line.
#ifndef GO_SYMBOL_H
#define GO_SYMBOL_H

#include "base.h"

// Where some code is in the source. Unknown: NULL, 0. The texts live until the callback returns.
struct go__place {
    const char *function;
    const char *file;
    int line;
    uintptr_t offset; // from the start of the function or object that `function` names
    bool inlined;     // into the place that follows
};

// Calls see for each function that `site` is in, innermost first: several where functions were
// inlined, one with nothing known if need be, until it returns false.
void go__place_of(uintptr_t site, bool (*see)(const struct go__place *place, void *arg), void *arg);
// Is this address in code of the program, its libraries, or of `gocc run`?
bool go__is_code(uintptr_t address);
// Is it in the program's own code: the executable, or what `gocc run` compiled?
bool go__is_own_code(uintptr_t address);
// Is it in code of this library?
bool go__is_runtime_code(uintptr_t address);

// ---- stabs.c: what tcc leaves ----------------------------------------------------------------

// An ELF file in memory with stabs in it, whose addresses are `bias` lower than in the process.
struct go__stabs {
    const char *elf;
    size_t size;
    uintptr_t bias;
};
// The offset of a function in the text of an object file, and the size of that.
uintptr_t go__stabs_function(const struct go__stabs *s, const char *name, size_t *text_size);
struct go__stabs_text {
    char name[200], path[800];
};
// True when the place is known; its texts stand in *to.
bool go__stabs_find(const struct go__stabs *s, uintptr_t site, struct go__place *place,
                    struct go__stabs_text *to);

#endif
