/* Every new word as a name of the program's at file scope: nothing here is a construct. */
#include <stdio.h>

#define range(lo, hi) ((hi) - (lo))
#define GO go
typedef struct chan { int len, cap; struct chan *select; } chan;
typedef int defer;
enum { make = 3, recover = make + 1 };
static int go(int close) { return close + make; }
static int select(chan *c, int (*func)(int)) { return func(c->len) + c->select->cap; }
static int close(x) int x; { return x - 1; }
static defer len = 7, *cap = &len;
static void panic(const char *why) { puts(why); }
static int (*func(int x))(int) { return x ? go : close; }
struct job { chan c; defer go; };

int report(void);
int report(void)
{
    chan a = {.len = 2, .cap = 5}, b = {1, 2, &a}, *chan_of[] = {&a, &b};
    struct job job = {a, .go = 1};
    panic("called");
    printf("%d %d %d %d %d\n", GO(1), select(&b, go), range(1, len), close(5), *cap);
    printf("%d %d %d\n", func(1)(1), func(0)(1), job.go);
    if (a.len<-b.len || a.len <- 1)
        go (4);
    for (len = 0; len < make; len++)
        select(chan_of[1], func(len));
    { int chan = 1, func = chan < 2; defer range = func; printf("%d\n", range <-chan); }
    goto go;
go: return make + recover;
}
