// LANGUAGE.md 5: a channel may be released as soon as the releasing goroutine's last operation on
// it has returned: freed memory is overwritten at once, and nobody notices.
//
// Planted and found: a send, a receive, a close that looks at the channel once more after it has
// made the other side ready or was made ready itself.
// env: MALLOC_PERTURB_=165
// timeout: 60
#include "../runtime/parts/stress.h"

#include <pthread.h>

enum { PAIRS = 8 };

static go_waitgroup wg;

struct thread {
    void (*f)(void *);
    void *arg;
};

static void *run_thread(void *arg)
{
    struct thread t = *(struct thread *)arg;
    free(arg);
    t.f(t.arg);
    return NULL;
}

// Threads of the system run as soon as they are made ready; whom they make ready, another
// processor may run as soon.
static void start_on(bool thread, void (*f)(void *), void *arg)
{
    pthread_t id;
    if (!thread) {
        start(f, arg);
        return;
    }
    struct thread *t = malloc(sizeof(*t));
    *t = (struct thread){f, arg};
    CHECK_EQ(pthread_create(&id, NULL, run_thread, t), 0);
    pthread_detach(id);
}

// The other side of each round gets its channel over `rounds` and does not own it: the
// operation itself must be all the use that is made of it.
struct round {
    go_chan(int) c;
    int kind;
};

static void partner(void *arg)
{
    go_chan(struct round) rounds = arg;
    bool ok;
    for (struct round r; r = go_recv_ok(rounds, &ok), ok;) {
        switch (r.kind) {
        case 0: // it releases when its send has been received
            CHECK_EQ(go_recv(r.c), 7);
            break;
        case 1: // it releases when it has received
            go_send(r.c, 9);
            break;
        case 2: // we release, when we have received
            CHECK_EQ(go_recv(r.c), 7);
            go_release(r.c);
            break;
        case 3: // we release, when we have sent
            go_send(r.c, 9);
            go_release(r.c);
            break;
        case 4: // it releases when it has seen the close
            go_close(r.c);
            break;
        }
    }
    go_release(rounds);
    go_waitgroup_done(&wg);
}

static void leader(void *arg)
{
    uint64_t seed = (uint64_t)(intptr_t)arg;
    go_chan(struct round) rounds = go_make(struct round, 1);
    go_retain(rounds);
    start_on(seed / 2 % 2, partner, rounds);
    while (stress_time_left()) {
        struct round r = {go_make(int, 0), (int)stress_random(&seed, 5)};
        bool owner = r.kind != 2 && r.kind != 3, ok = true;
        go_send(rounds, r);
        if (stress_random(&seed, 2))
            go_yield();
        if (r.kind == 0 || r.kind == 2)
            go_send(r.c, 7);
        else if (r.kind == 1 || r.kind == 3)
            CHECK_EQ(go_recv(r.c), 9);
        else
            go_recv_ok(r.c, &ok);
        CHECK(ok == (r.kind != 4));
        if (owner)
            go_release(r.c);
    }
    go_close(rounds);
    go_release(rounds);
    go_waitgroup_done(&wg);
}

int main(void)
{
    go_waitgroup_add(&wg, 2 * PAIRS);
    for (intptr_t i = 0; i < PAIRS; i++)
        start_on(i % 2, leader, (void *)(i + 1));
    go_waitgroup_wait(&wg);
}
