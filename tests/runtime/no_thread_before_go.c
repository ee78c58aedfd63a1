// The runtime starts no thread before the first `go` (or a timer other than a sleep), whatever else
// the program calls; nor in the child of a fork.
#include "parts/check.h"

#include <gocc/sync.h>

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

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
    static int kept;
    go_pool pool = {0};
    go_pool_put(&pool, &kept);
    check(count_threads() == 1, "%d threads", count_threads());
    pid_t child = fork();
    if (child == 0)
        _exit(count_threads() == 1 ? 0 : 1);
    int status;
    check(waitpid(child, &status, 0) == child && status == 0, "a thread in the child");
    start(nothing, 0);
    check(count_threads() > 1, "no monitor");
    return 0;
}
