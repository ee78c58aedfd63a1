// LANGUAGE.md 3 (Go's memory model): send before receive, receive before an unbuffered send ends,
// k-th receive before the (k+cap)-th send ends, close before the receive that sees it, unlock
// before lock, done before wait, once: the thread sanitizer finds all of these ordered.
// lib: tsan plain
#include "parts/test.h"

static go_chan(int) c, empty;
static int before_send, before_receive, before_close, locked, counted, by_once, slots[4];
static go_mutex m;
static go_waitgroup wg;
static go_once once;

static void set_once(void *self)
{
    (void)self;
    by_once++;
}

static void other(void *arg)
{
    CLOSURE(f, set_once);
    int cap = (int)(intptr_t)arg;
    before_receive = 1;
    CHECK_EQ(go_recv(c), 1);
    CHECK_EQ(before_send, 1);
    // A channel as a semaphore: what was done before the k-th receive is seen after the send that
    // its slot lets through.
    for (int i = 0; i < 20 * cap; i++) {
        slots[i % cap] = i;
        go_recv(c);
    }
    go_mutex_lock(&m);
    locked++;
    go_mutex_unlock(&m);
    go_once_do(&once, f);
    CHECK(by_once);
    before_close = 1;
    go_close(empty);
    counted = 1;
    go_waitgroup_done(&wg);
}

int main(void)
{
    CLOSURE(f, set_once);
    for (int cap = 0; cap < 4; cap++) {
        c = go_make(int, cap);
        empty = go_make(int, cap);
        before_send = before_receive = before_close = locked = counted = by_once = 0;
        memset(slots, 0, sizeof(slots));
        once = (go_once){0};
        go_waitgroup_add(&wg, 1);
        start(other, (void *)(intptr_t)cap);
        before_send = 1;
        go_send(c, 1);
        if (cap == 0)
            CHECK_EQ(before_receive, 1);
        for (int i = 0; i < 20 * cap; i++)
            go_send(c, i);
        go_mutex_lock(&m);
        locked++;
        go_mutex_unlock(&m);
        go_once_do(&once, f);
        CHECK_EQ(by_once, 1);
        struct gocc_case k[] = {gocc_case_recv(empty, NULL),
                                gocc_case_recv((go_chan(int))NULL, NULL)};
        CHECK_EQ(gocc_select(k, 2, false), 0);
        CHECK_EQ(before_close, 1);
        go_waitgroup_wait(&wg);
        CHECK_EQ(counted, 1);
        CHECK_EQ(locked, 2);
        go_release(c);
        go_release(empty);
    }
}
