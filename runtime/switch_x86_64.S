// The context switch for x86-64 (System V).
//
// A stopped context, from its stack pointer upwards:
//      0  mxcsr (4 bytes), x87 control word (2), padding (2)
//      8  rbp  16 rbx  24 r12  32 r13  40 r14  48 r15
//     56  where to go on
// The ABI makes the control bits of mxcsr and the x87 control word callee-saved. They are
// loaded only where they differ from those just saved: a load costs more than the rest of
// the switch, and nearly no program changes them.
//
// go__switch leaves by ret; switch.h says why.
//
// CFI: at each point the rules describe the stack that rsp stands on, so unwinders and
// debuggers see a whole goroutine, also a stopped one.

    .text
    .globl  go__switch
    .hidden go__switch
    .hidden go__fp_start
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
    subq    $8, %rsp
    .cfi_adjust_cfa_offset 8
    stmxcsr (%rsp)
    fnstcw  4(%rsp)
    movl    (%rsp), %eax
    movzwl  4(%rsp), %ecx
    movq    %rsp, (%rdi)
    testq   %rsi, %rsi
    jz      5f
6:  movq    %rsi, %rsp          // the other context, laid out alike: the same CFI holds
    cmpl    (%rsp), %eax
    jne     1f
2:  cmpw    4(%rsp), %cx
    jne     3f
4:  addq    $8, %rsp
    .cfi_adjust_cfa_offset -8
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
    .cfi_adjust_cfa_offset 56
    .cfi_rel_offset r15, 48
    .cfi_rel_offset r14, 40
    .cfi_rel_offset r13, 32
    .cfi_rel_offset r12, 24
    .cfi_rel_offset rbx, 16
    .cfi_rel_offset rbp, 8
1:  ldmxcsr (%rsp)
    jmp     2b
3:  fldcw   4(%rsp)
    jmp     4b

// go__switch_leave jumps here with the same rsi and rdx, on a stack of which nothing is needed.
    .globl  go__switch_jump
    .hidden go__switch_jump
go__switch_jump:
    .cfi_undefined rip
    subq    $8, %rsp
    stmxcsr (%rsp)
    fnstcw  4(%rsp)
    movl    (%rsp), %eax
    movzwl  4(%rsp), %ecx
    testq   %rsi, %rsi
    jnz     6b
5:  xorl    go__fp_start(%rip), %eax
    testl   $0xffc0, %eax       // the control bits: what was computed before does not matter
    jnz     7f
    cmpw    go__fp_start+4(%rip), %cx
    jnz     7f
8:  movq    $0, -8(%rdx)        // go__g_entry's return address: the end for every unwinder
    leaq    -8(%rdx), %rsp
    xorl    %ebp, %ebp
    jmp     go__g_entry
7:  ldmxcsr go__fp_start(%rip)
    fldcw   go__fp_start+4(%rip)
    jmp     8b
    .cfi_endproc
    .size   go__switch, .-go__switch

// void *go__switch_prepare(char *top, void (*entry)(void))
    .globl  go__switch_prepare
    .hidden go__switch_prepare
    .type   go__switch_prepare, @function
    .balign 16
go__switch_prepare:             // rdi: top, rsi: entry
    .cfi_startproc
    leaq    -80(%rdi), %rax     // 64 for the context, then entry's view: 16-aligned + 8
    stmxcsr (%rax)
    fnstcw  4(%rax)
    movq    $0, 8(%rax)         // rbp: ends frame-pointer walks
    movq    %rsi, 16(%rax)      // rbx: entry
    leaq    first_run(%rip), %rcx
    movq    %rcx, 56(%rax)
    movq    $0, 64(%rax)
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
