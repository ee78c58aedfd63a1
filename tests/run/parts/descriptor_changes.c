// Changes to descriptors that the library does not see, for tests/run/posix_changed_behind.gc.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

void change_to_nonblocking(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void change_time_limit(int fd)
{
    struct timeval t = {0, 20000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
}

// fd becomes another name of `other`; what it was is closed.
void change_file(int fd, int other)
{
    dup2(other, fd);
}

void change_to_closed(int fd)
{
    close(fd);
}
