// The context switch for x86-64 (System V), and the register save of functions with defers.
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

// int gocc_frame_enter(struct gocc_frame *f): saves in f->regs (abi.h; offset 24) rbx, rbp,
// r12-r15, the stack pointer and return address of its caller, and the control words; links
// f by go__frame_link and returns 0.
    .globl  gocc_frame_enter
    .type   gocc_frame_enter, @function
    .balign 16
gocc_frame_enter:
    .cfi_startproc
    movq    %rbx, 24(%rdi)
    movq    %rbp, 32(%rdi)
    movq    %r12, 40(%rdi)
    movq    %r13, 48(%rdi)
    movq    %r14, 56(%rdi)
    movq    %r15, 64(%rdi)
    leaq    8(%rsp), %rax
    movq    %rax, 72(%rdi)
    movq    (%rsp), %rax
    movq    %rax, 80(%rdi)
    stmxcsr 88(%rdi)
    fnstcw  92(%rdi)
    subq    $8, %rsp
    .cfi_adjust_cfa_offset 8
    call    go__frame_link@PLT
    addq    $8, %rsp
    .cfi_adjust_cfa_offset -8
    xorl    %eax, %eax
    ret
    .cfi_endproc
    .size   gocc_frame_enter, .-gocc_frame_enter

// _Noreturn void go__frame_resume(struct gocc_frame *f): returns 1 from gocc_frame_enter(f).
    .globl  go__frame_resume
    .hidden go__frame_resume
    .type   go__frame_resume, @function
    .balign 16
go__frame_resume:
    .cfi_startproc
    .cfi_def_cfa rdi, 0
    .cfi_undefined rip
    movq    24(%rdi), %rbx
    movq    32(%rdi), %rbp
    movq    40(%rdi), %r12
    movq    48(%rdi), %r13
    movq    56(%rdi), %r14
    movq    64(%rdi), %r15
    ldmxcsr 88(%rdi)
    fldcw   92(%rdi)
    movq    72(%rdi), %rsp
    movl    $1, %eax
    movq    80(%rdi), %rcx
    jmp     *%rcx
    .cfi_endproc
    .size   go__frame_resume, .-go__frame_resume

    .section .note.GNU-stack,"",@progbits
