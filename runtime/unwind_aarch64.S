// Frames whose caller is described by a struct go__regs (unwind.h), for aarch64; the text of
// unwind_x86_64.S says what for. x19 holds the record: register N is saved at x19 + 8 N, the CFA
// is the saved sp (31), and the place where the code stopped stands behind it (32). That place has
// a column of its own, the one that libgcc keeps for signal frames (96, its
// DWARF_ALT_FRAME_RETURN_COLUMN): in x30's it would take the caller away from a leaf function,
// which still has it in x30.

    .macro  from_record
    .cfi_escape 0x0f, 4, 0x83, 0xf8, 1, 0x06            // cfa: breg19 248, deref
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7
    .cfi_escape 0x10, \n, 2, 0x83, 8 * \n
    .endr
    .irp    n, 8, 9, 10, 11, 12, 13, 14, 15
    .cfi_escape 0x10, \n, 3, 0x83, 0x80 | ((8 * \n) & 0x7f), 0
    .endr
    .irp    n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
    .cfi_escape 0x10, \n, 3, 0x83, 0x80 | ((8 * \n) & 0x7f), 1
    .endr
    .cfi_escape 0x10, 30, 3, 0x83, 0xf0, 1              // x30: at 240
    .cfi_escape 0x10, 96, 3, 0x83, 0x80, 2              // where it stopped: at 256
    .endm

    .text
// void go__unwind_call(const struct go__regs *from, void (*walk)(void *arg), void *arg)
    .globl  go__unwind_call
    .hidden go__unwind_call
    .type   go__unwind_call, %function
    .balign 16
go__unwind_call:
    .cfi_startproc
    .cfi_signal_frame
    .cfi_return_column 96
    .cfi_register 96, 30
    stp     x19, x30, [sp, #-16]!
    .cfi_adjust_cfa_offset 16
    .cfi_rel_offset x19, 0
    .cfi_rel_offset x30, 8
    mov     x19, x0
    mov     x0, x2
    .cfi_remember_state
    from_record
    blr     x1
    .cfi_restore_state
    ldp     x19, x30, [sp], #16
    .cfi_adjust_cfa_offset -16
    .cfi_same_value x19
    .cfi_same_value x30
    ret
    .cfi_endproc
    .size   go__unwind_call, .-go__unwind_call

// Entered by a signal handler's return, with the record in x19 and what to call in x20.
    .globl  go__fault_entry
    .hidden go__fault_entry
    .type   go__fault_entry, %function
    .balign 16
    .cfi_startproc
    .cfi_signal_frame
    .cfi_return_column 96
    from_record
    nop                         // unwinders look before the return address
go__fault_entry:
    blr     x20
    brk     #1
    .cfi_endproc
    .size   go__fault_entry, .-go__fault_entry

    .section .note.GNU-stack,"",%progbits
