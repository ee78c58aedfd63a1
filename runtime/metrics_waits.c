// <gocc/metrics.h>: how long goroutines wait for what.
//
// Waits. While measuring, go__park notes what is waited on before (the thing may be freed as soon
// as the wait ends), and adds the time after. No clock is read: the time is the difference of a
// clock that the monitor sets every millisecond, so a wait is charged with the ticks that it spans,
// which in sum is what a clock would say. Most waits span none and cost nothing more. Only a
// processor that has nothing else to run reads the clock: it has time.
//
// Rows. A channel with a name has a row by it, and names the row in place of the address of its
// make (c->made); one without shares the row of that address; anything else has one by its address.
// Rows are never freed, so that what a channel says stays good; there are at most ROWS_MAX. It says
// a number and no address: of a channel that was freed while it was looked at anything may be read.
//
// Lock: `lock`, over the rows. go__metrics_chan_gone takes it before a channel is freed: a channel
// that a row names is there while the lock is held.
#include "chan.h"
#include "gmp.h"
#include "metrics.h"
#include "symbol.h"
#include "trace.h"

#include <gocc/metrics.h>
#include <gocc/runtime.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024, ROWS_MAX = 4096 };

struct go__row {
    struct go__row *next; // in its bucket
    uint32_t number;      // in `row_by_number`
    struct go__wait_key key;
    char name[64];
    uintptr_t made;                 // channels
    const struct gocc_hchan *chan;  // a named one, while it is there
    int64_t time[GO__WAIT_ROLES];   // by role
    int64_t now[GO__WAIT_ROLES];    // while rows are copied: of those that wait still
    uint64_t n_now[GO__WAIT_ROLES]; // and how many
    int64_t longest;
    uint8_t why; // of the last wait: which kind of object this is
};

static struct go__lock lock; // GO__RANK_LEAF
static struct go__row *buckets[BUCKETS], others = {.name = "(others)"};
static struct go__row *row_by_number[ROWS_MAX]; // all of them, by number; read without the lock
static uint32_t n_rows;                         // release by add_row_locked
static int64_t begun_at;

static void rows_lock(void)
{
    go__lock(&lock, GO__RANK_LEAF);
    go__race_ignore_begin(); // the sanitizer sees what libc does there, and not the lock
}

static void rows_unlock(void)
{
    go__race_ignore_end();
    go__unlock(&lock);
}

__attribute__((constructor)) static void keep_over_fork(void)
{
    go__lock_over_fork(&lock, GO__RANK_LEAF, NULL);
}

static struct go__row *row_of_made(uintptr_t made)
{
    uintptr_t number = made & ~GO__MADE_IS_ROW;
    // Acquire: pairs with add_row_locked; the row is seen whole.
    return number != made && number < go__load_acquire(&n_rows) ? row_by_number[number] : NULL;
}

// ---- rows --------------------------------------------------------------------------------

static struct go__row **bucket_of(uintptr_t at)
{
    return &buckets[((uint64_t)at * UINT64_C(0x9e3779b97f4a7c15)) >> 54];
}

// An empty row in that bucket, or the one for all that are too many. Requires: lock held.
static struct go__row *add_row_locked(struct go__row **bucket)
{
    if (n_rows >= ROWS_MAX)
        return &others;
    struct go__row *r = go__calloc(1, sizeof(*r));
    r->number = n_rows;
    r->next = *bucket;
    row_by_number[n_rows] = *bucket = r;
    go__store_release(&n_rows, n_rows + 1); // pairs with row_of_made
    return r;
}

// The row of a key that is not a named channel's. Requires: lock held.
static struct go__row *row_of_locked(const struct go__wait_key *key)
{
    struct go__row **bucket = bucket_of(key->at), *r = *bucket;
    while (r && !(r->key.at == key->at && r->key.is_chan == key->is_chan))
        r = r->next;
    if (r || (r = add_row_locked(bucket)) == &others)
        return r;
    r->key = *key;
    r->made = key->is_chan ? key->at : 0;
    return r;
}

