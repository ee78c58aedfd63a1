// Without MADV_GUARD_INSTALL guards are made by mprotect while the kernel allows mappings, and
// then stacks go without: 100,000 goroutines wait at the same time all the same.
// env: GOCC_DEBUG=noguard_install=1
// timeout: 60
// not: tsan valgrind (more goroutines than they can follow)
#include "parts/check.h"

enum { N = 100000 };

static int waiting, ended;
static uint32_t released;
static struct go__g *all[N];

static void post_count(void *arg)
{
    (void)arg;
    raise_by_one(&waiting);
}

static void waiter(void *args)
{
    volatile char used[1024];
    used[0] = used[1023] = 1;
    all[word_of(args)] = go__self();
    go__park(post_count, NULL, GO__WAIT_CHAN_RECV, NULL);
    check(__atomic_load_n(&released, __ATOMIC_ACQUIRE), "woke up by itself");
    check(used[0] + used[1023] == 2, "its stack was overwritten");
    raise_by_one(&ended);
}

int main(void)
{
    for (int i = 0; i < N; i++)
        start(waiter, i);
    wait_until(&waiting, N);
    __atomic_store_n(&released, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < N; i++)
        go__ready(all[i]);
    wait_until(&ended, N);
    return 0;
}
