// Plain C: nothing here knows of goroutines.
#include "sleeper.h"

#include <unistd.h>

void sleep_for_seconds(unsigned n)
{
    while (n > 0)
        n = sleep(n);
}
