// Any bytes: the parser ends, its tree is well-formed (children inside their parents, ascending,
// disjoint), and a rendering with edits at all nodes ends and keeps the bytes of the original.
#define FUZZ_HARNESS
#include "memory.h"

#include "../../gocc/edit.h"
#include "../../gocc/parse.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fuzz_start();
    return 0;
}

static void check_tree(struct edits *q, struct node *n)
{
    uint32_t at = n->span.lo;
    for (struct node *c = n->child; c; c = c->next) {
        must(c->parent == n && span_in(c->span, n->span) && c->span.lo >= at);
        at = c->span.hi;
        check_tree(q, c);
    }
    must(span_empty(n->body) || span_in(n->body, n->span));
    must(span_empty(n->operand) || span_in(n->operand, n->span));
    must(span_empty(n->value) || span_in(n->value, n->span));
    if (span_empty(n->span))
        return;
    edit_open(q, n->span.lo, "(");
    edit_close(q, n->span.hi, ")\n");
    if (n->kind == NODE_RECV)
        edit_replace(q, n->span, "recv(%r)", n->operand);
    if (n->kind == NODE_CLOSURE || n->kind == NODE_GO)
        edit_replace(q, n->span, "{\n%r\n}", n->span);
}

static void check_rendering(const struct source *s, const struct rendering *r)
{
    uint32_t out = 0;
    for (uint32_t i = 0; i < r->n_segments; i++) {
        const struct segment *g = &r->segments[i];
        must(g->out >= out && memcmp(r->text + g->out, s->text + g->in, g->size) == 0);
        out = g->out + g->size;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source *s = source_from_text("fuzz.gc", (const char *)data, size);
    unsigned constructs;
    lex(s);
    struct edits *q = edits_new(s);
    check_tree(q, parse(s, &constructs));
    struct rendering r;
    edit_render(q, span_of(0, s->size), "fuzz.gc", &r);
    check_rendering(s, &r);
    fuzz_reset();
    return 0;
}
