// The edit queue: nesting, order at one offset, what stands at borders, segments, lines; an
// overlap is a bug.
#include "../../gocc/edit.h"

#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct source *source;
static struct edits *q;

static void begin(const char *text)
{
    source = source_from_text("t.gc", text, strlen(text));
    q = edits_new(source);
}

// The place of a piece of the source, which must occur.
static struct span at(const char *piece)
{
    const char *p = strstr(source->text, piece);
    if (!p)
        abort();
    uint32_t lo = (uint32_t)(p - source->text);
    return span_of(lo, lo + (uint32_t)strlen(piece));
}

// Renders all of it; every segment must hold what the original has there.
static void expect_rendering(const char *what, const char *line_path, const char *wanted)
{
    struct rendering r;
    edit_render(q, span_of(0, source->size), line_path, &r);
    expect_text(what, r.text, wanted);
    uint32_t out = 0;
    for (uint32_t i = 0; i < r.n_segments; i++) {
        const struct segment *g = &r.segments[i];
        expect(g->size > 0 && g->out >= out && g->out + g->size <= r.size, "segments ascend");
        expect(memcmp(r.text + g->out, source->text + g->in, g->size) == 0, "segments are exact");
        out = g->out + g->size;
    }
}

static void constructs_nest(void)
{
    begin("c <- f(<-d);");
    struct span receive = at("<-d");
    edit_open(q, receive.lo, "recv(");
    edit_replace(q, span_of(receive.lo, receive.lo + 2), "");
    edit_close(q, receive.hi, ")");
    edit_open(q, 0, "send(");
    edit_replace(q, at(" <-"), ",");
    edit_close(q, at("f(<-d)").hi, ")");
    expect_rendering("a receive in a send", NULL, "send(c, f(recv(d)));");
}

static void later_ones_are_outer(void)
{
    begin("a b");
    edit_open(q, 2, "1(");
    edit_close(q, 3, ")1");
    edit_open(q, 2, "2(");
    edit_close(q, 3, ")2");
    edit_close(q, 2, "]");
    expect_rendering("order at one offset", NULL, "a ]2(1(b)1)2");
}

static void ranges_hold_their_edits(void)
{
    begin("go f(x, y);");
    edit_replace(q, at("x"), "(*x)");
    edit_replace(q, at("go f(x, y);"), "{ a.x = %r; a.y = %r; go_%s(%d, %u%%); }", at("x"), at("y"),
                 "f", -1, 2u);
    expect_rendering("ranges are rendered", NULL, "{ a.x = (*x); a.y = y; go_f(-1, 2%); }");
}

static void what_is_not_named_is_dropped(void)
{
    begin("a(b)c");
    edit_replace(q, at("b"), "B");
    edit_open(q, at("b").lo, "lost");
    edit_replace(q, at("(b)"), "-");
    edit_open(q, at("(b)").lo, "<");
    edit_close(q, at("(b)").hi, ">");
    expect_rendering("a replacement hides what is in it", NULL, "a<->c");
}

static void borders(void)
{
    begin("xyz");
    edit_open(q, 0, "in(");
    edit_close(q, 3, ")in");
    edit_replace(q, span_of(0, 3), "[%r]", span_of(0, 3));
    edit_open(q, 0, "out(");
    edit_close(q, 3, ")out");
    expect_rendering("earlier points are inside", NULL, "out([in(xyz)in])out");

    begin("xyz");
    edit_open(q, 0, "kept(");
    edit_close(q, 3, ")kept");
    edit_replace(q, span_of(0, 3), "[%r]", span_of(1, 2));
    expect_rendering("points are kept when no range begins there", NULL, "kept([y])kept");

    begin("xyz");
    edit_replace(q, span_of(0, 3), "1%r1", span_of(0, 3));
    edit_replace(q, span_of(0, 3), "2%r2", span_of(0, 3));
    expect_rendering("the later of two with one span is the outer", NULL, "21xyz12");
}

static void moved_code_keeps_its_lines(void)
{
    begin("int main(void)\n{\n    go {\n        foo();\n        bar();\n    }\n    end();\n}\n");
    struct span body = at("{\n        foo();\n        bar();\n    }");
    edit_replace(q, at("go {\n        foo();\n        bar();\n    }"), "start(main_go1);");
    edit_open(q, 0, "static void main_go1(void)\n%r\n\n", body);
    expect_rendering("a block that moved", "t.gc",
                     "static void main_go1(void)\n\n{\n    foo();\n"
                     "    bar();\n}\n\n#line 1 \"t.gc\"\nint main(void)\n{\n"
                     "    start(main_go1);\n#line 7 \"t.gc\"\n    end();\n}\n");
}

static void no_directive_in_parentheses(void)
{
    begin("f(func() {\n    g();\n}, x\n+ y);\nz();\n");
    edit_replace(q, at("func() {\n    g();\n}"), "c");
    expect_rendering("newlines are padded", "t.gc", "f(c\n\n, x\n+ y);\nz();\n");
}

static void inserted_lines_are_made_up_for(void)
{
    begin("a();\nb();\n\nc();\n");
    edit_open(q, at("b()").lo, "1;\n2;\n");
    edit_replace(q, at("c()"), "C()  ");
    expect_rendering("#line behind inserted lines", "t.gc",
                     "a();\n1;\n2;\n#line 2 \"t.gc\"\nb();\n\nC()  ;\n");
    begin("a(); gone();\nb(); \"x\ny\";\n");
    edit_replace(q, at("gone();"), "");
    expect_rendering("no spaces stay behind", "t.gc", "a();\nb(); \"x\ny\";\n");
}

static void overlap_is_a_bug(void)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        struct rendering r;
        stderr = fopen("/dev/null", "w");
        begin("abcdef");
        edit_replace(q, span_of(0, 3), "x");
        edit_replace(q, span_of(2, 5), "y");
        edit_render(q, span_of(0, 6), NULL, &r);
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "an overlap aborts");
}

int main(void)
{
    constructs_nest();
    later_ones_are_outer();
    ranges_hold_their_edits();
    what_is_not_named_is_dropped();
    borders();
    moved_code_keeps_its_lines();
    no_directive_in_parentheses();
    inserted_lines_are_made_up_for();
    overlap_is_a_bug();
    return unit_result();
}
