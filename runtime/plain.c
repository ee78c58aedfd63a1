// What plain C files have in place of `go` and of closure literals (gocc/func.h).
//
// A closure value is the address of memory that begins with the address of its code, which is
// given that address (abi.h). One that a C function makes has a second word: the function's arg.
#include <gocc/func.h>

struct start {
    void (*f)(void *arg);
    void *arg;
};

static void run_start(void *record)
{
    struct start *s = record;
    s->f(s->arg);
}

void go_start(void (*f)(void *arg), void *arg)
{
    static const struct gocc_type type = {"go_start", sizeof(struct start), 0, NULL, NULL};
    struct start s = {f, arg};
    gocc_go(&type, run_start, &s);
}

struct closure {
    gocc_code code;
    void *arg;
};

void *gocc_func_new(gocc_code code, void *arg)
{
    static const struct gocc_type type = {"go_make_func", sizeof(struct closure), 0, NULL, NULL};
    struct closure *c = gocc_new(&type);
    c->code = code;
    c->arg = arg;
    return c;
}

void *go_func_arg(const void *self)
{
    return ((const struct closure *)self)->arg;
}
