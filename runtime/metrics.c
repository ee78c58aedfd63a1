// <gocc/metrics.h>: the scheduler's counters, and everything as text. How long goroutines wait for
// what is metrics_waits.c's.
//
// Nothing is stopped for a look: each number is right by itself, at a moment of its own, so sums
// may be off by what happens meanwhile.
#include "gmp.h"
#include "metrics.h"
#include "trace.h"

#include <gocc/metrics.h>

#include <stdio.h>

enum { TEXT_MAX = 1 << 16 }; // of what is printed at exit

// ---- the scheduler's counters ------------------------------------------------------------

static void count_g(struct go__g *g, void *arg)
{
    go_metrics *m = arg;
    m->goroutines++;
    switch (go__load(&g->status)) {
    case GO__G_RUNNING:
        m->running++;
        return;
    case GO__G_RUNNABLE:
        m->runnable++;
        return;
    default:
        break;
    }
    switch (g->why) {
    case GO__WAIT_SLEEP:
        m->sleeping++;
        break;
    case GO__WAIT_IO:
        m->in_io++;
        break;
    case GO__WAIT_MUTEX:
    case GO__WAIT_RWMUTEX_R:
    case GO__WAIT_RWMUTEX_W:
    case GO__WAIT_WAITGROUP:
    case GO__WAIT_COND:
    case GO__WAIT_SEMAPHORE:
        m->on_sync++;
        break;
    default:
        m->on_channels++;
    }
}

static void add_processor(go_metrics *m, struct go__p *p)
{
    m->started += go__load(&p->n_started);
    m->ended += go__load(&p->n_ended);
    m->switches += go__load(&p->tick);
    m->steals += go__load(&p->n_steals);
    m->queued += go__load(&p->ring_tail) - go__load(&p->ring_head);
    m->queued += go__load(&p->run_next) != NULL;
}

void go_metrics_read(go_metrics *m)
{
    go__self();
    *m = (go_metrics){
        .processors = go__load(&go__sched.n_p),
        .idle = go__load(&go__sched.n_idle_p),
        .threads = go__load(&go__sched.n_m) + go__sched.monitor_runs,
        .idle_threads = go__idle_threads(),
        .queued = go__load(&go__sched.n_global),
        .started = go__load(&go__sched.n_started) + 1, // main
        .ended = go__load(&go__sched.n_ended),
        .hand_offs = go__load(&go__sched.n_hand_offs),
    };
    for (uint32_t i = 0, n = go__load_acquire(&go__sched.n_p_made); i < n; i++) // pairs with p_make
        add_processor(m, go__sched.p[i]);
    if (go__sched.g1 && !go__sched.main_exited)
        count_g(go__sched.g1, m);
    go__each_g(count_g, m);
}

// ---- as text -----------------------------------------------------------------------------

// 1.234 s, 5.6 ms: three digits.
static const char *time_text(char *buf, size_t size, int64_t ns)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    double t = (double)ns;
    int unit = 0;
    for (; unit < 3 && t >= 999.5; unit++)
        t /= 1000;
    snprintf(buf, size, "%.*f %s", t < 10 && unit ? 2 : t < 100 && unit ? 1 : 0, t, units[unit]);
    return buf;
}

static void put_row(struct go__out *o, const go_metrics_wait *r)
{
    char sending[32], receiving[32], longest[32], length[32] = "";
    time_text(sending, sizeof(sending), r->sending + r->locking);
    time_text(receiving, sizeof(receiving), r->receiving);
    time_text(longest, sizeof(longest), r->longest);
    if (r->capacity >= 0)
        snprintf(length, sizeof(length), "%d/%d", r->length, r->capacity);
    go__put(o, "%10s %10s %10s %8llu %8llu %9s  ", sending, receiving, longest,
            (unsigned long long)r->senders, (unsigned long long)r->receivers, length);
    go__put(o, "%s%s%s", r->name, *r->name ? " " : "", r->type);
    go__put(o, "%s%s\n", *r->made ? " made at " : "", r->made);
}

static void put_scheduler(struct go__out *o, const go_metrics *m)
{
#define N(field) (unsigned long long)m->field
    go__put(o, "goroutines: %llu: %llu running, %llu runnable, %llu on channels, %llu on sync, ",
            N(goroutines), N(running), N(runnable), N(on_channels), N(on_sync));
    go__put(o, "%llu sleeping, %llu in io; %llu started, %llu ended\n", N(sleeping), N(in_io),
            N(started), N(ended));
    go__put(o, "processors: %llu, %llu idle; threads: %llu, %llu idle; %llu queued; ",
            N(processors), N(idle), N(threads), N(idle_threads), N(queued));
    go__put(o, "%llu switches, %llu steals, %llu hand-offs\n", N(switches), N(steals),
            N(hand_offs));
#undef N
}

size_t go_metrics_write(char *buf, size_t size)
{
    struct go__out out = {buf, size, 0, 0};
    go_metrics m;
    if (size == 0)
        return 0;
    go_metrics_read(&m);
    put_scheduler(&out, &m);
    size_t n = go_metrics_waits(NULL, 0) + 16; // room for those that come meanwhile
    go_metrics_wait *rows = go__calloc(n, sizeof(*rows));
    size_t have = go_metrics_waits(rows, n);
    if (have)
        go__put(&out, "%10s %10s %10s %8s %8s %9s  waited for\n", "send, lock", "receive",
                "longest", "senders", "others", "length");
    for (size_t i = 0; i < have && i < n; i++)
        put_row(&out, &rows[i]);
    go__free(rows);
    buf[out.n] = 0;
    return out.n;
}

void go__metrics_at_exit(void)
{
    char *text = go__alloc(TEXT_MAX);
    go_metrics_write(text, TEXT_MAX);
    go__print_text(text);
    go__free(text);
}
