// Signals of the operating system as values on a channel. LANGUAGE.md 6.
#ifndef GOCC_SIGNAL_H
#define GOCC_SIGNAL_H

#include <gocc/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

// From now on sends the number of each of these signals that the process gets on c. They have
// their usual effect no more. A value for which c has no room is lost: give c a buffer.
//
//   c    the library becomes one of its owners until go_signal_stop(c).
//   ...  signal numbers (int), ended by 0; none means all that can be caught but those that tell
//        of a fault (SIGSEGV, SIGFPE, …). More calls with the same c add to its signals.
//
// Panics: "os/signal: Notify using nil channel". Blocks: never. Threads: any.
// Order: what sends the signal is not ordered before the receive.
// Source: Go's os/signal.Notify. LANGUAGE.md 6.
void go_signal_notify(gocc_send_chan(int) c, ...);

// Sends no more signals on c. A signal that no other channel wants has its usual effect again,
// or that of the handler which was there before.
//
//   c  nothing is sent on it any more when this returns.
//
// Panics: never. Blocks: never. Threads: any.
// Source: Go's os/signal.Stop. LANGUAGE.md 6.
void go_signal_stop(gocc_send_chan(int) c);

#ifdef __cplusplus
}
#endif

#endif
