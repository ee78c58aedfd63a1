// Between panic.c and the assembly of gocc_frame_enter.
#ifndef GO_PANIC_H
#define GO_PANIC_H

#include <gocc/abi.h>

// The C half of gocc_frame_enter: links f, whose registers are saved, into the goroutine.
void go__frame_link(struct gocc_frame *f);
// Makes the gocc_frame_enter that saved f's registers return 1. In panic_ARCH.S.
_Noreturn void go__frame_resume(struct gocc_frame *f);

_Noreturn void go_exit(void);

#ifdef GO__ASAN
// What lies above the jump's target on the stack is out of use.
void __asan_handle_no_return(void);
#define go__race_no_return() __asan_handle_no_return()
#else
#define go__race_no_return() ((void)0)
#endif

#endif
