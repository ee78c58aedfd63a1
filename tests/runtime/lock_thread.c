// go_lock_thread keeps a goroutine on its thread and everybody else off it.
#include "parts/check.h"

#include <pthread.h>
#include <unistd.h>

static int done;
static int locked_tid[4];

static void locked(void *args)
{
    intptr_t me = word_of(args);
    go_lock_thread();
    go_lock_thread();
    int tid = go__gettid();
    __atomic_store_n(&locked_tid[me], tid, __ATOMIC_RELEASE);
    for (int i = 0; i < 200; i++) {
        if (i % 2)
            go_yield();
        else
            sleep_for(10000);
        check(go__gettid() == tid, "moved from thread %d to %d", tid, go__gettid());
    }
    go_unlock_thread();
    go_yield();
    check(go__gettid() == tid, "unlocked once of twice");
    __atomic_store_n(&locked_tid[me], 0, __ATOMIC_RELEASE);
    go_unlock_thread();
    go_yield();
    raise_by_one(&done);
}

static void other(void *args)
{
    (void)args;
    while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) < 4) {
        int tid = go__gettid();
        for (int i = 0; i < 4; i++)
            check(__atomic_load_n(&locked_tid[i], __ATOMIC_ACQUIRE) != tid,
                  "runs on the thread of a locked goroutine");
        go_yield();
    }
    raise_by_one(&done);
}

int main(void)
{
    for (int i = 0; i < 4; i++)
        start(locked, i);
    for (int i = 0; i < 4; i++)
        start(other, i);
    wait_until(&done, 8);
    return 0;
}
