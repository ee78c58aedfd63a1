// LANGUAGE.md 3: many senders, many receivers, any capacity: each value arrives once, and the
// close that follows the last one reaches every receiver, which then releases the channel.
//
// Planted and found: ring_get that advances `read` before copying the value (wrong sum); close
// that wakes only the receivers' first waiter (hangs); a full ring of which the waiting sender's
// value is handed out before the oldest one (order).
// env: MALLOC_PERTURB_=165
// timeout: 60
#include "../runtime/parts/stress.h"

enum { MAX = 8 };

struct storm {
    go_chan(uint64_t) c;
    int n_values;
    int senders_left;
    go_waitgroup wg;
    uint64_t sum;
};

static void send(void *arg)
{
    struct storm *s = arg;
    go_chan(uint64_t) c = s->c;
    for (int i = 1; i <= s->n_values; i++)
        go_send(c, (uint64_t)i);
    if (ADD(s->senders_left, -1) == 0)
        go_close(c);
    go_release(c);
    go_waitgroup_done(&s->wg);
}

static void receive(void *arg)
{
    struct storm *s = arg;
    go_chan(uint64_t) c = s->c;
    uint64_t sum = 0;
    bool ok;
    for (uint64_t v; v = go_recv_ok(c, &ok), ok;)
        sum += v;
    go_release(c);
    ADD(s->sum, sum);
    go_waitgroup_done(&s->wg);
}

static void storm(uint64_t *seed)
{
    static const int caps[] = {0, 0, 1, 2, 7, 128};
    struct storm s = {0};
    int n_senders = 1 + (int)stress_random(seed, MAX);
    int n_receivers = 1 + (int)stress_random(seed, MAX);
    s.n_values = (int)stress_random(seed, 300);
    s.senders_left = n_senders;
    s.c = go_make(uint64_t, caps[stress_random(seed, LENGTH(caps))]);
    go_waitgroup_add(&s.wg, n_senders + n_receivers);
    for (int i = 0; i < n_senders; i++) {
        go_retain(s.c);
        start(send, &s);
    }
    for (int i = 0; i < n_receivers; i++) {
        go_retain(s.c);
        start(receive, &s);
    }
    go_release(s.c);
    go_waitgroup_wait(&s.wg);
    CHECK_EQ(s.sum, (uint64_t)n_senders * s.n_values * (s.n_values + 1) / 2);
}

// One sender, one receiver: also in order.
static void check_order(void *arg)
{
    go_chan(uint64_t) c = arg;
    uint64_t expected = 1;
    bool ok;
    for (uint64_t v; v = go_recv_ok(c, &ok), ok; expected++)
        CHECK_EQ(v, expected);
    go_release(c);
}

static void ordered(uint64_t *seed)
{
    go_chan(uint64_t) c = go_make(uint64_t, stress_random(seed, 4));
    go_retain(c);
    start(check_order, c);
    uint64_t n = stress_random(seed, 500);
    for (uint64_t i = 1; i <= n; i++)
        go_send(c, i);
    go_close(c);
    go_release(c);
}

int main(void)
{
    uint64_t seed = (uint64_t)go_now();
    while (stress_time_left()) {
        storm(&seed);
        ordered(&seed);
    }
}
