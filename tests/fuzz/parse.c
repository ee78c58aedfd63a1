// Any bytes: the lexer and the parser neither crash nor hang, their trees are well-formed, and a
// rendering with edits at all nodes ends.
//
//   clang-19 -g -O1 -fsanitize=fuzzer,address,undefined tests/fuzz/parse.c -o parse_fuzzer
//   ./parse_fuzzer -max_len=4096 -dict=tests/fuzz/words.dict corpus/ examples/ tests/run/
//
// The rewriter never frees, so all its memory is taken from a list that is freed after each input.
#include <stdlib.h>

static void *fuzz_blocks[1 << 16];
static unsigned n_fuzz_blocks;

static void *fuzz_calloc(size_t n, size_t size)
{
    void *p = calloc(n, size);
    if (n_fuzz_blocks == sizeof fuzz_blocks / sizeof *fuzz_blocks)
        abort();
    return fuzz_blocks[n_fuzz_blocks++] = p;
}

#define calloc fuzz_calloc
#include "../../gocc/diag.c"
#undef calloc
// Names that two files use, each for itself.
#define at_end lex_at_end
#define push lex_push
#include "../../gocc/lex.c"
#undef at_end
#undef push
#include "../../gocc/view.c"
#include "../../gocc/parse_base.c"
#include "../../gocc/parse_wrong.c"
#include "../../gocc/parse_expr.c"
#include "../../gocc/parse_select.c"
#include "../../gocc/parse_stmt.c"
#include "../../gocc/parse.c"
#include "../../gocc/writer.c"
#include "../../gocc/edit.c"

static void check_tree(struct edits *q, struct node *n)
{
    uint32_t at = n->span.lo;
    for (struct node *c = n->child; c; c = c->next) {
        if (c->parent != n || !span_in(c->span, n->span) || c->span.lo < at)
            abort();
        at = c->span.hi;
        check_tree(q, c);
    }
    if (span_empty(n->span))
        return;
    edit_open(q, n->span.lo, "(");
    edit_close(q, n->span.hi, ")\n");
    if (n->kind == NODE_RECV)
        edit_replace(q, n->span, "recv(%r)", n->operand);
    if (n->kind == NODE_CLOSURE || n->kind == NODE_GO)
        edit_replace(q, n->span, "{\n%r\n}", n->span);
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
    uint32_t out = 0;
    for (uint32_t i = 0; i < r.n_segments; i++) {
        const struct segment *g = &r.segments[i];
        if (g->out < out || memcmp(r.text + g->out, s->text + g->in, g->size) != 0)
            abort();
        out = g->out + g->size;
    }
    free(r.text);
    free(r.segments);
    free(q->opens.items);
    free(q->closes.items);
    free(q->replacements.items);
    diag_forget();
    memset(type_names, 0, sizeof type_names);
    while (n_fuzz_blocks)
        free(fuzz_blocks[--n_fuzz_blocks]);
    arena_next = arena_end = NULL;
    return 0;
}
