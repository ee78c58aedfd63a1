// What the scheduler and channels do for <gocc/metrics.h>.
#ifndef GO_METRICS_H
#define GO_METRICS_H

#include "chan.h"

extern bool go__measuring; // waits are measured

enum go__wait_role { GO__WAITS_TO_SEND, GO__WAITS_TO_RECEIVE, GO__WAITS_TO_LOCK, GO__WAIT_ROLES };

// What is waited on, in words that stay true when it is freed.
struct go__wait_key {
    uintptr_t at; // a channel: its `made`; else its address
    const char *elem_name;
    bool is_chan;
    uint8_t role; // enum go__wait_role
};

enum { GO__NOTED_CASES = 8 };

// One wait while it lasts, on the stack of who waits.
struct go__wait_note {
    enum go__wait why;
    int n; // keys; a plain send's or receive's first is completed when it ends
    const struct go__select *select; // or NULL
    struct go__wait_key keys[GO__NOTED_CASES];
};
void go__wait_begin_other(struct go__wait_note *note, const void *object);
static inline void go__wait_begin(struct go__wait_note *note, enum go__wait why, const void *object)
{
    note->why = why;
    if (go__unlikely(why != GO__WAIT_CHAN_RECV && why != GO__WAIT_CHAN_SEND)) {
        go__wait_begin_other(note, object);
        return;
    }
    const struct gocc_hchan *c = object;
    note->keys[0].at = go__load_acquire(&c->made); // pairs with go_metrics_name_chan
    note->keys[0].elem_name = c->elem_name;
}
void go__wait_end(struct go__wait_note *note, int64_t waited);

// c->made of a channel with a name is its row's number with this bit set, which no address has.
#define GO__MADE_IS_ROW ((uintptr_t)1 << 63)
// The address behind the call that made the channel, and its name, or "", by its `made`.
uintptr_t go__metrics_made(uintptr_t made);
const char *go__metrics_name(uintptr_t made);
// Before a channel that has a name is freed.
void go__metrics_chan_gone(struct gocc_hchan *c);
void go__metrics_at_exit(void);

#endif
