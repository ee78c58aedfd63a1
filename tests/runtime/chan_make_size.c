// LANGUAGE.md 3: a negative or too large size for make panics.
#include "parts/test.h"

static int64_t size;

static void make(void *arg)
{
    (void)arg;
    go_chan(int) c = go_make(int, size);
    go_release(c);
}

int main(void)
{
    static const int64_t sizes[] = {-1, INT64_MIN, INT64_MAX, (int64_t)1 << 40};
    for (int i = 0; i < LENGTH(sizes); i++) {
        size = sizes[i];
        must_panic(make, NULL, "makechan: size out of range");
    }
    size = 1000;
    make(NULL);
}
