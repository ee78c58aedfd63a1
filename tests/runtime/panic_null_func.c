// LANGUAGE.md 2: calling a null closure panics.
#include "parts/test.h"

static void call(void *arg)
{
    gocc_func(void) f = arg;
    gocc_call(f);
}

int main(void)
{
    must_panic(call, NULL, "runtime error: invalid memory address or nil pointer dereference");
}
