// LANGUAGE.md 4: unlocking what is not locked is a fatal error, which no recover stops.
// stderr: fatal error: sync: unlock of unlocked mutex
// status: 2
#include "parts/test.h"

static void unlock(void *arg)
{
    go_mutex_unlock(arg);
}

int main(void)
{
    go_mutex m = {0};
    go_mutex_lock(&m);
    go_mutex_unlock(&m);
    must_panic(unlock, &m, "anything");
}
