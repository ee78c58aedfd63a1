# Without a -g option traces have .gc files and lines; -g0 leaves them out, names stay.
cat >fails.gc <<'END'
static volatile int n = 4;
__attribute__((noinline)) static int fails(void)
{
    if (n)
        panic("no %d", n);
    return n;
}

int main(void)
{
    return fails() + 1;
}
END

# trace WITH WITHOUT OPTION…: compiled with these, the trace has a line WITH and none WITHOUT
trace() {
    local with=$1 without=$2
    shift 2
    "$GOCC" "$@" fails.gc -o fails
    ! ./fails 2>err
    if ! grep -q "$with" err || grep -q "$without" err; then
        echo "$*:" >&2
        cat err >&2
        exit 1
    fi
}

for cc in gcc clang tcc; do
    trace 'fails\.gc:5' '	?' --cc=$cc
    [ $cc = tcc ] || trace '^fails(...)$' 'fails\.gc' --cc=$cc -g0
done
for cc in gcc clang; do
    trace 'fails\.gc:5' '	?' --cc=$cc -O2
    trace 'fails\.gc:5' '	?' --cc=$cc -g -O1
done
# in two steps, and with a stripped table of symbols
"$GOCC" -c fails.gc -o fails.o
"$GOCC" fails.o -o fails
! ./fails 2>err
grep -q 'fails\.gc:5' err
strip fails
! ./fails 2>err
grep -q '^goroutine 1 \[running\]:$' err

# Linked statically: libc lies in the executable, and a fault in it is no panic.
cat >static.gc <<'END'
#include <stdio.h>
#include <string.h>
static int *volatile nothing;
static void load(void)
{
    defer { fputs(recover() ? "recovered\n" : "?\n", stderr); }
    *nothing = 1;
}
int main(void)
{
    load();
    defer { recover(); }
    return strlen((char *)nothing) == 3;
}
END
"$GOCC" -static static.gc -o static 2>/dev/null
! ./static 2>err
grep -q "^recovered$" err
grep -q '^fatal error: fault in a C library$' err
grep -q 'static\.gc:13' err
