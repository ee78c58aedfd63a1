// LANGUAGE.md 1: on one processor the goroutine started last runs first, those before it in the
// order of their start; yielded ones come after all of them.
// env: GOMAXPROCS=1
// expect: 4 0 1 2 3 main
#include "parts/check.h"

static void say(void *args)
{
    printf("%d ", (int)word_of(args));
}

int main(void)
{
    for (int i = 0; i < 5; i++)
        start(say, i);
    go_yield();
    printf("main\n");
    return 0;
}
