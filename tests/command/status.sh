# LANGUAGE.md 7: status 1 for a compile error, 2 for wrong usage, and under run the program's own
# status: what main returns, exit, a signal, a panic and a deadlock, as without gocc around it.
# timeout: 120
cat >ends.gc <<'END'
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    const char *how = argv[argc - 1];
    chan<int> c = make(chan<int>);
    if (!strcmp(how, "return"))
        return 7;
    if (!strcmp(how, "big"))
        return 256 + 9;
    if (!strcmp(how, "exit"))
        go exit(3);
    if (!strcmp(how, "_exit"))
        go _exit(4);
    if (!strcmp(how, "signal"))
        go raise(SIGTERM);
    if (!strcmp(how, "abort"))
        go abort();
    if (!strcmp(how, "panic"))
        panic("end");
    if (!strcmp(how, "go panic"))
        go { panic("end"); };
    if (!strcmp(how, "recovered"))
        func() { defer { recover(); exit(6); } panic("end"); }();
    if (!strcmp(how, "close stdout")) {
        fclose(stdout);
        return 8;
    }
    if (strcmp(how, "deadlock"))
        go_sleep(GO_HOUR);
    <-c;
}
END
for cc in gcc clang tcc; do
    "$GOCC" --cc=$cc ends.gc -o ends.$cc
done
status()
{
    local got=0 expected=$1
    shift
    "$@" >out 2>err || got=$?
    [ $got = $expected ] || { echo "$*: status $got, expected $expected"; cat err; exit 1; }
}
each()
{
    status $2 ./ends.gcc "$1"
    status $2 ./ends.clang "$1"
    status $2 ./ends.tcc "$1"
    status $2 "$GOCC" run ends.gc "$1"
}
ulimit -c 0
each return 7
each big 9
each exit 3
each _exit 4
each signal 143
each abort 134
each panic 2
each 'go panic' 2
each recovered 6
each 'close stdout' 8
each deadlock 2

printf 'int main(void)\n{\n    chan<int> c = 1;\n}\n' >wrong.gc
printf 'int main(void) { return undeclared; }\n' >wrong.c
printf 'int f(void); int main(void) { return f(); }\n' >link.gc
for how in '' run emit vet '-c' '--cc=clang' '--cc=tcc'; do
    status 1 "$GOCC" $how wrong.gc
    grep -q 'wrong.gc:3:' err
done
status 1 "$GOCC" wrong.c
status 1 "$GOCC" run wrong.c
status 1 "$GOCC" link.gc
status 1 "$GOCC" run link.gc
for cc in gcc clang tcc; do
    status 1 "$GOCC" --cc=$cc wrong.gc ends.gc
    [ ! -e a.out ]
done
status 2 "$GOCC"
status 2 "$GOCC" run
status 2 "$GOCC" emit
status 2 "$GOCC" vet
status 2 "$GOCC" version 1
status 2 "$GOCC" env 1
status 2 "$GOCC" help nothing
