// A goroutine may fork while others run: the child can start goroutines of its own, and exec.
// expect: from the child
// expect: parent: 0
#include "parts/check.h"

#include <sys/wait.h>
#include <unistd.h>

static int stop, done, child_ran;

static void busy(void *args)
{
    (void)args;
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
        go_yield();
    raise_by_one(&done);
}

static void in_child(void *args)
{
    (void)args;
    raise_by_one(&child_ran);
}

static void forker(void *args)
{
    (void)args;
    pid_t pid = fork();
    if (pid == 0) {
        start(in_child, 0);
        wait_until(&child_ran, 1);
        if (go_num_goroutine() != 1)
            _exit(3);
        execl("/bin/echo", "echo", "from the child", (char *)NULL);
        _exit(127);
    }
    int status = -1;
    go_enter_blocking();
    waitpid(pid, &status, 0);
    go_exit_blocking();
    printf("parent: %d\n", status);
    raise_by_one(&done);
}

int main(void)
{
    for (int i = 0; i < 10; i++)
        start(busy, i);
    start(forker, 0);
    wait_until(&done, 1);
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    wait_until(&done, 11);
    return 0;
}
// not: tsan (it refuses threads in a child of fork)
