// The lexer splits as C does: directives are one token, literals and comments hide what they
// hold, line splices may stand anywhere.
#include "../../gocc/lex.h"

#include "unit.h"

// Tokens separated by '|'; strings as they stand.
static char *tokens_of(const char *text)
{
    static struct text t;
    struct source *s = source_from_text("t.gc", text, strlen(text));
    lex(s);
    t.size = 0;
    t.at[0] = 0;
    for (const struct token *k = s->tokens; k->kind != TOK_EOF; k++)
        text_add(&t, "%s%c:%s", k == s->tokens ? "" : "|", "InsCPD"[k->kind],
                 span_text(s, span_of(k->lo, k->hi)));
    return t.at;
}

static const struct {
    const char *text, *tokens;
} cases[] = {
    {"a<-b", "I:a|P:<|P:-|I:b"},
    {"a <-- b<->c", "I:a|P:<|P:--|I:b|P:<|P:->|I:c"},
    {"chan<<-chan<int>> x", "I:chan|P:<<|P:-|I:chan|P:<|I:int|P:>>|I:x"},
    {"x := 1; a ? b :c", "I:x|P::|P:=|n:1|P:;|I:a|P:?|I:b|P::|I:c"},
    {"a+++b a->b a...b x<<=1", "I:a|P:++|P:+|I:b|I:a|P:->|I:b|I:a|P:...|I:b|I:x|P:<<=|n:1"},
    {"1.5e+3f 0x1p-3 .5 1'000 1..2", "n:1.5e+3f|n:0x1p-3|n:.5|n:1'000|n:1..2"},
    {"\"a\\\"b\" L\"w\" u8\"x\" 'c' L'\\''", "s:\"a\\\"b\"|s:L\"w\"|s:u8\"x\"|C:'c'|C:L'\\''"},
    {"\"go // f\" /* go \"f */ g // h \"\n i", "s:\"go // f\"|I:g|I:i"},
    {"#define go 1\nx", "D:#define go 1|I:x"},
    {"  # define A(x) \\\n  x /* c\n d */ y // z\nB",
     "D:# define A(x) \\\n  x /* c\n d */ y // z|I:B"},
    {"#include <a//b.h>\nx", "D:#include <a//b.h>|I:x"},
    {"a # b", "I:a|P:#|I:b"},
    {"/* c */ #if 1\n#endif", "D:#if 1|D:#endif"},
    {"%: define x\ny", "D:%: define x|I:y"},
    {"g\\\no x", "I:g\\\no|I:x"},
    {"a <\\\n- b", "I:a|P:<|P:-|I:b"},
    {"#!/usr/bin/env gocc\nx", "D:#!/usr/bin/env gocc|I:x"},
    {"#if 0\ndon't\n#endif\n'x'", "D:#if 0|I:don|C:'t|D:#endif|C:'x'"},
    {"caf\xc3\xa9 $x \\u00e9", "I:caf\xc3\xa9|I:$x|I:\\u00e9"},
    {"@ ` \\", "P:@|P:`|P:\\"},
    {"", ""},
    {"\xef\xbb\xbfx", "I:x"},
};

static void spliced_words_compare_plain(void)
{
    const char *text = "se\\\nlect sel\\\r\nect selects select";
    struct source *s = source_from_text("t.gc", text, strlen(text));
    lex(s);
    expect(token_is(s, &s->tokens[0], "select"), "se\\\\nlect is select");
    expect(token_is(s, &s->tokens[1], "select"), "sel\\\\r\\\\nect is select");
    expect(!token_is(s, &s->tokens[2], "select"), "selects is not select");
    expect(token_is(s, &s->tokens[3], "select"), "select is select");
    expect(!token_is(s, &s->tokens[3], "selec"), "select is not selec");
}

static void errors_are_found(void)
{
    static const struct {
        const char *text;
        int errors;
    } wrong[] = {
        {"x = 'a;\ny", 1},        {"\"abc\n\"def\n", 2},
        {"/* never", 1},          {"#if X\ndon't\n#endif\n", 0},
        {"#define A don't\n", 0}, {"'\\''", 0},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        lex(source_from_text("t.gc", wrong[i].text, strlen(wrong[i].text)));
        fclose(stderr);
        stderr = fopen("/dev/null", "w");
        expect(diag_flush(false) == wrong[i].errors, wrong[i].text);
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_text(cases[i].text, tokens_of(cases[i].text), cases[i].tokens);
    diag_forget();
    spliced_words_compare_plain();
    errors_are_found();
    return unit_result();
}
