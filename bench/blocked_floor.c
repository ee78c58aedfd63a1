// One page touched in each of 1,000,000 pieces of 256 KiB: what the memory of as many new
// goroutines costs at least, whoever asks the kernel for it.
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

enum { N = 1000000, PIECE = 256 << 10 };

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

int main(void)
{
    size_t size = (size_t)N * PIECE;
    char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                    -1, 0);

    if (at == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    madvise(at, size, MADV_NOHUGEPAGE);
    int64_t start = now();
    for (int i = 0; i < N; i++)
        *(volatile char *)(at + (size_t)i * PIECE) = 1;
    printf("blocked_floor %.2f ns\n", (double)(now() - start) / N);
}
