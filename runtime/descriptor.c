// Descriptors of goroutines: blocks that are kept for ever, and the free ones among them.
//
// A P keeps up to GO__G_KEEP free descriptors (run.h); here is what all share. Memory of a
// descriptor is never given back, so a stale pointer to one can be read.
#include "run.h"

enum { BLOCK = 128 }; // descriptors allocated at a time

struct g_block {
    struct g_block *next;
    struct go__g g[BLOCK];
};
static struct go__lock g_lock; // GO__RANK_LEAF: the two below
static struct g_block *g_blocks;
static struct go__g *g_free;

struct go__g *go__g_take_batch(uint32_t *count)
{
    go__lock(&g_lock, GO__RANK_LEAF);
    struct go__g *head = g_free, *last = head;
    uint32_t n = head ? 1 : 0;
    while (head && n < 64 && last->next) {
        last = last->next;
        n++;
    }
    if (head) {
        g_free = last->next;
        last->next = NULL;
    }
    go__unlock(&g_lock);
    if (!head) {
        struct g_block *block = go__calloc(1, sizeof(*block));
        for (n = 0; n < BLOCK; n++) {
            block->g[n].next = head;
            head = &block->g[n];
        }
        go__lock(&g_lock, GO__RANK_LEAF);
        block->next = g_blocks;
        go__store_release(&g_blocks, block); // pairs with go__each_g: sees zeroed descriptors
        go__unlock(&g_lock);
    }
    *count = n;
    return head;
}

static void go__g_give_batch(struct go__g *head, struct go__g *tail)
{
    go__lock(&g_lock, GO__RANK_LEAF);
    tail->next = g_free;
    g_free = head;
    go__unlock(&g_lock);
}

struct go__g *go__g_new_shared(void)
{
    uint32_t n;
    struct go__g *g = go__g_take_batch(&n);
    if (g->next) {
        struct go__g *tail = g->next;
        while (tail->next)
            tail = tail->next;
        go__g_give_batch(g->next, tail);
    }
    return g;
}

void go__g_delete_shared(struct go__g *g)
{
    go__store(&g->status, GO__G_FREE);
    go__g_give_batch(g, g);
}

void go__g_spill(struct go__p *p)
{
    struct go__g *head = p->free, *tail = head;
    for (uint32_t i = 1; i < GO__G_KEEP / 2; i++)
        tail = tail->next;
    p->free = tail->next;
    p->n_free -= GO__G_KEEP / 2;
    go__g_give_batch(head, tail);
}

void go__each_g(void (*see)(struct go__g *g, void *arg), void *arg)
{
    for (struct g_block *b = go__load_acquire(&g_blocks); b; b = b->next)
        for (int i = 0; i < BLOCK; i++)
            if (go__load(&b->g[i].status) != GO__G_FREE)
                see(&b->g[i], arg);
}

__attribute__((constructor)) static void keep_over_fork(void)
{
    go__lock_over_fork(&g_lock, GO__RANK_LEAF, NULL);
}

void go__sched_forget(struct go__g *keep)
{
    for (struct g_block *b = g_blocks; b; b = b->next)
        for (int i = 0; i < BLOCK; i++)
            if (&b->g[i] != keep)
                b->g[i].status = GO__G_FREE; // counted no more; not used again either
}
