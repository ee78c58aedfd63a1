# LANGUAGE.md 7: `gocc run` keeps what the rewriter made of a file and takes it again as long as
# nothing that it depends on has changed. What was kept is a file; made anew, it is another.
# timeout: 300
export GOCC_CACHE=$PWD/cache
entries() { for f in cache/*.emitted; do [ -e "$f" ] && stat -c '%i %n' "$f"; done | sort; }
# What is as young as the analysis is not kept: waits until files get a later time.
tick() { touch first; until touch second && [ second -nt first ]; do :; done; }
# check kept|made|none EXPECTED COMMAND…: what it prints, and what becomes of the entries.
check() {
    local what=$1 expected=$2 before after got
    shift 2
    tick
    before=$(entries)
    got=$("$@" 2>err) || { echo "$expected: status $?"; cat err; exit 1; }
    after=$(entries)
    [ "$got" = "$expected" ] || { echo "expected $expected, got $got"; exit 1; }
    case $what in
    kept) [ -n "$before" ] && [ "$before" = "$after" ] ;;
    made) [ "$before" != "$after" ] ;;
    none) [ "$before" = "$after" ] ;;
    esac || { echo "$* (expected $expected): not $what"; printf '%s\n--\n%s\n' "$before" "$after"; exit 1; }
}
write_program() {
    printf '%s\n' '#include <stdio.h>' '#include <number.h>' 'int main(void)' '{' \
        '    chan<int> c = make(chan<int>, 1);' "    c <- NUMBER ${1-};" '    printf("%d\n", <-c);' \
        '    go_release(c);' '}' >program.gc
}

mkdir one two
echo '#define NUMBER 1' >two/number.h
write_program
run="$GOCC run -Ione -Itwo program.gc"
check made 1 $run
check kept 1 $run
# Another folder, another option, another way to the include files: each its own.
check made 1 env -C one "$GOCC" run -I../two ../program.gc
check made 1 "$GOCC" run -DX -Itwo program.gc
check made 1 env CPATH="$PWD/two" "$GOCC" run program.gc
check kept 1 env CPATH="$PWD/two" "$GOCC" run program.gc

# A header that changes, keeping its size and its time.
touch -r two/number.h time
echo '#define NUMBER 2' >two/number.h
touch -r time two/number.h
check made 2 $run
check kept 2 $run
# A header that is found first from now on, and no longer.
echo '#define NUMBER 3' >one/number.h
check made 3 $run
rm one/number.h
check made 2 $run
# The source.
write_program '+ 10'
check made 12 $run
check kept 12 $run

# Another tcc, which is asked about the branches of #if.
mkdir bin
cp "$(command -v tcc)" bin/tcc
check made 12 env PATH="$PWD/bin:$PATH" $run
check kept 12 env PATH="$PWD/bin:$PATH" $run
touch -d '2 hours ago' bin/tcc
check made 12 env PATH="$PWD/bin:$PATH" $run
check kept 12 $run

# Half an entry, or one of other bytes, is none.
for entry in cache/*.emitted; do truncate -s -1 "$entry"; done
check made 12 $run
for entry in cache/*.emitted; do printf x | dd of="$entry" bs=1 seek=500 conv=notrunc status=none; done
check made 12 $run
check kept 12 $run

# A warning comes each time.
printf '%s\n' '#include <stdio.h>' 'int main(void)' '{' '    int n = 0;' \
    '    for (range 3) { go { (void)n; } n++; }' '    puts("warned");' '}' >warned.gc
for i in 1 2; do
    check none warned "$GOCC" run warned.gc
    grep -q 'warning:' err || { cat err; exit 1; }
done

# Many at once, of the same file and with an empty cache.
"$GOCC" clean
[ ! -e cache ] || { ls -la cache; exit 1; }
for i in 1 2 3 4 5 6 7 8; do $run >out.$i & done
wait
[ "$(cat out.?)" = "$(printf '12\n%.0s' 1 2 3 4 5 6 7 8)" ] || { head out.?; exit 1; }
check kept 12 $run
[ -z "$(find cache -name '*.emitted.*')" ]

# A cache that cannot be, or that others could write into, costs only time.
[ "$(GOCC_CACHE=/proc/none $run)" = 12 ]
[ "$(GOCC_CACHE=off $run)" = 12 ]
"$GOCC" clean
mkdir -m 777 cache
check none 12 $run
rm -r cache

# Where it is; what is not ours stays when it is emptied.
[ "$(env -u GOCC_CACHE XDG_CACHE_HOME=/x "$GOCC" env | grep CACHE)" = "GOCC_CACHE='/x/gocc'" ]
[ "$(env -u GOCC_CACHE -u XDG_CACHE_HOME HOME=/h "$GOCC" env | grep CACHE)" = "GOCC_CACHE='/h/.cache/gocc'" ]
check made 12 $run
touch cache/mine
"$GOCC" clean
[ "$(ls cache)" = mine ]
