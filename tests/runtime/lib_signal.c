// gocc/signal.h: no signal numbers mean all, more calls add, the library owns the channel
// meanwhile, and a null channel panics.
// lib: plain asan
#include "parts/test.h"

#include <signal.h>
#include <unistd.h>

static void notify_null(void *arg)
{
    (void)arg;
    go_signal_notify(NULL, SIGUSR1, 0);
}

static int n_old;

static void old(int s)
{
    (void)s;
    ADD(n_old, 1);
}

int main(void)
{
    must_panic(notify_null, NULL, "os/signal: Notify using nil channel");

    signal(SIGUSR1, old);
    go_chan(int) c = go_make(int, 4);
    go_signal_notify(c, 0); // all
    int all[] = {SIGUSR1, SIGTERM, SIGHUP, SIGCHLD, SIGINT};
    for (int i = 0; i < LENGTH(all); i++) {
        kill(getpid(), all[i]);
        CHECK_EQ(go_recv(c), all[i]);
    }
    go_signal_stop(c);
    go_signal_stop(c); // nothing more to stop
    kill(getpid(), SIGUSR1);
    EVENTUALLY(LOAD(n_old) == 1); // the handler that was there before
    CHECK_EQ(go_len(c), 0);

    go_signal_notify(c, SIGUSR1, 0);
    go_signal_notify(c, SIGUSR2, 0); // adds to its signals
    go_chan(int) mine = c;
    go_release(c); // the library is an owner
    kill(getpid(), SIGUSR1);
    CHECK_EQ(go_recv(mine), SIGUSR1);
    kill(getpid(), SIGUSR2);
    CHECK_EQ(go_recv(mine), SIGUSR2);
    while (go_len(mine) < 4) // the kernel makes one of two that come together
        kill(getpid(), SIGUSR1);
    for (int i = 0; i < 20; i++) // no room: lost, and nobody waits
        kill(getpid(), SIGUSR1);
    go_sleep(GO_MILLISECOND);
    CHECK_EQ(go_len(mine), 4);
    go_signal_stop(mine);
}
