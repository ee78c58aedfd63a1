# docs/go-to-gocc.md: the right column of every table but the commands' compiles, without a warning but
# for what a phrase does not use.
# timeout: 120
set -eu
cat >phrases.gc <<'END'
#include <gocc.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
struct job { int id; };
static chan<int> c, d;
static chan<void> done;
static chan<struct job> jobs;
static go_context *ctx;
static go_mutex m;
static go_rwmutex rw;
static go_waitgroup wg;
static go_once once;
static go_cond changed;
static go_pool buffers;
static go_map table;
static go_semaphore s;
static go_limiter *l;
static go_errgroup *g;
static go_timer *timer;
static go_ticker *ticker;
static int64_t total, then;
static int i, n, v, x, fd, array[4];
static char buf[10];
static bool ok;
static void *key, *value;
static void f(int a) { v = a; }
static void work(void) { f(1); }
static void *new_buffer(void) { return NULL; }
END
perl -ne '
    $section = $1 if /^## (.*)/;
    next if !/^\| .* \|$/ || /^\| Go \| gocc \|$/ || $section eq "Commands";
    my ($go, $gocc) = /^\| (.*) \| (.*) \|$/ or die "line $.: not two columns\n";
    my $code = join " ", $gocc =~ /`([^`]*)`/g;
    die "line $.: no code\n" unless $code =~ /\S/;
    $n++;
    print $code =~ /^static / ? "$code" : "void phrase$n(void) { $code }", " // line $.\n";
    END { die "only $n phrases\n" if $n < 100 }
' "$TOP/docs/go-to-gocc.md" >>phrases.gc
for cc in gcc clang; do
    "$GOCC" --cc=$cc -O2 -Wall -Wextra -Werror -Wno-unused -c phrases.gc -o phrases.o
done
