// Finds what gocc works with. Nothing is remembered between two runs and nothing is configured
// at build time, so that a tree can be moved and a build tree works without an installation.
#define _GNU_SOURCE
#include "toolchain.h"

#include "words.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// The folder of the executable, without a / at its end.
static const char *executable_dir(void)
{
    static char dir[PATH_MAX];
    if (!dir[0]) {
        ssize_t n = readlink("/proc/self/exe", dir, sizeof dir - 1);
        dir[n < 0 ? 0 : n] = '\0';
        char *slash = strrchr(dir, '/');
        if (slash)
            *slash = '\0';
        else
            strcpy(dir, ".");
    }
    return dir;
}

// "a/b/../c" → "a/c"; the path as it is when it does not exist.
static const char *tidy(char *path)
{
    char *real = realpath(path, NULL);
    return real ? real : path;
}

const char *toolchain_include_dir(void)
{
    char *dir = format("%s/../include", executable_dir());
    if (access(format("%s/gocc.h", dir), R_OK) != 0)
        dir = format("%s/../../include", executable_dir());
    return tidy(dir);
}

const char *toolchain_library_dir(void)
{
    return tidy(format("%s/../lib", executable_dir()));
}

// Where execvp would find `name`; NULL if nowhere.
static const char *find_program(const char *name)
{
    if (strchr(name, '/'))
        return access(name, X_OK) == 0 ? name : NULL;
    const char *path = getenv("PATH");
    if (!path)
        path = "/usr/local/bin:/usr/bin:/bin";
    while (*path) {
        size_t n = strcspn(path, ":");
        const char *file = format("%.*s%s%s", (int)n, path, n ? "/" : "", name);
        if (access(file, X_OK) == 0)
            return file;
        path += n + (path[n] == ':');
    }
    return NULL;
}

bool toolchain_has_program(const char *name)
{
    return find_program(name);
}

const char *toolchain_identity(const char *name)
{
    const char *path = find_program(name);
    struct stat st;
    if (!path || stat(path, &st) != 0)
        return "";
    return format("%s %lld %lld.%09ld", path, (long long)st.st_size, (long long)st.st_mtim.tv_sec,
                  st.st_mtim.tv_nsec);
}

static const char *const clang_names[] = {"clang",    "clang-19", "clang-20",
                                          "clang-18", "clang-17", "clang-16",
                                          "clang-15", "clang-14", NULL};

static const char *find_clang(void)
{
    for (const char *const *name = clang_names; *name; name++)
        if (toolchain_has_program(*name))
            return *name;
    return NULL;
}

// What a compiler is, by its name: clang and tcc say so in theirs, cc through its links.
static enum cc_family family_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    if (strcmp(base, "cc") == 0) {
        const char *file = find_program(path), *real = file ? realpath(file, NULL) : NULL;
        slash = real ? strrchr(real, '/') : NULL;
        base = slash ? slash + 1 : base;
    }
    if (strstr(base, "clang"))
        return CC_CLANG;
    if (strstr(base, "tcc"))
        return CC_TCC;
    return CC_GCC;
}

static const char *default_cc(void)
{
    return toolchain_has_program("gcc") ? "gcc" : find_clang() ? find_clang() : "cc";
}

const char *toolchain_linker(void)
{
    return default_cc();
}

// A link named gcc or cc, or GOCC_CC=gocc, would run us for ever.
static bool is_ourselves(const char *program)
{
    struct stat ours, its;
    const char *path = find_program(program);
    return path && stat("/proc/self/exe", &ours) == 0 && stat(path, &its) == 0 &&
           ours.st_dev == its.st_dev && ours.st_ino == its.st_ino;
}

bool toolchain_find_cc(const char *name, struct cc *out)
{
    if (!name)
        name = getenv("GOCC_CC");
    if (!name || !*name)
        name = default_cc();
    const char *path = strcmp(name, "clang") == 0 ? find_clang() : name;
    if (!path || !toolchain_has_program(path)) {
        fprintf(stderr, "gocc: error: no C compiler '%s' on this machine\n", name);
        return false;
    }
    if (is_ourselves(path)) {
        fprintf(stderr, "gocc: error: '%s' is gocc itself: name the C compiler with --cc=\n", name);
        return false;
    }
    *out = (struct cc){path, family_of(path)};
    return true;
}
