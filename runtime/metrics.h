// What the scheduler and channels do for <gocc/metrics.h>.
#ifndef GO_METRICS_H
#define GO_METRICS_H

#include "chan.h"

enum go__wait_role { GO__WAITS_TO_SEND, GO__WAITS_TO_RECEIVE, GO__WAITS_TO_LOCK, GO__WAIT_ROLES };

// What is waited on, in words that stay true when it is freed.
struct go__wait_key {
    uintptr_t at; // a channel: its `made`; else its address
    const char *elem_name;
    bool is_chan;
    uint8_t role; // enum go__wait_role
};

enum { GO__NOTED_CASES = 8 };

// What a wait will be charged to, while it lasts, on the stack of who waits: what must be read of
// channels before, for they may be gone afterwards. Of anything else its address will do.
struct go__wait_note {
    struct {
        uintptr_t made;
        const char *elem_name;
    } chans[GO__NOTED_CASES]; // of a select, by case; of a plain send or receive, the first
};

static inline void go__wait_note_chan(struct go__wait_note *note, int i, const struct gocc_hchan *c)
{
    note->chans[i].made = go__load_acquire(&c->made); // pairs with go_metrics_name_chan
    note->chans[i].elem_name = c->elem_name;
}

// Before a wait. In each that lasts no time this and a look at the clock's last tick is all that
// measuring costs.
static inline void go__wait_begin(struct go__wait_note *note, enum go__wait why, const void *object)
{
    if (why == GO__WAIT_CHAN_RECV || why == GO__WAIT_CHAN_SEND) {
        go__wait_note_chan(note, 0, object);
    } else if (why == GO__WAIT_SELECT) {
        const struct go__select *select = object;
        int n = select->n <= GO__NOTED_CASES ? select->n : 0;
        for (int i = 0; i < n; i++)
            if (select->cases[i].chan)
                go__wait_note_chan(note, i, select->cases[i].chan);
    }
}
// After it, if it did.
void go__wait_end(const struct go__wait_note *note, enum go__wait why, const void *object,
                  int64_t waited);

// c->made of a channel with a name is its row's number with this bit set, which no address has.
#define GO__MADE_IS_ROW ((uintptr_t)1 << 63)
// The address behind the call that made the channel, and its name, or "", by its `made`.
uintptr_t go__metrics_made(uintptr_t made);
const char *go__metrics_name(uintptr_t made);
// Before a channel that has a name is freed.
void go__metrics_chan_gone(struct gocc_hchan *c);
void go__metrics_at_exit(void);

#endif
