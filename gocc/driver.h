// gocc as a C compiler: `gocc [cc options] a.gc b.c c.o -o prog`.
#ifndef DRIVER_H
#define DRIVER_H

// Runs the command line argv[0..argc), without the command's name. Returns the exit status:
// that of the C compiler, 1 after an error in a file, 2 for wrong usage. May not return at all:
// what concerns no .gc file becomes the C compiler's process.
int driver_main(int argc, char **argv);

#endif
