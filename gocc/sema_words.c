// The words of clang's messages: types as the user wrote them, and what helps.
//
// clang prints a type of ours by its encoding (demangled in sema_type.c), mostly with the
// typedefs and typeofs that it was written with, now and then as the canonical type.
#include "sema_internal.h"

#include <ctype.h>
#include <string.h>

char *take_string(CXString s)
{
    const char *text = clang_getCString(s);
    char *copy = arena_copy(text ? text : "", text ? strlen(text) : 0);
    clang_disposeString(s);
    return copy;
}

bool text_begins(const char *text, const char *with)
{
    return !strncmp(text, with, strlen(with));
}

char *text_quoted(const char *text, int which)
{
    while (*text) {
        const char *open = strchr(text, '\'');
        const char *close = open ? strchr(open + 1, '\'') : NULL;
        if (!close) {
            return NULL;
        }
        if (which-- == 0) {
            return arena_copy(open + 1, (size_t)(close - open - 1));
        }
        text = close + 1;
    }
    return NULL;
}

// text with what stands in [lo, hi) replaced.
static char *replaced(const char *text, const char *lo, const char *hi, const char *with)
{
    return arena_printf("%.*s%s%s", (int)(lo - text), text, with, hi);
}

// ---- types ---------------------------------------------------------------------------------

// clang shows a type that is spelled with typeof as "'typeof(int)' (aka 'int')": the second is
// the user's, unless the first was one of ours and has its name back by now.
static char *drop_aka(char *text)
{
    static const char mark[] = "' (aka '";
    char *out = "", *at = text, *aka;
    while ((aka = strstr(at, mark))) {
        char *inner = aka + sizeof mark - 1, *end = strstr(inner, "')");
        char *open = aka;
        while (open > at && open[-1] != '\'') {
            open--;
        }
        if (!end) {
            break;
        }
        bool by_typeof = text_begins(open, "typeof");
        char *inside = arena_copy(inner, (size_t)(end - inner));
        bool encoded = strstr(inside, "gocc_hchan") || strstr(inside, "preserve_most");
        out = arena_printf("%s%.*s%.*s'", out, (int)(open - at), at,
                           by_typeof ? (int)strlen(inside) : (int)(aka - open),
                           by_typeof ? inside : open);
        at = end + (by_typeof || encoded ? 2 : 0);
        if (!by_typeof && !encoded) {
            out = arena_printf("%.*s%s%s')", (int)strlen(out) - 1, out, mark, inside);
            at = end + 2;
        }
    }
    return arena_printf("%s%s", out, at);
}

// Where the type begins that `at` stands in the innermost declarator of: parentheses that open a
// declarator, `(*`, belong to it, those of a parameter list do not.
static const char *type_begin(const char *text, const char *at)
{
    int depth = 0;
    for (; at > text; at--) {
        char c = at[-1];
        depth += c == ')' ? 1 : 0;
        if (c == '(' && depth == 0 && *at != '*') {
            break;
        }
        depth -= c == '(' && depth > 0;
        if ((c == ',' && depth == 0) || c == '\'') {
            break;
        }
    }
    return at + strspn(at, " ");
}

static const char *type_end(const char *at, int open)
{
    int depth = 0;
    for (; *at && *at != '\''; at++) {
        if (*at == ')' && depth == 0 && open-- == 0) {
            break;
        }
        depth += *at == '(' ? 1 : *at == ')' && depth > 0 ? -1 : 0;
        if (*at == ',' && depth == 0) {
            break;
        }
    }
    return at;
}

// The number of parentheses in [lo, hi) that are open at its end.
static int open_parentheses(const char *lo, const char *hi)
{
    int open = 0;
    for (; lo < hi; lo++) {
        open += *lo == '(' ? 1 : *lo == ')' ? -1 : 0;
    }
    return open;
}

// Canonical channel types: `int (**(**)(struct gocc_hchan *))(struct gocc_hchan *)` is a
// chan<chan<int>>; the innermost declarator is the outermost type.
static char *demangle_canonical(char *text)
{
    static const struct {
        const char *declarator, *head;
    } shapes[] = {
        {"(**)(struct gocc_hchan *)", "chan<"},
        {"(*const *)(struct gocc_hchan *)", "<-chan<"},
        {"(*volatile *)(struct gocc_hchan *)", "chan<-"},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const char *hit;
        while ((hit = strstr(text, shapes[i].declarator))) {
            const char *behind = hit + strlen(shapes[i].declarator), *lo = type_begin(text, hit);
            const char *hi = type_end(behind, open_parentheses(lo, hit));
            while (hit > lo && hit[-1] == ' ') {
                hit--;
            }
            char *element =
                arena_printf("%.*s%.*s", (int)(hit - lo), lo, (int)(hi - behind), behind);
            text = replaced(text, lo, hi, arena_printf("%s%s>", shapes[i].head, element));
            i = 0;
        }
    }
    return text;
}

