// Every goroutine that is started runs exactly once, while trees of them overflow the queues and
// are stolen from them.
//
// Found the planted bugs: a thief that moves ring_head by a plain store instead of
// compare-and-swap (crashes); ring_fill that forgets one of a batch, over_pop_one that drops
// the rest of it (hang).
#include "parts/stress.h"

#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
enum { NODES = 500 }; // fibers are slow, and there may be 8,000 at most
#else
enum { NODES = 20000 };
#endif

static uint8_t ran[NODES];
static int n_ran;
static uint64_t rounds;

static void node(void *args)
{
    intptr_t me = word_of(args);
    for (intptr_t child = 3 * me + 1; child <= 3 * me + 3 && child < NODES; child++)
        start(node, child);
    if (me % 5 == 0)
        go_yield();
    int before = __atomic_fetch_add(&ran[me], 1, __ATOMIC_RELAXED);
    check(before == 0, "goroutine %d of round %llu runs again", (int)me,
          (unsigned long long)rounds);
    raise_by_one(&n_ran);
}

int main(void)
{
    stress_begin();
    while (!stress_over()) {
        memset(ran, 0, sizeof(ran));
        __atomic_store_n(&n_ran, 0, __ATOMIC_RELEASE);
        start(node, 0);
        while (__atomic_load_n(&n_ran, __ATOMIC_ACQUIRE) < NODES)
            go_yield();
        rounds++;
        int left = go_num_goroutine();
        check(left >= 1 && left < 200, "%d goroutines are left", left);
    }
    printf("%llu rounds of %d goroutines\n", (unsigned long long)rounds, NODES);
    return 0;
}
