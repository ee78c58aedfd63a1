# LANGUAGE.md 7: gocc version, help and env; run's `-` reads the program from standard input, and
# what is left of that is the program's; a script by its first line.
[ "$("$GOCC" version)" = "gocc version $("$GOCC" version | sed 's/.* //')" ]
"$GOCC" help >all
for command in run emit vet version env clean help; do
    grep -q "gocc $command" all || { echo "gocc help does not name $command"; exit 1; }
    "$GOCC" help $command >one
    head -1 one | grep -q "^usage: gocc $command" || { echo "gocc help $command"; cat one; exit 1; }
    [ $(wc -l <one) -ge 3 ]
done
# Each name of env is one for the shell, and what it says exists.
"$GOCC" env >env
[ "$(sed 's/=.*//' env)" = "$(printf 'GOCC_VERSION\nGOCC_CC\nGOCC_INCLUDE\nGOCC_LIB\nGOCC_CACHE')" ]
. ./env
[ -x "$GOCC_CC" ] && [ -e "$GOCC_INCLUDE/gocc.h" ] && [ -e "$GOCC_LIB/libgocc.a" ]
printf '#include <gocc.h>\nint main(void) { return go_max_procs(0) < 1; }\n' >with_env.c
"$GOCC_CC" -I"$GOCC_INCLUDE" with_env.c -o with_env "$GOCC_LIB/libgocc.a" -pthread
./with_env
(GOCC_CC=tcc "$GOCC" env | grep -q "^GOCC_CC='.*tcc'")
# Standard input.
cat >in.gc <<'END'
#include <stdio.h>
int main(int argc, char **argv)
{
    chan<int> c = make(chan<int>, 1);
    c <- argc;
    printf("%d %s %s %d\n", <-c, argv[0], argv[argc - 1], getchar());
    go_release(c);
    return 5;
}
END
got=0
"$GOCC" run - one two <in.gc >out || got=$?
[ $got = 5 ] && [ "$(cat out)" = '3 - two -1' ] || { cat out; exit 1; }
(echo 'int main(void) {'; echo '  go 3;'; echo '}') | "$GOCC" run - 2>err && exit 1
grep -q '<stdin>:2:6: error' err
# A script: other interpreters' options, no suffix, a symbolic link, from another folder.
mkdir bin far
ln -s "$GOCC" bin/gocc
printf '#!/usr/bin/env -S gocc run\n#include <stdio.h>\nint main(int n, char **v) { chan<int> c = make(chan<int>, 1); c <- n; printf("%%d %%s %%d\\n", <-c, v[n - 1], __LINE__); go_release(c); return 4; }\n' >far/script
chmod +x far/script
ln -s far/script here
got=0
PATH=$PWD/bin:$PATH ./here 'two words' -x -- >out || got=$?
[ $got = 4 ] && [ "$(cat out)" = '4 -- 3' ] || { cat out; exit 1; }
printf '#!/usr/bin/env -S gocc run -DN=7\nint main(void) { go { }; return N; }\n' >option
chmod +x option
got=0
PATH=$PWD/bin:$PATH ./option || got=$?
[ $got = 7 ]
