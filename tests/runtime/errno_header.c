// LANGUAGE.md 6: with gocc/errno.h a plain C function may use errno on both sides of a call that parks,
// though its goroutine goes on on another thread.
#define _GNU_SOURCE
#include "parts/test.h"

#include <gocc/errno.h>
#include <unistd.h>

static int stays, n_moved;

// Keeps the thread that the waiting goroutine had.
static void stay(void *arg)
{
    (void)arg;
    errno = 99;
    while (!LOAD(stays))
        ;
}

static void work(void *arg)
{
    pid_t before = gettid(); // pthread_self, too, compilers ask once
    (void)arg;
    STORE(stays, 0);
    start(stay, NULL);
    errno = 5;
    go_sleep(GO_MILLISECOND); // meanwhile the other one runs here
    CHECK_EQ(errno, 5);
    errno = 6;
    n_moved += gettid() != before;
    STORE(stays, 1);
    go_yield();
    CHECK_EQ(errno, 6);
    ADD(stays, 1);
}

int main(void)
{
    while (n_moved < 10) {
        start(work, NULL);
        EVENTUALLY(LOAD(stays) == 2);
        STORE(stays, 0);
    }
}
