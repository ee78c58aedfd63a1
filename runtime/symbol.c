// From addresses to function, file and line: for DWARF and symbol tables by libbacktrace, which
// is built into this library (Makefile), for tcc's code by stabs.c, and where nothing is known by
// the dynamic linker's table: name and offset.
//
// libbacktrace (from the gcc that builds us) reads the executable's own debug information, also
// compressed or in a file of its own, allocates with mmap and takes no lock that a crashing
// thread could hold, but for the dynamic linker's when it first looks which libraries there are.
// Its names are prefixed, so that a program may have its own copy.
//
// Rejected: libdw (a shared library that each user's machine would need), addr2line (a process
// per trace).
#define _GNU_SOURCE
#include "symbol.h"

#include "race.h"

#include <gocc/abi.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// ---- what is code ------------------------------------------------------------------------

// What `gocc run` compiled: set once, before it starts.
static struct {
    uintptr_t low, high;
    struct go__stabs stabs;
} memory_code;

void gocc_code_in_memory(const void *function, const char *name, const void *elf, size_t size)
{
    struct go__stabs stabs = {elf, size, 0};
    size_t text_size;
    uintptr_t text = (uintptr_t)function - go__stabs_function(&stabs, name, &text_size);
    memory_code.low = text;
    memory_code.high = text + text_size;
    stabs.bias = text;
    memory_code.stabs = stabs;
}

// The library's code has a section of its own (Makefile).
extern const char go__runtime_text_begin[] __asm__("__start_gocc_text");
extern const char go__runtime_text_end[] __asm__("__stop_gocc_text");

bool go__is_runtime_code(uintptr_t address)
{
    return (uintptr_t)go__runtime_text_begin <= address &&
           address < (uintptr_t)go__runtime_text_end;
}

struct object_search {
    uintptr_t address;
    bool code, first, in_first;
    uintptr_t bias;
};

static int look_into_object(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    struct object_search *o = arg;
    if (o->first)
        o->bias = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        uintptr_t at = info->dlpi_addr + p->p_vaddr;
        if (p->p_type != PT_LOAD || !(p->p_flags & PF_X) || o->address < at ||
            o->address >= at + p->p_memsz)
            continue;
        o->code = true;
        o->in_first = o->first;
    }
    o->first = false;
    return o->code;
}

static struct object_search find_object(uintptr_t address)
{
    struct object_search o = {.address = address, .first = true};
    dl_iterate_phdr(look_into_object, &o);
    return o;
}

static bool in_memory_code(uintptr_t address)
{
    return memory_code.low <= address && address < memory_code.high;
}

bool go__is_code(uintptr_t address)
{
    return in_memory_code(address) || find_object(address).code;
}

static bool has_line(const struct go__place *place, void *arg)
{
    *(bool *)arg = place->line != 0;
    return false;
}

bool go__is_own_code(uintptr_t address)
{
    if (memory_code.high) // under `gocc run` the executable is the command
        return in_memory_code(address);
    if (!find_object(address).in_first || go__is_runtime_code(address))
        return false;
    bool own = true;
    if (getauxval(AT_BASE) == 0) // linked statically: libc's code lies there too, without lines
        go__place_of(address, has_line, &own);
    return own;
}

// ---- tcc's code in an executable ---------------------------------------------------------

static const struct go__stabs *own_stabs(void)
{
    static struct go__stabs own;
    static uint32_t state; // 0: not looked yet, 1: somebody looks, 2: done
    uint32_t expected = 0;
    if (__atomic_compare_exchange_n(&state, &expected, 1, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_ACQUIRE)) {
        int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        struct stat st;
        if (fd >= 0 && fstat(fd, &st) == 0) {
            void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
            if (at != MAP_FAILED)
                own = (struct go__stabs){at, (size_t)st.st_size, find_object(0).bias};
        }
        if (fd >= 0)
            close(fd);
        __atomic_store_n(&state, 2, __ATOMIC_RELEASE); // pairs with the acquire below: `own`
    }
    return __atomic_load_n(&state, __ATOMIC_ACQUIRE) == 2 ? &own : NULL;
}

