// Where gdb finds the printers and commands for programs that hold this library: the section
// names the Python file. The build tree's library names runtime/gdb.py, the installed one where
// `make install` puts it. gdb loads what lies under its auto-load safe-path and says so where it
// does not.
//
// Rejected: the script itself in the section (entry type 4), for then the program has to lie under
// the safe-path, which no user's program does.
    .section .debug_gdb_scripts, "MS", %progbits, 1
    .byte   1                   // SECTION_SCRIPT_ID_PYTHON_FILE
    .asciz  GDB_SCRIPT

// What makes the linker take this member of the library.
    .section .rodata
    .globl  go__gdb_script
    .hidden go__gdb_script
    .type   go__gdb_script, %object
    .size   go__gdb_script, 1
go__gdb_script:
    .byte   0

    .section .note.GNU-stack,"",%progbits
