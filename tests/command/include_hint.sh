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