static struct go__row *row_for_locked(const struct go__wait_key *key)
{
    struct go__row *named = key->is_chan ? row_of_made(key->at) : NULL;
    return named ? named : row_of_locked(key);
}

// The row of a name of channels.
static struct go__row *row_named_locked(const char *name)
{
    uintptr_t at = 5381;
    for (const char *s = name; *s; s++)
        at = at * 33 + (unsigned char)*s;
    struct go__row **bucket = bucket_of(at), *r = *bucket;
    while (r && !(row_of_made(r->key.at) && strncmp(r->name, name, sizeof(r->name) - 1) == 0))
        r = r->next;
    if (r || (r = add_row_locked(bucket)) == &others)
        return r;
    r->key = (struct go__wait_key){.at = r->number | GO__MADE_IS_ROW, .is_chan = true};
    snprintf(r->name, sizeof(r->name), "%s", name);
    return r;
}

void go_metrics_name_chan(const volatile void *chan, const char *name)
{
    struct gocc_hchan *c = (struct gocc_hchan *)chan;
    if (!c || !name)
        return;
    go__self(); // starts the runtime
    rows_lock();
    struct go__row *r = row_named_locked(name);
    if (r != &others) {
        r->made = go__metrics_made(c->made);
        r->key.elem_name = c->elem_name;
        r->chan = c;
        go__store_release(&c->made, r->key.at); // pairs with go__wait_note_chan
    }
    rows_unlock();
}

void go_metrics_name_sync(const volatile void *object, const char *name)
{
    struct go__wait_key key = {.at = (uintptr_t)object};
    if (!object)
        return;
    rows_lock();
    struct go__row *r = row_of_locked(&key);
    if (r != &others) {
        snprintf(r->name, sizeof(r->name), "%s", name ? name : "");
        if (!name) { // what comes to lie there begins anew
            memset(r->time, 0, sizeof(r->time));
            r->longest = 0;
        }
    }
    rows_unlock();
}

void go__metrics_chan_gone(struct gocc_hchan *c)
{
    struct go__row *r = row_of_made(c->made);
    rows_lock();
    if (r->chan == c)
        r->chan = NULL;
    rows_unlock();
}

uintptr_t go__metrics_made(uintptr_t made)
{
    struct go__row *r = row_of_made(made);
    return r ? r->made : made;
}

const char *go__metrics_name(uintptr_t made)
{
    struct go__row *r = row_of_made(made);
    return r ? r->name : "";
}

// ---- waits -------------------------------------------------------------------------------

static struct go__wait_key key_of_chan(uintptr_t made, const char *elem_name, bool sends)
{
    return (struct go__wait_key){
        .is_chan = true,
        .at = made,
        .role = sends ? GO__WAITS_TO_SEND : GO__WAITS_TO_RECEIVE,
        .elem_name = elem_name,
    };
}

static struct go__wait_key key_of_sync(const void *object)
{
    return (struct go__wait_key){.at = (uintptr_t)object, .role = GO__WAITS_TO_LOCK};
}

// What is waited on, other than a channel: "go_mutex"; "": something that has no row.
static const char *type_of_sync(enum go__wait why)
{
    switch (why) {
    case GO__WAIT_MUTEX:
        return "go_mutex";
    case GO__WAIT_RWMUTEX_R:
    case GO__WAIT_RWMUTEX_W:
        return "go_rwmutex";
    case GO__WAIT_WAITGROUP:
        return "go_waitgroup";
    case GO__WAIT_COND:
        return "go_cond";
    default:
        return "";
    }
}

// Which of the note's channels ended the wait; -1: not noted.
static int chan_that_ended(enum go__wait why, const void *object)
{
    const struct go__select *select = object; // on the caller's stack
    if (why != GO__WAIT_SELECT)
        return 0;
    return select->n <= GO__NOTED_CASES ? (int)(select->winner - select->waiters) : -1;
}

static bool waits_to_send(enum go__wait why, const void *object)
{
    const struct go__select *select = object;
    return why == GO__WAIT_SELECT
               ? select->cases[select->winner - select->waiters].kind == GOCC_SEND
               : why == GO__WAIT_CHAN_SEND;
}

