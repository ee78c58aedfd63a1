// Goroutines and closures for plain C files, which have no `go` and no `func`. LANGUAGE.md 1, 2, 6.
//
//     static void work(void *arg) { … }
//     go_start(work, job);                                       go work(job);
//
//     static int check(void *self) { struct job *j = go_func_arg(self); … }
//     go_func(int) f = go_make_func(check, job);                 func<int()> f = …;
//     go_errgroup_go(group, f);
//     go_release(f);
#ifndef GOCC_FUNC_H
#define GOCC_FUNC_H

#include <gocc/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

// Starts a goroutine that calls f(arg).
//
//   f    the goroutine ends when it returns.
//   arg  passed on as it is; what it points at must live as long as f uses it, and what f is to
//        own (channels, contexts) is the caller's to go_retain and f's to go_release.
//
// Panics: when f is null, in the new goroutine. Blocks: never (but may give way). Threads: any.
// Order: the call happens before f begins.
// Source: Go's go statement. LANGUAGE.md 1, 6.
void go_start(void (*f)(void *arg), void *arg);

// The type func<R(P...)> of closure values, as the calls of this library take them; go_func(void)
// has no parameters. C++ sees it as void *.
#define go_func(...) gocc_func(__VA_ARGS__)

void *gocc_func_new(gocc_code code, void *arg);

#ifndef __GOCC_TWIN__
// Makes a closure value of a C function.
//
//   f    R f(void *self, P...): the closure's parameters behind one that go_func_arg takes.
//   arg  what go_func_arg(self) returns in f; borrowed until the closure is freed.
//
// Returns a new value of type go_func(R, P...), in C++ a void *; the caller owns it and releases
// it with go_release. Panics: never. Blocks: never. Threads: any.
// Source: a func literal of Go that captures one variable. LANGUAGE.md 2, 6.
#ifdef __cplusplus
#define go_make_func(f, arg) gocc_func_new((gocc_code)(f), arg)
#else
#define go_make_func(f, arg) ((__typeof__(&*(f)) *)gocc_func_new((gocc_code)(f), arg))

// Calls the closure value f with the arguments behind it, and returns what it returns. Not in C++.
//
//   f  evaluated once.
//
// Panics: when f is null, or when the call does. Blocks: while the call does. Threads: any.
// Source: Go's call of a function value. LANGUAGE.md 2, 6.
#define go_call(...) gocc_call(__VA_ARGS__)
#endif
#endif

// In a function that became a closure by go_make_func: the arg that was given there.
//
//   self  the function's first parameter.
//
// Panics: never. Blocks: never. Threads: any.
// Source: the variable that a func literal of Go captures. LANGUAGE.md 2, 6.
void *go_func_arg(const void *self);

#ifdef __cplusplus
}
#endif
#endif