char *drop_places(char *text)
{
    static const char *const kinds[] = {" (unnamed at ", " (unnamed struct at ",
                                        " (unnamed union at ", " (unnamed enum at "};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *hit;
        while ((hit = strstr(text, kinds[i]))) {
            const char *end = hit + strcspn(hit, ")");
            text = replaced(text, hit, *end ? end + 1 : end, " (unnamed)");
        }
    }
    return text;
}

char *user_message(const char *message)
{
    char *text = demangle(drop_aka(demangle(message, true)), true);
    return drop_places(demangle_canonical(text));
}

// ---- wording -------------------------------------------------------------------------------

// C's history, and pointers where the user has none.
static const struct {
    const char *old, *new;
    bool ours; // only in a message about a channel or a closure
} wording[] = {
    {"; ISO C99 and later do not support implicit function declarations", "", false},
    {"; ISO C99 and later do not support implicit int", "", false},
    {"incompatible pointer types ", "incompatible types: ", true},
    {"incompatible function pointer types ", "incompatible types: ", true},
    {"incompatible integer to pointer conversion ", "incompatible types: ", true},
    {"incompatible pointer to integer conversion ", "incompatible types: ", true},
    {" discards qualifiers", ": a one-way view stays one", true},
    {"comparison of distinct pointer types", "comparison of different types", true},
};

char *plain_words(char *text)
{
    bool ours = strstr(text, "chan<") || strstr(text, "func<");
    for (size_t i = 0; i < sizeof wording / sizeof *wording; i++) {
        const char *hit = wording[i].ours && !ours ? NULL : strstr(text, wording[i].old);
        if (hit) {
            text = replaced(text, hit, hit + strlen(wording[i].old), wording[i].new);
        }
    }
    return text;
}

// ---- hints ---------------------------------------------------------------------------------

static const struct {
    const char *name, *hint;
} hints[] = {
    {"nil", "the null pointer, channel or closure is NULL"},
    {"null", "the null pointer, channel or closure is NULL"},
    {"nullptr", "the null pointer, channel or closure is NULL"},
    {"var", "C declares with the type first: 'int x = 3;', or 'x := 3;' inside a function"},
    {"let", "C declares with the type first: 'int x = 3;', or 'x := 3;' inside a function"},
    {"string", "a string is a 'const char *' in C"},
    {"byte", "write 'unsigned char' or 'uint8_t'"},
    {"rune", "write 'int32_t'"},
    {"int8", "the sized types end in _t: int8_t"},
    {"int16", "the sized types end in _t: int16_t"},
    {"int32", "the sized types end in _t: int32_t"},
    {"int64", "the sized types end in _t: int64_t"},
    {"uint8", "the sized types end in _t: uint8_t"},
    {"uint16", "the sized types end in _t: uint16_t"},
    {"uint32", "the sized types end in _t: uint32_t"},
    {"uint64", "the sized types end in _t: uint64_t"},
    {"uint", "write 'unsigned'"},
    {"float32", "write 'float'"},
    {"float64", "write 'double'"},
    {"error", "errors are ints in C: 0, or an errno value"},
    {"_", "a value that nobody wants is received by '<-c;'"},
    {"fmt", "C prints with printf(\"...\\n\", ...) of <stdio.h>"},
    {"println", "C prints with printf(\"...\\n\", ...) of <stdio.h>"},
    {"print", "C prints with printf(\"...\", ...) of <stdio.h>"},
    {"time", "the calls are go_sleep, go_after, go_now of <gocc/time.h>"},
    {"sync", "the types are go_mutex, go_waitgroup, go_once of <gocc/sync.h>"},
    {"context", "the type is go_context, of <gocc/context.h>"},
    {"runtime", "the calls are go_yield, go_max_procs of <gocc/runtime.h>"},
    {"errors", "errors are ints in C: 0, or an errno value"},
    {"atomic", "the calls are go_atomic_add_i64 and its like, of <gocc/atomic.h>"},
    {"errgroup", "the type is go_errgroup, of <gocc/errgroup.h>"},
    {"signal", "the calls are go_signal_notify and go_signal_stop, of <gocc/signal.h>"},
    {"map", "C has no maps; go_map of <gocc/sync.h> is one for goroutines"},
    {"new", "memory comes from malloc of <stdlib.h>"},
    {"delete", "memory is given back with free of <stdlib.h>"},
    {"append", "arrays of C do not grow"},
    {"copy", "bytes are copied with memcpy of <string.h>"},
    {"try", "C has no exceptions; panic and recover are LANGUAGE.md 4"},
    {"throw", "C has no exceptions; panic and recover are LANGUAGE.md 4"},
    {"fallthrough", "a C case falls through by itself, a select case never does"},
    {"select", "write 'select { case ...: }', with braces"},
    {"range", "a range stands in the header of a for: for (v := range c)"},
    {"close", "a built-in is called: close(c)"},
    {"len", "a built-in is called: len(c)"},
    {"cap", "a built-in is called: cap(c)"},
    {"make", "a built-in is called: make(chan<int>)"},
    {"panic", "a built-in is called: panic(\"...\")"},
    {"recover", "a built-in is called: recover()"},
    {"foreach", "to go over a channel, an array or up to a number: for (v := range c)"},
    {"go", "go is a statement of its own and has no value: go f(x);"},
    {"defer", "defer is a statement of its own and has no value: defer f(x);"},
    {"spawn", "a goroutine is started with 'go'"},
    {"async", "a goroutine is started with 'go'"},
    {"await", "a goroutine's result comes through a channel: v := <-c"},
};

