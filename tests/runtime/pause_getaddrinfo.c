// A goroutine in getaddrinfo whose name server does not answer holds up no other: a thousand run
// before it gives up.
#include "parts/others.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>
#include <sys/socket.h>

static struct sockaddr_in server;
static int answered;

static int silent_server(void)
{
    socklen_t size = sizeof(server);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    server.sin_family = AF_INET;
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(fd >= 0 && bind(fd, (struct sockaddr *)&server, size) == 0, "no socket");
    check(getsockname(fd, (struct sockaddr *)&server, &size) == 0, "no port");
    return fd;
}

static void asker(void *args)
{
    (void)args;
    struct addrinfo *found;
    res_init(); // of this thread, which stays the same up to the answer
    _res.nscount = 1;
    _res.nsaddr_list[0] = server;
    _res.retrans = 10;
    _res.retry = 1;
    int error = getaddrinfo("nobody.example.", "80", NULL, &found);
    raise_by_one(&answered);
    check(error != 0, "an answer");
}

int main(void)
{
    char query[512];
    int fd = silent_server(), askers = go_max_procs(0);
    for (int i = 0; i < askers; i++)
        start(asker, i);
    while (recv(fd, query, sizeof(query), 0) < 0) {
        if (__atomic_load_n(&answered, __ATOMIC_ACQUIRE))
            return 0; // this machine's names do not come from the name server
        sleep_for(1000000);
    }
    run_others();
    check(__atomic_load_n(&answered, __ATOMIC_ACQUIRE) == 0, "they ran after it");
    return 0;
}
