// LANGUAGE.md 6: every call may be made from threads that the runtime did not start; those
// block as threads do.
#include "parts/test.h"

#include <pthread.h>

enum { N = 500 };

static go_chan(int) to_thread, from_thread;

static void *thread(void *arg)
{
    (void)arg;
    bool ok;
    for (;;) {
        int v = go_recv_ok(to_thread, &ok);
        if (!ok)
            break;
        go_send(from_thread, v + 1);
    }
    go_sleep(GO_MILLISECOND);
    go_close(from_thread);
    return NULL;
}

static void feed(void *arg)
{
    (void)arg;
    for (int i = 0; i < N; i++)
        go_send(to_thread, i);
    go_close(to_thread);
}

int main(void)
{
    for (int cap = 0; cap < 2; cap++) {
        to_thread = go_make(int, cap);
        from_thread = go_make(int, cap);
        pthread_t id;
        pthread_create(&id, NULL, thread, NULL);
        start(feed, NULL);
        bool ok;
        for (int i = 0; i < N; i++)
            CHECK_EQ(go_recv(from_thread), i + 1);
        go_recv_ok(from_thread, &ok);
        CHECK(!ok);
        pthread_join(id, NULL);
        go_release(to_thread);
        go_release(from_thread);
    }
}
