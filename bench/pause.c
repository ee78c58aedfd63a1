// The calls that hold up their threads in bench/pause.gc.
#define _GNU_SOURCE
#include "pause.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FILE_SIZE = 8 << 20, PIECE = 256 << 10 };

static int file = -1;
static struct sockaddr_in silent; // a socket that takes queries and answers none

static long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int prepare_file(void)
{
    char name[] = "pause-XXXXXX"; // here, since /tmp may be memory
    char *piece = calloc(1, PIECE);

    file = mkstemp(name);
    if (file < 0 || !piece)
        return 0;
    unlink(name);
    for (int i = 0; i < FILE_SIZE / PIECE; i++)
        if (write(file, piece, PIECE) != PIECE)
            return 0;
    free(piece);
    return fsync(file) == 0;
}

int hold_prepare(void)
{
    socklen_t size = sizeof(silent);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    silent.sin_family = AF_INET;
    silent.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return prepare_file() && fd >= 0 && bind(fd, (struct sockaddr *)&silent, size) == 0 &&
           getsockname(fd, (struct sockaddr *)&silent, &size) == 0;
}

void hold_nothing(void)
{
}

void hold_spin(void)
{
    volatile unsigned turns = 0;
    long end = now_ms() + HOLD_MS;

    do
        for (int i = 0; i < 1000000; i++)
            turns++;
    while (now_ms() < end);
}

void hold_sleep(void)
{
    sleep(1);
}

void hold_disk(void)
{
    char *piece = malloc(PIECE);
    long end = now_ms() + HOLD_MS;

    while (piece && now_ms() < end) {
        posix_fadvise(file, 0, FILE_SIZE, POSIX_FADV_DONTNEED);
        for (off_t at = 0; at < FILE_SIZE; at += PIECE)
            if (pread(file, piece, PIECE, at) != PIECE)
                abort();
    }
    free(piece);
}

void hold_name(void)
{
    struct addrinfo *found = NULL;

    res_init(); // of this thread
    _res.nscount = 1;
    _res.nsaddr_list[0] = silent;
    _res.retrans = 1;
    _res.retry = 1;
    if (getaddrinfo("nobody.example.", "80", NULL, &found) == 0)
        freeaddrinfo(found);
}
