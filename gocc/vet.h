// gocc vet: the rules over some files, reported for people, or as JSON or SARIF for programs.
#ifndef VET_H
#define VET_H

// `gocc vet [option…] file.gc…`, argv[0..argc) without the two words. Returns 0 when there was
// nothing to report, 1 when there was, 2 for wrong usage.
int vet_main(int argc, char **argv);

#endif
