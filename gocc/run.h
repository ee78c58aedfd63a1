// gocc run: compiles in memory with libtcc and runs in this process.
#ifndef RUN_H
#define RUN_H

// `gocc run [option…] file.gc… [argument…]`, argv[0..argc) without the two words. Returns 1
// for an error in a file, 2 for wrong usage; otherwise the program ends the process.
int run_main(int argc, char **argv);

#endif
