# LANGUAGE.md, C stays C: in a file with constructs every byte outside of them reaches the C compiler
# unchanged; here for C that looks like constructs, and for the rewriter's own sources.
# (tests/projects does the same with SQLite, Lua and zlib.)
# timeout: 120
probe=$TOP/tests/projects/probe
unchanged=$TOP/tests/projects/unchanged

cp "$TOP"/tests/command/unchanged/*.c .
printf 'int report(void);\nint main(void) { return report() != 7; }\n' >main.c
for file in nasty words; do # no construct: passed on as it stands
    gcc -w $file.c main.c -o with_gcc
    ./with_gcc >$file.expected
    "$GOCC" -w -x gocc $file.c main.c -o plain
    ./plain | cmp - $file.expected
    "$GOCC" emit -x gocc $file.c | cmp - $file.c
done

"$probe" nasty.c >probes.c
"$unchanged" "$GOCC" nasty.c
for cc in gcc clang; do
    "$GOCC" --cc=$cc -w -c -x gocc nasty.c -o nasty.o
    "$GOCC" -w main.c nasty.o -o rewritten
    ./rewritten | cmp - nasty.expected
    "$GOCC" -w probes.c nasty.o -o probes
    [ "$(./probes)" = "1 functions, 0 wrong" ]
done

# Functions in the middle of the file, too.
sed 's,^/\* \(.*\) \*/$,/***** End of \1.c *****/,; s/End of old style/End of old_style/' \
    "$TOP/tests/command/unchanged/nasty.c" | sed 's/End of .* in odd .*shapes/End of odd/' >middle.c
"$probe" middle.c >probes.c
"$unchanged" "$GOCC" middle.c
"$GOCC" -w -x gocc middle.c main.c -o middle
./middle | cmp - nasty.expected

mkdir sources
cp "$TOP"/gocc/*.[ch] sources
"$probe" sources/lex.c sources/edit.c sources/parse_expr.c sources/lower_go.c sources/diag.c >probes.c
for file in lex edit parse_expr lower_go diag; do
    "$unchanged" "$GOCC" sources/$file.c
done
