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
