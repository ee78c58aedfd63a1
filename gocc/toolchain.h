// What lies around the gocc executable and on PATH: our headers and library, and the C compiler
// behind us.
#ifndef TOOLCHAIN_H
#define TOOLCHAIN_H

#include <stdbool.h>

// The folder that holds gocc.h; the one that holds libgocc.a. Found from where the executable
// itself lies: ../include and ../lib after an installation, ../../include in the build tree.
const char *toolchain_include_dir(void);
const char *toolchain_library_dir(void);

enum cc_family { CC_GCC, CC_CLANG, CC_TCC };

struct cc {
    const char *path; // as execvp takes it
    enum cc_family family;
};

// The compiler that `name` (--cc=), else GOCC_CC, else the first found of gcc, clang and cc
// stands for. "clang" is also looked for as clang-19, clang-20, …
// Returns false after saying on standard error that there is none.
bool toolchain_find_cc(const char *name, struct cc *out);

// What links when tcc compiles: gcc, else clang, else cc.
const char *toolchain_linker(void);

// Is `name` a program that execvp would find?
bool toolchain_has_program(const char *name);

// Which program that is: another path, size or time, another text. "" when there is none.
const char *toolchain_identity(const char *name);

#endif
