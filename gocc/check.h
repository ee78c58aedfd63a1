// The rules of the language that neither the parser nor clang's reading of the twin enforces.
#ifndef GOCC_CHECK_H
#define GOCC_CHECK_H

#include "capture.h"

void check(struct unit *u, struct capture_facts *f);
// check_expr.c: the rules about C's own expressions and jumps.
void check_expressions(struct unit *u);
// check_vet.c: warnings about misuse that compiles.
void vet(struct unit *u);
// -Wno-copy-lock, -Wcopy-lock, …: false if it names no rule of vet's.
bool vet_option(const char *option);

#endif
