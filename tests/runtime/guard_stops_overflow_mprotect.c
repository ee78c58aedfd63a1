// The same as guard_stops_overflow.c where the kernel makes no guards: mprotect does.
// env: GOCC_DEBUG=noguard_install=1
// not: valgrind (no stack for handlers there)
// status: 2
// stderr-match: runtime: goroutine stack exceeds \d+-byte limit
// stderr: fatal error: stack overflow
// stderr-match: goroutine \d+ \[running\]:
// stderr: burn(...)
// stderr-match: \.\.\.\d+ frames elided\.\.\.
// stderr: burn(...)
// stderr-match: created by .* in goroutine 1
#include "guard_stops_overflow.c"
