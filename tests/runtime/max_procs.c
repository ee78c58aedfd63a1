// go_max_procs changes the number of processors under load, up and down, and loses nobody.
#include "parts/check.h"

static int done;

static void worker(void *args)
{
    for (int i = 0; i < 300; i++) {
        if ((i + word_of(args)) % 7 == 0)
            sleep_for(50000);
        else
            go_yield();
    }
    raise_by_one(&done);
}

int main(void)
{
    int first = go_max_procs(0);
    for (int i = 0; i < 1000; i++)
        start(worker, i);
    int last = first;
    for (int i = 0; i < 200; i++) {
        int n = 1 + i * 7 % 5;
        int had = go_max_procs(n);
        check(had == last, "was %d, not %d", had, last);
        check(go_max_procs(0) == n, "is %d, not %d", go_max_procs(0), n);
        last = n;
        sleep_for(100000);
    }
    wait_until(&done, 1000);
    while (go_num_goroutine() != 1) // they have counted, and come to their ends
        go_yield();
    return 0;
}
