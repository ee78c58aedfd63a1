// Memory of stacks that nobody needs any more goes back to the system within seconds.
// timeout: 60
#include "parts/check.h"

enum { N = 2000 };

static int waiting, ended;
static struct go__g *all[N];

static void post_count(void *arg)
{
    (void)arg;
    raise_by_one(&waiting);
}

static void waiter(void *args)
{
    volatile char deep[64 << 10];
    for (size_t i = 0; i < sizeof(deep); i += 4096)
        deep[i] = 1;
    all[word_of(args)] = go__self();
    go__park(post_count, NULL, GO__WAIT_CHAN_RECV, NULL);
    check(deep[4096] == 1, "its stack was overwritten");
    raise_by_one(&ended);
}

int main(void)
{
    go_mem_stats stats;
    for (int i = 0; i < N; i++)
        start(waiter, i);
    wait_until(&waiting, N);
    go_read_mem_stats(&stats);
    uint64_t full = stats.stacks;
    check(full >= N * (64ULL << 10), "only %llu bytes of stacks", (unsigned long long)full);
    for (int i = 0; i < N; i++)
        go__ready(all[i]);
    wait_until(&ended, N);
    int64_t until = go__now() + 20000000000;
    do {
        sleep_for(100000000);
        go_read_mem_stats(&stats);
    } while (stats.stacks > full / 4 && go__now() < until);
    printf("%llu KiB of stacks, later %llu\n", (unsigned long long)full >> 10,
           (unsigned long long)stats.stacks >> 10);
    check(stats.stacks <= full / 4, "they stay");
    return 0;
}
