// What holds up its thread in bench/pause.gc, each for about HOLD_MS: plain C, of which gocc knows nothing.
#ifndef PAUSE_H
#define PAUSE_H

enum { HOLD_MS = 400 };

void hold_nothing(void); // returns at once
void hold_spin(void);    // computes, without a call
void hold_sleep(void);   // one sleep(3), of a second
void hold_disk(void);    // reads a file that is not in memory, again and again
void hold_name(void);    // getaddrinfo, of a name server that does not answer within a second

// What they need: a file that is on the disk, a name server. Returns false when it cannot be had.
int hold_prepare(void);

#endif
