# LANGUAGE.md 7: any number of gocc may work in one folder at a time, on the same files too.
# timeout: 120
for n in {1..12}; do
    echo "int f$n(void) { chan<int> c = make(chan<int>, 1); c <- $n; return <-c; }" >f$n.gc
    echo "int f$n(void);" >>all.h
    call="${call:-0} + f$n()"
done
printf '#include "all.h"\nint main(void) { chan<int> c = make(chan<int>, 1); c <- %s; return <-c - 78; }\n' "$call" >main.gc
cat >Makefile <<'END'
CFLAGS = -MMD -MP
objects = main.o $(patsubst %.gc,%.o,$(wildcard f*.gc))
both: one two
one two: $(objects)
	$(CC) $^ -o $@
%.o: %.gc
	$(CC) $(CFLAGS) -c $< -o $@
-include $(objects:.o=.d)
END
for cc in gcc clang tcc; do
    make -s -j8 CC="$GOCC --cc=$cc"
    ./one
    ./two
    make -q
    rm -f ./*.o ./*.d one two
done
# The same output by several at once: whole, whoever comes last.
for _ in {1..8}; do
    "$GOCC" -g -c main.gc -o main.o &
done
wait
"$GOCC" main.o f*.gc -o one
./one
[ -z "$(find . -name '.*.tmp')" ]
