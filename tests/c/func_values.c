// LANGUAGE.md 6: plain C starts goroutines with go_start, and makes the closures that the library
// takes with go_make_func, of every type; they are freed as other closures are.
// lib: tsan asan
// expect: started 42
// expect: called 12
// expect: once 1
// expect: error 7
// expect: group 10
// expect: later
// expect: range 3
#include <gocc.h>

#include <stdio.h>

static void work(void *arg)
{
    go_chan(int) result = arg;
    go_send(result, 42);
    go_release(result);
}

static int add(void *self, int a, int b)
{
    const int *base = go_func_arg(self);
    return *base + a + b;
}

static void count(void *self)
{
    go_atomic_add_i32(go_func_arg(self), 1);
}

static int fail(void *self)
{
    return *(int *)go_func_arg(self);
}

static void send_fact(void *self)
{
    go_chan(void) done = go_func_arg(self);
    go_send(done, {});
}

static bool sum(void *self, void *key, void *value)
{
    (void)key;
    *(int *)go_func_arg(self) += *(int *)value;
    return true;
}

int main(void)
{
    go_chan(int) result = go_make(int, 0);
    go_start(work, go_retain(result));
    printf("started %d\n", go_recv(result));
    go_release(result);

    int base = 5;
    go_func(int, int, int) f = go_make_func(add, &base);
    printf("called %d\n", go_call(f, 3, 4));
    go_release(f);

    int n = 0, error = 7, total = 0, one = 1, two = 2;
    go_once once = {0};
    go_func(void) counter = go_make_func(count, &n);
    for (int i = 0; i < 3; i++)
        go_once_do(&once, counter);
    printf("once %d\n", n);

    go_errgroup *group = go_errgroup_new(NULL);
    go_func(int) failing = go_make_func(fail, &error);
    go_errgroup_go(group, failing);
    go_release(failing); // the group owns it too
    printf("error %d\n", go_errgroup_wait(group));
    go_release(group);

    go_waitgroup wg = {0};
    for (int i = 0; i < 9; i++)
        go_waitgroup_go(&wg, counter);
    go_release(counter);
    go_waitgroup_wait(&wg);
    printf("group %d\n", n);

    go_chan(void) done = go_make(void, 0);
    go_func(void) later = go_make_func(send_fact, done);
    go_timer *timer = go_after_func(GO_MILLISECOND, later);
    go_release(later);
    go_recv(done);
    printf("later\n");
    go_release(timer);
    go_release(done);

    go_map map = {0};
    go_map_store(&map, &one, &one);
    go_map_store(&map, &two, &two);
    go_func(bool, void *, void *) adder = go_make_func(sum, &total);
    go_map_range(&map, adder);
    printf("range %d\n", total);
    go_release(adder);
    go_map_delete(&map, &one);
    go_map_delete(&map, &two);
    return 0;
}
