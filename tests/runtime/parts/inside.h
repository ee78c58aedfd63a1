// A look inside a channel, for tests that must know who has blocked before they go on.
#ifndef INSIDE_H
#define INSIDE_H

#include "../../../runtime/chan.h"

static inline int queue_length(const struct go__waitq *q)
{
    int n = 0;
    for (const struct go__waiter *w = q->first; w; w = w->next)
        n++;
    return n;
}

// How many goroutines wait on c, senders and receivers.
static inline int waiting(void *c)
{
    struct gocc_hchan *h = c;
    go__chan_lock(h);
    int n = queue_length(&h->senders) + queue_length(&h->receivers);
    go__unlock(&h->lock);
    return n;
}

#endif
