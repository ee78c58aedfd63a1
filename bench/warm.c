// warm MIB: takes so much memory from the kernel, or half of what there is, and gives it back.
//
// A virtual machine's host takes memory away that the machine does not use, and has to find some
// again at its next touch: 3 to 7 us a page here instead of 1 to 2, for the program that happens
// to come first. After this one nobody does.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long pages = sysconf(_SC_AVPHYS_PAGES) / 2, page = sysconf(_SC_PAGESIZE);
    size_t size = argc > 1 ? (size_t)atoi(argv[1]) << 20 : 0;

    if ((size_t)pages * page < size)
        size = (size_t)pages * page;
    char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                    -1, 0);
    if (!size || at == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    madvise(at, size, MADV_NOHUGEPAGE); // as the programs that are measured take it
    for (size_t i = 0; i < size; i += page)
        *(volatile char *)(at + i) = 1;
}
