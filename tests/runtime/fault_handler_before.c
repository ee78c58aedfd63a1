// LANGUAGE.md 4: a handler of the program's own for a fault that was there first stays.
// expect: mine
#include "parts/check.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static int *volatile nothing;

static void mine(int sig)
{
    (void)sig;
    ssize_t n = write(1, "mine\n", 5);
    _exit(n != 5);
}

__attribute__((constructor(101))) static void first(void)
{
    signal(SIGSEGV, mine);
}

int main(void)
{
    go_id();
    *nothing = 1;
    return 1;
}
// not: asan valgrind (they report the fault, too)
