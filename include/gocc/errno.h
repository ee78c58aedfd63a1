// errno as goroutines have it, for plain C files: include this in place of <errno.h>.
// LANGUAGE.md 6.
//
//     n = go_accept(fd);              the goroutine may run on another thread now
//     if (n < 0 && errno == EBADF)    and this is the errno of that thread
//
// libc's errno is an address that compilers ask for once in a function and keep, also across a call
// that parks. In .gc code with constructs gocc takes care of that.
#ifndef GOCC_ERRNO_H
#define GOCC_ERRNO_H

#include <gocc/abi.h>

#include <errno.h>

#ifndef __GOCC_TWIN__
#undef errno
#define errno (*gocc_errno())
#endif

#endif
