# LANGUAGE.md 7: the -M options name the .gc file and the headers that it read.
echo '#define K 1' >k.h
printf '#include "k.h"\n#include <stdio.h>\nint f(void) { return K; }\n' >f.gc
words()
{
    tr -d '\\\n' <"$1" | tr -s ' '
}
for cc in gcc clang; do
    "$GOCC" --cc=$cc -MMD -c f.gc
    [ "$(words f.d)" = 'f.o: f.gc k.h' ] || { cat f.d; exit 1; }
    "$GOCC" --cc=$cc -MMD -MP -MF x.dep -MT 'a b' -c f.gc -o x.o
    grep -q '^a b: f.gc' x.dep
    grep -q '^k.h:' x.dep
    "$GOCC" --cc=$cc -MD -c f.gc
    grep -q stdio.h f.d
    [ "$("$GOCC" --cc=$cc -MM f.gc | tr -d '\\\n' | tr -s ' ')" = 'f.o: f.gc k.h' ]
done
"$GOCC" --cc=tcc -MM f.gc | grep -q 'f.o: f.gc'
