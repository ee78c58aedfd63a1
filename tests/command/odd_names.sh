# LANGUAGE.md 7: a file may have any name: it is compiled, linked, run, named in messages and rules.
# timeout: 180
echo '#define H 4' >'h x.h'
cat >source <<'END'
#include "h x.h"
#include <stdio.h>
int main(void)
{
    chan<int> c = make(chan<int>);
    go { c <- 3; };
    printf("%s %d %d\n", __FILE__, <-c, H);
}
END
long=$(printf 'x%.0s' {1..252}).gc
for name in 'a b.gc' "q'uote.gc" 'dq"uote.gc' '-x.gc' 'ünï.gc' $'new\nline.gc' '$x.gc' 'back\slash.gc' \
    'star*.gc' '#.gc' 'semi;colon.gc' 'eq=ual.gc' 'percent%s%n.gc' .gc two.dots.gc '(1):,.gc' '@at.gc' '~&!.gc' \
    $'tab\t.gc' $'\xff\xfe.gc' "$long"; do
    cp source "./$name"
    stem=${name%.gc}
    [ "$stem" ] || stem=.gc
    for cc in gcc clang tcc; do
        "$GOCC" --cc=$cc -g "./$name" -o program
        [ "$(./program)" = "./$name 3 4" ] || { echo "$cc: $(./program)"; exit 1; }
        [ ${#name} -lt 252 ] || continue
        "$GOCC" --cc=$cc -MMD -c "./$name"
        "$GOCC" --cc=$cc "./$stem.o" -o program
        [ "$(./program)" = "./$name 3 4" ]
        [ -s "./$stem.d" ]
        rm "./$stem.o" "./$stem.d"
    done
    [ "$("$GOCC" run "./$name")" = "./$name 3 4" ]
    rm "./$name"
done
# Names that make can read are quoted as gcc does.
for stem in 'a b' '$x' '#' ünï '@at' 'two.dots'; do
    cp source "$stem.gc"
    echo '#include "h x.h"' >"$stem.c"
    "$GOCC" -MMD -c "./$stem.gc" -MF gc.d
    gcc -MMD -c "./$stem.c" -MF c.d
    [ "$(sed 's/\.gc/.c/; s/\\$//' gc.d | tr -s '\n ' ' ')" = "$(sed 's/\\$//' c.d | tr -s '\n ' ' ')" ] || { cat gc.d c.d; exit 1; }
done
mkdir 'fol der'
cp source 'fol der/-c.gc'
cp 'h x.h' 'fol der'
cd 'fol der'
"$GOCC" ./-c.gc -o -program
[ "$(./-program)" = './-c.gc 3 4' ]
