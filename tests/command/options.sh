# LANGUAGE.md 7: the options mean for a .gc file what they mean to cc for a C file; what is no matter
# of ours, and every exit status, is the C compiler's.
# timeout: 240
cat >f.gc <<'END'
#include <stdio.h>
#include "h.h"
int main(void)
{
    chan<int> c = make(chan<int>);
    go { c <- H; };
    printf("%d %s\n", <-c, OTHER);
    return 0;
}
END
printf '#include "h.h"\n#include <stdio.h>\nint main(void) { printf("%%d %%s\\n", H, OTHER); return 0; }\n' >f.c
echo '#define H 1' >h.h
mkdir inc
echo '#define OTHER "other"' >inc/other.h

# Compiled so, the .gc file and the C file print the same.
same()
{
    "$GOCC" --cc=$cc f.gc -o from_gc "$@" 2>err || { echo "--cc=$cc $*"; cat err; exit 1; }
    ${compiler:-$cc} f.c -o from_c "$@"
    [ "$(./from_gc)" = "$(./from_c)" ] || { echo "--cc=$cc $*"; ./from_gc; exit 1; }
    rm from_gc from_c
}
other='-DOTHER="x y"'
for cc in gcc clang tcc; do
    eval "$(GOCC_CC=$cc "$GOCC" env)"
    compiler=$GOCC_CC # clang as it is called here
    unset GOCC_CC
    same "$other" -D X -UX -I inc
    same -include inc/other.h -Iinc -include other.h
    same -isystem inc -include other.h
    [ $cc = tcc ] && continue
    same -imacros inc/other.h
    same -iquote inc -include other.h
    same -idirafter inc -include other.h
    same -Wp,-include,inc/other.h
    same -Xpreprocessor "$other"
    for options in '-O3 -g3 -pipe -pthread -march=native' '-Os -s -static' '-flto -O2' '-std=c99 -pedantic-errors' \
        '-std=gnu2x -fPIC -pie' '-Wall -Wextra -Werror -pedantic -Wconversion -Wshadow -std=c11' '-no-pie -rdynamic' \
        '-static-pie' '-ffunction-sections -fvisibility=hidden -Wl,--gc-sections -Xlinker --build-id' \
        '-Wl,-z,lazy -lm -L. -fno-common' '-fstack-protector-all -D_FORTIFY_SOURCE=2 -O2 -w' \
        '-fsanitize=undefined' '-fsanitize=address,undefined' '-fsanitize=thread' \
        '-funsigned-char -ffast-math -fdiagnostics-color=always -Wp,-DX=1'; do
        # shellcheck disable=SC2086
        same "$other" $options
    done
done

# What is asked of the compiler, without a file.
for cc in gcc clang; do
    for question in -dumpmachine -dumpversion -print-search-dirs -print-file-name=libc.a -print-prog-name=ld \
        -print-libgcc-file-name -print-multi-lib --version; do
        "$GOCC" --cc=$cc $question >answer 2>&1
        [ -s answer ]
    done
done
for question in -dumpmachine -dumpversion --version -print-search-dirs -print-file-name=libc.a -v; do
    # shellcheck disable=SC2086
    gcc $question >want 2>&1
    # shellcheck disable=SC2086
    "$GOCC" $question >got 2>&1
    diff want got
done
# --help is ours and cc's.
"$GOCC" help >want
printf '\nThe C compiler'"'"'s own:\n\n' >>want
gcc --help >>want
"$GOCC" --help >got
diff want got
[ "$("$GOCC" -E -dM - </dev/null | sort)" = "$(gcc -E -dM - </dev/null | sort)" ]
"$GOCC" --cc=tcc -v | grep -q '^tcc version'

# -v shows the commands and runs them, -### only shows them.
"$GOCC" "$other" -v f.gc -o shown 2>err
grep -q ' "gcc" .*"-c" ' err
[ -x shown ]
rm shown
"$GOCC" "$other" '-###' -save-temps f.gc -o shown 2>err
grep -q ' "gcc" .*"-o" "shown"' err
[ ! -e shown ]
[ ! -e f.gc.c ]

# Exit statuses.
status()
{
    local expected=$1 got=0
    shift
    "$@" >out 2>err </dev/null || got=$?
    [ $got = "$expected" ] || { echo "$*: status $got, expected $expected"; cat err; exit 1; }
}
mkdir d.gc
for cc in gcc clang tcc; do
    status 1 "$GOCC" --cc=$cc -no-such-option f.gc
    status 1 "$GOCC" --cc=$cc "$other" f.gc no_such.o
    status 1 "$GOCC" --cc=$cc "$other" f.gc -lno_such
    status 1 "$GOCC" --cc=$cc "$other" f.gc f.gc
    status 1 "$GOCC" --cc=$cc d.gc
    grep -q '^gocc: error: d.gc: Is a directory' err
    status 1 "$GOCC" --cc=$cc "$other" f.gc -o d.gc
    status 1 "$GOCC" --cc=$cc "$other" -c f.gc -o d.gc
    status 1 "$GOCC" --cc=$cc "$other" -c f.gc -o nowhere/f.o
    grep -q '^gocc: error: nowhere/f.o: No such file or directory' err
    status 1 "$GOCC" --cc=$cc "$other" -x nonsense f.gc
    status 0 "$GOCC" --cc=$cc "$other" -c f.gc f.gc
    status 0 "$GOCC" --cc=$cc "$other" -fsyntax-only f.gc
    [ ! -e a.out ]
    status 0 env TMPDIR=/nowhere "$GOCC" --cc=$cc "$other" -c f.gc
done
status 1 "$GOCC" -
status 2 "$GOCC" --cc=tcc -S f.gc
mkdir bin
ln -s "$GOCC" bin/gcc
status 1 env GOCC_CC="$GOCC" "$GOCC" f.gc
status 1 env PATH="$PWD/bin:$PATH" "$GOCC" f.gc
grep -q 'gcc.* is gocc itself' err
