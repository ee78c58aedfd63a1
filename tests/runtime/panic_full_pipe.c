// LANGUAGE.md 4: standard output is flushed before a panic is reported only where that needs no
// waiting: a full pipe that nobody reads does not hold up the end.
// stderr: panic: done
// status: 2
#define _GNU_SOURCE
#include "parts/test.h"

#include <fcntl.h>
#include <unistd.h>

int main(void)
{
    int ends[2];
    char page[4096] = {0};
    CHECK_EQ(pipe2(ends, O_NONBLOCK), 0);
    while (write(ends[1], page, sizeof(page)) > 0)
        ;
    CHECK_EQ(fcntl(ends[1], F_SETFL, 0), 0);
    dup2(ends[1], STDOUT_FILENO);
    printf("not read by anybody");
    gocc_panic("done");
}
// not: tsan valgrind (their _exit flushes standard output, and waits for that)
