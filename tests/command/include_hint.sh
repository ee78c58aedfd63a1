# LANGUAGE.md 0: a .gc file without a construct is plain C; when the compiler then does not know the
# library's names, a note says what is missing. Nothing is said where that cannot be the reason.
set -eu
cat >lacks.gc <<'END'
static go_context *same(go_context *ctx) { return ctx; }
int main(void) { return same(0) != 0; }
END
note="if 'go_context' is gocc's"
for command in "$GOCC -c" "$GOCC --cc=clang" "$GOCC run"; do
    $command lacks.gc >out 2>&1 && { echo "$command took it"; exit 1; }
    [ "$(grep -c "$note" out)" = 1 ] || { echo "$command:"; cat out; exit 1; }
done
(echo '#include <gocc.h>'; cat lacks.gc) >has.gc
"$GOCC" has.gc -o has 2>err && ./has
[ ! -s err ]
echo 'int main(void) { return nothing; }' >plain.gc
"$GOCC" -c plain.gc 2>err && exit 1
! grep "gocc's" err

# Constructs in a .c file, or in a header that one includes, are the C compiler's to refuse; then a note
# says where they may stand. A .c file that compiles, or has none, is left alone.
echo 'int main(void) { chan<int> c = make(chan<int>); }' >ours.c
echo 'static inline void put(chan<int> c) { c <- 1; }' >put.gh
printf '#include "put.gh"\nint main(void) { return 0; }\n' >includes.c
note='they stand in .gc files'
for command in "$GOCC -c" "$GOCC --cc=clang" "$GOCC --cc=tcc -c" "$GOCC run"; do
    for file in ours.c includes.c; do
        $command $file >out 2>&1 && { echo "$command took $file"; exit 1; }
        [ "$(grep -c "^$file: note: .*$note" out)" = 1 ] || { echo "$command $file:"; cat out; exit 1; }
    done
done
"$GOCC" -x gocc includes.c -o has 2>err && ./has
echo 'int main(void) { return "chan<go {"[0] != 99; }' >string.c
"$GOCC" string.c -o has 2>err && ./has
[ ! -s err ]
echo 'int main(void) { return nothing; }' >plain.c
"$GOCC" -c plain.c 2>err && exit 1
! grep "$note" err

# `gocc run`: what stands behind the file is the program's, and a note says so when something is missing.
cat >other.gc <<'END'
int of_another_file(void);
int main(void) { go { } return of_another_file(); }
END
"$GOCC" run other.gc -lother 2>err && exit 1
[ "$(grep -c "note: '-lother' behind the file is an argument of the program" err)" = 1 ]
"$GOCC" run other.gc other -x 2>err && exit 1
! grep 'behind the file' err
