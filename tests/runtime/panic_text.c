// LANGUAGE.md 4: a panic nobody recovers flushes standard output, prints its message, a blank line
// and the goroutine on standard error, and ends the process with status 2.
// expect: before
// stderr: panic: bad state 42
// stderr:
// stderr: goroutine 1 [running]:
// status: 2
#include "parts/test.h"

int main(void)
{
    printf("before\n");
    gocc_panic("bad state %d", 42);
}
