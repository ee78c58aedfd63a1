# LANGUAGE.md 7: gocc run passes arguments, standard input and the exit status through; several
# files, standard input as the program, options, and a script by its first line.
mkdir -p sub/include
cat >sub/main.gc <<'END'
#include "beside.h"
#include <far.h>
#include <math.h>
#include <stdio.h>
int other(void);
int main(int argc, char **argv)
{
    int c = getchar();
    printf("%s %d %s %c %d %d %g\n", argv[0], argc, argv[argc - 1], c, other(), BESIDE + FAR + MACRO, sqrt(argc));
    return 7;
}
END
echo '#define BESIDE 1' >sub/beside.h
echo '#define FAR 20' >sub/include/far.h
echo 'int other(void) { return 5; }' >other.c
got=$(echo x | "$GOCC" run -Isub/include -D MACRO=300 -lm sub/main.gc other.c -- a.gc -v last || echo $?)
[ "$got" = "$(printf 'sub/main.gc 4 last x 5 321 2\n7')" ] || { echo "$got"; exit 1; }
[ "$(echo 'int puts(const char *); int main(void) { puts("in"); }' | "$GOCC" run -)" = in ]
printf '#!/usr/bin/env -S gocc run\n#include <stdio.h>\nint main(int n, char **v) { printf("%%d %%s %%d\\n", n, v[1], __LINE__); }\n' >script
chmod +x script
mkdir bin
ln -s "$GOCC" bin/gocc
[ "$(PATH=$PWD/bin:$PATH ./script word)" = '2 word 3' ]
cp script script.gc
"$GOCC" script.gc -o compiled
[ "$(./compiled word)" = '2 word 3' ]
# The end of a program: exit handlers, destructors, output flushed.
cat >ends.c <<'END'
#include <stdio.h>
#include <stdlib.h>
__attribute((constructor)) static void before(void) { puts("constructor"); }
__attribute((destructor)) static void after(void) { puts("destructor"); }
static void handler(void) { puts("handler"); }
int main(void)
{
    atexit(handler);
    printf("main\n");
    exit(3);
}
END
[ "$("$GOCC" run ends.c || echo $?)" = "$(printf 'constructor\nmain\nhandler\ndestructor\n3')" ]
# Nothing of the rewriter can be linked against.
echo 'int emit_file(void); int main(void) { return emit_file(); }' >private.c
"$GOCC" run private.c 2>err && exit 1
grep -q emit_file err
# The program finds every signal as it would find it without gocc around it, and no descriptor open.
cat >untouched.gc <<'END'
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
int main(void)
{
    chan<int> c = make(chan<int>, 1);
    c <- 1;
    for (int sig = 1; sig < 32; sig++) {
        struct sigaction now;
        sigaction(sig, NULL, &now);
        if (now.sa_handler != SIG_DFL)
            printf("signal %d is handled\n", sig);
    }
    for (int fd = 3; fd < 64; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            printf("descriptor %d is open\n", fd);
    }
}
END
"$GOCC" untouched.gc -o untouched
./untouched >without
"$GOCC" run untouched.gc >with
diff without with
