// A goroutine that reads from the disk again and again, in calls of which the runtime knows nothing,
// holds up no other: it goes on until a thousand others have had their turns.
#include "parts/others.h"

#include <fcntl.h>
#include <unistd.h>

enum { SIZE = 1 << 20 };

static char nothing[SIZE];
static int read_ended;

static int file_on_disk(void)
{
    char name[] = "pause-XXXXXX";
    int fd = mkstemp(name);
    check(fd >= 0, "no file");
    unlink(name);
    check(write(fd, nothing, SIZE) == SIZE && fsync(fd) == 0, "not written");
    return fd;
}

static void reader(void *args)
{
    int fd = (int)word_of(args);
    char *piece = malloc(SIZE);
    while (__atomic_load_n(&others_done, __ATOMIC_ACQUIRE) < OTHERS) {
        posix_fadvise(fd, 0, SIZE, POSIX_FADV_DONTNEED);
        check(pread(fd, piece, SIZE, 0) == SIZE, "not read");
    }
    free(piece);
    raise_by_one(&read_ended);
}

int main(void)
{
    int fd = file_on_disk(), readers = go_max_procs(0);
    for (int i = 0; i < readers; i++)
        start(reader, fd);
    go_yield();
    run_others();
    wait_until(&read_ended, readers);
    close(fd);
    return 0;
}
