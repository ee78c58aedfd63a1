# LANGUAGE.md 7: a line without .gc files means what it means to cc, so that make CC=gocc works;
# a .gc file without a construct is compiled as it stands, also what only gcc accepts.
cat >nested.c <<'END'
int puts(const char *);
int main(void)
{
    int n = 2;
    int twice(int x) { return n * x; }
    return twice(4) - 8;
}
END
cp nested.c nested.gc
"$GOCC" nested.c -o nested
./nested
"$GOCC" nested.gc -o nested
./nested
"$GOCC" -x gocc nested.c -o nested
./nested
"$GOCC" -xc - -o from_stdin <nested.c
./from_stdin
[ "$("$GOCC" -dumpmachine)" = "$(gcc -dumpmachine)" ]
printf -- '-O2 "-DNAME=\\"a b\\"" -c\nnested.c' >options
"$GOCC" @options -o nested.o
[ -e nested.o ]
cat >Makefile <<'END'
program: nested.o other.o
	$(CC) $^ -o $@
END
echo 'int other(void) { return 1; }' >other.c
rm nested.o
make -s CC="$GOCC" program
./program
"$GOCC" -shared -fPIC other.c -o libother.so
[ -e libother.so ]
# Nothing of ours stays in the way: gocc becomes the C compiler, and what it adds to the line changes
# no plain C: no macro, no file that is not there with gcc.
cat >show-gcc <<'END'
#!/bin/bash
echo $$ >pid
exec gcc "$@"
END
chmod +x show-gcc
"$GOCC" --cc=./show-gcc -c other.c &
wait $!
[ "$(cat pid)" = $! ]
"$GOCC" -E -dM other.c | sort >got
gcc -E -dM other.c | sort >want
diff want got
printf '#ifdef _REENTRANT\n#error changed\n#endif\nint main(void) { return 0; }\n' >macro.c
"$GOCC" macro.c -o macro
"$GOCC" macro.c -pthread -o macro 2>err && exit 1
for options in '-O2 -g' -S '-flto -O2 -frandom-seed=1' -E; do
    # shellcheck disable=SC2086
    "$GOCC" $options -c nested.c -o got.o
    # shellcheck disable=SC2086
    gcc $options -c nested.c -o want.o
    cmp got.o want.o
done
