# LANGUAGE.md 7: `gocc run` with -O, --cc= or a sanitizer compiles with the C compiler; what is
# beyond libtcc too, and that is said.
# timeout: 300
mkdir tmp
export TMPDIR=$PWD/tmp
cat >program.gc <<'END'
#include <stdio.h>
#if defined __SANITIZE_THREAD__
#define WHAT "thread sanitizer"
#elif defined __clang__
#define WHAT "clang"
#elif defined __TINYC__
#define WHAT "tcc"
#elif defined __OPTIMIZE__
#define WHAT "optimised"
#else
#define WHAT "gcc"
#endif
int main(int argc, char **argv)
{
    chan<const char *> c = make(chan<const char *>, 1);
    c <- WHAT;
    printf("%s %s %d %d\n", <-c, argv[0], argc, getchar());
    go_release(c);
    return 7;
}
END
check() {
    local expected=$1 got
    shift
    got=$(printf x | "$GOCC" run "$@" program.gc a 2>err; echo $?)
    [ "$got" = "$(printf '%s program.gc 2 120\n7' "$expected")" ] && [ ! -s err ] ||
        { echo "$*: $got"; cat err; exit 1; }
}
check tcc
check gcc --cc=gcc
check optimised -O2
check clang --cc=clang
check 'thread sanitizer' -race
# Nothing is left behind.
[ -z "$(ls tmp)" ] || { ls tmp; exit 1; }

# A trace finds its lines although the program's file has gone.
printf 'int main(void)\n{\n    go_panic("gone");\n}\n' >gone.gc
"$GOCC" run -O gone.gc 2>err && exit 1
grep -q 'gone.gc:3' err || { cat err; exit 1; }

cat >beyond.gc <<'END'
#include <stdio.h>
typedef int four __attribute__((vector_size(16)));
int main(void)
{
    chan<int> c = make(chan<int>, 1);
    four a = {1, 2, 3, 4}, b = a + a;
    c <- b[3];
    printf("%d\n", <-c);
    go_release(c);
}
END
[ "$("$GOCC" run beyond.gc 2>err)" = 8 ] || { cat err; exit 1; }
grep -q '^gocc: note: .*the C compiler.*beyond.gc:6' err && [ "$(wc -l <err)" = 1 ] || { cat err; exit 1; }
# What is wrong for both is said once, in libtcc's words.
echo 'int main(void) { return nothing; }' >wrong.c
"$GOCC" run wrong.c 2>err && exit 1
grep -q "^wrong.c:1: error: 'nothing' undeclared" err && [ "$(wc -l <err)" = 1 ] || { cat err; exit 1; }
[ -z "$(ls tmp)" ] || { ls tmp; exit 1; }
