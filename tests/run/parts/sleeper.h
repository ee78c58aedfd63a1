#ifndef SLEEPER_H
#define SLEEPER_H
// Blocks the calling thread in the kernel.
void sleep_for_seconds(unsigned n);
#endif
