// Traces of goroutines, in Go's form:
//
//     goroutine 7 [chan receive, 2 minutes]:
//     main.func1(...)
//         /home/u/x.gc:12 +0x1f
//     waits to receive from chan<int>, made by main
//         /home/u/x.gc:9 +0x2a
//     created by main in goroutine 1
//         /home/u/x.gc:11 +0x3c
//
// Frames of this library are left out, but for its public functions (go_waitgroup_wait) and a
// panic under which others ran; GOTRACEBACK=system shows all. Of more than a hundred frames the
// innermost and the outermost fifty are shown.
//
// A goroutine that is parked is unwound from its saved stack pointer. So that all stand still,
// each other thread gets SIGURG, whose handler says where it was interrupted and waits. The
// process dies after that, or, for go_stack_trace, they go on.
//
// Nothing here allocates or takes a lock of the runtime's: what fails may hold any.
#define _GNU_SOURCE
#include "trace.h"

#include "gmp.h"
#include "symbol.h"
#include "unwind.h"

#include <gocc/runtime.h>

#include <errno.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { INNER = 50, OUTER = 50, PATIENCE = 500000000 };

// ---- GOTRACEBACK -------------------------------------------------------------------------

struct go__traceback go__traceback(void)
{
    const char *text = getenv("GOTRACEBACK");
    struct go__traceback t = {.any = true};
    if (!text || !*text || strcmp(text, "single") == 0)
        return t;
    char *end;
    long number = strtol(text, &end, 10);
    bool is_number = *end == '\0';
    t.any = strcmp(text, "none") != 0 && !(is_number && number == 0);
    t.crash = strcmp(text, "crash") == 0;
    t.system = t.crash || strcmp(text, "system") == 0 || (is_number && number > 1);
    t.all = t.system || strcmp(text, "all") == 0 || (is_number && number == 1);
    return t;
}

// ---- where the text goes -----------------------------------------------------------------

void go__put(struct go__out *o, const char *format, ...)
{
    char line[1200];
    va_list list;
    va_start(list, format);
    int n = vsnprintf(line, sizeof(line), format, list);
    va_end(list);
    if (n < 0)
        return;
    if (!o->buf) {
        go__print("%s", line);
        return;
    }
    for (int i = 0; line[i]; i++)
        if (o->n + 1 < o->size)
            o->buf[o->n++] = line[i];
}

// ---- one frame ---------------------------------------------------------------------------

struct printer {
    struct go__out *out;
    bool system;
    bool any;     // a frame has been shown
    bool is_main; // main is its outermost frame
    bool ended;   // main was shown
    // Set: of the innermost function the name and place alone, with these before and behind.
    const char *before, *behind;
};

static bool ends_in_number(const char *name, const char *tail, size_t *at)
{
    size_t n = strlen(name), digits = 0;
    while (digits < n && name[n - 1 - digits] >= '0' && name[n - 1 - digits] <= '9')
        digits++;
    size_t length = strlen(tail);
    if (!digits || n - digits <= length)
        return false;
    *at = n - digits - length;
    return memcmp(name + *at, tail, length) == 0;
}

// main_go1_run, main_defer2_run: what the rewriter makes of `go f(x);`.
static bool is_wrapper(const char *function)
{
    char name[200];
    size_t at, n = strlen(function);
    if (n < 5 || n >= sizeof(name) || strcmp(function + n - 4, "_run") != 0)
        return false;
    snprintf(name, sizeof(name), "%.*s", (int)(n - 4), function);
    return ends_in_number(name, "_go", &at) || ends_in_number(name, "_defer", &at);
}

// main_func1 is main.func1 to Go, and here.
static void readable_name(char *to, size_t size, const char *function)
{
    size_t at;
    snprintf(to, size, "%s", function);
    if (strlen(function) < size && ends_in_number(function, "_func", &at))
        to[at] = '.';
}

static bool is_public(const char *function)
{
    return strncmp(function, "go_", 3) == 0 && function[3] != '_';
}

// Whether a frame of the library is shown, and how it is called.
static bool show_runtime(const struct printer *p, const char **function)
{
    if (p->system)
        return true;
    if (strcmp(*function, "gocc_panic") == 0 && p->any) {
        *function = "panic";
        return true;
    }
    return is_public(*function) && strcmp(*function, "go_stack_trace") != 0;
}

