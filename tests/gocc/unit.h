// What the unit tests of the rewriter share: each is one program, ends with 0 or prints what
// differs. tests/command/rewriter_units.sh compiles and runs them.
#ifndef UNIT_H
#define UNIT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int unit_failures;

// Compares two texts and prints both when they differ.
static inline void expect_text(const char *what, const char *got, const char *wanted)
{
    if (strcmp(got, wanted) == 0)
        return;
    unit_failures++;
    printf("---- %s\n---- expected:\n%s\n---- got:\n%s\n", what, wanted, got);
}

static inline void expect(int holds, const char *what)
{
    if (holds)
        return;
    unit_failures++;
    printf("---- does not hold: %s\n", what);
}

static inline int unit_result(void)
{
    return unit_failures != 0;
}

// A text that grows.
struct text {
    char at[1 << 16];
    size_t size;
};
#define text_add(t, ...)                                                                           \
    ((t)->size += (size_t)snprintf((t)->at + (t)->size, sizeof(t)->at - (t)->size, __VA_ARGS__))

#endif
