// LANGUAGE.md 3 (Go's memory model): what a buffered send does not order is a race, and the thread
// sanitizer says so: the receiver's writes after the receive are not before the sender's next read.
// lib: tsan
// status: 66
#include "parts/test.h"

static go_chan(int) c;
static int shared;
static go_waitgroup wg;

static void receive(void *arg)
{
    (void)arg;
    go_recv(c);
    shared = 1;
    go_waitgroup_done(&wg);
}

int main(void)
{
    c = go_make(int, 2);
    go_waitgroup_add(&wg, 1);
    start(receive, NULL);
    go_send(c, 1);
    go_yield();
    shared++;
    go_waitgroup_wait(&wg);
    go_release(c);
}
// not: asan valgrind (it races, as it shows)
