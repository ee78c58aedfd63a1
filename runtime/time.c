// Sleeping, timers, tickers: the scheduler's timers joined to goroutines and channels.
//
// A timer that sends is a struct alarm and a channel of capacity 1: for go_after and go_tick
// both in one object, the channel, whose end ends the alarm; for go_timer and go_ticker the
// alarm lies in the timer and the channel is an object of its own, which others may own too.
//
// Invariants:
//   - `on` is true from arming until a one-shot alarm has sent (or started its goroutine), or
//     somebody has turned it off. fire looks at it under `lock` and does nothing once it is
//     false: so nothing stale is sent after a stop, even by a fire that was under way.
//   - A ticker is armed again by its own fire, under `lock`, while `on`: who has turned it off
//     knows that go__timer_stop then ends it for good.
//   - Who stops or starts holds `callers`, also while go__timer_stop waits for a running
//     fire, which takes `lock` but never `callers`.
//   - go__timer_stop returns only when no fire runs: memory is freed after it.
//
// Late by design: slack = min(1 ms, duration / 16). Exact wake-ups cost 445 ms of CPU for
// 100,000 random sleeps, with this slack 36 ms.
// Source of the meaning of stop and reset: Go 1.23's time package.
#include <gocc/runtime.h>
#include <gocc/time.h>

#include "chan.h"
#include "race.h"

struct alarm {
    struct go__timer timer;
    struct go__lock callers; // rank SYNC
    struct go__lock lock;    // rank TIMER_OBJECT: `on`, and sending
    bool on;
    go_duration period;   // 0: once
    struct gocc_hchan *c; // where to send; NULL: call f
    gocc_func(void) f;
};

int64_t go_now(void)
{
    return go__now();
}

static int64_t slack_of(go_duration d)
{
    return d / 16 < GO_MILLISECOND ? d / 16 : GO_MILLISECOND;
}

// The time d from now; the end of time if that is too far away.
static int64_t time_after(go_duration d)
{
    int64_t now = go__now();
    return d <= 0 ? now : d > INT64_MAX - 1 - now ? INT64_MAX - 1 : now + d;
}

// ---- go_sleep ----------------------------------------------------------------------------

struct sleeper {
    struct go__timer timer;
    int64_t until;
};

static void sleeper_fire(struct go__timer *t)
{
    go__ready(t->arg); // t is gone from here on
}

static void sleeper_start(void *arg)
{
    struct sleeper *s = arg;
    go__timer_start(&s->timer, s->until);
}

void go_sleep(go_duration d)
{
    if (d <= 0) {
        go__poll();
        return;
    }
    struct sleeper s = {
        .timer = {.slack = slack_of(d), .fire = sleeper_fire, .arg = go__self(), .fixed = true},
        .until = time_after(d),
    };
    go__park(sleeper_start, &s, GO__WAIT_SLEEP, NULL);
}

// ---- alarms ------------------------------------------------------------------------------

static void call(void *args)
{
    gocc_call(*(gocc_func(void) *)args);
}

// Starts a goroutine that calls f. From fire, whose thread may not give way: nor does this.
static void start_call(gocc_func(void) f)
{
    static const uint32_t owned[] = {0};
    static const struct gocc_type type = {"go_after_func", sizeof(f), 1, owned, NULL};
    gocc_go(&type, call, &f);
}

// Sends the time, unless the one before has not been received. Returns who is to be woken.
static struct go__g *send_time(struct gocc_hchan *c, int64_t now)
{
    struct go__chan_wake wake;
    go__chan_lock(c);
    go__chan_send_locked(c, &now, &wake);
    go__unlock(&c->lock);
    return wake.g;
}

static void alarm_fire(struct go__timer *t)
{
    struct alarm *a = t->arg;
    struct go__g *g = NULL;
    go__lock(&a->lock, GO__RANK_TIMER_OBJECT);
    if (a->on) {
        int64_t now = go__now();
        a->on = a->period != 0;
        if (a->on) // the next tick that is not in the past
            go__timer_start(t, t->when + a->period * (1 + (now - t->when) / a->period));
        go__race_acquire(a);
        if (a->c)
            g = send_time(a->c, now);
        else
            start_call(a->f);
    }
    go__unlock(&a->lock);
    if (g)
        go__ready(g);
}

// Requires: callers held, or a is new; a is off and not armed.
static void alarm_start(struct alarm *a, go_duration d, go_duration period)
{
    go__lock(&a->lock, GO__RANK_TIMER_OBJECT);
    go__race_release(a); // the start happens before the fire
    a->on = true;
    a->period = period;
    a->timer.slack = slack_of(d);
    a->timer.fire = alarm_fire;
    a->timer.arg = a;
    go__timer_start(&a->timer, time_after(d));
    go__unlock(&a->lock);
}

