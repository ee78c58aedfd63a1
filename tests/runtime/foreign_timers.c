// LANGUAGE.md 6: timers and tickers work for threads that the runtime did not start, also before
// any goroutine was started and while main, which armed one, blocks in C.
// expect: sleep, timer, main's ticker
#include "parts/test.h"

#include <pthread.h>

static go_ticker *ticker;

static void *thread(void *arg)
{
    (void)arg;
    go_sleep(GO_MILLISECOND);
    printf("sleep");
    go_recv_chan(int64_t) c = go_after(GO_MILLISECOND);
    go_recv(c);
    go_release(c);
    printf(", timer");
    return NULL;
}

static void *receiver(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++)
        go_recv(ticker->c);
    puts(", main's ticker");
    return NULL;
}

static void run(void *(*f)(void *))
{
    pthread_t t;
    CHECK_EQ(pthread_create(&t, NULL, f, NULL), 0);
    pthread_join(t, NULL);
}

int main(void)
{
    run(thread); // first: main has not called the runtime yet
    ticker = go_ticker_new(GO_MILLISECOND);
    run(receiver);
    go_release(ticker);
}
