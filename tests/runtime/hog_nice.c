// Goroutines that compute without calls lose their processor and go on nice, the first ones not so
// much that another process could starve them.
#include "parts/test.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int tids[6], again, stop, stop_again;

static int own_tid(void)
{
    return (int)syscall(SYS_gettid);
}

static void hog(void *tid)
{
    STORE(*(int *)tid, own_tid());
    while (!LOAD(stop))
        ;
}

static void hog_again(void *tid)
{
    STORE(*(int *)tid, own_tid());
    while (!LOAD(stop_again))
        ;
}

static int nice_of(int tid)
{
    return getpriority(PRIO_PROCESS, (id_t)tid);
}

// The process's first thread does not end.
static bool has_ended(int tid)
{
    return tid == getpid() || (syscall(SYS_tgkill, getpid(), tid, 0) != 0 && errno == ESRCH);
}

static int nicer(int base, int by)
{
    return base + by < 19 ? base + by : 19;
}

int main(void)
{
    static const int by[] = {5, 10, 10, 10, 19, 19};
    int base = nice_of(own_tid());
    if (base == 19)
        return 0; // nothing can be nicer
    go_max_procs(1);
    for (int i = 0; i < LENGTH(tids); i++) {
        start(hog, &tids[i]);
        EVENTUALLY(LOAD(tids[i]) && nice_of(LOAD(tids[i])) > base);
        CHECK_EQ(nice_of(tids[i]), nicer(base, by[i]));
    }
    STORE(stop, 1);
    for (int i = 0; i < LENGTH(tids); i++)
        EVENTUALLY(has_ended(tids[i]));
    // Now the next one is the first again.
    start(hog_again, &again);
    EVENTUALLY(LOAD(again) && nice_of(LOAD(again)) > base);
    CHECK_EQ(nice_of(again), nicer(base, 5));
    CHECK_EQ(nice_of(own_tid()), base);
    STORE(stop_again, 1);
}
