// The only file that forks.
//
// Invariants: what is temporary is known here before it exists, and is removed at the end of the
// process, also when a signal is that end; then the running command is ended and waited for
// first, so that it cannot write once more. What a handler calls is async-signal-safe: hence
// the folder is read with getdents64 and not with readdir, which allocates.
#define _GNU_SOURCE
#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- temporary files ---------------------------------------------------------------------

// Pushed by one store, so that the handler always sees a list.
struct doomed {
    struct doomed *next;
    const char *path;
};
static struct doomed *volatile doomed;
static const char *volatile folder;
static volatile pid_t child;

const char *temp_file(const char *path)
{
    struct doomed *d = malloc(sizeof *d);
    if (!d)
        abort();
    *d = (struct doomed){doomed, path};
    doomed = d;
    return path;
}

static void remove_tree(int parent, const char *name);

static void remove_entries(int dir)
{
    char block[1 << 12];
    ssize_t n;
    while ((n = getdents64(dir, block, sizeof block)) > 0)
        for (ssize_t at = 0; at < n;) {
            struct dirent64 *entry = (struct dirent64 *)(block + at);
            at += entry->d_reclen;
            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                remove_tree(dir, entry->d_name);
        }
}

static void remove_tree(int parent, const char *name)
{
    if (unlinkat(parent, name, 0) == 0 || errno != EISDIR)
        return;
    int dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (dir < 0)
        return;
    remove_entries(dir);
    close(dir);
    unlinkat(parent, name, AT_REMOVEDIR);
}

static void remove_all(void)
{
    for (struct doomed *d = doomed; d; d = d->next)
        unlink(d->path);
    if (folder)
        remove_tree(AT_FDCWD, folder);
}

static const int cleaning_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
enum { N_CLEANING = sizeof cleaning_signals / sizeof *cleaning_signals };

static void on_signal(int sig)
{
    if (child > 0) {
        kill(child, sig);
        waitpid(child, NULL, 0);
    }
    remove_all();
    signal(sig, SIG_DFL);
    raise(sig);
}

// A signal that was ignored when we began stays ignored (nohup).
static void clean_up_after_signals(void)
{
    for (int i = 0; i < N_CLEANING; i++)
        if (signal(cleaning_signals[i], SIG_IGN) != SIG_IGN)
            signal(cleaning_signals[i], on_signal);
}

void process_clean_up(void)
{
    for (int i = 0; i < N_CLEANING; i++)
        if (signal(cleaning_signals[i], SIG_IGN) != SIG_IGN)
            signal(cleaning_signals[i], SIG_DFL);
    remove_all();
    folder = NULL;
}

// $TMPDIR where that is a folder for us, as gcc takes it.
static const char *temp_base(void)
{
    const char *base = getenv("TMPDIR");
    return base && *base && access(base, R_OK | W_OK | X_OK) == 0 ? base : "/tmp";
}

const char *temp_dir(void)
{
    if (folder)
        return folder;
    char *dir = format("%s/gocc-XXXXXX", temp_base());
    if (!mkdtemp(dir)) {
        fprintf(stderr, "gocc: error: %s: %s\n", dir, strerror(errno));
        return NULL;
    }
    folder = dir;
    clean_up_after_signals();
    atexit(remove_all);
    return dir;
}

// ---- commands ----------------------------------------------------------------------------

// A line that is longer is given to cc as a response file, as we may have got it: the kernel
// takes about 2 MB, the environment included.
enum { LONG_LINE = 100000 };

static bool is_long(const struct strings *command)
{
    size_t n = 0;
    for (size_t i = 0; i < command->n; i++)
        n += strlen(command->at[i]) + 1;
    return n > LONG_LINE;
}

// The command, or one that says the same by a response file; empty after an error message.
static struct strings shorten(const struct strings *command)
{
    struct strings words = {0};
    if (!is_long(command))
        return *command;
    if (!temp_dir())
        return words;
    const char *path = format("%s/words", temp_dir());
    if (!words_write(path, command->at + 1, command->n - 1)) {
        fprintf(stderr, "gocc: error: %s: %s\n", path, strerror(errno));
        return words;
    }
    strings_add(&words, command->at[0]);
    strings_add(&words, format("@%s", path));
    return words;
}

// Signals wait while the child exists without our knowing it; it gets them at once.
static int spawn(const struct strings *command, const char *input, int output, bool quiet,
                 pid_t *pid)
{
    sigset_t all, old;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &old);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &old);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_init(&actions);
    if (input)
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0);
    if (output >= 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (quiet)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int error =
        posix_spawnp(pid, command->at[0], &actions, &attributes, (char **)command->at, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    child = error ? 0 : *pid;
    sigprocmask(SIG_SETMASK, &old, NULL);
    return error;
}

static int run(const struct strings *command, const char *input, bool quiet)
{
    struct strings words = shorten(command);
    pid_t pid;
    int status;
    if (words.n == 0)
        return 1;
    int error = spawn(&words, input, -1, quiet, &pid);
    if (error) {
        fprintf(stderr, "gocc: error: %s: %s\n", words.at[0], strerror(error));
        return 1;
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return 1;
    child = 0;
    if (WIFSIGNALED(status)) {
        fprintf(stderr, "gocc: error: %s: %s\n", words.at[0], strsignal(WTERMSIG(status)));
        return 1;
    }
    return WEXITSTATUS(status);
}

int process_run(const struct strings *command, const char *input)
{
    return run(command, input, false);
}

int process_try(const struct strings *command)
{
    return run(command, NULL, true);
}

int process_become(const struct strings *command)
{
    if (is_long(command))
        return process_run(command, NULL);
    execvp(command->at[0], (char **)command->at);
    fprintf(stderr, "gocc: error: %s: %s\n", command->at[0], strerror(errno));
    return 1;
}

static const char *read_key(FILE *f, const char *key)
{
    char line[4096];
    const char *found = NULL;
    while (fgets(line, sizeof line, f))
        if (!found && strncmp(line, key, strlen(key)) == 0)
            found = format("%.*s", (int)strcspn(line + strlen(key), "\n"), line + strlen(key));
    return found ? found : "";
}

const char *process_ask(const char *program, const char *option, const char *key)
{
    struct strings command = {0};
    int ends[2];
    pid_t pid;
    strings_add(&command, program);
    strings_add(&command, option);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return "";
    int error = spawn(&command, NULL, ends[1], false, &pid);
    close(ends[1]);
    FILE *f = fdopen(ends[0], "r");
    const char *found = f && !error ? read_key(f, key) : "";
    if (f)
        fclose(f);
    while (!error && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    child = 0;
    return found;
}

void process_print(const struct strings *command)
{
    for (size_t i = 0; i < command->n; i++)
        fprintf(stderr, " \"%s\"", command->at[i]);
    fputc('\n', stderr);
}