static void print_position(struct printer *p, const struct go__place *place)
{
    if (place->file)
        go__put(p->out, "\n\t%s:%d", place->file, place->line);
    else
        go__put(p->out, "\n\t?");
    if (place->offset)
        go__put(p->out, " +%#lx", (unsigned long)place->offset);
    go__put(p->out, "\n");
}

static bool print_place(const struct go__place *place, void *arg)
{
    struct printer *p = arg;
    char name[200];
    const char *function = place->function ? place->function : "?";
    readable_name(name, sizeof(name), function);
    if (p->before) {
        go__put(p->out, "%s%s%s", p->before, name, p->behind);
        print_position(p, place);
        return false;
    }
    if (is_wrapper(function) && !p->system)
        return true;
    if (p->is_main && strncmp(function, "__libc_start", 12) == 0)
        p->ended = true; // main ended in a tail call
    if (p->ended)
        return false;
    go__put(p->out, "%s(...)", name);
    print_position(p, place);
    p->any = true;
    p->ended = p->ended || (p->is_main && strcmp(function, "main") == 0);
    return true;
}

static bool print_runtime_place(const struct go__place *place, void *arg)
{
    struct printer *p = arg;
    struct go__place shown = *place;
    if (shown.function && (!place->inlined || p->system) && show_runtime(p, &shown.function))
        print_place(&shown, p);
    return true;
}

void go__put_place(struct go__out *o, const char *before, uintptr_t site, const char *behind)
{
    struct printer p = {.out = o, .before = before, .behind = behind};
    go__place_of(site, print_place, &p);
}

static void print_site(struct printer *p, uintptr_t site)
{
    if (!p->ended)
        go__place_of(site, go__is_runtime_code(site) ? print_runtime_place : print_place, p);
}

static bool print_entry(const struct go__place *place, void *arg)
{
    if (!place->inlined)
        print_position(arg, place);
    return true;
}

// ---- one stack ---------------------------------------------------------------------------

struct frames {
    uintptr_t inner[INNER], outer[OUTER]; // outer: a ring
    size_t n;
};

static bool note_frame(uintptr_t site, void *arg)
{
    struct frames *f = arg;
    if (f->n < INNER)
        f->inner[f->n] = site;
    else
        f->outer[(f->n - INNER) % OUTER] = site;
    f->n++;
    return true;
}

static void print_frames(struct printer *p, const struct frames *f)
{
    for (size_t i = 0; i < f->n && i < INNER; i++)
        print_site(p, f->inner[i]);
    if (f->n <= INNER)
        return;
    size_t outer = f->n - INNER;
    if (outer > OUTER) {
        go__put(p->out, "...%zu frames elided...\n", outer - OUTER);
        outer = OUTER;
    }
    for (size_t i = f->n - outer; i < f->n; i++)
        print_site(p, f->outer[(i - INNER) % OUTER]);
}

// The process's first stack: main's, which the system lets grow.
static void main_stack(uintptr_t *low, uintptr_t *high)
{
    extern void *__libc_stack_end;
    struct rlimit limit;
    *high = ((uintptr_t)__libc_stack_end | 0xfffff) + 1;
    *low = 0;
    if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < *high)
        *low = *high - limit.rlim_cur - 0x200000;
}

static void stack_of(const struct go__g *g, uintptr_t *low, uintptr_t *high)
{
    *low = 0;
    *high = UINTPTR_MAX;
    if (g && g->stack) {
        *high = (uintptr_t)g->stack;
        *low = *high - go__stack_size();
    } else if (g && g == go__sched.g1) {
        main_stack(low, high);
    }
}

static void collect(struct frames *f, const struct go__g *g, const struct go__regs *from)
{
    uintptr_t low, high;
    stack_of(g, &low, &high);
    f->n = 0;
    go__unwind(from, low, high, note_frame, f);
}

// ---- one goroutine -----------------------------------------------------------------------

static const char *entry_name(const struct go__g *g)
{
    return g == go__sched.g1 ? "main" : g->type ? g->type->name : "?";
}

static void print_creator(struct go__out *o, const struct go__g *g)
{
    char parent[64];
    if (!g->creator || g->foreign)
        return;
    snprintf(parent, sizeof(parent), " in goroutine %llu", (unsigned long long)g->parent);
    go__put_place(o, "created by ", g->creator - 1, parent);
}

