# README.md: the example and the C that it becomes are what they are.
set -eu
sed -n '/#include/,$p' "$TOP/examples/result.gc" >source
"$GOCC" emit "$TOP/examples/result.gc" | sed -e "s|$TOP/||" -e '/^#include <gocc.h>/,$!d' >emitted
awk '/^```c$/ { n++; on = 1; next } /^```$/ { on = 0 } on { print > "block" n }' "$TOP/README.md"
diff -u source block2
diff -u emitted block3
