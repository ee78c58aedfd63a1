// Goroutines that work on one thing, of which the first error counts. LANGUAGE.md 6.
#ifndef GOCC_ERRGROUP_H
#define GOCC_ERRGROUP_H

#include <gocc/context.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct go_errgroup go_errgroup;

// A group, and with it a context that ends at the group's first error, when go_errgroup_wait
// returns, or with parent.
//
//   parent  the group's context becomes one of its owners; NULL: the background.
//
// Returns a new group; the caller owns it and releases it with go_release, after waiting.
// Panics: never. Blocks: never. Threads: any.
// Source: golang.org/x/sync/errgroup, WithContext. LANGUAGE.md 6.
go_errgroup *go_errgroup_new(go_context *parent);

// Starts a goroutine that calls f, waiting first while the group has as many as its limit.
//
//   g  owned by the goroutine, too, until f has returned.
//   f  owned by the goroutine until it has returned. Its result is an error number; 0: none.
//
// Panics: when f is null, in the new goroutine. Blocks: the goroutine, while the limit is reached.
// Threads: any. Order: the call happens before f begins, the end of f before go_errgroup_wait's.
// Source: golang.org/x/sync/errgroup, Group.Go. LANGUAGE.md 6.
void go_errgroup_go(go_errgroup *g, gocc_func(int) f);

// The same if that needs no waiting; returns whether it did start f.
//
// Source: golang.org/x/sync/errgroup, Group.TryGo. LANGUAGE.md 6.
bool go_errgroup_try_go(go_errgroup *g, gocc_func(int) f);

// Waits until all that were started have returned, and ends the group's context.
//
//   g  borrowed until the call returns.
//
// Returns the first error, 0 when there was none. Panics: never. Blocks: the goroutine. Threads:
// any. Source: golang.org/x/sync/errgroup, Group.Wait. LANGUAGE.md 6.
int go_errgroup_wait(go_errgroup *g);

// The group's context; not to be released, g owns it.
//
// Panics: never. Blocks: never. Threads: any.
// Source: golang.org/x/sync/errgroup, WithContext. LANGUAGE.md 6.
go_context *go_errgroup_context(go_errgroup *g);

// Allows at most n goroutines of the group at a time.
//
//   n  negative: any number, as at first. 0 lets none start.
//
// Panics: "errgroup: modify limit while N goroutines in the group are still active".
// Blocks: never. Threads: one, while the group has no goroutine.
// Source: golang.org/x/sync/errgroup, Group.SetLimit. LANGUAGE.md 6.
void go_errgroup_set_limit(go_errgroup *g, int n);

#ifdef __cplusplus
}
#endif

#endif
