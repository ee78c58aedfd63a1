# LANGUAGE.md 7: status 2 for wrong usage, 1 for an error in a file; the small commands.
status()
{
    local expected=$1 got=0
    shift
    "$@" >out 2>err </dev/null || got=$?
    [ $got = "$expected" ] || { echo "$*: status $got, expected $expected"; cat err; exit 1; }
}
echo 'int main(void) { return 0; }' >ok.gc
status 2 "$GOCC"
status 2 "$GOCC" ok.gc -o
status 2 "$GOCC" run
status 2 "$GOCC" emit
status 2 "$GOCC" emit ok.gc ok.gc
status 2 "$GOCC" help nothing
status 2 "$GOCC" --cc=tcc -race ok.gc
# Go's commands are none, and no files either, unless there is one of that name.
for command in build test fmt get; do
    status 2 "$GOCC" $command ok.gc
    grep -q "no command '$command'" err && grep -q '^gocc: note: ' err
done
cp ok.gc build.gc && "$GOCC" -c ok.gc -o build && status 0 "$GOCC" build -o built && ./built
status 1 "$GOCC" --cc=no-such-compiler ok.gc
status 1 "$GOCC" missing.gc
grep -q missing.gc err
status 1 "$GOCC" run missing.gc
status 0 "$GOCC" version
grep -q '^gocc version [0-9]' out
status 0 "$GOCC" help
for command in run emit vet version env help; do
    status 0 "$GOCC" help $command
    grep -q "gocc $command" out
done
status 0 "$GOCC" env
eval "$(cat out)"
[ -e "$GOCC_INCLUDE/gocc.h" ]
[ -e "$GOCC_LIB/libgocc.a" ]