// What the wait is charged to; false: to nothing. `object` is but an address, unless a select's.
static bool key_that_ended(struct go__wait_key *key, const struct go__wait_note *note,
                           enum go__wait why, const void *object)
{
    if (why != GO__WAIT_CHAN_SEND && why != GO__WAIT_CHAN_RECV && why != GO__WAIT_SELECT) {
        *key = key_of_sync(object);
        return object && *type_of_sync(why);
    }
    int i = chan_that_ended(why, object);
    if (i >= 0)
        *key =
            key_of_chan(note->chans[i].made, note->chans[i].elem_name, waits_to_send(why, object));
    return i >= 0;
}

static void add_locked(struct go__row *r, const struct go__wait_key *key, int64_t waited)
{
    r->time[key->role] += waited;
    if (r->longest < waited)
        r->longest = waited;
}

void go__wait_end(const struct go__wait_note *note, enum go__wait why, const void *object,
                  int64_t waited)
{
    struct go__wait_key key;
    if (!key_that_ended(&key, note, why, object))
        return;
    rows_lock();
    struct go__row *r = row_for_locked(&key);
    r->why = (uint8_t)why;
    add_locked(r, &key, waited);
    rows_unlock();
}

void go_metrics_start(void)
{
    go__self();
    rows_lock();
    if (!go__measuring) {
        for (uint32_t i = 0; i < BUCKETS; i++)
            for (struct go__row *r = buckets[i]; r; r = r->next) {
                memset(r->time, 0, sizeof(r->time));
                r->longest = 0;
            }
        begun_at = go__now();
        go__store(&go__sched.coarse_now, begun_at);
        go__store(&go__measuring, true);
    }
    rows_unlock();
    go__monitor_kick(0); // its looks are a millisecond apart from now on
}

void go_metrics_stop(void)
{
    go__store(&go__measuring, false);
}

// ---- those that wait still ---------------------------------------------------------------

static void add_waiting_locked(const struct go__g *g, const struct go__wait_key *key, int64_t now)
{
    struct go__row *r = row_for_locked(key);
    int64_t since = g->since > begun_at ? g->since : begun_at;
    r->n_now[key->role]++;
    r->why = g->why;
    if (now > since && go__measuring) {
        r->now[key->role] += now - since;
        if (r->longest < now - since)
            r->longest = now - since;
    }
}

static void add_waiting_chan_locked(const struct go__g *g, const void *chan, bool sends,
                                    int64_t now)
{
    struct gocc_hchan c;
    if (!chan || go__peek(&c, chan, sizeof(c)) != sizeof(c))
        return;
    struct go__wait_key key = key_of_chan(c.made, c.elem_name, sends);
    if ((key.at & GO__MADE_IS_ROW) && !row_of_made(key.at)) // no longer a channel
        return;
    add_waiting_locked(g, &key, now);
}

static void see_waiting(struct go__g *g, void *arg)
{
    int64_t now = *(int64_t *)arg;
    struct go__select s;
    struct gocc_case k;
    struct go__wait_key key;
    if (go__load(&g->status) != GO__G_WAITING || !g->object)
        return;
    switch (g->why) {
    case GO__WAIT_CHAN_SEND:
    case GO__WAIT_CHAN_RECV:
        add_waiting_chan_locked(g, g->object, g->why == GO__WAIT_CHAN_SEND, now);
        break;
    case GO__WAIT_SELECT:
        if (go__peek(&s, g->object, sizeof(s)) == sizeof(s))
            for (int i = 0; i < s.n && go__peek(&k, s.cases + i, sizeof(k)) == sizeof(k); i++)
                add_waiting_chan_locked(g, k.chan, k.kind == GOCC_SEND, now);
        break;
    default:
        if (*type_of_sync(g->why)) {
            key = key_of_sync(g->object);
            add_waiting_locked(g, &key, now);
        }
    }
}

