// The first runtime call may come from a thread that the runtime did not start; main is goroutine
// 1 all the same.
#include "parts/check.h"

#include <pthread.h>

static int ran;

static void one(void *args)
{
    (void)args;
    raise_by_one(&ran);
}

static void *thread(void *arg)
{
    (void)arg;
    for (int i = 0; i < 100; i++)
        start(one, i);
    wait_until(&ran, 100);
    return NULL;
}

int main(void)
{
    pthread_t t;
    check(pthread_create(&t, NULL, thread, NULL) == 0, "no thread");
    pthread_join(t, NULL);
    check(go_id() == 1, "main is goroutine %d", (int)go_id());
    start(one, 0);
    wait_until(&ran, 101);
    check(go_num_goroutine() == 1, "%d are left", go_num_goroutine());
    return 0;
}
