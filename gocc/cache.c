// The cache of `gocc run`: a file for each set of a source, options and environment (the key),
// named by the key's hash.
//
// An entry holds its key, the files that were read with a hash of each, a hash over the places
// where an #include would have found another file first, and the text. It counts when all of
// that is still so. It is written beside its place and renamed, and ends with a hash of itself,
// so that a half of one, or one of two writers, is never read.
//
// Not kept: what was read from standard input; a result with warnings; and when a file is as
// young as the analysis, which may have read it before its last change.
#define _GNU_SOURCE
#define XXH_INLINE_ALL
#include "cache.h"

#include "libclang.h"
#include "toolchain.h"
#include "words.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#define SUFFIX ".emitted"
#define LAST_TRIM "trimmed"

enum {
    BY_TIME = 1 << 20,      // bytes: larger files are told by size and time, not by content
    LOOKUPS_MAX = 20000,    // of places that an #include could name
    KEEP = 30 * 24 * 3600,  // seconds since the last use
    TRIM_EVERY = 24 * 3600, // seconds
};

// ---- the folder --------------------------------------------------------------------------

const char *cache_dir(void)
{
    const char *own = getenv("GOCC_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (own && *own)
        return strcmp(own, "off") == 0 ? "" : own;
    if (xdg && *xdg == '/')
        return format("%s/gocc", xdg);
    return home && *home == '/' ? format("%s/.cache/gocc", home) : "";
}

// Makes it if need be. False when it cannot be used, or others could put something into it.
static bool open_dir(const char *dir)
{
    struct stat st;
    if (!*dir)
        return false;
    for (const char *slash = dir; (slash = strchr(slash + 1, '/'));)
        mkdir(format("%.*s", (int)(slash - dir), dir), 0777);
    mkdir(dir, 0700);
    return stat(dir, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
           !(st.st_mode & (S_IWGRP | S_IWOTH));
}

// ---- hashes ------------------------------------------------------------------------------

static XXH128_hash_t hash_of_time(const struct stat *st)
{
    long long what[] = {st->st_size, st->st_mtim.tv_sec, st->st_mtim.tv_nsec};
    return XXH3_128bits(what, sizeof what);
}

// Of what is in a file, or of its size and time. False when it cannot be read.
static bool hash_file(const char *path, struct stat *st, XXH128_hash_t *hash)
{
    static char content[BY_TIME];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fstat(fd, st) == 0 && S_ISREG(st->st_mode);
    if (ok && st->st_size >= BY_TIME) {
        *hash = hash_of_time(st);
    } else if (ok) {
        ok = read(fd, content, sizeof content) == st->st_size;
        *hash = XXH3_128bits(content, ok ? (size_t)st->st_size : 0);
    }
    close(fd);
    return ok;
}

// ---- the key -----------------------------------------------------------------------------

static const char *const search_path_variables[] = {"CPATH", "C_INCLUDE_PATH"};
enum { N_VARIABLES = sizeof search_path_variables / sizeof *search_path_variables };

static const char *or_none(const char *s)
{
    return s ? s : "";
}

static struct strings key_words(const char *path, const struct emit_options *opt)
{
    struct strings key = {0};
    strings_add(&key, GOCC_VERSION);
    strings_add(&key, or_none(get_current_dir_name()));
    strings_add(&key, path);
    strings_add(&key, opt->include_dir);
    for (int i = 0; i < N_VARIABLES; i++)
        strings_add(&key, or_none(getenv(search_path_variables[i])));
    strings_add(&key, format("%d %d %d %d %d %d", opt->for_tcc, opt->line_directives,
                             opt->no_loop_capture, opt->no_warnings, opt->warnings_are_errors,
                             opt->preprocess != NULL));
    strings_add(&key, opt->preprocess ? toolchain_identity("tcc") : ""); // it is asked about #if
    for (size_t i = 0; i < opt->n_cc_args; i++)
        strings_add(&key, opt->cc_args[i]);
    return key;
}

// ---- files that would be found instead ---------------------------------------------------

static void add_list(struct strings *dirs, const char *list)
{
    while (list && *list) {
        size_t n = strcspn(list, ":");
        strings_add(dirs, format("%.*s", (int)n, list));
        list += n + (list[n] == ':');
    }
}

static void add_folder(struct strings *dirs, const char *path)
{
    const char *folder = path_folder(path);
    if (!*folder)
        folder = "./";
    if (!strings_have(dirs, folder))
        strings_add(dirs, folder);
}

// The value of option i when it names a folder for headers.
static const char *include_option(const struct emit_options *opt, size_t i)
{
    static const char *const names[] = {"-iquote", "-isystem", "-idirafter", "-I"};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        size_t size = strlen(names[n]);
        const char *arg = opt->cc_args[i];
        if (strncmp(arg, names[n], size) == 0)
            return arg[size] ? arg + size : i + 1 < opt->n_cc_args ? opt->cc_args[i + 1] : NULL;
    }
    return NULL;
}

// Where headers are looked for, but for the system's own folders.
static struct strings search_dirs(const struct emit_options *opt, const struct strings *files)
{
    struct strings dirs = {0};
    for (size_t i = 0; i < opt->n_cc_args; i++)
        if (include_option(opt, i))
            strings_add(&dirs, include_option(opt, i));
    for (int i = 0; i < N_VARIABLES; i++)
        add_list(&dirs, getenv(search_path_variables[i]));
    strings_add(&dirs, "/usr/local/include");
    for (size_t i = 0; i < files->n; i++)
        if (strncmp(files->at[i], "/usr/", 5) != 0)
            add_folder(&dirs, files->at[i]);
    return dirs;
}

// Hashes whether each folder has each end of a path: a new b/c.h there could be what an
// #include <b/c.h> that found /a/b/c.h finds now. False when those are too many.
static bool hash_lookups(const struct emit_options *opt, const struct strings *files,
                         XXH128_hash_t *hash)
{
    struct strings dirs = search_dirs(opt, files);
    static unsigned char there[LOOKUPS_MAX];
    size_t n = 0;
    for (size_t d = 0; d < dirs.n; d++)
        for (size_t f = 0; f < files->n; f++)
            for (const char *end = files->at[f]; (end = strchr(end, '/')); n++) {
                char path[4096];
                if (n == LOOKUPS_MAX)
                    return false;
                snprintf(path, sizeof path, "%s/%s", dirs.at[d], ++end);
                there[n] = access(path, F_OK) == 0;
            }
    *hash = XXH3_128bits(there, n);
    return true;
}

// ---- entries -----------------------------------------------------------------------------

// What lies in memory of an entry, read from the front.
struct reader {
    const char *at, *end;
};

static const char *take(struct reader *r, size_t size)
{
    const char *at = r->at;
    if ((size_t)(r->end - at) < size)
        return NULL;
    r->at += size;
    return at;
}

static bool take_hash(struct reader *r, XXH128_hash_t *hash)
{
    const char *at = take(r, sizeof *hash);
    if (at)
        memcpy(hash, at, sizeof *hash);
    return at;
}

static bool take_number(struct reader *r, size_t *n)
{
    const char *at = take(r, sizeof *n);
    if (at)
        memcpy(n, at, sizeof *n);
    return at;
}

static bool take_strings(struct reader *r, struct strings *list)
{
    size_t n;
    if (!take_number(r, &n))
        return false;
    while (n-- > 0) {
        const char *s = r->at, *end = memchr(s, '\0', (size_t)(r->end - s));
        if (!end)
            return false;
        strings_add(list, s);
        r->at = end + 1;
    }
    return true;
}

static void put_strings(FILE *out, const struct strings *list)
{
    fwrite(&list->n, sizeof list->n, 1, out);
    for (size_t i = 0; i < list->n; i++)
        fwrite(list->at[i], strlen(list->at[i]) + 1, 1, out);
}

static bool equal(const struct strings *a, const struct strings *b)
{
    for (size_t i = 0; i < a->n && i < b->n; i++)
        if (strcmp(a->at[i], b->at[i]) != 0)
            return false;
    return a->n == b->n;
}

static const char *entry_path(const struct strings *key)
{
    XXH3_state_t state;
    XXH3_128bits_reset(&state);
    for (size_t i = 0; i < key->n; i++)
        XXH3_128bits_update(&state, key->at[i], strlen(key->at[i]) + 1);
    XXH128_hash_t hash = XXH3_128bits_digest(&state);
    return format("%s/%016llx%016llx" SUFFIX, cache_dir(), (unsigned long long)hash.high64,
                  (unsigned long long)hash.low64);
}

// The whole entry, with its own hash taken off its end. False when it is no good one.
static bool read_entry(const char *path, struct reader *r)
{
    struct stat st;
    XXH128_hash_t whole;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return false;
    size_t size = fstat(fd, &st) == 0 ? (size_t)st.st_size : 0;
    char *text = size > sizeof whole ? malloc(size) : NULL;
    bool ok = text && read(fd, text, size) == (ssize_t)size;
    close(fd);
    if (!ok)
        return false;
    size -= sizeof whole;
    memcpy(&whole, text + size, sizeof whole);
    *r = (struct reader){text, text + size};
    if (time(NULL) - st.st_mtime > TRIM_EVERY)
        utimensat(AT_FDCWD, path, NULL, 0);
    return XXH128_isEqual(whole, XXH3_128bits(text, size));
}

static bool unchanged(struct reader *r, const struct strings *files, const struct emit_options *opt)
{
    XXH128_hash_t then, now;
    struct stat st;
    for (size_t i = 0; i < files->n; i++)
        if (!take_hash(r, &then) || !hash_file(files->at[i], &st, &now) ||
            !XXH128_isEqual(then, now))
            return false;
    return take_hash(r, &then) && hash_lookups(opt, files, &now) && XXH128_isEqual(then, now);
}

static bool find(const struct strings *key, const struct emit_options *opt, struct emit_result *out)
{
    struct reader r;
    struct strings then = {0}, files = {0};
    size_t computed_include;
    if (!read_entry(entry_path(key), &r) || !take_strings(&r, &then) || !equal(key, &then) ||
        !take_strings(&r, &files) || !unchanged(&r, &files, opt) ||
        !take_number(&r, &computed_include) || r.at == r.end)
        return false;
    *out = (struct emit_result){
        .text = (char *)r.at,
        .size = (size_t)(r.end - r.at) - 1, // a NUL ends it
        .rewritten = true,
        .computed_include = computed_include,
    };
    return true;
}

// ---- keeping -----------------------------------------------------------------------------

static bool is_before(struct timespec a, struct timespec b)
{
    return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

// The entry without its own hash. False when it shall not be kept.
static bool write_entry(FILE *out, const struct strings *key, const struct emit_options *opt,
                        const struct emit_result *result, struct timespec start)
{
    struct strings files = {0};
    XXH128_hash_t hash;
    strings_add(&files, or_none(realpath("/proc/self/exe", NULL)));
    strings_add(&files, libclang_path());
    for (size_t i = 0; i < result->n_files; i++)
        strings_add(&files, result->files[i]);
    put_strings(out, key);
    put_strings(out, &files);
    for (size_t i = 0; i < files.n; i++) {
        struct stat st;
        if (!hash_file(files.at[i], &st, &hash) || !is_before(st.st_mtim, start) ||
            !is_before(st.st_ctim, start))
            return false;
        fwrite(&hash, sizeof hash, 1, out);
    }
    if (!hash_lookups(opt, &files, &hash))
        return false;
    size_t computed_include = result->computed_include;
    fwrite(&hash, sizeof hash, 1, out);
    fwrite(&computed_include, sizeof computed_include, 1, out);
    return fwrite(result->text, result->size + 1, 1, out) == 1;
}

static bool write_whole(int fd, const char *text, size_t size)
{
    XXH128_hash_t hash = XXH3_128bits(text, size);
    return write(fd, text, size) == (ssize_t)size &&
           write(fd, &hash, sizeof hash) == (ssize_t)sizeof hash;
}

// Removes what nobody used for long; at most once a day.
static void trim(const char *dir)
{
    struct stat st;
    time_t now = time(NULL);
    const char *mark = format("%s/" LAST_TRIM, dir);
    if (stat(mark, &st) == 0 && now - st.st_mtime < TRIM_EVERY)
        return;
    int fd = open(mark, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    DIR *all = opendir(dir);
    for (struct dirent *each; all && (each = readdir(all));) {
        const char *path = format("%s/%s", dir, each->d_name);
        if (strstr(each->d_name, SUFFIX) && stat(path, &st) == 0 && now - st.st_mtime > KEEP)
            unlink(path);
    }
    if (all)
        closedir(all);
}

static void keep(const struct strings *key, const struct emit_options *opt,
                 const struct emit_result *result, struct timespec start)
{
    char *text = NULL;
    size_t size = 0;
    if (!open_dir(cache_dir()))
        return;
    FILE *out = open_memstream(&text, &size);
    bool ok = out && write_entry(out, key, opt, result, start);
    if (!out || fclose(out) != 0 || !ok)
        return;
    const char *path = entry_path(key);
    char *temporary = format("%s.XXXXXX", path);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return;
    ok = write_whole(fd, text, size);
    if (close(fd) != 0 || !ok || rename(temporary, path) != 0)
        unlink(temporary);
    free(text);
    trim(cache_dir());
}

int cache_emit_file(const char *path, const struct emit_options *opt, struct emit_result *out)
{
    if (strcmp(path, "-") == 0 || !*cache_dir())
        return emit_file(path, opt, out);
    struct strings key = key_words(path, opt);
    if (find(&key, opt, out))
        return 0;
    struct timespec start; // by the clock that stamps files
    clock_gettime(CLOCK_REALTIME_COARSE, &start);
    int status = emit_file(path, opt, out);
    if (status == 0 && out->rewritten && !out->warned)
        keep(&key, opt, out, start);
    return status;
}

int cache_clean(void)
{
    const char *dir = cache_dir();
    DIR *all = *dir ? opendir(dir) : NULL;
    int status = 0;
    for (struct dirent *each; all && (each = readdir(all));) {
        bool ours = strstr(each->d_name, SUFFIX) || strcmp(each->d_name, LAST_TRIM) == 0;
        const char *path = format("%s/%s", dir, each->d_name);
        if (ours && unlink(path) != 0) {
            fprintf(stderr, "gocc: error: %s: %s\n", path, strerror(errno));
            status = 1;
        }
    }
    if (all)
        closedir(all);
    if (status == 0 && *dir)
        rmdir(dir); // unless something else is in it
    return status;
}
