// Plain C: a main that calls into a gocc object.
#include <stdio.h>

void run_goroutine(void);

int main(void)
{
    run_goroutine();
    puts("back in main");
    return 0;
}
