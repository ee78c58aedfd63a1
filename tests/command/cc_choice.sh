# LANGUAGE.md 7: --cc= and GOCC_CC choose the compiler, --cc= wins; clang is found by its version.
cat >which.gc <<'END'
#include <stdio.h>
int main(void)
{
#if defined __clang__
    puts("clang");
#elif defined __TINYC__
    puts("tcc");
#else
    puts("gcc");
#endif
}
END
for cc in gcc clang tcc; do
    "$GOCC" --cc=$cc which.gc -o which
    [ "$(./which)" = $cc ]
    GOCC_CC=$cc "$GOCC" which.gc -o which
    [ "$(./which)" = $cc ]
done
GOCC_CC=tcc "$GOCC" --cc=gcc which.gc -o which
[ "$(./which)" = gcc ]
"$GOCC" --cc="$(command -v tcc)" which.gc -o which
[ "$(./which)" = tcc ]
