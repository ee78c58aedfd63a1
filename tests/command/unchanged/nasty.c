/* Valid C that a rewriter could trip over; prints what it computes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stddef.h>

/* words of ours as members, tags, labels, parameters and names of one scope; at file scope: words.c */
struct chan { int len, cap; struct chan *select; };
union func { int recover; char panic[4]; };
static int plus_three(int close) { return close + 3; }
static int select_one(struct chan *chan, int (*func)(int)) { return func(chan->len) + chan->select->cap; }

/* old style */
static int add(a, b)
    int a;
    short b;
{
    return a + b;
}
static char *
name_of(which, from)
    int which;
    char *from[];
{
    goto panic;
panic:
    return from[which];
}

/* directives in odd places and shapes */
#define BEGIN {
#define END }
#define CAT(a, b) a ## b
#define STR(x) # x
#define EACH(X) X(go) X(chan) X(select) \
    X(func)   /* a comment \
                 over lines */ X(defer)
#if 0
  don't "look here { ( [
  go { ; case
#endif
#ifdef __cplusplus
extern "C" {
#endif
#  if defined(NOT_HERE) && \
      NOT_HERE
static int twice(int x) {
#else
static int twice(register int x) {
#endif
    return x * 2;
}
%:define DIGRAPH(a) a<:1:>
static int unfinished(int n)
BEGIN
    int t = 0;
    switch (n) { case 0: BEGIN t = 1; break; END default: if (n < 0) case 5: t += 10; else t++; }
    return t;
END

/* expressions */
static int less(int a, int b) { return (a<-b) + (a<-1) + ((int)a<-b); }
static int statement(int x) { return ({ int y = x; ({ y += 2; }); y * ({ int z = 3; z; }); }); }
static void *labels(int i) { static void *const to[] = {&&one, &&two}; goto *to[i]; one: return "one"; two: return "two"; }
static int flexible(void) { struct { int n; struct { int a, b[3]; } in; } s = {.in.b[1] = 4, .n = 2}; return s.in.b[1] * s.n; }
static int (*(*pick(int i))(int))(int);
static int same(int x) { return x; }
static int (*same_again(int x))(int) { return x ? same : plus_three; }
static int (*(*pick(int i))(int))(int) { return i ? same_again : 0; }
static int sum_vla(int n, int m[n][n]) { int t = 0; for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) t += m[i][j]; return t; }
static int conditional(int x) { return x ?: -1; }
static int ranges(int c) { switch (c) { case 'a' ... 'f': return 1; case '0' ... '9': return 2; } return 0; }
static __inline__ __attribute__((__always_inline__, unused)) int attributed(int x __attribute__((unused))) { return x; }
static int spl\
it_name(int i\
nt_x) { re\
turn int_x <\
- 1; }
static const char *text = "go { x <- 1; } /* no comment */ // \" \\" "??/" u8"\u00e4" "\
go on";
static int trailing = 1 /* comment */ + /**/ 1 // go {}
    ;
static const char *bytes = "дц"; /* Latin-1: ь, form feed:  */
static int crlf(int x)
{
	return x	+ 1;
}

struct list { struct list *go, *range; int v; };
static int walk(struct list *go) { int sum = 0; for (struct list *chan = go; chan; chan = chan->go) sum += chan->v; return sum; }
#define for_each(p, head) for (struct list *p = (head); p; p = p->go)
static int walk_macro(struct list *head) { int sum = 0; for_each (select, head) { sum += select->v; } return sum; }
static int shadows(void) { int make = 1; { char defer = 2; make += defer; } int (select) = 5; int cap(void); return make * (select); }
static int label_words(int x) { func: if (x-- > 3) goto func; range: return x; goto range; }
static int empty(void) { ; { } for (;;) { break; } do ; while (0); if (0) ; else ; return 0; }
_Static_assert(sizeof(int) >= 2, "go { }");
extern int undeclared_elsewhere(void), (*another)(int), third[];

int report(void);
int report(void)
{
    struct chan a = {.len = 2, .cap = 5}, b = {1, 2, &a};
    int two = 7;
    int square[2][2] = {{1, 2}, {3, 4}}, list[] = {1, 2, 3};
    char *names[] = {"zero", "one"};
    struct list second = {0, 0, 2}, one = {&second, 0, 1};
    union func u = {.recover = 0};
    u.panic[0] = 1;
    printf("%d %d %d %d %s\n", plus_three(1), select_one(&b, plus_three), add(1, 2), two, name_of(1, names));
    printf("%d %d %d %d %d\n", twice(4), DIGRAPH(list), unfinished(0), unfinished(5), unfinished(-2));
    printf("%d %d %s %d %d\n", less(-3, 1), statement(5), (char *)labels(1), flexible(), pick(1)(0)(4));
    printf("%d %d %d %d %d\n", sum_vla(2, square), conditional(0), ranges('c'), attributed(3), split_name(-2));
    printf("%zu %d %zu %d %d\n", strlen(text), trailing, strlen(bytes), crlf(1), u.panic[0]);
    printf("%d %d %d %d %d\n", walk(&one), walk_macro(&one), shadows(), label_words(5), empty());
#define X(w) STR(w) " "
    printf("%s%d %zu\n", EACH(X), CAT(tw, o), offsetof(struct chan, cap));
    return two;
}
