// The same as stacks_returned.c where the kernel knows neither guards nor a vector of advice.
// env: GOCC_DEBUG=noguard_install=1
// timeout: 60
#include "stacks_returned.c"
