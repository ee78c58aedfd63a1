#include "adder.h"

#include <gocc/func.h>
#include <string.h>

struct run {
    go_chan(int) in;
    go_chan(long) out;
    go_chan(struct word) words;
};
static struct run run;

static void add(void *arg)
{
    struct run *r = arg;
    long sum = 0;
    struct word w;
    for (bool open = true; open;) {
        int v = 0;
        switch (go_select(go_case_recv(r->in, &v, &open), go_case_recv(r->words, &w, NULL))) {
        case 0:
            sum += v;
            break;
        case 1:
            go_send(r->words, {w.text, (int)strlen(w.text)});
        }
    }
    go_send(r->out, sum);
    go_close(r->out);
    go_close(r->words);
}

void adder_start(struct adder *a)
{
    run = (struct run){go_make(int, 3), go_make(long, 0), go_make(struct word, 0)};
    a->in = run.in;
    a->out = run.out;
    a->words = run.words;
    go_start(add, &run);
}

void adder_end(struct adder *a)
{
    go_release(a->in);
    go_release(a->out);
    go_release(a->words);
}

int adder_count(go_recv_chan(struct word) c)
{
    int n = 0;
    bool ok = true;
    for (struct word w = go_recv_ok(c, &ok); ok; w = go_recv_ok(c, &ok))
        n += w.n;
    return n;
}