static void print_head(struct go__out *o, const struct go__g *g)
{
    char waited[64] = "";
    int64_t minutes = go__minutes_waited(g, o->now);
    if (minutes >= 1)
        snprintf(waited, sizeof(waited), ", %lld minutes", (long long)minutes);
    if (g->foreign)
        go__put(o, "thread %d, not started by the runtime, goroutine %llu [%s%s]:\n", g->m->tid,
                (unsigned long long)g->id, go__state_text(g), waited);
    else
        go__put(o, "goroutine %llu [%s%s%s]:\n", (unsigned long long)g->id, go__state_text(g),
                waited, g->lock_m ? ", locked to thread" : "");
}

static void print_stack(struct go__out *o, bool system, const struct go__g *g,
                        const struct frames *f)
{
    struct printer p = {.out = o, .system = system, .is_main = g == go__sched.g1};
    print_frames(&p, f);
    if (!p.any) { // its function ended in a tail call
        go__put(o, "%s(...)%s", entry_name(g), g->run ? "" : "\n");
        if (g->run)
            go__place_of((uintptr_t)g->run, print_entry, &p);
    }
    go__put_wait(o, g);
    print_creator(o, g);
}

// A goroutine that runs nowhere.
static void print_parked(struct go__out *o, bool system, struct go__g *g)
{
    struct frames f = {.n = 0};
    struct go__regs regs;
    // It has parked, or its threads stand still and were waited for: freeze. Else it is a guess.
    void *sp = go__load(&g->sp);
    if (sp && !g->foreign) {
        go__regs_of_switch(&regs, sp);
        collect(&f, g, &regs);
    } else if (!g->foreign && g->run) {
        f.inner[f.n++] = (uintptr_t)g->run; // has not begun
    }
    print_head(o, g);
    print_stack(o, system, g, &f);
}

// ---- other threads -----------------------------------------------------------------------

static uint32_t freezing; // futex: odd while they shall stand still
static uint32_t n_frozen;
// While they are waited for. Who comes later goes on: it may have the loader's lock by then, as the
// thread sanitizer calls handlers when some function that it knows returns.
static bool awaited;

static void on_freeze(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    struct go__m *m = go__m();
    int saved = errno;
    if (info->si_code != SI_TKILL || !m)
        return;
    uint32_t round = go__load_acquire(&freezing);
    if (round % 2 == 0 || !go__load_acquire(&awaited)) // too late
        return;
    go__store(&m->interrupted, context);
    __atomic_fetch_add(&n_frozen, 1, __ATOMIC_RELEASE); // pairs with freeze: interrupted is seen
    while (go__load_acquire(&freezing) == round)
        go__futex_wait(&freezing, round, -1);
    go__store(&m->interrupted, NULL);
    __atomic_fetch_sub(&n_frozen, 1, __ATOMIC_RELEASE); // pairs with thaw: it is out of here
    errno = saved;
}

static void moment(void)
{
    struct timespec ms = {0, 1000000};
    nanosleep(&ms, NULL);
}

static int freeze_others(struct dl_phdr_info *object, size_t size, void *unused)
{
    (void)object, (void)size, (void)unused;
    go__store_release(&awaited, true);                  // pairs with on_freeze: the lock is ours
    __atomic_fetch_add(&freezing, 1, __ATOMIC_RELEASE); // pairs with on_freeze
    uint32_t n = 0;
    for (struct go__m *m = go__load_acquire(&go__sched.all_m); m; m = m->all_next)
        if (!m->dead && m->tid && m != go__m())
            n += syscall(SYS_tgkill, getpid(), m->tid, SIGURG) == 0;
    // By the clock: on a busy machine a moment may take a hundred. Acquire: pairs with on_freeze,
    // the registers of those that stand still are seen.
    for (int64_t end = go__now() + PATIENCE; go__load_acquire(&n_frozen) < n && go__now() < end;)
        moment();
    go__store_release(&awaited, false); // before the lock is given back
    return 1;
}