// Drops a time that was sent and not received. Returns whether there was one.
static bool drop_time(struct gocc_hchan *c)
{
    struct go__chan_wake wake;
    go__chan_lock(c);
    bool sent = c->count != 0;
    if (sent)
        go__chan_recv_locked(c, NULL, &wake);
    go__unlock(&c->lock);
    return sent;
}

// Ensures: a is off and not armed, no fire runs, its channel is empty. Returns whether it was
// on or its time not yet received. Requires: callers held.
static bool alarm_stop(struct alarm *a)
{
    go__lock(&a->lock, GO__RANK_TIMER_OBJECT);
    bool pending = a->on;
    a->on = false;
    if (a->c)
        pending |= drop_time(a->c);
    go__unlock(&a->lock);
    go__timer_stop(&a->timer);
    return pending;
}

static bool alarm_stop_alone(struct alarm *a)
{
    go__lock(&a->callers, GO__RANK_SYNC);
    bool pending = alarm_stop(a);
    go__unlock(&a->callers);
    return pending;
}

static bool alarm_restart(struct alarm *a, go_duration d, go_duration period)
{
    go__lock(&a->callers, GO__RANK_SYNC);
    bool pending = alarm_stop(a);
    alarm_start(a, d, period);
    go__unlock(&a->callers);
    return pending;
}

// ---- go_after, go_tick -------------------------------------------------------------------

struct alarm_chan {
    struct gocc_hchan chan; // first: the object is this channel
    int64_t slot;
    struct alarm alarm;
};

static void alarm_chan_destroy(void *object)
{
    struct alarm_chan *ac = object;
    alarm_stop(&ac->alarm);
    go__chan_destroy(&ac->chan);
}

static gocc_recv_chan(int64_t) alarm_chan_new(go_duration d, go_duration period)
{
    static const struct gocc_type type = {
        "timer channel", GO__OBJECT_OWN_SIZE, 0, NULL, alarm_chan_destroy,
    };
    struct alarm_chan *ac = go__object_new(&type, sizeof(*ac));
    go__chan_init(&ac->chan, sizeof(int64_t), "int64_t", 1, &ac->slot);
    ac->alarm.c = &ac->chan;
    alarm_start(&ac->alarm, d, period);
    return (gocc_recv_chan(int64_t))&ac->chan;
}

gocc_recv_chan(int64_t) go_after(go_duration d)
{
    return alarm_chan_new(d, 0);
}

gocc_recv_chan(int64_t) go_tick(go_duration d)
{
    return d > 0 ? alarm_chan_new(d, d) : NULL;
}

// ---- go_timer, go_ticker -----------------------------------------------------------------

// What both go_timer * and go_ticker * point at.
struct alarm_object {
    union {
        gocc_recv_chan(int64_t) c;
        go_timer timer;
        go_ticker ticker;
    };
    struct alarm alarm;
};

static void alarm_object_destroy(void *object)
{
    struct alarm_object *ao = object;
    alarm_stop(&ao->alarm);
}

static struct alarm_object *alarm_object_new(gocc_func(void) f)
{
    static const uint32_t owned[] = {
        offsetof(struct alarm_object, c),
        offsetof(struct alarm_object, alarm) + offsetof(struct alarm, f),
    };
    static const struct gocc_type type = {
        "timer", sizeof(struct alarm_object), 2, owned, alarm_object_destroy,
    };
    struct alarm_object *ao = gocc_new(&type);
    ao->alarm.f = f;
    gocc_retain(f);
    return ao;
}

static struct alarm_object *sender_new(go_duration d, go_duration period)
{
    struct alarm_object *ao = alarm_object_new(NULL);
    ao->alarm.c = gocc_chan_make(sizeof(int64_t), "int64_t", 1);
    ao->c = (gocc_recv_chan(int64_t))ao->alarm.c;
    alarm_start(&ao->alarm, d, period);
    return ao;
}

go_timer *go_timer_new(go_duration d)
{
    return &sender_new(d, 0)->timer;
}

go_timer *go_after_func(go_duration d, gocc_func(void) f)
{
    struct alarm_object *ao = alarm_object_new(f);
    alarm_start(&ao->alarm, d, 0);
    return &ao->timer;
}

bool go_timer_stop(go_timer *t)
{
    return alarm_stop_alone(&((struct alarm_object *)t)->alarm);
}

bool go_timer_reset(go_timer *t, go_duration d)
{
    return alarm_restart(&((struct alarm_object *)t)->alarm, d, 0);
}

go_ticker *go_ticker_new(go_duration d)
{
    if (d <= 0)
        gocc_panic("non-positive interval for NewTicker");
    return &sender_new(d, d)->ticker;
}

void go_ticker_stop(go_ticker *t)
{
    alarm_stop_alone(&((struct alarm_object *)t)->alarm);
}

void go_ticker_reset(go_ticker *t, go_duration d)
{
    if (d <= 0)
        gocc_panic("non-positive interval for Ticker.Reset");
    alarm_restart(&((struct alarm_object *)t)->alarm, d, d);
}
