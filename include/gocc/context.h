// Contexts: when work is no longer wanted, and why. LANGUAGE.md 5, 6. A context is made from a
// parent, and ends at the latest when that ends. NULL stands for the background context, which
// never ends, wherever a context is taken. Times are those of go_now.
#ifndef GOCC_CONTEXT_H
#define GOCC_CONTEXT_H

#include <gocc/abi.h>
#include <gocc/time.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct go_context go_context;

// Why a context has ended. No errno value; go_strerror has their texts.
enum { GO_CANCELED = 10001, GO_DEADLINE_EXCEEDED = 10002 };

// The context that never ends, has no deadline and no values.
//
// Returns a static object, not to be released. Panics: never. Blocks: never. Threads: any.
// Source: Go's context.Background. LANGUAGE.md 6.
go_context *go_context_background(void);

// A context that ends when go_context_cancel is called on it, or its parent ends.
//
//   parent  the new context becomes one of its owners; NULL: the background.
//
// Returns a new context; the caller owns it and releases it with go_release, which cancels it
// when it was the last owner. Panics: never. Blocks: never. Threads: any.
// Source: Go's context.WithCancel. LANGUAGE.md 6.
go_context *go_context_with_cancel(go_context *parent);

// The same, and it ends with GO_DEADLINE_EXCEEDED d from now, or at t.
//
//   d, t  nanoseconds; if that has passed, it has ended when it is returned. A parent's
//         earlier deadline stays its own.
//
// Source: Go's context.WithTimeout, WithDeadline. LANGUAGE.md 6.
go_context *go_context_with_timeout(go_context *parent, go_duration d);
go_context *go_context_with_deadline(go_context *parent, int64_t t);

// A context like its parent that also holds value under key.
//
//   key    compared by address; borrowed, as value is, for as long as the context lives.
//
// Returns a new context, as go_context_with_cancel does; it cannot be cancelled by itself.
// Panics: "nil key". Blocks: never. Threads: any.
// Source: Go's context.WithValue. LANGUAGE.md 6.
go_context *go_context_with_value(go_context *parent, const void *key, void *value);

// Ends ctx and every context made from it, with GO_CANCELED, unless it has ended already. Does
// not wait for anyone. The background, and what go_context_with_value made, cannot be cancelled:
// nothing happens.
//
//   ctx  borrowed until the call returns.
//
// Panics: never. Blocks: never. Threads: any.
// Order: happens before a receive from go_context_done that sees it.
// Source: Go's context.CancelFunc. LANGUAGE.md 6.
void go_context_cancel(go_context *ctx);

// A channel that is closed when ctx ends; NULL when it never does.
//
//   ctx  borrowed.
//
// Returns ctx's channel, not to be released; the same each time.
// Panics: never. Blocks: never. Threads: any.
// Source: Go's context.Context.Done. LANGUAGE.md 6.
gocc_recv_chan(void) go_context_done(go_context *ctx);

// 0 while ctx has not ended, then GO_CANCELED or GO_DEADLINE_EXCEEDED.
//
//   ctx  borrowed.
//
// Panics: never. Blocks: never. Threads: any.
// Source: Go's context.Context.Err. LANGUAGE.md 6.
int go_context_err(go_context *ctx);

// When ctx ends by itself at the latest.
//
//   t  set when it has such a time; may be NULL.
//
// Returns whether it has one. Panics: never. Blocks: never. Threads: any.
// Source: Go's context.Context.Deadline. LANGUAGE.md 6.
bool go_context_deadline(go_context *ctx, int64_t *t);

// The value under key of ctx or the nearest of its parents that has one; NULL when none has.
//
//   ctx, key  borrowed.
//
// Returns what was given to go_context_with_value, borrowed. Panics: never. Blocks: never.
// Threads: any.
// Source: Go's context.Context.Value. LANGUAGE.md 6.
void *go_context_value(go_context *ctx, const void *key);

#ifdef __cplusplus
}
#endif

#endif
