// LANGUAGE.md 4: a SIGSEGV that somebody sends is no fault: it ends the process as it always did.
// status: 139
#include "parts/check.h"

#include <signal.h>
#include <unistd.h>

int main(void)
{
    go_id();
    kill(getpid(), SIGSEGV);
    for (;;)
        pause();
}
