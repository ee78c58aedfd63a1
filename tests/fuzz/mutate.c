// Mutations that keep most of a program whole: bytes alone hardly ever make another program that
// libclang can make sense of. A file is taken as its tokens; ranges of them (often a whole
// bracketed group) are deleted, copied, exchanged, replaced by a snippet that holds a construct, or
// wrapped in one. One time in four libFuzzer's own mutations of bytes are used.
#define FUZZ_HARNESS
#include "memory.h"

#include "../../gocc/lex.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t max_size, unsigned seed);

static const char *const statements[] = {
    "go { z_x; }",
    "go z_f(z_x);",
    "go func(int z_a) { z_x = z_a; }(1);",
    "defer { z_x; }",
    "defer z_f(z_x);",
    "z_c <- z_x;",
    "z_c <- {};",
    "z_x = <-z_c;",
    "z_x, z_ok = <-z_c;",
    "v, ok := <-z_c;",
    "v := <-z_c;",
    "v := z_x;",
    "close(z_c);",
    "panic(\"p %d\", z_x);",
    "select { case v := <-z_c: z_x; case z_c <- z_x: default: break; }",
    "select { case z_x, z_ok = <-z_c: case <-z_d: return; }",
    "select {}",
    "for (v := range z_c) { z_x; }",
    "for (i := range 10) go { z_x += i; }",
    "for (i, v := range z_a) z_x;",
    "for (int v = range z_c) continue;",
    "l: for (;;) select { case <-z_c: break l; default: continue l; }",
    "if (z_x) go { z_x; } else z_c <- z_x;",
    "switch (z_x) { case 1: go { z_x; } default: defer z_f(z_x); }",
    "do z_c <- z_x; while (<-z_c);",
    "for (int i = 0; i < 3; i++) { go { z_x = i; } }",
    "return;",
    "return z_x;",
    "goto l;",
    "func<void()> g = func() { z_x; };",
    "chan<int> z_c = make(chan<int>, 1);",
    "struct z_s { int m; chan<int> z_c; } z_s;",
    "typedef struct { int m; } t;",
    "int z_x = 1, *z_p = &z_x, z_a[3] = {1};",
    "static int z_x;",
    "enum { z_x, y };",
};
static const char *const expressions[] = {
    "<-z_c",
    "z_x",
    "*z_p",
    "z_a[z_x]",
    "z_s.m",
    "z_f(z_x)",
    "(z_x)",
    "make(chan<int>)",
    "make(chan<func<int(int)>>, z_x)",
    "func() { }",
    "func(int z_a) -> int { return z_a + z_x; }",
    "func() { return z_x; }()",
    "({ z_x; })",
    "len(z_c)",
    "cap(z_c)",
    "recover()",
    "<-<-z_c",
    "(int)<-z_c",
    "&(int[]){1, 2}[0]",
    "sizeof(chan<int>)",
    "z_x ? <-z_c : z_x",
    "(z_c = z_d)",
    "NULL",
    "(struct z_s){1}",
    "z_x++",
    "&z_x",
};
static const char *const types[] = {
    "int",          "chan<int>",        "<-chan<int>",
    "chan<-int",    "func<void()>",     "func<int(int)>",
    "struct z_s",   "chan<chan<int>>",  "chan<func<int()>>",
    "const char *", "typeof(z_x)",      "void",
    "chan<void>",   "volatile int",     "struct { int m; }",
    "double",       "chan<struct z_s>", "unsigned char",
    "_Bool",
};
static const char *const wraps[][2] = {
    {"go { ", " }"},
    {"defer { ", " }"},
    {"({ ", " })"},
    {"func() { ", " }();"},
    {"if (z_x) { ", " }"},
    {"select { default: ", " }"},
    {"for (v := range z_c) { ", " }"},
    {"{ ", " }"},
    {"(", ")"},
    {"go func() { ", " }();"},
    {"select { case <-z_c: ", " }"},
    {"for (int i = 0; i < 3; i++) ", " "},
    {"\n#if 0\n", "\n#endif\n"},
    {"\n#define M ", "\n"},
    {"l: ", ";"},
};

static uint64_t state;

static unsigned pick(unsigned n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return n ? (unsigned)((state >> 33) % n) : 0;
}
#define PICK(list) ((list)[pick(sizeof(list) / sizeof *(list))])

// ---- ranges of tokens ----------------------------------------------------------------------

struct part {
    const char *text;
    size_t size;
};

static bool opens(const struct source *s, const struct token *t)
{
    return t->kind == TOK_PUNCT && strchr("([{", s->text[t->lo]) && t->hi - t->lo == 1;
}

static bool closes(const struct source *s, const struct token *t)
{
    return t->kind == TOK_PUNCT && strchr(")]}", s->text[t->lo]) && t->hi - t->lo == 1;
}

// The end of a statement, a group or a few tokens that begin at token i.
static unsigned range_end(const struct source *s, unsigned i)
{
    unsigned last = s->n_tokens - 1, depth = 0, how = pick(3), few = i + 1 + pick(6);
    if (how == 0 && !opens(s, &s->tokens[i]))
        return few < last ? few : last;
    for (unsigned k = i; k < last; k++) {
        const struct token *t = &s->tokens[k];
        if (opens(s, t))
            depth++;
        else if (closes(s, t) && depth-- <= 1)
            return depth == 0 ? k + 1 : k > i ? k : k + 1;
        if (depth == 0 && t->kind == TOK_PUNCT && s->text[t->lo] == ';')
            return k + 1;
    }
    return last;
}

