// The calls of <gocc/runtime.h> that are not the scheduler's or panic's own.
//
// The number of processors is what the affinity mask and the control group's CPU limit allow;
// the limit is that of the process's own group and of each one above it (cgroup v2's cpu.max;
// v1's cpu.cfs_quota_us).
#define _GNU_SOURCE
#include "gmp.h"

#include <gocc/context.h>
#include <gocc/runtime.h>

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// ---- processors --------------------------------------------------------------------------

static int ceil_div(double quota, double period)
{
    double n = quota / period;
    int whole = (int)n;
    return n > whole ? whole + 1 : whole;
}

// The limit written in the group directory `path`; INT32_MAX: none.
static int limit_of_group(const char *path, bool v2)
{
    char name[512];
    double quota = -1, period = 100000;
    snprintf(name, sizeof(name), "%s/%s", path, v2 ? "cpu.max" : "cpu.cfs_quota_us");
    FILE *f = fopen(name, "re");
    if (!f)
        return INT32_MAX;
    int got = fscanf(f, v2 ? "%lf %lf" : "%lf", &quota, &period);
    fclose(f);
    if (!v2) {
        snprintf(name, sizeof(name), "%s/cpu.cfs_period_us", path);
        f = fopen(name, "re");
        if (f && fscanf(f, "%lf", &period) != 1)
            period = 100000;
        if (f)
            fclose(f);
    }
    if (got < 1 || quota <= 0 || period <= 0) // "max" and -1: unlimited
        return INT32_MAX;
    int n = ceil_div(quota, period);
    return n < 1 ? 1 : n;
}

// The least limit from `group` up to the root of the hierarchy mounted at `mount`.
static int limit_of_path(const char *mount, char *group, bool v2)
{
    int least = INT32_MAX;
    for (;;) {
        char path[400];
        snprintf(path, sizeof(path), "%.100s%.250s", mount, group);
        int n = limit_of_group(path, v2);
        if (n < least)
            least = n;
        char *slash = strrchr(group, '/');
        if (!slash)
            return least;
        *slash = 0;
    }
}

static int limit_of_cgroup(void)
{
    int least = INT32_MAX;
    char line[512];
    FILE *f = fopen("/proc/self/cgroup", "re");
    if (!f)
        return least;
    // Lines are "0::/group" for v2 and "5:cpu,cpuacct:/group" for v1.
    while (fgets(line, sizeof(line), f)) {
        line[strcspn(line, "\n")] = 0;
        char *names = strchr(line, ':');
        char *group = names ? strchr(names + 1, ':') : NULL;
        if (!group)
            continue;
        *group++ = 0;
        names++;
        int n = INT32_MAX;
        if (!*names)
            n = limit_of_path("/sys/fs/cgroup", group, true);
        else if (strncmp(names, "cpu,", 4) == 0 || strcmp(names, "cpu") == 0)
            n = limit_of_path("/sys/fs/cgroup/cpu", group, false);
        if (n < least)
            least = n;
    }
    fclose(f);
    return least;
}

int go_num_cpu(void)
{
    enum { MAX_CPUS = 8192 };
    cpu_set_t *set = CPU_ALLOC(MAX_CPUS);
    int n = 1;
    if (set && sched_getaffinity(0, CPU_ALLOC_SIZE(MAX_CPUS), set) == 0)
        n = CPU_COUNT_S(CPU_ALLOC_SIZE(MAX_CPUS), set);
    if (set)
        CPU_FREE(set);
    int limit = limit_of_cgroup();
    if (n > limit)
        n = limit;
    return n < 1 ? 1 : n;
}

// ---- goroutines --------------------------------------------------------------------------

int go_num_goroutine(void)
{
    go__self(); // starts the runtime
    // Ends first: a goroutine that ends in between is counted rather than missed.
    uint64_t ended = go__load(&go__sched.n_ended), begun = 1;
    uint32_t n = go__load_acquire(&go__sched.n_p_made);
    for (uint32_t i = 0; i < n; i++)
        ended += go__load(&go__sched.p[i]->n_ended);
    begun += go__load(&go__sched.n_started);
    for (uint32_t i = 0; i < n; i++)
        begun += go__load(&go__sched.p[i]->n_started);
    return (int)(begun - ended);
}

uint32_t go__processor(void)
{
    struct go__m *m = go__m();
    struct go__p *p = m ? go__load(&m->p) : NULL; // P's are never freed: a stale one does no harm
    return p ? p->id : (uint32_t)((uintptr_t)m / 64);
}

uint32_t go__processors(void)
{
    return (uint32_t)go_max_procs(0);
}

uint64_t go_id(void)
{
    return go__g_id(go__self());
}

// ---- memory and errors -------------------------------------------------------------------

// What malloc has given out: that of a sanitizer, where there is one.
#if defined(GO__ASAN) || defined(GO__TSAN)
size_t __sanitizer_get_current_allocated_bytes(void);
static size_t heap_in_use(void)
{
    return __sanitizer_get_current_allocated_bytes();
}
#else
static size_t heap_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}
#endif

void go_read_mem_stats(go_mem_stats *stats)
{
    go__self();
    unsigned long long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f) {
        if (fscanf(f, "%*s %llu", &pages) != 1)
            pages = 0;
        fclose(f);
    }
    stats->sys = pages * (uint64_t)sysconf(_SC_PAGESIZE);
    stats->heap = heap_in_use();
    stats->stacks = go__stack_resident();
}

const char *go_strerror(int error)
{
    const char *text = error == GO_CANCELED            ? "context canceled"
                       : error == GO_DEADLINE_EXCEEDED ? "context deadline exceeded"
                                                       : strerrordesc_np(error);
    return text ? text : "unknown error";
}

void go_enter_blocking(void)
{
    go__enter_blocking();
}

void go_exit_blocking(void)
{
    go__exit_blocking();
}
