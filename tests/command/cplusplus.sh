# LANGUAGE.md 6: a C++ file can include every header, each alone and all together, and call what they
# declare: with g++ and clang++, without a warning.
# timeout: 120
lib=$TOP/build/lib/libgocc.a
command -v clang++ >/dev/null && clangxx=clang++ || clangxx=$(compgen -c clang++- | sort -V | tail -1)
cat >lib.c <<'END_C'
#include <gocc.h>
void fill(go_send_chan(int) c, int n)
{
    for (int i = 0; i < n; i++)
        go_send(c, i);
    go_close(c);
}
END_C
gcc -I"$TOP/include" -c lib.c
cat >main.cpp <<'END_CPP'
#include <gocc.h>

#include <cstdio>
#include <cstring>

extern "C" void fill(go_send_chan(int) c, int n);

struct job {
    go_waitgroup wg;
    gocc_hchan *c;
    int32_t sum;
};

static void work(void *arg)
{
    job *j = static_cast<job *>(arg);
    fill(j->c, 5);
    go_waitgroup_done(&j->wg);
}

static void add(void *self)
{
    go_atomic_add_i32(&static_cast<job *>(go_func_arg(self))->sum, 100);
}

static int fail(void *)
{
    return 3;
}

int main()
{
    job j = {};
    go_mutex mutex = {};
    go_once once = {};
    go_semaphore semaphore;
    go_mem_stats stats;
    char text[200];
    int v, total = 0;

    j.c = gocc_chan_make(sizeof(int), "int", 0);
    go_waitgroup_add(&j.wg, 1);
    go_start(work, &j);
    while (gocc_chan_recv(j.c, &v))
        total += v;
    auto f = go_make_func(add, &j);
    go_once_do(&once, f);
    go_once_do(&once, f);
    go_waitgroup_go(&j.wg, f);
    go_waitgroup_wait(&j.wg);
    go_release(f);
    go_release(go_retain(j.c));
    go_release(j.c);

    go_context *ctx = go_context_with_timeout(go_context_background(), GO_MINUTE);
    go_semaphore_init(&semaphore, 2);
    v = go_semaphore_acquire(&semaphore, ctx, 2);
    go_context_cancel(ctx);
    int refused = go_semaphore_acquire(&semaphore, ctx, 1);
    go_semaphore_release(&semaphore, 2);

    go_errgroup *group = go_errgroup_new(nullptr);
    go_errgroup_go(group, f = go_make_func(fail, nullptr));
    int err = go_errgroup_wait(group);
    go_release(f);
    go_release(group);

    go_limiter *limiter = go_limiter_new(1, 1);
    bool first = go_limiter_allow(limiter), second = go_limiter_allow(limiter);
    go_release(limiter);

    go_timer *timer = go_timer_new(GO_MILLISECOND);
    gocc_chan_recv(timer->c, nullptr);
    go_release(timer);
    go_mutex_lock(&mutex);
    go_mutex_unlock(&mutex);
    go_read_mem_stats(&stats);
    gocc_hchan *signals = gocc_chan_make(sizeof(int), "int", 1);
    go_signal_notify(signals, 10, 0);
    go_signal_stop(signals);
    go_release(signals);
    int fd = go_listen("127.0.0.1:0");
    bool bound = go_local_addr(fd, text, sizeof text) == 0;
    bool traced = go_stack_trace(text, sizeof text, false) > 0 && stats.sys > 0;

    printf("%d %d %d %s %d %d %d %d %d\n", total, j.sum, v, go_strerror(refused), err, first, second,
           bound, traced);
}
END_CPP
for cxx in g++ "$clangxx"; do
    strict=(-std=c++17 -Wall -Wextra -Werror "-I$TOP/include")
    for header in gocc.h $(cd "$TOP/include" && echo gocc/*.h); do
        echo "#include <$header>" >one.cpp
        echo "#include <$header>" >>one.cpp
        "$cxx" "${strict[@]}" -fsyntax-only one.cpp
    done
    "$cxx" "${strict[@]}" main.cpp lib.o "$lib" -pthread -ldl -lm -o program
    ./program >out
    [ "$(cat out)" = '10 200 0 context canceled 3 1 0 1 1' ] || { echo "$cxx:"; cat out; exit 1; }
done
# Each header alone is enough for C, too.
for header in $(cd "$TOP/include" && echo gocc/*.h); do
    echo "#include <$header>" >one.c
    for cc in "gcc -std=c17 -Wall -Wextra -Werror -fsyntax-only" "${clangxx/++/} -Wall -Wextra -Werror -fsyntax-only" 'tcc -c'; do
        $cc "-I$TOP/include" one.c
    done
done
