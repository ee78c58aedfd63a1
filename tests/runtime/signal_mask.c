// The threads of goroutines have the program's signal mask, also those that the monitor starts,
// which blocks all signals itself.
#include "parts/test.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static int stop, moved;

static void hog(void *arg)
{
    (void)arg;
    while (!LOAD(stop))
        ;
}

static void looker(void *arg)
{
    sigset_t now;
    (void)arg;
    pthread_sigmask(SIG_BLOCK, NULL, &now);
    CHECK(!sigismember(&now, SIGTERM));
    CHECK(sigismember(&now, SIGUSR2)); // as in main before the first runtime call
    ADD(moved, 1);
}

int main(void)
{
    sigset_t own;
    sigemptyset(&own);
    sigaddset(&own, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &own, NULL);
    for (int i = 0; i < go_max_procs(0); i++)
        start(hog, NULL);
    for (int i = 0; i < 50; i++) {
        start(looker, NULL);
        go_sleep(GO_MILLISECOND);
    }
    EVENTUALLY(LOAD(moved) == 50);
    STORE(stop, 1);
}