// ---- names of the library's -----------------------------------------------------------------

enum { LONGEST_NAME = 64 };

// Without case and underscores: "gowaitgroupwait".
static bool plain_name(const char *name, char out[LONGEST_NAME])
{
    size_t n = 0;
    for (; *name && n + 1 < LONGEST_NAME; name++) {
        if (*name != '_') {
            out[n++] = (char)tolower((unsigned char)*name);
        }
    }
    out[n] = '\0';
    return !*name && !strncmp(out, "go", 2) && n > 2;
}

// At most one letter too many, too few or another.
static bool nearly_same(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++, b++;
    }
    return !strcmp(a, b) || (*a && !strcmp(a + 1, b)) || (*b && !strcmp(a, b + 1)) ||
           (*a && *b && !strcmp(a + 1, b + 1));
}

struct likeness {
    const char *wanted; // plain
    const char *found;
    bool exact;
};

static void compare_name(struct likeness *l, const char *name)
{
    char plain[LONGEST_NAME];
    if (l->exact || !text_begins(name, "go_") || strstr(name, "__") || !plain_name(name, plain)) {
        return;
    }
    l->exact = !strcmp(plain, l->wanted);
    if (l->exact || (!l->found && nearly_same(plain, l->wanted))) {
        l->found = arena_copy(name, strlen(name));
    }
}

static enum CXChildVisitResult see_name(CXCursor c, CXCursor parent, CXClientData data)
{
    (void)parent;
    CXString s = clang_getCursorSpelling(c);
    compare_name(data, clang_getCString(s));
    clang_disposeString(s);
    return CXChildVisit_Continue;
}

// What the library has that is spelled nearly so: go_waitgroup_Wait, goMutex, GO_Second.
static const char *library_name_like(struct unit *u, const char *name)
{
    static const char *const units[] = {"GO_NANOSECOND", "GO_MICROSECOND",      "GO_MILLISECOND",
                                        "GO_SECOND",     "GO_MINUTE",           "GO_HOUR",
                                        "GO_CANCELED",   "GO_DEADLINE_EXCEEDED"};
    char plain[LONGEST_NAME], unit[LONGEST_NAME];
    if (!name || !plain_name(name, plain)) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (plain_name(units[i], unit) && nearly_same(unit, plain)) {
            return units[i];
        }
    }
    struct likeness l = {.wanted = plain};
    clang_visitChildren(clang_getTranslationUnitCursor(FULL(u)->pass->tu), see_name, &l);
    return l.found;
}

// ---- what to write instead -----------------------------------------------------------------

const char *hint_for(struct unit *u, const char *text)
{
    static const char *const undeclared[] = {
        "use of undeclared identifier '", "unknown type name '", "call to undeclared function '"};
    for (size_t i = 0; i < sizeof undeclared / sizeof *undeclared; i++) {
        if (!text_begins(text, undeclared[i])) {
            continue;
        }
        const char *name = text_quoted(text, 0);
        for (size_t k = 0; name && k < sizeof hints / sizeof *hints; k++) {
            bool called = i == 2 && text_begins(hints[k].hint, "a built-in");
            if (!strcmp(name, hints[k].name) && !called) {
                return hints[k].hint;
            }
        }
        const char *like = library_name_like(u, name);
        if (like) {
            return arena_printf("did you mean '%s'?", like);
        }
    }
    if ((strstr(text, "is not a structure or union") && strstr(text, "chan<")) ||
        text_begins(text, "a channel has no members")) {
        return "a channel has no members: close(c), len(c), cap(c)";
    }
    if (text_begins(text, "initializer element is not") ||
        text_begins(text, "statement expression")) {
        return "a variable outside functions gets its value in one, for example in main";
    }
    if (text_begins(text, "function definition is not allowed here")) {
        return "gcc's nested functions cannot stand in a function with constructs: write a "
               "closure, "
               "func(...) -> type { ... }";
    }
    const char *two = strstr(text, "chan<struct (unnamed)>");
    if (two && strstr(two + 1, "chan<struct (unnamed)>")) {
        return "each 'struct { ... }' is a type of its own: give it a name; chan<void> is the "
               "channel that carries nothing";
    }
    const char *opaque = strstr(text, " shows no members");
    if (opaque) {
        char *type = arena_copy(text + 2, (size_t)(opaque - text - 2));
        return arena_printf("what is done with it are functions: %s_...(x)", type);
    }
    const char *record = strstr(text, "no member named '") ? text_quoted(text, 1) : NULL;
    if (record && (text_begins(record, "struct go_") || text_begins(record, "go_"))) {
        const char *type = record + (text_begins(record, "struct ") ? 7 : 0);
        return arena_printf("what is done with a %s are functions: %s_...(&x)", type, type);
    }
    return NULL;
}
