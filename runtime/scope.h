// Boxes whose scopes have not ended: what panic.c must know of them.
#ifndef GO_SCOPE_H
#define GO_SCOPE_H

#include "sched.h"

// Ends all scopes of the calling goroutine that began since s->scopes was `until` (NULL: all).
void go__scopes_end(struct go__g_slots *s, void *until);

#endif
