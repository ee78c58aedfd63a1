#!/bin/bash
# LANGUAGE.md 0: a branch of an #if in a header that only the C compiler takes is not rewritten, and
# says so when it is taken; one that nobody takes says nothing. In the main file the compiler is asked.
set -eu

cat >part.gh <<'END'
static inline void put(chan<int> c)
{
#ifdef __TINYC__
    int n = 3;

    go { c <- n; }
#elif defined NEVER
    go { c <- 5; }
#else
    c <- 4;
#endif
}
END
cat >main.gc <<'END'
#include "part.gh"

int main(void)
{
    chan<int> c = make(chan<int>, 1);
    put(c);
    return <-c != 4;
}
END
for cc in gcc clang; do
    $GOCC --cc=$cc -Wall -Werror main.gc -o main
    ./main
done
if $GOCC --cc=tcc main.gc -o main 2>said; then exit 1; fi
grep -q '^part\.gh:6: error: #error "gocc has not rewritten this branch' said
$GOCC emit main.gc | grep -c '#error' | grep -qx 2

# What the sanitizer's own macro says, which libclang does not define for gcc.
cat >sanitized.gc <<'END'
int main(void)
{
    chan<int> c = make(chan<int>, 1);
#ifdef __SANITIZE_ADDRESS__
    go { c <- 1; }
#else
    go { c <- 0; }
#endif
    return <-c;
}
END
$GOCC --cc=gcc sanitized.gc -o sanitized
./sanitized
$GOCC --cc=gcc -fsanitize=address sanitized.gc -o sanitized
status=0
ASAN_OPTIONS=detect_leaks=0 ./sanitized || status=$?
test $status = 1

# The compiler is asked about what needs it, and about nothing else.
cat >nothing.gc <<'END'
#if __GNUC__ > 100
int go;
#endif
int main(void)
{
    chan<int> c = make(chan<int>, 1);
    c <- 0;
#ifdef __TINYC__
    ;
#endif
    return <-c;
}
END
mkdir bin
cat >bin/counting <<'END'
#!/bin/sh
echo "$*" >>calls
exec gcc "$@"
END
chmod +x bin/counting
$GOCC --cc=./bin/counting -c nothing.gc
test "$(wc -l <calls)" = 1
rm calls
$GOCC --cc=./bin/counting -c sanitized.gc
test "$(wc -l <calls)" = 2
# A name that is a macro elsewhere, whose body has such a word, or a less-than and a minus, is no construct.
cat >words.gc <<'END'
#ifdef DEBUG
static void put(s, value) int *s; int value; { s[0] = value; }
#else
#define put(s, value) { int len = value; if (s[0] < -len) s[0] += len - 8; else s[0] = len; }
#endif
int main(void) { int s[1] = {0}; put(s, 3); go { }; return s[0] - 3; }
END
"$GOCC" emit words.gc >words.c
! grep -n '#error' words.c
"$GOCC" words.gc -o words && ./words
"$GOCC" -DDEBUG words.gc -o words && ./words
