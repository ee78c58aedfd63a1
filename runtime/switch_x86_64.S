// The context switch for x86-64 (System V).
//
// A stopped context, from its stack pointer upwards:
//      0  rbp   8 rbx  16 r12  24 r13  32 r14  40 r15
//     48  where to go on
// The control bits of mxcsr and the x87 control word, callee-saved as well, are the caller's
// affair: switch.h.
//
// go__switch leaves by ret; switch.h says why.
//
// CFI: at each point the rules describe the stack that rsp stands on, so unwinders and
// debuggers see a whole goroutine, also a stopped one.

    .text
    .globl  go__switch
    .hidden go__switch
    .type   go__switch, @function
    .balign 32
go__switch:                     // rdi: void **save, rsi: void *to, rdx: char *top
    .cfi_startproc
    pushq   %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r15, 0
    pushq   %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r14, 0
    pushq   %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r13, 0
    pushq   %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r12, 0
    pushq   %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbx, 0
    pushq   %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbp, 0
    movq    %rsp, (%rdi)
    testq   %rsi, %rsi
    jz      5f
6:  movq    %rsi, %rsp          // the other context, laid out alike: the same CFI holds
    popq    %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_same_value rbp
    popq    %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_same_value rbx
    popq    %r12
    .cfi_adjust_cfa_offset -8
    .cfi_same_value r12
    popq    %r13
    .cfi_adjust_cfa_offset -8
    .cfi_same_value r13
    popq    %r14
    .cfi_adjust_cfa_offset -8
    .cfi_same_value r14
    popq    %r15
    .cfi_adjust_cfa_offset -8
    .cfi_same_value r15
    ret

// go__switch_leave jumps here with the same rsi and rdx, on a stack of which nothing is needed.
    .globl  go__switch_jump
    .hidden go__switch_jump
go__switch_jump:
    .cfi_undefined rip
    testq   %rsi, %rsi
    jnz     6b
5:  movq    $0, -8(%rdx)        // go__g_entry's return address: the end for every unwinder
    leaq    -8(%rdx), %rsp
    xorl    %ebp, %ebp
    jmp     go__g_entry
    .cfi_endproc
    .size   go__switch, .-go__switch

// void *go__switch_prepare(char *top, void (*entry)(void))
    .globl  go__switch_prepare
    .hidden go__switch_prepare
    .type   go__switch_prepare, @function
    .balign 16
go__switch_prepare:             // rdi: top, rsi: entry
    .cfi_startproc
    leaq    -72(%rdi), %rax     // 56 for the context, and an end: first_run's stack is 16-aligned
    movq    $0, (%rax)          // rbp: ends frame-pointer walks
    movq    %rsi, 8(%rax)       // rbx: entry
    leaq    first_run(%rip), %rcx
    movq    %rcx, 48(%rax)
    movq    $0, 56(%rax)
    ret
    .cfi_endproc
    .size   go__switch_prepare, .-go__switch_prepare

// The outermost frame of a goroutine: nothing to unwind to.
    .type   first_run, @function
    .balign 16
    .cfi_startproc
    .cfi_undefined rip
    nop                         // unwinders look one byte before the return address
first_run:
    call    *%rbx
    ud2
    .cfi_endproc
    .size   first_run, .-first_run

// How functions marked go__returns_elsewhere return; the compiler knows it by this name. Weak: an
// object compiled with -mfunction-return=thunk brings its own, which does as well.
    .weak   __x86_return_thunk
    .hidden __x86_return_thunk
    .type   __x86_return_thunk, @function
    .balign 16
__x86_return_thunk:
    .cfi_startproc
    popq    %rcx
    .cfi_adjust_cfa_offset -8
    .cfi_register rip, rcx
    jmp     *%rcx
    .cfi_endproc
    .size   __x86_return_thunk, .-__x86_return_thunk

    .section .note.GNU-stack,"",@progbits
