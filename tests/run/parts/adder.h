// A C library that speaks over channels: what it is given goes through `in`, sums come from `out`.
#include <gocc/chan.h>

struct adder {
    go_send_chan(int) in;
    go_recv_chan(long) out;
    go_chan(struct word) words;
};

struct word {
    const char *text;
    int n;
};

// Starts the library's goroutine, which ends when `in` is closed, with a last sum; then `out` and
// `words` are closed.
void adder_start(struct adder *a);
void adder_end(struct adder *a);
// Counts what comes from c, of whoever made it, until it is closed.
int adder_count(go_recv_chan(struct word) c);
