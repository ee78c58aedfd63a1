// Network connections: listening, accepting, dialling, deadlines. LANGUAGE.md 6.
//
// What these return are plain file descriptors, in blocking mode. In .gc code read, write, send,
// recv, accept, poll and close on them park the goroutine; from plain C files they block the
// thread. An address is "host:port": a name or a number, IPv6 in brackets ("[::1]:80"); no host
// means every interface (go_listen) or this machine (go_dial); port 0 means any free one.
#ifndef GOCC_NET_H
#define GOCC_NET_H

#include <gocc/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

// A TCP socket that listens at addr.
//
//   addr  borrowed.
//
// Returns the descriptor, the caller's to close, or -1 with errno: EINVAL (no host:port),
// EADDRNOTAVAIL (no such host), else that of socket, bind and listen. Close-on-exec and
// SO_REUSEADDR are set. Without a host it takes IPv6 and IPv4 where the system has both.
// Panics: never. Blocks: while a name is looked up, the goroutine. Threads: any.
// Source: Go's net.Listen("tcp", addr). LANGUAGE.md 6.
int go_listen(const char *addr);

// Waits for a connection to a listening socket.
//
//   fd  of go_listen, or any listening stream socket.
//
// Returns the connection's descriptor, the caller's to close, or -1 with errno: ETIMEDOUT (the
// deadline passed), EBADF (fd was closed meanwhile, or never open), else that of accept. A
// connection that was given up before it was accepted is skipped. Close-on-exec and TCP_NODELAY.
// Panics: never. Blocks: the goroutine. Threads: any; several may accept from one socket, and
// are served in order.
// Source: Go's net.Listener.Accept. LANGUAGE.md 6.
int go_accept(int fd);

// Connects to addr by TCP, trying each of its host's addresses in turn.
//
//   addr  borrowed.
//
// Returns the descriptor, the caller's to close, or -1 with errno: EINVAL (no host:port),
// EADDRNOTAVAIL (no such host), else that of the last connect. Close-on-exec and TCP_NODELAY.
// Panics: never. Blocks: the goroutine. Threads: any.
// Source: Go's net.Dial("tcp", addr). LANGUAGE.md 6.
int go_dial(const char *addr);

// The address that a socket is bound to, as "127.0.0.1:8080" or "[::1]:8080".
//
//   buf   buf[size], filled with a string; 64 bytes always suffice.
//
// Returns 0, or -1 with errno: ERANGE (size), else that of getsockname.
// Panics: never. Blocks: never. Threads: any.
// Source: Go's net.Listener.Addr. LANGUAGE.md 6.
int go_local_addr(int fd, char *buf, size_t size);

// Sets the time after which calls on fd fail with ETIMEDOUT, those too that wait now.
//
//   when  a go_now time; 0: never. Stays until it is set again or .gc code closes fd.
//
// Returns 0, or -1 with errno EBADF. Panics: never. Blocks: never. Threads: any.
// Source: Go's net.Conn.SetDeadline. LANGUAGE.md 6.
int go_set_deadline(int fd, int64_t when);

#ifdef __cplusplus
}
#endif

#endif
