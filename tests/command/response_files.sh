# LANGUAGE.md 7: @file stands for the words in it, quoted as for gcc and also nested; a line longer
# than the kernel takes works for .gc files as for C files.
cat >f.gc <<'END'
#include <stdio.h>
int main(void)
{
    chan<const char *> c = make(chan<const char *>, 1);
    c <- NAME;
    printf("%s %d\n", <-c, LAST);
}
END
printf '%s\n' "-DNAME=\"a\\\"b 'c\"" '"-DIGNORED=x y"' "'-DALSO=\"q\"' -DE=\\ x" '@inner' >outer
printf -- '-o\n"the program"\n\n\t-DLAST=7' >inner
sed -i '1s/.*/-DNAME=\\"a\\\\\\"b\\ \\'"'"'c\\"/' outer
for cc in gcc clang tcc; do
    "$GOCC" --cc=$cc @outer f.gc
    [ "$("./the program")" = "a\"b 'c 7" ] || { "./the program"; exit 1; }
    rm 'the program'
done
echo 'f.gc -c' >files
"$GOCC" @files @outer
"$GOCC" run '-DNAME="x"' -DLAST=1 f.gc @files | grep -qx 'x 1' # the program's own
: >empty
"$GOCC" @empty '-DNAME="x"' -DLAST=1 f.gc @empty
echo 'int main(void) { return !LAST; }' >plain.c
export TMPDIR=$PWD/tmp
mkdir tmp
folder=$(printf 'long%.0s' {1..50})
mkdir "$folder"
ar rcs "$folder/empty.a"
for _ in {1..12000}; do
    echo "'$folder/empty.a'"
done >long # 2.4 MB
echo '-DNAME="\"end\"" -DLAST=1' >>long
for cc in gcc tcc; do # clang takes its time for so many
    "$GOCC" --cc=$cc plain.c @long -o plain
    ./plain
    "$GOCC" --cc=$cc f.gc @long -o f
    [ "$(./f)" = 'end 1' ]
done
[ -z "$(ls tmp)" ]
# What names no file, or itself, is gcc's to judge.
echo '@self' >self
for name in @missing @self; do
    "$GOCC" $name >/dev/null 2>&1 && exit 1
    [ $? = 1 ]
done
