// Two goroutines that hand each other the next slot for ever do not keep the others on their
// processor from running: those in the queue, those that yielded, and sleepers.
// env: GOMAXPROCS=1
#include "parts/check.h"

static struct go__g *partner[2];
static int stop, others, ended;

// Readies the other one, then parks: the next slot is never empty.
static void selfish(void *args)
{
    intptr_t me = word_of(args);
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        partner[me] = go__self();
        struct go__g *other = partner[!me];
        partner[!me] = NULL;
        if (other)
            go__ready(other);
        go__park(NULL, NULL, GO__WAIT_CHAN_RECV, NULL);
    }
    if (partner[!me])
        go__ready(partner[!me]);
    raise_by_one(&ended);
}

static void queued(void *args)
{
    (void)args;
    raise_by_one(&others);
}

static void yielding(void *args)
{
    (void)args;
    for (int i = 0; i < 10; i++)
        go_yield();
    raise_by_one(&others);
}

static void sleeping(void *args)
{
    (void)args;
    sleep_for(2000000);
    raise_by_one(&others);
}

int main(void)
{
    start(selfish, 0);
    start(selfish, 1);
    for (int i = 0; i < 100; i++) {
        start(queued, i);
        start(yielding, i);
        start(sleeping, i);
    }
    int64_t begin = go__now();
    wait_until(&others, 300);
    printf("after %.1f ms\n", (double)(go__now() - begin) / 1e6);
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    return 0;
}
// not: tsan (go__ready orders nothing that the sanitizer sees: a channel tells it what it orders)
