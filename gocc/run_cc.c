// gocc run by way of the C compiler: `gocc … -o temporary`, and then this process becomes the
// program. Nothing is left behind: the file is removed before, while it is open.
#define _GNU_SOURCE
#include "run_cc.h"

#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int program = -1; // open for execution

bool run_cc_is_asked(const struct command_line *line)
{
    bool asked = line->cc || line->thread_sanitizer || line->address_sanitizer;
    for (size_t i = 0; i < line->n_args; i++)
        asked |= strncmp(line->args[i].text, "-O", 2) == 0;
    return asked;
}

// The options and files as the driver reads them. What `gocc run` takes for a .gc file whatever
// its name is said to be one.
static struct strings driver_command(const struct command_line *line, const char *output)
{
    struct strings command = {0};
    strings_add(&command, "/proc/self/exe");
    for (size_t i = 0; i < line->n_args; i++) {
        const struct arg *arg = &line->args[i];
        if (arg->where & ARG_LANGUAGE)
            continue;
        if (arg->where & ARG_INPUT) {
            strings_add(&command, "-x");
            strings_add(&command, arg->gocc ? "gocc" : arg->language ? arg->language : "none");
        }
        strings_add(&command, arg->text);
        if (arg->value)
            strings_add(&command, arg->value);
    }
    strings_add(&command, "-o");
    strings_add(&command, output);
    return command;
}

bool run_cc_compile(const struct command_line *line, bool quiet)
{
    if (!temp_dir())
        return false;
    const char *output = format("%s/program", temp_dir());
    struct strings command = driver_command(line, output);
    if ((quiet ? process_try(&command) : process_run(&command, NULL)) != 0)
        return false;
    program = open(output, O_PATH | O_CLOEXEC);
    if (program < 0)
        fprintf(stderr, "gocc: error: %s: %s\n", output, strerror(errno));
    return program >= 0;
}

int run_cc_start(char **argv)
{
    process_clean_up();
    fexecve(program, argv, environ);
    fprintf(stderr, "gocc: error: %s: %s\n", argv[0], strerror(errno));
    return 1;
}
