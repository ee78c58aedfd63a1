// Goroutines that compute without calls lose their processor and go on nice, the first ones not so
// much that another process could starve them.
#include "parts/test.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int tids[6], stop;

static void hog(void *tid)
{
    __atomic_store_n((int *)tid, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
    while (!LOAD(stop))
        ;
}

static int nice_of(int tid)
{
    return getpriority(PRIO_PROCESS, (id_t)tid);
}

int main(void)
{
    static const int expected[] = {5, 10, 10, 10, 19, 19};
    go_max_procs(1);
    for (int i = 0; i < LENGTH(tids); i++) {
        start(hog, &tids[i]);
        EVENTUALLY(LOAD(tids[i]) && nice_of(LOAD(tids[i])) > 0);
        CHECK_EQ(nice_of(tids[i]), expected[i]);
    }
    STORE(stop, 1);
    // Their threads are gone, and the next one is the first again.
    EVENTUALLY(getpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid)) == 0);
    go_sleep(10 * GO_MILLISECOND);
    STORE(stop, 0);
    STORE(tids[0], 0);
    start(hog, &tids[0]);
    EVENTUALLY(LOAD(tids[0]) && nice_of(LOAD(tids[0])) > 0);
    CHECK_EQ(nice_of(tids[0]), 5);
    STORE(stop, 1);
}
