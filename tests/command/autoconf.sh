# LANGUAGE.md 7: a configure script takes CC=gocc and finds what it finds with gcc; automake builds
# .gc files by a suffix rule, and a header that changed remakes what reads it.
# timeout: 240
mkdir project
cd project
cat >configure.ac <<'END'
AC_INIT([asks], [1])
AM_INIT_AUTOMAKE([foreign])
AC_CONFIG_HEADERS([config.h])
AC_PROG_CC
AC_USE_SYSTEM_EXTENSIONS
AC_C_BIGENDIAN
AC_C_CONST
AC_C_INLINE
AC_CHECK_HEADERS([unistd.h sys/epoll.h no_such_header.h gocc_none.h])
AC_CHECK_FUNCS([strdup no_such_function select close])
AC_CHECK_SIZEOF([long])
AC_SEARCH_LIBS([cos], [m])
AC_SEARCH_LIBS([pthread_create], [pthread])
AC_CONFIG_FILES([Makefile])
AC_OUTPUT
END
cat >Makefile.am <<'END'
bin_PROGRAMS = hello
hello_SOURCES = main.gc square.c square.h
.gc.o:
	$(COMPILE) -MMD -MP -c $< -o $@
-include main.d
CLEANFILES = main.d
END
cat >main.gc <<'END'
#include "config.h"
#include "square.h"
#include <stdio.h>
int main(void)
{
    chan<int> c = make(chan<int>);
    go { c <- square(SIZEOF_LONG); };
    printf("%d\n", <-c);
}
END
echo 'int square(int x);' >square.h
printf '#include "square.h"\nint square(int x) { return x * x; }\n' >square.c
autoreconf -i >../log 2>&1 || { cat ../log; exit 1; }
cd ..
mkdir build with_gcc
(cd with_gcc && CC=gcc ../project/configure >log 2>&1)
(cd build && CC=$GOCC ../project/configure >log 2>&1) || { cat build/log; exit 1; }
diff with_gcc/config.h build/config.h
sed "s|$GOCC|gcc|g" build/log >build/log.gcc
diff with_gcc/log build/log.gcc
cd build
make >log 2>&1 || { cat log; exit 1; }
[ "$(./hello)" = 64 ]
make >log 2>&1
! grep -q ' -c ' log
sleep 0.01 # the file system's clock
echo >>../project/square.h
make >log 2>&1
grep -q ' -c ../project/main.gc -o main.o' log
make distcheck CC="$GOCC" >log 2>&1 || { tail -20 log; exit 1; }
