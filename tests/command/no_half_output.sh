# LANGUAGE.md 7: an error leaves status 1, no output file and no temporary, and an older output
# file as it was.
export TMPDIR=$PWD/tmp
mkdir tmp
echo 'int f(void) { return nowhere; }' >bad.gc
echo 'int main(void) { return 0; }' >good.gc
for cc in gcc clang tcc; do
    "$GOCC" --cc=$cc good.gc bad.gc -o program 2>err && exit 1
    "$GOCC" --cc=$cc -c bad.gc 2>>err && exit 1
    "$GOCC" --cc=$cc -c bad.gc -o named.o 2>>err && exit 1
    "$GOCC" --cc=$cc -S bad.gc 2>>err && exit 1
done
grep -q '^bad.gc:1:' err
echo old >kept.o
"$GOCC" -c bad.gc -o kept.o 2>>err || [ $? = 1 ]
[ "$(cat kept.o)" = old ]
[ "$(echo *)" = 'bad.gc err good.gc kept.o tmp' ]
[ -z "$(ls tmp)" ]

# What is no plain file is written to, not replaced.
cp good.gc good.c
ln -s kept.o link.o
mkfifo pipe.o
for cc in gcc clang tcc; do
    "$GOCC" --cc=$cc -c good.gc -o link.o
    [ -L link.o ]
    nm kept.o | grep -q main
    cat pipe.o >received.o &
    "$GOCC" --cc=$cc -c good.gc -o pipe.o
    wait
    [ -p pipe.o ]
    nm received.o | grep -q main
done
cat pipe.o >received.o &
"$GOCC" --cc=tcc -c good.c -o pipe.o
wait
[ -p pipe.o ]
