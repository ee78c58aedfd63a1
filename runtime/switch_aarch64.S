// The context switch for aarch64 (AAPCS64).
//
// A stopped context, from its stack pointer upwards (160 bytes, sp stays 16-byte aligned):
//      0  x29 x30   16 x19 x20   32 x21 x22   48 x23 x24   64 x25 x26   80 x27 x28
//     96  d8 d9    112 d10 d11  128 d12 d13  144 d14 d15
// x29 comes first, with x30 behind it, so a stopped context ends in a frame record. The low
// halves of v8-v15 are callee-saved. fpcr is the caller's affair: switch.h.
//
// x18 is the platform's and is left alone (Linux does not use it in user code, others do).
// go__switch leaves by ret; switch.h says why.

    .text
    .globl  go__switch
    .hidden go__switch
    .type   go__switch, %function
    .balign 32
go__switch:                     // x0: void **save, x1: void *to, x2: char *top
    .cfi_startproc
    sub     sp, sp, #160
    .cfi_adjust_cfa_offset 160
    stp     x29, x30, [sp, #0]
    .cfi_rel_offset x29, 0
    .cfi_rel_offset x30, 8
    stp     x19, x20, [sp, #16]
    .cfi_rel_offset x19, 16
    .cfi_rel_offset x20, 24
    stp     x21, x22, [sp, #32]
    .cfi_rel_offset x21, 32
    .cfi_rel_offset x22, 40
    stp     x23, x24, [sp, #48]
    .cfi_rel_offset x23, 48
    .cfi_rel_offset x24, 56
    stp     x25, x26, [sp, #64]
    .cfi_rel_offset x25, 64
    .cfi_rel_offset x26, 72
    stp     x27, x28, [sp, #80]
    .cfi_rel_offset x27, 80
    .cfi_rel_offset x28, 88
    stp     d8, d9, [sp, #96]
    .cfi_rel_offset d8, 96
    .cfi_rel_offset d9, 104
    stp     d10, d11, [sp, #112]
    .cfi_rel_offset d10, 112
    .cfi_rel_offset d11, 120
    stp     d12, d13, [sp, #128]
    .cfi_rel_offset d12, 128
    .cfi_rel_offset d13, 136
    stp     d14, d15, [sp, #144]
    .cfi_rel_offset d14, 144
    .cfi_rel_offset d15, 152
    mov     x10, sp
    str     x10, [x0]
    cbz     x1, 2f
3:  mov     sp, x1              // the other context, laid out alike: the same CFI holds
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     d8, d9, [sp, #96]
    ldp     d10, d11, [sp, #112]
    ldp     d12, d13, [sp, #128]
    ldp     d14, d15, [sp, #144]
    ldp     x29, x30, [sp, #0]
    add     sp, sp, #160
    .cfi_adjust_cfa_offset -160
    .cfi_same_value x29
    .cfi_same_value x30
    .cfi_same_value x19
    .cfi_same_value x20
    .cfi_same_value x21
    .cfi_same_value x22
    .cfi_same_value x23
    .cfi_same_value x24
    .cfi_same_value x25
    .cfi_same_value x26
    .cfi_same_value x27
    .cfi_same_value x28
    .cfi_same_value d8
    .cfi_same_value d9
    .cfi_same_value d10
    .cfi_same_value d11
    .cfi_same_value d12
    .cfi_same_value d13
    .cfi_same_value d14
    .cfi_same_value d15
    ret

// go__switch_leave jumps here with the same x1 and x2, on a stack of which nothing is needed.
    .globl  go__switch_jump
    .hidden go__switch_jump
go__switch_jump:
    .cfi_undefined x30
    cbnz    x1, 3b
2:  mov     sp, x2
    mov     x29, xzr            // the end for every unwinder
    mov     x30, xzr
    b       go__g_entry
    .cfi_endproc
    .size   go__switch, .-go__switch

// void *go__switch_prepare(char *top, void (*entry)(void))
    .globl  go__switch_prepare
    .hidden go__switch_prepare
    .type   go__switch_prepare, %function
    .balign 16
go__switch_prepare:             // x0: top, x1: entry
    .cfi_startproc
    sub     x0, x0, #176        // 160 for the context, and an empty frame record above it
    stp     xzr, xzr, [x0, #160]
    adr     x9, first_run
    stp     xzr, x9, [x0, #0]   // x29 = 0: ends frame-pointer walks
    stp     x1, xzr, [x0, #16]  // x19: entry
    ret
    .cfi_endproc
    .size   go__switch_prepare, .-go__switch_prepare

// The outermost frame of a goroutine: nothing to unwind to.
    .type   first_run, %function
    .balign 16
    .cfi_startproc
    .cfi_undefined x30
    nop                         // unwinders look one instruction before the return address
first_run:
    blr     x19
    brk     #1
    .cfi_endproc
    .size   first_run, .-first_run

    .section .note.GNU-stack,"",%progbits
