// No wake-up is lost and no goroutine is resumed twice, between goroutines that go idle together,
// and between them and foreign threads.
//
// Tokens wander through a ring of slots; whoever finds its slot empty parks. There are fewer
// tokens than goroutines, so that threads go to sleep and are woken all the time, and there
// is no timer that could heal a lost wake-up.
//
// Found the planted bugs: go_idle without its second look at the queues (hangs); go__inject that
// looks for idle P's before it queues (hangs); a park that runs the unlock callback before it
// leaves the stack (two wait in one slot). Did not find go_idle without its heavy fence: the
// locks around it order as much on x86-64.
#include "parts/stress.h"

#include <pthread.h>

enum { SLOTS = 24, FOREIGN = 3, TOKENS = 5 };

static struct slot {
    uint32_t lock;
    int tokens;
    int64_t seen;
    struct go__g *waiter;
} slots[SLOTS];
static int stop, ended;
static struct go__g *main_g;
static uint32_t main_lock;

static void give(struct slot *s, int n)
{
    spin_lock(&s->lock);
    s->tokens += n;
    struct go__g *g = s->waiter;
    s->waiter = NULL;
    spin_unlock(&s->lock);
    if (g)
        go__ready(g);
}

// Waits for a token in slot `me`, takes it. False: the end.
static bool take(intptr_t me)
{
    struct slot *s = &slots[me];
    for (;;) {
        spin_lock(&s->lock);
        if (s->tokens) {
            s->tokens--;
            s->seen++;
            spin_unlock(&s->lock);
            return true;
        }
        if (__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
            spin_unlock(&s->lock);
            return false;
        }
        check(s->waiter == NULL, "two wait in slot %d", (int)me);
        s->waiter = go__self();
        go__park(spin_unlock, &s->lock, GO__WAIT_CHAN_RECV, s);
    }
}

static void wake_main(void)
{
    spin_lock(&main_lock);
    struct go__g *g = main_g;
    main_g = NULL;
    spin_unlock(&main_lock);
    if (g)
        go__ready(g);
}

static void pass_on(intptr_t me)
{
    uint64_t random = (uint64_t)me * 77 + 1;
    while (take(me)) {
        uint32_t r = stress_random(&random);
        if (r % 8 == 0)
            go_yield();
        if (r % 64 == 1 && stress_over()) {
            __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
            wake_main();
        }
        give(&slots[r / 64 % SLOTS], 1);
    }
    raise_by_one(&ended);
    wake_main();
}

static void goroutine(void *args)
{
    pass_on(word_of(args));
}

static void *thread(void *arg)
{
    pass_on((intptr_t)arg);
    return NULL;
}

// Parks main until somebody calls wake_main after `ended` has reached n (or stop is set).
static void main_wait(int n)
{
    for (;;) {
        spin_lock(&main_lock);
        if (__atomic_load_n(n ? &ended : &stop, __ATOMIC_ACQUIRE) >= (n ? n : 1)) {
            spin_unlock(&main_lock);
            return;
        }
        main_g = go__self();
        go__park(spin_unlock, &main_lock, GO__WAIT_WAITGROUP, NULL);
    }
}

int main(void)
{
    pthread_t threads[FOREIGN];
    stress_begin();
    for (intptr_t i = FOREIGN; i < SLOTS; i++)
        start(goroutine, i);
    for (intptr_t i = 0; i < FOREIGN; i++)
        check(pthread_create(&threads[i], NULL, thread, (void *)i) == 0, "no thread");
    for (int i = 0; i < TOKENS; i++)
        give(&slots[i * 5 % SLOTS], 1);
    main_wait(0);
    for (int i = 0; i < SLOTS; i++)
        give(&slots[i], 0); // those who wait see the stop
    main_wait(SLOTS);
    int tokens = 0;
    long long passes = 0;
    for (int i = 0; i < SLOTS; i++) {
        tokens += slots[i].tokens;
        passes += slots[i].seen;
    }
    for (int i = 0; i < FOREIGN; i++)
        pthread_join(threads[i], NULL);
    check(tokens == TOKENS, "%d tokens of %d are left", tokens, TOKENS);
    printf("%lld passes\n", passes);
    return 0;
}
