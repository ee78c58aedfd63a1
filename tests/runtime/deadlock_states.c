// LANGUAGE.md 4: when every goroutine is blocked, each is printed with what it waits for.
// status: 2
// expect: printed before
// stderr: fatal error: all goroutines are asleep - deadlock!
// stderr:
// stderr: goroutine 1 [select (no cases)]:
// stderr: main(...)
// stderr-match: goroutine \d+ \[sync\.Mutex\.Lock\]:
// stderr-match: (stuck|f)\(\.\.\.\)
// stderr-match: \t.*/?deadlock_states\.c:\d+.*
// stderr-match: created by .* in goroutine 1
#include "parts/check.h"

static void stuck(void *args)
{
    (void)args;
    go__park(NULL, NULL, GO__WAIT_MUTEX, NULL);
}

int main(void)
{
    printf("printed before\n");
    start(stuck, 0);
    start(stuck, 0);
    go__park(NULL, NULL, GO__WAIT_SELECT_NONE, NULL);
}
