#define START(f, x) go f(x)
#define WAIT()                        \
    while (go_num_goroutine() > 1)    \
        go_yield()
