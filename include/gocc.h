// Everything that gocc's library offers. A .gc file with a construct includes it by itself;
// plain C files include it, or one part of it as <gocc/sync.h>.
#ifndef GOCC_H
#define GOCC_H

#include <gocc/abi.h>
#include <gocc/atomic.h>
#include <gocc/chan.h>
#include <gocc/context.h>
#include <gocc/errgroup.h>
#include <gocc/func.h>
#include <gocc/metrics.h>
#include <gocc/net.h>
#include <gocc/rate.h>
#include <gocc/runtime.h>
#include <gocc/semaphore.h>
#include <gocc/signal.h>
#include <gocc/sync.h>
#include <gocc/time.h>

#endif
