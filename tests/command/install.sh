# The command works from any folder, after `make install` as before it, and uninstall leaves
# nothing behind. DESTDIR only says where the tree is put together.
make -s -C "$TOP" install PREFIX="$PWD/usr" >/dev/null
cat >hello.gc <<'END'
#include <stdio.h>
int main(void)
{
    chan<int> c = make(chan<int>);
    go { c <- 41; };
    printf("%d\n", <-c + 1);
}
END
mkdir elsewhere
cd elsewhere
[ "$(../usr/bin/gocc run ../hello.gc)" = 42 ]
../usr/bin/gocc ../hello.gc -o hello
[ "$(./hello)" = 42 ]
../usr/bin/gocc env | grep -q "GOCC_LIB='$(cd .. && pwd)/usr/lib'"
for variant in -race -fsanitize=address; do
    ../usr/bin/gocc $variant ../hello.gc -o hello
    [ "$(./hello)" = 42 ]
done
cd ..
cat >plain.c <<'END'
#include <gocc.h>
int main(void)
{
    return go_num_goroutine() - 1;
}
END
if command -v pkg-config >/dev/null; then
    # shellcheck disable=SC2046
    gcc plain.c $(PKG_CONFIG_PATH=$PWD/usr/lib/pkgconfig pkg-config --cflags --libs gocc) -o plain
    ./plain
fi
make -s -C "$TOP" uninstall PREFIX="$PWD/usr"
[ -z "$(find usr -type f)" ]
make -s -C "$TOP" install PREFIX=/opt DESTDIR="$PWD/stage" >/dev/null
[ -x stage/opt/bin/gocc ]
grep -q '^prefix=/opt$' stage/opt/lib/pkgconfig/gocc.pc