// Stops all other threads that the runtime knows, as far as they let it; none of them while it has
// the loader's lock, without which no address can be looked up.
static void freeze(struct sigaction *before)
{
    struct sigaction sa = {.sa_sigaction = on_freeze,
                           .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    sigfillset(&sa.sa_mask);
    sigaction(SIGURG, &sa, before);
    dl_iterate_phdr(freeze_others, NULL); // which it calls once, with that lock
}

static void thaw(const struct sigaction *before)
{
    __atomic_fetch_add(&freezing, 1, __ATOMIC_RELEASE); // pairs with on_freeze
    go__futex_wake(&freezing, INT32_MAX);
    while (go__load_acquire(&n_frozen))
        moment();
    sigaction(SIGURG, before, NULL);
}

// The thread that runs g, or NULL.
static struct go__m *thread_of(const struct go__g *g)
{
    for (struct go__m *m = go__load_acquire(&go__sched.all_m); m; m = m->all_next)
        if (!m->dead && go__load(&m->g) == g)
            return m;
    return NULL;
}

static void print_running(struct go__out *o, bool system, struct go__g *g, struct go__m *m)
{
    struct frames f = {.n = 0};
    struct go__regs regs;
    void *context = go__load(&m->interrupted); // after the acquire of n_frozen in freeze
#ifdef GO__TSAN
    context = NULL; // the sanitizer calls handlers late: the registers are older than the stack
#endif
    print_head(o, g);
    if (!context) {
        go__put(o, "\tgoroutine running on other thread; stack unavailable\n");
        return;
    }
    go__regs_of_signal(&regs, context);
    collect(&f, g, &regs);
    print_stack(o, system, g, &f);
}

struct others {
    struct go__out *out;
    bool system;
    const struct go__g *except;
};

static void print_other(struct go__g *g, void *arg)
{
    struct others *o = arg;
    if (g == o->except)
        return;
    go__put(o->out, "\n");
    struct go__m *m = thread_of(g);
    if (m)
        print_running(o->out, o->system, g, m);
    else
        print_parked(o->out, o->system, g);
}

static void print_others(struct others *o)
{
    if (go__sched.g1 && !go__sched.main_exited)
        print_other(go__sched.g1, o);
    go__each_g(print_other, o);
    for (struct go__m *m = go__load_acquire(&go__sched.all_m); m; m = m->all_next)
        if (m->foreign && !m->dead && m->g)
            print_other(m->g, o);
    go__put_cycles(o->out);
}

// ---- the end -----------------------------------------------------------------------------

static void print_self(struct go__out *o, const struct go__traceback *t,
                       const struct go__regs *regs)
{
    struct go__m *m = go__m();
    struct go__g *g = m ? m->g : NULL;
    struct frames f;
    struct printer p = {.out = o, .system = t->system};
    if (g) {
        collect(&f, g, regs);
        go__put(o, "\n");
        print_head(o, g);
        print_stack(o, t->system, g, &f);
        return;
    }
    collect(&f, NULL, regs);
    go__put(o, "\nthread %d [running]:\n", go__gettid());
    print_frames(&p, &f);
}

_Noreturn static void end(const struct go__traceback *t)
{
    if (t->crash) {
        signal(SIGABRT, SIG_DFL);
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGABRT);
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        raise(SIGABRT);
    }
    go__exit_now(2);
}

_Noreturn void go__die(const struct go__regs *regs, bool all)
{
    struct go__traceback t = go__traceback();
    struct go__out out = {.now = go__now()};
    struct go__m *m = go__m();
    struct sigaction before;
    if (t.any)
        print_self(&out, &t, regs);
    if (t.any && (all || t.all)) {
        freeze(&before);
        struct others o = {&out, t.system, m ? m->g : NULL};
        print_others(&o);
    }
    end(&t);
}

_Noreturn void go__die_others(void)
{
    struct go__traceback t = go__traceback();
    struct go__out out = {.now = go__now()};
    struct sigaction before;
    struct others o = {&out, t.system, NULL};
    if (t.any) {
        freeze(&before);
        print_others(&o);
    }
    end(&t);
}

static void die_in_throw(void)
{
    go__die(NULL, true);
}

__attribute__((constructor)) static void set_hook(void)
{
    go__trace_hook = die_in_throw;
}

static struct go__lock freezer; // GO__RANK_SYNC: who stops the others

__attribute__((constructor)) static void keep_over_fork(void)
{
    go__lock_over_fork(&freezer, GO__RANK_SYNC, NULL);
}

size_t go_stack_trace(char *buf, size_t size, bool all)
{
    struct go__out out = {buf, size, 0, go__now()};
    struct go__traceback t = go__traceback();
    struct go__g *g = go__self();
    struct sigaction before;
    struct frames f;
    int saved = errno;
    if (size == 0)
        return 0;
    collect(&f, g, NULL);
    print_head(&out, g);
    print_stack(&out, t.system, g, &f);
    if (all) {
        go__lock(&freezer, GO__RANK_SYNC);
        freeze(&before);
        struct others o = {&out, t.system, g};
        print_others(&o);
        thaw(&before);
        go__unlock(&freezer);
    }
    buf[out.n] = '\0';
    *go__errno_address() = saved;
    return out.n;
}
