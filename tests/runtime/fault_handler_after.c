// LANGUAGE.md 4: a handler of the program's own for a fault, installed later, replaces ours.
// expect: mine
#include "parts/check.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

static int *volatile nothing;
static sigjmp_buf back;

static void mine(int sig)
{
    siglongjmp(back, sig);
}

int main(void)
{
    go_id();
    signal(SIGSEGV, mine);
    if (sigsetjmp(back, 1) == 0)
        *nothing = 1;
    else
        puts("mine");
    return 0;
}
// not: asan valgrind (they report the fault, too)
