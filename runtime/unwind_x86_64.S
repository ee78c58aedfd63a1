// Frames whose caller is described by a struct go__regs (unwind.h), for x86-64: whoever unwinds
// through them, libgcc or gdb, goes on with the registers in that record, as if the code that
// they belong to had made the call.
//
// rbx holds the record. The rules, as DWARF expressions: the CFA is the saved rsp, register N is
// saved at rbx + 8 N (the record is in DWARF's order). The frames are marked as signal frames
// (S), so rip is taken for where the code stopped, not for a return address.

    .macro  from_record
    .cfi_escape 0x0f, 3, 0x73, 56, 0x06                 // cfa: breg3 56, deref
    .cfi_escape 0x10, 0, 2, 0x73, 0                     // rax
    .cfi_escape 0x10, 1, 2, 0x73, 8                     // rdx
    .cfi_escape 0x10, 2, 2, 0x73, 16                    // rcx
    .cfi_escape 0x10, 3, 2, 0x73, 24                    // rbx
    .cfi_escape 0x10, 4, 2, 0x73, 32                    // rsi
    .cfi_escape 0x10, 5, 2, 0x73, 40                    // rdi
    .cfi_escape 0x10, 6, 2, 0x73, 48                    // rbp
    .cfi_escape 0x10, 8, 3, 0x73, 0xc0, 0               // r8
    .cfi_escape 0x10, 9, 3, 0x73, 0xc8, 0
    .cfi_escape 0x10, 10, 3, 0x73, 0xd0, 0
    .cfi_escape 0x10, 11, 3, 0x73, 0xd8, 0
    .cfi_escape 0x10, 12, 3, 0x73, 0xe0, 0
    .cfi_escape 0x10, 13, 3, 0x73, 0xe8, 0
    .cfi_escape 0x10, 14, 3, 0x73, 0xf0, 0
    .cfi_escape 0x10, 15, 3, 0x73, 0xf8, 0              // r15
    .cfi_escape 0x10, 16, 3, 0x73, 0x80, 1              // rip
    .endm

    .text
// void go__unwind_call(const struct go__regs *from, void (*walk)(void *arg), void *arg): calls
// walk(arg), whose caller's caller is `from`.
    .globl  go__unwind_call
    .hidden go__unwind_call
    .type   go__unwind_call, @function
    .balign 16
go__unwind_call:
    .cfi_startproc
    .cfi_signal_frame
    pushq   %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbx, 0
    movq    %rdi, %rbx
    movq    %rdx, %rdi
    .cfi_remember_state
    from_record
    call    *%rsi
    .cfi_restore_state
    popq    %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_same_value rbx
    ret
    .cfi_endproc
    .size   go__unwind_call, .-go__unwind_call

// Where a signal handler sends a thread (go__regs_divert): with the record in rbx and rsp below it,
// 16-byte aligned. Calls the function in r12, which does not return.
    .globl  go__fault_entry
    .hidden go__fault_entry
    .type   go__fault_entry, @function
    .balign 16
    .cfi_startproc
    .cfi_signal_frame
    from_record
    nop                         // unwinders look one byte before the return address
go__fault_entry:
    call    *%r12
    ud2
    .cfi_endproc
    .size   go__fault_entry, .-go__fault_entry

    .section .note.GNU-stack,"",@progbits
