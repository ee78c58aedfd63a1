// The rate limiter, written with public headers only, as a user would.
//
// The bucket is not filled by anybody: `tokens` is what it held at `last`, and whoever comes counts
// what has been added since. Who must wait takes its token at once, which makes the bucket's
// content negative, and sleeps for as long as that debt lasts: so callers are served in their
// order. Who gives up gives its token back, but not what later callers have been told to wait
// for: from its own time to act to that of the last of them (`last_act`), the rate's whole yield.
//
// Lock: mutex, over all members.
// Source: golang.org/x/time/rate.
#include <gocc/object.h>
#include <gocc/rate.h>
#include <gocc/sync.h>

#include <errno.h>
#include <math.h>

struct go_limiter {
    go_mutex mutex;
    double per_second;
    int burst;
    double tokens;
    int64_t last;
    int64_t last_act; // when the last of those who wait, or have waited, may go on
};

// What a caller has been promised.
struct turn {
    int64_t act;       // when its token is there; INT64_MAX: never
    double per_second; // the rate then
};

go_limiter *go_limiter_new(double per_second, int burst)
{
    static const struct gocc_type type = {"limiter", sizeof(go_limiter), 0, NULL, NULL};
    go_limiter *l = gocc_new(&type);
    l->per_second = per_second;
    l->burst = burst;
    l->tokens = burst;
    l->last = go_now();
    return l;
}

// What the bucket holds at `now`. A time before `last` finds what was there then.
static double tokens_at_locked(const go_limiter *l, int64_t now)
{
    double tokens = l->tokens;
    if (now > l->last)
        tokens += (double)(now - l->last) * 1e-9 * l->per_second;
    return tokens < l->burst ? tokens : l->burst;
}

// The bucket holds that many at `now`, from where it goes on, even if that is before `last`.
static void set_locked(go_limiter *l, int64_t now, double tokens)
{
    l->tokens = tokens;
    l->last = now;
}

static bool is_unlimited(const go_limiter *l)
{
    return isinf(l->per_second) && l->per_second > 0;
}

bool go_limiter_allow_n(go_limiter *l, int64_t now, int n)
{
    go_mutex_lock(&l->mutex);
    bool allowed = is_unlimited(l);
    if (!allowed) {
        double tokens = tokens_at_locked(l, now);
        allowed = n <= l->burst && tokens >= n;
        if (allowed)
            set_locked(l, now, tokens - n);
    }
    go_mutex_unlock(&l->mutex);
    return allowed;
}

bool go_limiter_allow(go_limiter *l)
{
    return go_limiter_allow_n(l, go_now(), 1);
}

// Takes one token, on credit if need be. False: ctx ends before it is there.
static bool take_locked(go_limiter *l, go_context *ctx, int64_t now, struct turn *turn)
{
    int64_t deadline;
    double tokens = tokens_at_locked(l, now), missing = 1 - tokens;
    double wait = missing <= 0 ? 0 : missing / l->per_second * 1e9; // INFINITY when the rate is 0
    turn->act = wait < (double)(INT64_MAX / 2) ? now + (int64_t)wait : INT64_MAX;
    turn->per_second = l->per_second;
    if (go_context_deadline(ctx, &deadline) && deadline < turn->act)
        return false;
    set_locked(l, now, tokens - 1);
    l->last_act = turn->act;
    return true;
}

// The turn is not used.
static void give_back_locked(go_limiter *l, const struct turn *turn, int64_t now)
{
    if (is_unlimited(l) || turn->act < now)
        return;
    double promised = (double)(l->last_act - turn->act) * 1e-9 * turn->per_second;
    if (promised >= 1)
        return;
    double tokens = tokens_at_locked(l, now) + (promised > 0 ? 1 - promised : 1);
    set_locked(l, now, tokens < l->burst ? tokens : l->burst);
    if (turn->act != l->last_act || turn->per_second <= 0)
        return;
    double span = 1e9 / turn->per_second; // the turn before ended so much earlier
    if (span <= (double)(turn->act - now))
        l->last_act = turn->act - (int64_t)span;
}

// Waits for the turn or the end of ctx.
static int wait_for(go_limiter *l, go_context *ctx, const struct turn *turn, go_duration d)
{
    struct gocc_case cases[2] = {
        gocc_case_recv_release(go_after(d), NULL),
        gocc_case_recv(go_context_done(ctx), NULL),
    };
    if (gocc_select(cases, 2, false) == 0)
        return 0;
    go_mutex_lock(&l->mutex);
    give_back_locked(l, turn, go_now());
    go_mutex_unlock(&l->mutex);
    return go_context_err(ctx);
}

int go_limiter_wait(go_limiter *l, go_context *ctx)
{
    struct turn turn = {0};
    int err = go_context_err(ctx);
    if (err)
        return err;
    go_mutex_lock(&l->mutex);
    int64_t now = go_now();
    bool unlimited = is_unlimited(l), never = !unlimited && l->burst < 1, in_time = true;
    if (!unlimited && !never)
        in_time = take_locked(l, ctx, now, &turn);
    go_mutex_unlock(&l->mutex);
    if (never)
        return ERANGE;
    if (!in_time)
        return GO_DEADLINE_EXCEEDED;
    return turn.act > now ? wait_for(l, ctx, &turn, turn.act - now) : 0;
}

void go_limiter_set(go_limiter *l, double per_second, int burst)
{
    go_mutex_lock(&l->mutex);
    int64_t now = go_now();
    set_locked(l, now, tokens_at_locked(l, now));
    l->per_second = per_second;
    l->burst = burst;
    go_mutex_unlock(&l->mutex);
}
