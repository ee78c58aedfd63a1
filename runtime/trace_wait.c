// What a parked goroutine waits for, in words: the channel's type and where it was made, who holds
// the mutex, how many a wait group waits for; and circles of goroutines that hold what the next one
// wants.
//
//     waits to receive from chan<int>, made by main
//         /home/u/x.gc:9 +0x2a
//     waits for a mutex that goroutine 6 holds
//
// A goroutine that was chosen to go on while another thread made this report may find its channel
// or mutex freed. So they are read as a debugger would, by a system call that fails where memory is
// gone, and what is read is taken for what it looks like: in a deadlock, where nobody runs, it is
// true; in other traces it can be old.
//
// The holder of a mutex is known by the lower half of its number. It is written by whoever locks,
// so of a mutex that is handed over the former one is named until the next has run.
#define _GNU_SOURCE
#include "chan.h"
#include "gmp.h"
#include "metrics.h"
#include "trace.h"

#include <gocc/sync.h>

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_SHOWN = 200, CASES_SHOWN = 16, CIRCLE_MAX = 100 };
enum { MUTEX_LOCKED = 1 }; // of go_mutex's state

#define PEEK(to, from) (go__peek(to, from, sizeof(*(to))) == sizeof(*(to)))

// ---- types -------------------------------------------------------------------------------

struct text {
    char *at, *end; // room for a zero stays
};

static void add(struct text *t, const char *from, size_t n)
{
    for (; n && t->at + 1 < t->end; n--)
        *t->at++ = *from++;
}

static const char *closing(const char *s, const char *end)
{
    for (int depth = 1; s < end; s++) {
        depth += *s == '(' ? 1 : *s == ')' ? -1 : 0;
        if (depth == 0)
            break;
    }
    return s;
}

// What emitted C and chan.h write for an extension type, and what stands in its place.
static const struct encoding {
    const char *name, *before, *behind;
} encodings[] = {
    {"gocc_chan(", "chan<", ">"},        {"go_chan(", "chan<", ">"},
    {"gocc_recv_chan(", "<-chan<", ">"}, {"go_recv_chan(", "<-chan<", ">"},
    {"gocc_send_chan(", "chan<-", ">"},  {"go_send_chan(", "chan<-", ">"},
    {"gocc_func(", "func<", ")>"},       {"go_func(", "func<", ")>"},
};

static const struct encoding *encoding_at(const char *s, const char *end)
{
    for (size_t i = 0; i < sizeof(encodings) / sizeof(*encodings); i++) {
        size_t n = strlen(encodings[i].name);
        if ((size_t)(end - s) >= n && memcmp(s, encodings[i].name, n) == 0)
            return &encodings[i];
    }
    return NULL;
}

static bool in_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void add_type(struct text *t, const char *s, const char *end);

// gocc_func(R, P, Q) between its parentheses: R(P, Q
static void add_func(struct text *t, const char *s, const char *end)
{
    const char *comma = s;
    for (int depth = 0; comma < end && !(depth == 0 && *comma == ','); comma++)
        depth += *comma == '(' ? 1 : *comma == ')' ? -1 : 0;
    add_type(t, s, comma);
    add(t, "(", 1);
    if (comma < end)
        add_type(t, comma + 1 + (comma[1] == ' '), end);
}

static void add_type(struct text *t, const char *s, const char *end)
{
    const char *begin = s;
    while (s < end) {
        const struct encoding *e = s > begin && in_word(s[-1]) ? NULL : encoding_at(s, end);
        if (!e) {
            add(t, s++, 1);
            continue;
        }
        s += strlen(e->name);
        const char *close = closing(s, end);
        add(t, e->before, strlen(e->before));
        if (e->behind[0] == ')')
            add_func(t, s, close);
        else
            add_type(t, s, close);
        add(t, e->behind, strlen(e->behind));
        s = close + (close < end);
    }
}

void go__put_chan_type(struct go__out *o, const char *elem_name)
{
    char name[NAME_MAX_SHOWN], shown[2 * NAME_MAX_SHOWN];
    struct text t = {shown, shown + sizeof(shown)};
    size_t n = elem_name ? strnlen(name, go__peek(name, elem_name, sizeof(name))) : 0;
    if (n == 0) {
        go__put(o, "chan");
        return;
    }
    bool whole = name[0] == '=';
    add(&t, "chan<", whole ? 0 : 5);
    add_type(&t, name + whole, name + n);
    add(&t, ">", !whole);
    *t.at = 0;
    go__put(o, "%s", shown);
}

// ---- channels ----------------------------------------------------------------------------

static void put_chan(struct go__out *o, const char *what, const void *chan)
{
    struct gocc_hchan c;
    if (!chan) {
        go__put(o, "%s a null channel\n", what);
        return;
    }
    if (!PEEK(&c, chan))
        return;
    go__put(o, "%s ", what);
    go__put_chan_type(o, c.elem_name);
    const char *name = go__metrics_name(c.made);
    uintptr_t made = go__metrics_made(c.made);
    go__put(o, "%s%s", *name ? " " : "", name);
    if (c.cap)
        go__put(o, " with %u of %u values", c.count, c.cap);
    if (made)
        go__put_place(o, ", made by ", made - 1, "");
    else
        go__put(o, "\n");
}

static void put_select(struct go__out *o, const void *select)
{
    struct go__select s;
    struct gocc_case k;
    if (!PEEK(&s, select))
        return;
    for (int i = 0; i < s.n && i < CASES_SHOWN && PEEK(&k, s.cases + i); i++)
        put_chan(o, k.kind == GOCC_SEND ? "waits to send to" : "waits to receive from", k.chan);
    if (s.n > CASES_SHOWN)
        go__put(o, "waits for %d other channels\n", s.n - CASES_SHOWN);
}

