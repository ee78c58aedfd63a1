#include <stdio.h>
#define bool broken // what stands behind the system's headers does not reach the library's
#undef bool
