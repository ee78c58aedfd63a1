// LANGUAGE.md 4: a fault on a thread that the runtime did not start ends the program with the trace.
// status: 2
// stderr: fatal error: fault on a thread that the runtime did not start
// stderr-match: \[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x[0-9a-f]+\]
// stderr:
// stderr-match: thread \d+.* \[running\]:
// stderr: body(...)
// stderr-match: \t.*tests/runtime/fault_foreign_thread\.c:17( \+0x[0-9a-f]+)?
#include "parts/check.h"

#include <pthread.h>

static int *volatile nothing;

static void *body(void *arg)
{
    *nothing = (int)go_id();
    return arg;
}

int main(void)
{
    pthread_t thread;
    go_id();
    pthread_create(&thread, NULL, body, NULL);
    pthread_join(thread, NULL);
    return 0;
}
// not: valgrind (it reports the fault itself)
