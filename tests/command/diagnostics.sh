# LANGUAGE.md 7: errors name the file's line and column, with the line and a caret below; colours, limits and
# warnings as cc's options ask.
cat > inner.h <<'EOF'
int broken(undefined_type x);
EOF
cat > outer.gh <<'EOF'
#include "inner.h"
static inline void send_it(chan<int> c) { c <- "x"; }
EOF
cat > main.gc <<'EOF'
#include <stdio.h>
#include "outer.gh"
int main(void)
{
	chan<int> c = make(chan<int>);	c <- "tab";
	printf("äöü日本 🎉 %d\n", 1); c <- "äö";
	return missing_日本;
}
EOF
fail() { echo "$1"; cat err; exit 1; }
has() { grep -qF -- "$1" err || fail "missing: $1"; }

$GOCC -c main.gc 2> err && fail 'no status'
cat > expected <<'EOF'
In file included from main.gc:2:
outer.gh:2:48: error: incompatible types: sending 'char[2]' on 'chan<int>'
    2 | static inline void send_it(chan<int> c) { c <- "x"; }
      |                                                ^~~
In file included from outer.gh:1,
                 from main.gc:2:
inner.h:1:12: error: unknown type name 'undefined_type'
    1 | int broken(undefined_type x);
      |            ^~~~~~~~~~~~~~
main.gc:5:38: error: incompatible types: sending 'char[4]' on 'chan<int>'
    5 | 	chan<int> c = make(chan<int>);	c <- "tab";
      | 	                              	     ^~~~~
main.gc:6:44: error: incompatible types: sending 'char[5]' on 'chan<int>'
    6 | 	printf("äöü日本 🎉 %d\n", 1); c <- "äö";
      | 	                                   ^~~~
main.gc:7:9: error: use of undeclared identifier 'missing_日本'
    7 | 	return missing_日本;
      | 	       ^~~~~~~~~~~~
EOF
diff expected err || fail 'not these messages'

# A limit; the exit status stays.
for option in -fmax-errors=2 -ferror-limit=2; do
    $GOCC $option -c main.gc 2> err && fail 'no status'
    [ "$(grep -c ': error: ' err)" = 2 ] || fail "not two errors with $option"
done
$GOCC -Wfatal-errors -c main.gc 2> err && fail 'no status'
[ "$(grep -c ': error: ' err)" = 1 ] || fail 'not one error with -Wfatal-errors'

# Colours: never into a file by themselves.
escape=$(printf '\033')
for option in -fdiagnostics-color -fdiagnostics-color=always -fcolor-diagnostics; do
    $GOCC $option -c main.gc 2> err && fail "no status"
    grep -q "$escape" err || fail "no colour with $option"
done
for option in -fdiagnostics-color=auto -fdiagnostics-color=never -fno-diagnostics-color -g; do
    $GOCC $option -c main.gc 2> err && fail "no status"
    ! grep -q "$escape" err || fail "colour with $option"
done

# A long line is shown in part.
{ echo -n 'int main(void) { chan<int> c = make(chan<int>); '
  printf 'int v%d = 1; ' {1..200}
  echo 'c <- "x"; }'; } > long.gc
$GOCC -c long.gc 2> err && fail "no status"
[ "$(wc -L < err)" -le 180 ] || fail 'a long line'
tail -n 1 err | grep -q '^ *| *^~~$' || fail 'no caret under a long line'

# Warnings: their name, and what the options make of it.
cat > warn.gc <<'EOF'
int main(void)
{
    int n = 0;
    for (int i = 0; i < 3; i++) {
        go { n++; }
        n = i;
    }
    return n;
}
EOF
$GOCC -c warn.gc 2> err || fail 'a warning is no error'
has 'warn.gc:5:14: warning: '
has '[-Wloop-capture]'
has 'warn.gc:6:9: note: assigned here; one declared in the body of the loop'
for option in -Wno-loop-capture -w; do
    $GOCC $option -c warn.gc 2> err || fail "status with $option"
    [ ! -s err ] || fail "a warning with $option"
done
for option in -Werror -Werror=loop-capture; do
    $GOCC $option -c warn.gc 2> err && fail "no status with $option"
    has 'warn.gc:5:14: error: '
    has '[-Werror=loop-capture]'
done
$GOCC -Werror -Wno-error=loop-capture -c warn.gc 2> err || fail '-Wno-error=loop-capture'
has ': warning: '
