# LANGUAGE.md 7: a signal that ends gocc ends the C compiler first and leaves nothing temporary and no
# output; one that was ignored stays so, as in cc.
export TMPDIR=$PWD/tmp
mkdir tmp out
echo 'int main(void) { chan<int> c = make(chan<int>); return len(c); }' >f.gc
# A compiler that writes half of its output and says so, then waits.
cat >slow-gcc <<'END'
#!/bin/sh
while [ "$1" != -o ]; do
    shift
done
echo half >"$2"
echo $$ >started
exec sleep 60
END
chmod +x slow-gcc
wait_for_start()
{
    until [ -s started ]; do
        sleep 0.01
    done
}
for signal in INT TERM HUP QUIT; do
    number=$(kill -l $signal)
    for stage in '-c -o out/f.o' '-S -o out/f.s' '-o out/f' '-save-temps=obj -c -o out/f.o'; do
        # shellcheck disable=SC2086
        env --default-signal=INT,TERM,HUP,QUIT "$GOCC" --cc=./slow-gcc f.gc $stage 2>err &
        wait_for_start
        [ "$(find tmp -type f)" ] # the rewritten file
        kill -$signal $!
        status=0
        wait $! || status=$?
        [ $status = $((128 + number)) ]
        ! kill -0 "$(cat started)" 2>err # the compiler is gone
        [ -z "$(ls tmp)" ]
        [ -z "$(find out -name '.*' -o -name '*.tmp')" ]
        case $stage in -save*) ;; *) [ -z "$(ls -A out)" ] ;; esac
        rm -f started out/*
    done
done
# Ignored, as by nohup.
(
    trap '' HUP
    exec "$GOCC" --cc=./slow-gcc -c f.gc -o out/f.o
) 2>err &
wait_for_start
kill -HUP $!
kill -TERM "$(cat started)"
status=0
wait $! || status=$?
[ $status = 1 ]
grep -q 'Terminated' err
[ -z "$(ls tmp)" ]
# A reader that goes away.
"$GOCC" -E f.gc | head -1 >out/head
[ -z "$(ls tmp)" ]
