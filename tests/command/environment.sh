# LANGUAGE.md 7: GOMAXPROCS as in Go; GOCC_STACK is what a goroutine's stack may grow to, 256 KiB
# unless set, while main has the process's limit. On gcc, clang, tcc and run.
# timeout: 120
cat >procs.gc <<'END'
#include <stdio.h>
int main(void)
{
    chan<int> c = make(chan<int>);
    go { c <- go_max_procs(0); };
    printf("%d\n", <-c == go_num_cpu() ? -1 : go_max_procs(0));
    go_release(c);
}
END
cat >stack.gc <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int fill(int depth)
{
    char page[4000];
    memset(page, depth, sizeof page);
    int below = depth > 1 ? fill(depth - 1) : 0;
    return below + (((volatile char *)page)[depth % 4000] == (char)depth);
}
int main(int argc, char **argv)
{
    int kib = atoi(argv[argc - 1]);
    if (argc == 3) {
        printf("%d\n", fill(kib / 4));
        return 0;
    }
    chan<int> c = make(chan<int>);
    go { c <- fill(kib / 4); };
    printf("%d\n", <-c);
    go_release(c);
}
END
expect()
{
    local what=$1 expected=$2
    shift 2
    local got
    got=$(ulimit -s 8192; "$@" 2>err) || got="$got status $?"
    [ "$got" = "$expected" ] || { echo "$what: expected '$expected', got '$got'"; head -3 err; exit 1; }
}
check() # how a program is run
{
    local cpus=$(nproc) run=$1 more=$((8 + $(nproc)))
    expect "$run, unset" -1 env -u GOMAXPROCS "$run" procs
    expect "$run, $more" $more env GOMAXPROCS=$more "$run" procs
    expect "$run, leading zeros" $more env GOMAXPROCS=00$more "$run" procs
    for text in '' 0 -3 some 3x ' 3' +3 99999999999999; do
        expect "$run, GOMAXPROCS='$text'" -1 env GOMAXPROCS="$text" "$run" procs
    done
    expect "$run, 200 KiB" 50 env -u GOCC_STACK "$run" stack 200
    expect "$run, 1 MiB of 256 KiB" ' status 2' env -u GOCC_STACK "$run" stack 1024
    grep -q '^fatal error: stack overflow' err || { cat err; exit 1; }
    expect "$run, 1 MiB of 2" 256 env GOCC_STACK=2097152 "$run" stack 1024
    expect "$run, 4 MiB of main" 1024 env GOCC_STACK=65536 "$run" stack main 4096
    expect "$run, no number" 50 env GOCC_STACK=some "$run" stack 200
}
cat >run <<'END'
#!/bin/sh
name=$1
shift
exec "$GOCC" run $name.gc "$@"
END
for cc in gcc clang tcc; do
    for program in procs stack; do
        "$GOCC" --cc=$cc $program.gc -o $program.$cc
    done
    printf '#!/bin/sh\nname=$1\nshift\nexec ./$name.%s "$@"\n' $cc >with_$cc
done
chmod +x run with_*
export GOCC
check ./with_gcc
check ./with_clang
check ./with_tcc
check ./run
