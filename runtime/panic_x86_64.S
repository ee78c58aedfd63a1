// The register save of functions with defers (panic.c) for x86-64 (System V).

    .text
#ifdef GO__TSAN
// The thread sanitizer keeps a stack of calls of its own, from which a jump out of several must take
// as many: it does so for setjmp and longjmp, which it knows by the stack pointer of setjmp's caller.
// So gocc_frame_enter becomes that call: f->regs, of 24 words, is the jmp_buf, of which 9 are used.
    .globl  gocc_frame_enter
    .type   gocc_frame_enter, @function
    .balign 16
gocc_frame_enter:
    .cfi_startproc
    pushq   %rdi
    .cfi_adjust_cfa_offset 8
    call    go__frame_link@PLT
    popq    %rdi
    .cfi_adjust_cfa_offset -8
    addq    $24, %rdi
    jmp     _setjmp@PLT
    .cfi_endproc
    .size   gocc_frame_enter, .-gocc_frame_enter

    .globl  go__frame_resume
    .hidden go__frame_resume
    .type   go__frame_resume, @function
    .balign 16
go__frame_resume:
    .cfi_startproc
    addq    $24, %rdi
    movl    $1, %esi
    jmp     longjmp@PLT
    .cfi_endproc
    .size   go__frame_resume, .-go__frame_resume
#else
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
#endif

    .section .note.GNU-stack,"",@progbits