static struct span random_range(const struct source *s)
{
    if (s->n_tokens < 2)
        return span_of(0, 0);
    unsigned i = pick(s->n_tokens - 1), end = range_end(s, i);
    return span_of(s->tokens[i].lo, s->tokens[end - 1].hi);
}

// A place where a statement may stand; behind a random token when there is none near.
static uint32_t statement_place(const struct source *s)
{
    unsigned from = pick(s->n_tokens);
    for (unsigned k = from; k < s->n_tokens; k++) {
        const struct token *t = &s->tokens[k];
        if (t->kind == TOK_PUNCT && strchr(";{}", s->text[t->lo]))
            return t->hi;
    }
    return s->tokens[from].lo;
}

static struct span random_token(const struct source *s, const char *(*wanted)(void),
                                const char **text)
{
    *text = wanted();
    unsigned i = pick(s->n_tokens);
    return span_of(s->tokens[i].lo, s->tokens[i].hi);
}

static const char *any_expression(void)
{
    return PICK(expressions);
}

static const char *any_type(void)
{
    return PICK(types);
}

// A token of one kind, from a random one on; an empty span when there is none.
static struct span token_of_kind(const struct source *s, enum token_kind kind)
{
    unsigned from = pick(s->n_tokens);
    for (unsigned k = 0; k < s->n_tokens; k++) {
        const struct token *t = &s->tokens[(from + k) % s->n_tokens];
        if (t->kind == kind)
            return span_of(t->lo, t->hi);
    }
    return span_of(0, 0);
}

// ---- putting together ------------------------------------------------------------------------

struct output {
    uint8_t *at;
    size_t size, room;
};

static void put(struct output *o, const char *text, size_t size)
{
    size = size < o->room - o->size ? size : o->room - o->size;
    memcpy(o->at + o->size, text, size);
    o->size += size;
}

static void put_text(struct output *o, const char *text)
{
    put(o, text, strlen(text));
}

static void put_range(struct output *o, const struct source *s, uint32_t lo, uint32_t hi)
{
    put(o, s->text + lo, hi - lo);
}

static void replace(struct output *o, const struct source *s, struct span at, struct part by)
{
    put_range(o, s, 0, at.lo);
    put_text(o, " ");
    put(o, by.text, by.size);
    put_text(o, " ");
    put_range(o, s, at.hi, s->size);
}

static struct part part_of(const struct source *s, struct span at)
{
    return (struct part){s->text + at.lo, at.hi - at.lo};
}

static struct part text_part(const char *text)
{
    return (struct part){text, strlen(text)};
}

static void exchange(struct output *o, const struct source *s)
{
    struct span a = random_range(s), b = random_range(s);
    if (b.lo < a.lo) {
        struct span swap = a;
        a = b;
        b = swap;
    }
    if (a.hi > b.lo) {
        put_range(o, s, 0, s->size);
        return;
    }
    put_range(o, s, 0, a.lo);
    put_range(o, s, b.lo, b.hi);
    put_range(o, s, a.hi, b.lo);
    put_range(o, s, a.lo, a.hi);
    put_range(o, s, b.hi, s->size);
}

static void wrap(struct output *o, const struct source *s)
{
    struct span at = random_range(s);
    const char *const *w = PICK(wraps);
    put_range(o, s, 0, at.lo);
    put_text(o, w[0]);
    put_range(o, s, at.lo, at.hi);
    put_text(o, w[1]);
    put_range(o, s, at.hi, s->size);
}

static void mutate(struct output *o, const struct source *s, const struct source *other)
{
    uint32_t place = statement_place(s);
    const char *text;
    struct span at;
    switch (pick(10)) {
    case 0:
        replace(o, s, random_range(s), text_part(""));
        break;
    case 1:
    case 2:
        replace(o, s, span_of(place, place), text_part(PICK(statements)));
        break;
    case 3:
        replace(o, s, span_of(place, place), part_of(other, random_range(other)));
        break;
    case 4:
        replace(o, s, random_range(s), part_of(other, random_range(other)));
        break;
    case 5:
        exchange(o, s);
        break;
    case 6:
        wrap(o, s);
        break;
    case 7:
        at = token_of_kind(s, pick(3) ? TOK_IDENT : TOK_NUMBER);
        replace(o, s, at, part_of(other, token_of_kind(other, TOK_IDENT)));
        break;
    case 8:
        at = token_of_kind(s, pick(2) ? TOK_IDENT : TOK_NUMBER);
        replace(o, s, at, text_part(any_expression()));
        break;
    default:
        at = random_token(s, pick(2) ? any_type : any_expression, &text);
        replace(o, s, at, text_part(text));
    }
}

static struct source *lexed(const uint8_t *data, size_t size)
{
    struct source *s = source_from_text("fuzz.gc", (const char *)data, size);
    lex(s);
    return s;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    state = seed;
    if (size == 0 || pick(4) == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    for (unsigned times = 1 + pick(3); times; times--) {
        struct source *s = lexed(data, size);
        struct output o = {data, 0, max_size};
        mutate(&o, s, s);
        size = o.size;
    }
    fuzz_reset();
    return size;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t max_size, unsigned seed)
{
    state = seed;
    struct output o = {out, 0, max_size};
    mutate(&o, lexed(a, a_size), lexed(b, b_size));
    fuzz_reset();
    return o.size;
}