static bool find_stabs(uintptr_t site, struct go__place *place, struct go__stabs_text *to)
{
    if (in_memory_code(site))
        return go__stabs_find(&memory_code.stabs, site, place, to);
    const struct go__stabs *own = own_stabs();
    return own && own->elf && find_object(site).in_first && go__stabs_find(own, site, place, to);
}

// ---- libbacktrace ------------------------------------------------------------------------

struct search {
    bool (*see)(const struct go__place *place, void *arg);
    void *arg;
    struct go__place place; // the one found last: passed on when the next is known
    bool any, stop;
};

#ifdef GO__LIBBACKTRACE
typedef void on_error(void *data, const char *message, int error);
typedef int on_place(void *data, uintptr_t pc, const char *file, int line, const char *function);
typedef void on_symbol(void *data, uintptr_t pc, const char *name, uintptr_t at, uintptr_t size);
void *go__backtrace_create_state(const char *file, int threaded, on_error *error, void *data);
int go__backtrace_pcinfo(void *state, uintptr_t pc, on_place *place, on_error *error, void *data);
int go__backtrace_syminfo(void *state, uintptr_t pc, on_symbol *symbol, on_error *error,
                          void *data);

static void ignore(void *data, const char *message, int error)
{
    (void)data, (void)message, (void)error;
}

static void *backtrace_state(void)
{
    static void *state;
    void *s = __atomic_load_n(&state, __ATOMIC_ACQUIRE);
    if (!s) {
        s = go__backtrace_create_state(NULL, 1, ignore, NULL); // a second one does no harm
        __atomic_store_n(&state, s, __ATOMIC_RELEASE);         // pairs with the acquire above: *s
    }
    return s;
}

static int found_place(void *data, uintptr_t pc, const char *file, int line, const char *function)
{
    (void)pc;
    struct search *s = data;
    if (!function && !file)
        return 0;
    if (s->any) {
        s->place.inlined = true;
        s->stop = !s->see(&s->place, s->arg);
    }
    s->any = true;
    s->place = (struct go__place){.function = function, .file = file, .line = line};
    return s->stop;
}

static void found_symbol(void *data, uintptr_t pc, const char *name, uintptr_t at, uintptr_t size)
{
    (void)size;
    struct search *s = data;
    if (!name)
        return;
    if (!s->place.function)
        s->place.function = name;
    s->place.offset = pc - at;
}

static void search_backtrace(struct search *s, uintptr_t site)
{
    void *state = backtrace_state();
    if (!state)
        return;
    go__backtrace_pcinfo(state, site, found_place, ignore, s);
    if (!s->stop)
        go__backtrace_syminfo(state, site, found_symbol, ignore, s);
}
#else
static void search_backtrace(struct search *s, uintptr_t site)
{
    (void)s, (void)site;
}
#endif

// ---- all of it ---------------------------------------------------------------------------

static void search_dynamic(struct search *s, uintptr_t site)
{
    Dl_info info;
    if (!dladdr((void *)site, &info))
        return;
    if (info.dli_sname) {
        s->place.function = info.dli_sname;
        s->place.offset = site - (uintptr_t)info.dli_saddr;
    } else {
        s->place.function =
            strrchr(info.dli_fname, '/') ? strrchr(info.dli_fname, '/') + 1 : info.dli_fname;
        s->place.offset = site - (uintptr_t)info.dli_fbase;
    }
}

static void place_of(uintptr_t site, bool (*see)(const struct go__place *place, void *arg),
                     void *arg)
{
    struct search s = {.see = see, .arg = arg};
    if (!in_memory_code(site))
        search_backtrace(&s, site);
    if (s.stop)
        return;
    struct go__place stabs = {0};
    struct go__stabs_text text;
    if (!s.place.line && find_stabs(site, &stabs, &text))
        s.place = stabs;
    if (!s.place.function)
        search_dynamic(&s, site);
    see(&s.place, arg);
}

void go__place_of(uintptr_t site, bool (*see)(const struct go__place *place, void *arg), void *arg)
{
    go__race_ignore_begin(); // what orders libbacktrace's threads the sanitizer does not see
    place_of(site, see, arg);
    go__race_ignore_end();
}
