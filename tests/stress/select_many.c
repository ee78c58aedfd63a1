// LANGUAGE.md 3: selects that send and receive on shared channels, with each other, with plain
// operations and with polls: each value that was sent arrives once.
//
// Planted and found: a select that leaves the waiters of its lost cases in their queues (a value
// sent to a stack that is no longer there); a taker that does not compete for the select (a value
// is taken from two cases of one select); locks taken in the order of the cases (deadlock).
// timeout: 60
#include "../runtime/parts/stress.h"

enum { CHANNELS = 5, WORKERS = 12 };

static go_chan(uint64_t) c[CHANNELS];
static go_chan(void) stop;
static go_waitgroup workers, drainers;
static uint64_t sent, received;

// Sends and receives at random until `stop` is closed.
static void work(void *arg)
{
    uint64_t seed = (uint64_t)(intptr_t)arg * 977, in[12], out[12], n_sent = 0, n_received = 0;
    for (;;) {
        struct gocc_case k[12];
        int n = 1 + (int)stress_random(&seed, 11);
        for (int i = 0; i < n; i++) {
            struct gocc_hchan *h = gocc_hchan(c[stress_random(&seed, CHANNELS)]);
            out[i] = 1 + stress_random(&seed, 1000);
            k[i] = stress_random(&seed, 2) ? (struct gocc_case){h, &in[i], GOCC_RECV, false, 0}
                                           : (struct gocc_case){h, &out[i], GOCC_SEND, false, 0};
        }
        k[n] = gocc_case_recv(stop, NULL);
        int i = gocc_select(k, n + 1, stress_random(&seed, 8) == 0);
        if (i == n)
            break;
        if (i < 0)
            go_yield();
        else if (k[i].kind == GOCC_SEND)
            n_sent += out[i];
        else
            n_received += in[i];
    }
    ADD(sent, n_sent);
    ADD(received, n_received);
    go_waitgroup_done(&workers);
}

static void drain(void *arg)
{
    go_chan(uint64_t) channel = arg;
    uint64_t sum = 0;
    bool ok;
    for (uint64_t v; v = go_recv_ok(channel, &ok), ok;)
        sum += v;
    ADD(received, sum);
    go_waitgroup_done(&drainers);
}

static void storm(go_duration d)
{
    stop = go_make(void, 0);
    sent = received = 0;
    go_waitgroup_add(&drainers, CHANNELS);
    for (int i = 0; i < CHANNELS; i++) {
        c[i] = go_make(uint64_t, i % 3);
        start(drain, c[i]);
    }
    go_waitgroup_add(&workers, WORKERS);
    for (intptr_t i = 0; i < WORKERS; i++)
        start(work, (void *)(i + 1));
    go_sleep(d);
    go_close(stop);
    go_waitgroup_wait(&workers);
    for (int i = 0; i < CHANNELS; i++)
        go_close(c[i]);
    go_waitgroup_wait(&drainers);
    CHECK_EQ(sent, received);
    for (int i = 0; i < CHANNELS; i++)
        go_release(c[i]);
    go_release(stop);
}

int main(void)
{
    for (int i = 0; stress_time_left(); i++)
        storm((1 + i % 40) * GO_MILLISECOND);
}
