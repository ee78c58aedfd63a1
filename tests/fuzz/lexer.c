// Any bytes: the lexer ends, and its tokens are a partition of what is neither white space nor
// comment: ascending, none of them empty, the last one the end of the file. Lexed once more from
// its own text, a token alone gives itself.
#define FUZZ_HARNESS
#include "memory.h"

#include "../../gocc/lex.h"

#include <ctype.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fuzz_start();
    return 0;
}

// Between two tokens stand white space, comments and line splices: it begins with one of them.
static void check_gap(const struct source *s, uint32_t lo, uint32_t hi)
{
    if (lo == hi || (lo == 0 && s->size >= 3 && !memcmp(s->text, "\xef\xbb\xbf", 3)))
        return;
    unsigned char c = (unsigned char)s->text[lo];
    must(isspace(c) || c == '/' || c == '\\');
}

static void check_alone(const struct source *s, const struct token *t)
{
    if (t->kind == TOK_DIRECTIVE || t->kind == TOK_EOF || strchr("#%\xef\\", s->text[t->lo]))
        return; // at the head of a file they are something else
    struct source *one = source_from_text("one.gc", s->text + t->lo, t->hi - t->lo);
    lex(one);
    must(one->n_tokens == 2 && one->tokens[0].kind == t->kind && one->tokens[0].lo == 0 &&
         one->tokens[0].hi == one->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source *s = source_from_text("fuzz.gc", (const char *)data, size);
    lex(s);
    must(s->n_tokens > 0 && s->tokens[s->n_tokens - 1].kind == TOK_EOF);
    uint32_t at = 0;
    for (uint32_t i = 0; i < s->n_tokens; i++) {
        const struct token *t = &s->tokens[i];
        must(t->lo >= at && t->hi <= s->size && (t->hi > t->lo || t->kind == TOK_EOF));
        must(t->kind != TOK_EOF || i == s->n_tokens - 1);
        check_gap(s, at, t->lo);
        if (i < 8)
            check_alone(s, t);
        token_is(s, t, "go");
        if (t->kind != TOK_EOF && token_is_arrow(s, t))
            must(s->text[t->lo] == '<' && s->text[t->hi] == '-');
        at = t->hi;
    }
    fuzz_reset();
    return 0;
}
