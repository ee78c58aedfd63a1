// What the files of gocc vet share. Nobody else includes it.
#ifndef CHECK_VET_H
#define CHECK_VET_H

#include "check.h"

enum vet_rule {
    COPY_LOCK,
    WAITGROUP_ADD,
    THREAD_LOCAL,
    ENDLESS_DEFER,
    RECOVER,
    LOST_CANCEL,
    LOCAL_ADDRESS,
    LOCK_ACROSS_BLOCK,
    UNREACHABLE_CASE,
    LOOP_LEAK,
    N_RULES
};

// "-Wcopy-lock"; NULL when it is switched off.
const char *vet_flag(enum vet_rule rule);

#define report(rule, source, span, ...) \
    (vet_flag(rule) ? warning_at(source, span, vet_flag(rule), __VA_ARGS__) : (void)0)

// fn is a function, and a `go f(…)` starts it.
bool is_go_callee(struct unit *u, const struct node *fn);

// check_vet_life.c: what becomes of contexts, channels, closures and the addresses of locals.
void vet_lives(struct unit *u);
bool is_fresh_local(struct unit *u, const struct vet_fact *f);
void vet_addresses(struct unit *u, const struct node *go);
// check_vet_block.c: operations that block where they must not, or cannot end.
void vet_locks(struct unit *u, struct node *function);
void vet_select(struct unit *u, const struct node *select);

#endif