static void see_all_waiting_locked(void)
{
    int64_t now = go__now();
    for (uint32_t i = 0; i < BUCKETS; i++)
        for (struct go__row *r = buckets[i]; r; r = r->next) {
            memset(r->now, 0, sizeof(r->now));
            memset(r->n_now, 0, sizeof(r->n_now));
        }
    if (go__sched.g1 && !go__sched.main_exited)
        see_waiting(go__sched.g1, &now);
    go__each_g(see_waiting, &now);
    // Acquire: pairs with go__m_new.
    for (struct go__m *m = go__load_acquire(&go__sched.all_m); m; m = m->all_next)
        if (m->foreign && !m->dead && m->g)
            see_waiting(m->g, &now);
}

// ---- copying rows ------------------------------------------------------------------------

static bool see_made(const struct go__place *place, void *arg)
{
    go_metrics_wait *row = arg;
    if (!place->file)
        return true;
    snprintf(row->made, sizeof(row->made), "%s:%d", place->file, place->line);
    return false;
}

static int64_t total(const go_metrics_wait *row)
{
    return row->sending + row->receiving + row->locking;
}

static bool is_used(const struct go__row *r)
{
    uint64_t any = 0;
    for (int i = 0; i < GO__WAIT_ROLES; i++)
        any |= (uint64_t)r->time[i] | r->n_now[i];
    return any || r->chan;
}

// A row and where its channel was made, which is looked up without the lock.
struct copy {
    go_metrics_wait row;
    uintptr_t made;
};

static void copy_locked(struct copy *to, const struct go__row *r)
{
    go_metrics_wait *row = &to->row;
    struct go__out type = {row->type, sizeof(row->type), 0, 0};
    *row = (go_metrics_wait){
        .sending = r->time[GO__WAITS_TO_SEND] + r->now[GO__WAITS_TO_SEND],
        .receiving = r->time[GO__WAITS_TO_RECEIVE] + r->now[GO__WAITS_TO_RECEIVE],
        .locking = r->time[GO__WAITS_TO_LOCK] + r->now[GO__WAITS_TO_LOCK],
        .longest = r->longest,
        .senders = r->n_now[GO__WAITS_TO_SEND],
        .receivers = r->n_now[GO__WAITS_TO_RECEIVE] + r->n_now[GO__WAITS_TO_LOCK],
        .length = r->chan ? (int)go__load(&r->chan->count) : -1,
        .capacity = r->chan ? (int)r->chan->cap : -1,
    };
    memcpy(row->name, r->name, sizeof(row->name));
    if (r->key.is_chan)
        go__put_chan_type(&type, r->key.elem_name);
    else
        go__put(&type, "%s", type_of_sync(r->why));
    row->type[type.n] = 0;
    to->made = r->made;
}

static int by_time(const void *a, const void *b)
{
    int64_t ta = total(&((const struct copy *)a)->row), tb = total(&((const struct copy *)b)->row);
    return ta > tb ? -1 : ta < tb;
}

// All rows, most time first; freed by the caller.
static struct copy *copy_all(size_t *count)
{
    go__self();
    rows_lock();
    see_all_waiting_locked();
    struct copy *all = go__calloc(n_rows + 1, sizeof(*all));
    size_t n = 0;
    for (uint32_t i = 0; i < BUCKETS; i++)
        for (struct go__row *r = buckets[i]; r; r = r->next)
            if (is_used(r))
                copy_locked(&all[n++], r);
    if (is_used(&others))
        copy_locked(&all[n++], &others);
    rows_unlock();
    qsort(all, n, sizeof(*all), by_time);
    *count = n;
    return all;
}

size_t go_metrics_waits(go_metrics_wait *rows, size_t n)
{
    size_t count;
    struct copy *all = copy_all(&count);
    for (size_t i = 0; i < n && i < count; i++) {
        rows[i] = all[i].row;
        if (all[i].made && !go__is_runtime_code(all[i].made))
            go__place_of(all[i].made - 1, see_made, &rows[i]);
    }
    go__free(all);
    return count;
}
