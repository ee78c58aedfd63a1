// Looking at the tokens around a place. Directives are stepped over.
#ifndef GOCC_SCAN_H
#define GOCC_SCAN_H

#include "lex.h"

// The index of the first token that begins at or behind `at`.
unsigned token_index(const struct source *s, uint32_t at);
// The last token that ends at or before `at`, the first that begins at or behind it; or NULL.
const struct token *token_before(const struct source *s, uint32_t at);
const struct token *token_after(const struct source *s, uint32_t at);
// The `)` that belongs to the `(` at `open`, or the end of the file.
const struct token *token_closing(const struct source *s, const struct token *open);
// The end of the last token in the span; span.lo when there is none. Counts directives.
uint32_t last_token_end(const struct source *s, struct span span);

bool text_is(const struct source *s, struct span span, const char *text);
bool span_has_word(const struct source *s, struct span span, const char *word);
// Likewise as an identifier that is no member's.
bool span_names(const struct source *s, struct span span, const char *name);
// Consists of one identifier, of string literals only.
bool span_is_name(const struct source *s, struct span span);
bool span_is_strings(const struct source *s, struct span span);
// What stands at `at` is not directly in a block: it is the only statement of an if, a loop…
bool stands_braceless(const struct source *s, uint32_t at);
// The white space at the head of the line of `at`.
char *indent_at(const struct source *s, uint32_t at);

#endif
