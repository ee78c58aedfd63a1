// The runtime starts no thread before the first `go` (or a timer other than a sleep), whatever else
// the program calls.
#include "parts/check.h"

#include <dirent.h>

static int count_threads(void)
{
    int n = 0;
    DIR *dir = opendir("/proc/self/task");
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        n += e->d_name[0] != '.';
    closedir(dir);
    return n;
}

static void nothing(void *args)
{
    (void)args;
}

int main(void)
{
    check(go_id() == 1, "main is goroutine %d", (int)go_id());
    check(go_num_goroutine() == 1, "%d goroutines", go_num_goroutine());
    go_yield();
    sleep_for(1000000);
    go_enter_blocking();
    go_exit_blocking();
    check(count_threads() == 1, "%d threads", count_threads());
    start(nothing, 0);
    check(count_threads() > 1, "no monitor");
    return 0;
}
