// LANGUAGE.md 6: errno belongs to the goroutine: it survives every operation that blocks.
#include "parts/test.h"

#include <errno.h>

static go_chan(int) c;
static go_waitgroup wg;

static __attribute__((noinline)) int get(void)
{
    return errno;
}

static __attribute__((noinline)) void set(int e)
{
    errno = e;
}

static void work(void *arg)
{
    int mine = (int)(intptr_t)arg;
    for (int i = 0; i < 200; i++) {
        set(mine);
        go_send(c, i);
        CHECK_EQ(get(), mine);
        go_recv(c);
        CHECK_EQ(get(), mine);
        go_sleep(GO_MICROSECOND);
        CHECK_EQ(get(), mine);
    }
    go_waitgroup_done(&wg);
}

int main(void)
{
    c = go_make(int, 3);
    go_waitgroup_add(&wg, 6);
    for (intptr_t i = 1; i <= 6; i++)
        start(work, (void *)i);
    go_waitgroup_wait(&wg);
    go_release(c);
}
