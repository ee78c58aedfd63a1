// The sum of forkjoin.gc by one thread and by two that take a half each: what the machine's second
// processor is worth.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LEAF = 1 << 20, N = 256 * LEAF, ROUNDS = 5 };

static uint64_t sum_leaf(uint64_t from)
{
    uint64_t sum = 0;

    for (uint64_t i = from; i < from + LEAF; i++)
        sum += i * i ^ i >> 3;
    return sum;
}

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

struct part {
    uint64_t from, n, sum;
};

static void *sum_part(void *arg)
{
    struct part *part = arg;

    part->sum = 0;
    for (uint64_t at = part->from; at < part->from + part->n; at += LEAF)
        part->sum += sum_leaf(at);
    return NULL;
}

// The shortest of some rounds with so many threads, 1 or 2, in ns.
static int64_t time_with(int threads, uint64_t *total)
{
    int64_t least = INT64_MAX;

    for (int round = 0; round < ROUNDS; round++) {
        struct part parts[2] = {{0, (uint64_t)(N / threads), 0}, {N / 2, N / 2, 0}};
        pthread_t second;
        int64_t start = now();
        if (threads == 2 && pthread_create(&second, NULL, sum_part, &parts[1]) != 0)
            abort();
        sum_part(&parts[0]);
        if (threads == 2)
            pthread_join(second, NULL);
        int64_t took = now() - start;
        least = took < least ? took : least;
        *total = parts[0].sum + parts[1].sum;
    }
    return least;
}

int main(void)
{
    uint64_t one, two;
    int64_t alone = time_with(1, &one), both = time_with(2, &two);

    if (one != two)
        abort();
    printf("forkjoin_threads %.3f x\n", (double)alone / (double)both);
    return 0;
}
