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
