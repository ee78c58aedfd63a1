// A goroutine that was made nice for computing, and then locked itself to its thread, is off that
// thread when it unlocks itself; so is the processor.
#include "parts/test.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int base, done;

static int nice_here(void)
{
    return getpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid));
}

static void computes_then_locks(void *arg)
{
    (void)arg;
    while (nice_here() == base)
        ;
    go_lock_thread();
    go_sleep(GO_MILLISECOND); // now it has a processor again
    CHECK(nice_here() > base);
    for (int i = 0; i < 10; i++)
        go_yield();
    CHECK(nice_here() > base);
    go_unlock_thread();
    CHECK_EQ(nice_here(), base);
    STORE(done, 1);
}

int main(void)
{
    base = nice_here();
    if (base == 19)
        return 0; // nothing can be nicer
    go_max_procs(1);
    start(computes_then_locks, NULL);
    EVENTUALLY(LOAD(done));
    CHECK_EQ(nice_here(), base);
}
