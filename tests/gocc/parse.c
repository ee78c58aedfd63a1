// The parser: which words and characters are constructs and which are C's, and with which
// pieces. Also: every tree is well-formed, every error is where it should be.
#include "../../gocc/parse.h"

#include "unit.h"

static const char *const kind_names[] = {
    "file",    "function", "block",  "loop",  "switch",  "label",  "chan",
    "func",    "closure",  "go",     "defer", "send",    "recv",   "recv_ok",
    "declare", "range",    "select", "case",  "builtin", "return", "jump",
};

static void add_span(struct text *t, const struct node *n, const char *name, struct span s)
{
    if (!span_empty(s))
        text_add(t, " %s=`%s`", name, span_text(n->source, s));
}

static void add_node(struct text *t, const struct node *n)
{
    text_add(t, "(%s", kind_names[n->kind]);
    add_span(t, n, "name", n->name);
    add_span(t, n, "callee", n->callee);
    add_span(t, n, "lhs", n->lhs[0]);
    add_span(t, n, "lhs", n->lhs[1]);
    add_span(t, n, "operand", n->operand);
    add_span(t, n, "value", n->value);
    add_span(t, n, "type", n->type);
    add_span(t, n, "elem", n->elem);
    add_span(t, n, "result", n->result);
    for (int i = 0; i < 3; i++)
        add_span(t, n, "clause", n->clause[i]);
    for (unsigned i = 0; i < n->n_list; i++)
        add_span(t, n, "arg", n->list[i]);
    if (n->kind == NODE_GO || n->kind == NODE_DEFER)
        text_add(t, " %s", (const char *const[]){"call", "builtin", "closure", "block"}[n->what]);
    if (n->kind == NODE_CASE)
        text_add(t, " %s",
                 (const char *const[]){"default", "send", "recv", "declare", "assign", "ok_declare",
                                       "ok_assign"}[n->form]);
    if (n->kind == NODE_CHAN_TYPE)
        text_add(t, " %s", (const char *const[]){"both", "recv", "send"}[n->dir]);
    if (n->kind == NODE_RECV_OK && n->declare)
        text_add(t, " :=");
    if (n->braced)
        text_add(t, " braced");
    if (n->target)
        text_add(t, " to %s", kind_names[n->target->kind]);
    for (const struct node *c = n->child; c; c = c->next) {
        text_add(t, " ");
        add_node(t, c);
    }
    text_add(t, ")");
}

// Spans nest and ascend, parents are parents.
static void check_tree(struct node *n)
{
    uint32_t at = n->span.lo;
    for (struct node *c = n->child; c; c = c->next) {
        expect(c->parent == n, "a child knows its parent");
        expect(span_in(c->span, n->span), "a child stands inside its parent");
        expect(c->span.lo >= at, "children ascend");
        at = c->span.hi;
        check_tree(c);
    }
}

static struct node *parsed(const char *text)
{
    struct source *s = source_from_text("t.gc", text, strlen(text));
    unsigned constructs;
    lex(s);
    struct node *file = parse(s, &constructs);
    check_tree(file);
    return file;
}

static void expect_nodes(const char *text, const struct node *first, const char *wanted)
{
    static struct text t;
    t.size = 0;
    t.at[0] = 0;
    for (const struct node *n = first; n; n = n->next) {
        add_node(&t, n);
        text_add(&t, n->next ? " " : "");
    }
    expect_text(text, t.at, wanted);
    expect(!diag_has_errors(), text);
    diag_flush(false);
}

static const struct {
    const char *text, *nodes;
} statements[] = {
#include "parse_statements.inc"
};

static const struct {
    const char *text, *nodes;
} files[] = {
#include "parse_files.inc"
};

// `line:column: message`, the first error of the text.
static const struct {
    const char *text, *error;
} errors[] = {
#include "parse_errors.inc"
};

static char *first_error(const char *text)
{
    char name[] = "unit-XXXXXX";
    static char line[512];
    int fd = mkstemp(name);
    FILE *saved = stderr;
    stderr = fdopen(fd, "w+");
    parsed(text);
    diag_flush(false);
    rewind(stderr);
    line[0] = 0;
    if (fgets(line, sizeof line, stderr))
        line[strcspn(line, "\n")] = 0;
    fclose(stderr);
    stderr = saved;
    remove(name);
    return strncmp(line, "t.gc:", 5) == 0 ? line + 5 : line;
}

int main(void)
{
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        char text[4096];
        snprintf(text, sizeof text, "void f(void) { %s }", statements[i].text);
        struct node *file = parsed(text);
        expect(file->child && file->child->kind == NODE_FUNCTION, text);
        if (file->child)
            expect_nodes(statements[i].text, file->child->child, statements[i].nodes);
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        expect_nodes(files[i].text, parsed(files[i].text)->child, files[i].nodes);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        expect_text(errors[i].text, first_error(errors[i].text), errors[i].error);
    return unit_result();
}