// ---- mutexes -----------------------------------------------------------------------------

struct search {
    uint32_t number;
    struct go__g *found;
};

static void compare(struct go__g *g, void *arg)
{
    struct search *s = arg;
    if ((uint32_t)g->id == s->number)
        s->found = g;
}

// The goroutine, or foreign thread's descriptor, with this number; NULL: it has ended. Many wait
// for one holder, so the last answer is kept.
static struct go__g *goroutine(uint32_t number)
{
    static struct search last;
    struct go__g *g1 = go__sched.g1;
    if (last.found && last.number == number && (uint32_t)last.found->id == number &&
        go__load(&last.found->status) != GO__G_FREE)
        return last.found;
    last = (struct search){.number = number};
    if (number == 1 && !go__sched.main_exited)
        last.found = g1;
    go__each_g(compare, &last);
    for (struct go__m *m = go__load_acquire(&go__sched.all_m); m; m = m->all_next)
        if (m->foreign && !m->dead && m->g)
            compare(m->g, &last);
    return last.found;
}

// The mutex that g waits for, itself or as part of an rwmutex.
static bool mutex_of(const struct go__g *g, go_mutex *m)
{
    if (go__load(&g->status) != GO__G_WAITING || !g->object)
        return false;
    if (g->why == GO__WAIT_MUTEX)
        return PEEK(m, (const go_mutex *)g->object);
    if (g->why == GO__WAIT_RWMUTEX_R)
        return PEEK(m, &((const go_rwmutex *)g->object)->writers);
    return false;
}

// Who holds what g waits for; 0: nobody, or not known.
static uint32_t holder_of(const struct go__g *g)
{
    go_mutex m;
    return mutex_of(g, &m) && (m.state & MUTEX_LOCKED) ? m.holder : 0;
}

static void put_holder(struct go__out *o, const struct go__g *g, const char *what, const char *does)
{
    uint32_t number = holder_of(g);
    struct go__g *holder = number ? goroutine(number) : NULL;
    if (number == 0)
        go__put(o, "waits for %s\n", what);
    else if (!holder)
        go__put(o, "waits for %s that goroutine %u held when it ended\n", what, number);
    else if (holder == g)
        go__put(o, "waits for %s that it holds itself\n", what);
    else
        go__put(o, "waits for %s that goroutine %llu %s\n", what, (unsigned long long)holder->id,
                does);
}

// A writer that has kept the others out, and waits for the readers that were there before.
static void put_writer(struct go__out *o, const void *rwmutex)
{
    go_rwmutex rw;
    if (PEEK(&rw, rwmutex))
        go__put(o, "waits for an rwmutex that %s hold%s\n",
                rw.n_awaited == 1 ? "a reader" : "readers", rw.n_awaited == 1 ? "s" : "");
}

// A reader; whoever has `writers` has it for writing, or waits for readers itself.
static void put_reader(struct go__out *o, const struct go__g *g)
{
    go_rwmutex rw;
    if (PEEK(&rw, (const go_rwmutex *)g->object))
        put_holder(o, g, "an rwmutex", rw.n_awaited > 0 ? "waits to write under" : "holds");
}

static void put_waitgroup(struct go__out *o, const void *waitgroup)
{
    go_waitgroup wg;
    if (PEEK(&wg, waitgroup))
        go__put(o, "waits for a wait group whose count is %d\n", (int32_t)(wg.state >> 32));
}

// ---- all of them -------------------------------------------------------------------------

void go__put_wait(struct go__out *o, const struct go__g *g)
{
    if (go__load(&g->status) != GO__G_WAITING || !g->object)
        return;
    switch (g->why) {
    case GO__WAIT_CHAN_SEND:
        put_chan(o, "waits to send to", g->object);
        break;
    case GO__WAIT_CHAN_RECV:
        put_chan(o, "waits to receive from", g->object);
        break;
    case GO__WAIT_SELECT:
        put_select(o, g->object);
        break;
    case GO__WAIT_MUTEX:
        put_holder(o, g, "a mutex", "holds");
        break;
    case GO__WAIT_RWMUTEX_R:
        put_reader(o, g);
        break;
    case GO__WAIT_RWMUTEX_W:
        put_writer(o, g->object);
        break;
    case GO__WAIT_WAITGROUP:
        put_waitgroup(o, g->object);
        break;
    default:
        break;
    }
}

// The next of g's circle, if g waits for a mutex that somebody else holds.
static struct go__g *next_in_circle(const struct go__g *g)
{
    uint32_t number = holder_of(g);
    return number ? goroutine(number) : NULL;
}

// Whether following holders from g comes back to g, with nobody older on the way: so a circle is
// found once.
static bool begins_circle(const struct go__g *g)
{
    const struct go__g *at = next_in_circle(g);
    for (int i = 0; at && at != g && at->id > g->id && i < CIRCLE_MAX; i++)
        at = next_in_circle(at);
    return at == g;
}

static void put_circle(struct go__g *g, void *out)
{
    struct go__out *o = out;
    if (!holder_of(g) || !begins_circle(g))
        return;
    const struct go__g *at = g;
    go__put(o, "\ngoroutine %llu", (unsigned long long)g->id);
    do {
        at = next_in_circle(at);
        if (!at)
            break;
        go__put(o, " waits for the mutex held by goroutine %llu%s", (unsigned long long)at->id,
                at == g ? "\n" : ", which");
    } while (at != g);
}

void go__put_cycles(struct go__out *o)
{
    if (go__sched.g1 && !go__sched.main_exited)
        put_circle(go__sched.g1, o);
    go__each_g(put_circle, o);
}
