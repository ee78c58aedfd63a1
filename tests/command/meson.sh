# LANGUAGE.md 7: Meson takes gocc as the C compiler of a project with .gc and .c files, and remakes
# what a header that changed is read by, and nothing else.
# timeout: 240
export CC=$GOCC
cp -r "$TOP/examples/meson" project
meson setup build project >log 2>&1 || { cat log; exit 1; }
ninja -C build >log 2>&1 || { cat log; exit 1; }
[ "$(build/squares)" = 285 ]
for header in workers.h square.h; do
    sleep 0.01 # the file system's clock
    echo >>project/$header
    ninja -C build >log 2>&1
    [ "$(grep -c 'Generating\|Compiling' log)" = 2 ] || { cat log; exit 1; } # main, workers; workers, square
    grep -q 'Generating.*workers.gc' log
done
ninja -C build | grep -q 'no work to do'
echo 'chan<int> wrong = 1;' >>project/main.gc
ninja -C build >log 2>&1 && exit 1
grep -q 'main.gc:[0-9]*:[0-9]*: error: ' log

# What a project asks of its compiler gets gcc's answers.
mkdir asks
cat >asks/meson.build <<'END'
project('asks', 'c', default_options: ['warning_level=3', 'werror=true', 'b_lto=true'])
cc = meson.get_compiler('c')
message('@0@ @1@ @2@ @3@ @4@ @5@ @6@'.format(cc.get_id(), cc.version(), cc.get_linker_id(),
  cc.sizeof('long'), cc.has_function('strdup'), cc.has_argument('-no-such-flag'),
  cc.find_library('m').found()))
executable('plain', 'plain.c', dependencies: dependency('threads'))
library('shared', 'plain.c')
static_library('archive', 'plain.c')
END
echo 'int main(void) { int go = 1, chan = 2; return go < -chan; }' >asks/plain.c
meson setup asked asks >log 2>&1 || { cat log; exit 1; }
CC=gcc meson setup with_gcc asks >gcc.log 2>&1
[ "$(grep ^Message log)" = "$(grep ^Message gcc.log)" ]
grep -q '^Message: gcc .* 8 true false true$' log
ninja -C asked >log 2>&1 || { cat log; exit 1; }
asked/plain
