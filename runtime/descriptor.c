// Descriptors of goroutines: blocks that are kept for ever, and the free ones among them.
//
// A P keeps up to GO__G_KEEP free descriptors (run.h) in two lists; here is what all share: lists
// of up to GO__G_KEEP / 2, which change hands as wholes, for to walk one is a cache miss at each.
// Memory of a descriptor is never given back, so a stale pointer to one can be read.
#include "run.h"

enum { BLOCK = 128 }; // descriptors allocated at a time

struct g_block {
    struct g_block *next;
    struct go__g g[BLOCK];
};
static struct go__lock g_lock; // GO__RANK_LEAF: the two below
static struct g_block *g_blocks;
// The first of each free list: batch_next is the next list's, batch_size how many this one has.
static struct go__g *g_free;

static struct go__g *block_new(void)
{
    struct g_block *block = go__calloc(1, sizeof(*block));
    for (uint32_t i = 1; i < BLOCK; i++)
        block->g[i].next = &block->g[i - 1];
    block->g[BLOCK - 1].batch_size = BLOCK;
    go__lock(&g_lock, GO__RANK_LEAF);
    block->next = g_blocks;
    go__store_release(&g_blocks, block); // pairs with go__each_g: sees zeroed descriptors
    go__unlock(&g_lock);
    return &block->g[BLOCK - 1];
}

static struct go__g *batch_take(uint32_t *count)
{
    go__lock(&g_lock, GO__RANK_LEAF);
    struct go__g *head = g_free;
    if (head)
        g_free = head->batch_next;
    go__unlock(&g_lock);
    if (!head)
        head = block_new();
    *count = head->batch_size;
    return head;
}

static void batch_give(struct go__g *head, uint32_t count)
{
    go__lock(&g_lock, GO__RANK_LEAF);
    head->batch_size = count;
    head->batch_next = g_free;
    g_free = head;
    go__unlock(&g_lock);
}

struct go__g *go__g_new_shared(void)
{
    uint32_t n;
    struct go__g *g = batch_take(&n);
    if (g->next)
        batch_give(g->next, n - 1);
    return g;
}

void go__g_delete_shared(struct go__g *g)
{
    go__store(&g->status, GO__G_FREE);
    go__lock(&g_lock, GO__RANK_LEAF);
    struct go__g *head = g_free;
    bool joins = head && head->batch_size < GO__G_KEEP / 2;
    g->next = joins ? head : NULL;
    g->batch_size = joins ? head->batch_size + 1 : 1;
    g->batch_next = joins ? head->batch_next : head;
    g_free = g;
    go__unlock(&g_lock);
}

void go__g_refill(struct go__p *p)
{
    if (p->free_more) {
        p->free = p->free_more;
        p->n_free = GO__G_KEEP / 2;
        p->free_more = NULL;
    } else {
        p->free = batch_take(&p->n_free);
    }
}

void go__g_spill(struct go__p *p)
{
    if (p->free_more)
        batch_give(p->free_more, GO__G_KEEP / 2);
    p->free_more = p->free;
    p->free = NULL;
    p->n_free = 0;
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
