// The register save of functions with defers (panic.c) for aarch64 (AAPCS64).

    .text
// int gocc_frame_enter(struct gocc_frame *f): saves in f->regs (abi.h; offset 24) what its
// caller may keep in registers, links f by go__frame_link and returns 0.
//   24 x19 x20   40 x21 x22   56 x23 x24   72 x25 x26   88 x27 x28   104 x29 x30
//  120 sp fpcr  136 d8 d9  152 d10 d11  168 d12 d13  184 d14 d15     ends at 200 = 24 + 22 * 8
    .globl  gocc_frame_enter
    .type   gocc_frame_enter, %function
    .balign 16
gocc_frame_enter:
    .cfi_startproc
    stp     x19, x20, [x0, #24]
    stp     x21, x22, [x0, #40]
    stp     x23, x24, [x0, #56]
    stp     x25, x26, [x0, #72]
    stp     x27, x28, [x0, #88]
    stp     x29, x30, [x0, #104]
    mov     x9, sp
    mrs     x10, fpcr
    stp     x9, x10, [x0, #120]
    stp     d8, d9, [x0, #136]
    stp     d10, d11, [x0, #152]
    stp     d12, d13, [x0, #168]
    stp     d14, d15, [x0, #184]
    stp     x29, x30, [sp, #-16]!
    .cfi_adjust_cfa_offset 16
    .cfi_rel_offset x29, 0
    .cfi_rel_offset x30, 8
    mov     x29, sp
    bl      go__frame_link
    ldp     x29, x30, [sp], #16
    .cfi_adjust_cfa_offset -16
    .cfi_restore x29
    .cfi_restore x30
    mov     w0, #0
    ret
    .cfi_endproc
    .size   gocc_frame_enter, .-gocc_frame_enter

// _Noreturn void go__frame_resume(struct gocc_frame *f): returns 1 from gocc_frame_enter(f).
    .globl  go__frame_resume
    .hidden go__frame_resume
    .type   go__frame_resume, %function
    .balign 16
go__frame_resume:
    .cfi_startproc
    .cfi_undefined x30
    ldp     x19, x20, [x0, #24]
    ldp     x21, x22, [x0, #40]
    ldp     x23, x24, [x0, #56]
    ldp     x25, x26, [x0, #72]
    ldp     x27, x28, [x0, #88]
    ldp     x29, x30, [x0, #104]
    ldp     x9, x10, [x0, #120]
    ldp     d8, d9, [x0, #136]
    ldp     d10, d11, [x0, #152]
    ldp     d12, d13, [x0, #168]
    ldp     d14, d15, [x0, #184]
    msr     fpcr, x10
    mov     sp, x9
    mov     w0, #1
    ret
    .cfi_endproc
    .size   go__frame_resume, .-go__frame_resume

    .section .note.GNU-stack,"",%progbits
