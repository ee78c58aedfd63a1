// Any bytes: the whole front end ends with 0 or 1, as `gocc -c` would. What it accepts compiles:
// with FUZZ_COMPILE=1 the C that it emits for a file without an error goes to clang.
//
// A line `//@ NAME` begins another file, so that headers can be fuzzed too: `//@ a.h`.
#define FUZZ_HARNESS
#include "memory.h"

#include "../../gocc/emit.h"

#include <clang-c/Index.h>
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static char dir[] = "/tmp/gocc_fuzz_XXXXXX";
static bool compile;

static void clean_up(void)
{
    if (chdir(dir) == 0 && system("rm -f fuzz.gc a.h b.h") == 0 && chdir("/") == 0)
        rmdir(dir);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    if (!mkdtemp(dir))
        abort();
    atexit(clean_up);
    compile = getenv("FUZZ_COMPILE") != NULL;
    fuzz_start();
    return 0;
}

static char *path_of(const char *name)
{
    static char path[sizeof dir + 16];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

// What the snippets of mutate.c name; without it hardly a mutant would get as far as lowering.
static const char preamble[] =
    "struct z_s { int m; chan<int> c; }; static struct z_s z_s; static int z_x, *z_p, z_a[3];"
    "static _Bool z_ok; static chan<int> z_c, z_d; static int z_f(int z) { return z; } ";

static void write_part(const char *name, const char *text, size_t size)
{
    FILE *f = fopen(path_of(name), "wb");
    if (!f)
        abort();
    if (strcmp(name, "fuzz.gc") == 0 && memmem(text, size, "z_", 2))
        fwrite(preamble, 1, sizeof preamble - 1, f);
    fwrite(text, 1, size, f);
    fclose(f);
}

// fuzz.gc up to the first `//@ a.h` or `//@ b.h`, and what follows under those names.
static void write_files(const char *text, size_t size)
{
    const char *name = "fuzz.gc", *end = text + size;
    unlink(path_of("a.h"));
    unlink(path_of("b.h"));
    for (const char *at = text;;) {
        const char *next = memmem(at, (size_t)(end - at), "//@ ", 4);
        if (next && (end - next < 7 || (next[4] != 'a' && next[4] != 'b')))
            next = NULL;
        write_part(name, at, (size_t)((next ? next : end) - at));
        if (!next)
            return;
        name = next[4] == 'a' ? "a.h" : "b.h";
        at = next + 7;
    }
}

// An accepted program whose C does not compile is a mistake of ours.
static void check_compiles(const struct emit_result *r)
{
    static const char *const args[] = {
        "-xc",
        "-w",
        "-Wno-error=int-conversion", // gcc only warns, and so does sema
        "-Wno-error=incompatible-function-pointer-types",
        "-isystem",
        FUZZ_INCLUDE,
    };
    struct CXUnsavedFile file = {path_of("fuzz.gc"), r->text, r->size};
    CXIndex index = clang_createIndex(0, 0);
    CXTranslationUnit unit;
    if (clang_parseTranslationUnit2(index, file.Filename, args, 6, &file, 1, CXTranslationUnit_None,
                                    &unit) != CXError_Success)
        abort();
    bool failed = false;
    for (unsigned i = 0; i < clang_getNumDiagnostics(unit); i++) {
        CXDiagnostic d = clang_getDiagnostic(unit, i);
        if (clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error) {
            CXString text = clang_formatDiagnostic(d, clang_defaultDiagnosticDisplayOptions());
            fprintf(stderr, "does not compile: %s\n", clang_getCString(text));
            clang_disposeString(text);
            failed = true;
        }
        clang_disposeDiagnostic(d);
    }
    if (failed)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    write_files((const char *)data, size);
    const struct emit_options options = {
        .include_dir = FUZZ_INCLUDE,
        .line_directives = true,
    };
    struct emit_result result = {0};
    int status = emit_file(path_of("fuzz.gc"), &options, &result);
    if (status != 0 && status != 1)
        abort();
    if (status == 0 && result.rewritten && compile)
        check_compiles(&result);
    fuzz_reset();
    return 0;
}
