# LANGUAGE.md 7: -shared, -static, -r, ar and -l: gocc code in a library takes the runtime from the
# program, which gocc links whether its main is C or not.
# timeout: 240
cat >total.gc <<'END'
int total(int n)
{
    chan<int> c = make(chan<int>, 2);
    chan<void> quit = make(chan<void>);
    int sum = 0;
    go {
        for (i := range n)
            c <- i;
        close(quit);
    }
    for (;;) {
        select {
        case v := <-c:
            sum += v;
        case <-quit:
            while (len(c) > 0)
                sum += <-c;
            return sum;
        }
    }
}
END
printf '#include <stdio.h>\nint total(int);\nint main(void) { printf("%%d\\n", total(10)); return 0; }\n' >main.c
printf '#include <stdio.h>\nint total(int);\nint main(void) { chan<int> c = make(chan<int>); go { c <- total(10); }; printf("%%d\\n", <-c); return 0; }\n' >main.gc
says_45()
{
    LD_LIBRARY_PATH=. ./program >out && [ "$(cat out)" = 45 ] || { echo "$cc: $*"; exit 1; }
    rm program
}
for cc in gcc clang tcc; do
    gocc() { "$GOCC" --cc=$cc "$@" 2>err && [ ! -s err ] || { echo "$cc: $*"; cat err; exit 1; }; }
    gocc -shared -fPIC total.gc -o libtotal.so
    gocc -c total.gc
    ar rcs libother.a total.o
    for main in main.c main.gc; do
        gocc $main -L. -ltotal -o program && says_45 shared $main
        gocc $main total.gc -o program && says_45 $main
        gocc $main libother.a -o program && says_45 archive $main
        gocc -static $main -L. -lother -o program && says_45 static $main
        gocc -c $main -o main.o
        gocc -r main.o total.o -o both.o
        gocc both.o -o program && says_45 relocatable $main
        gocc -Wl,--start-group main.o -L. -l other -Wl,--end-group -o program && says_45 group $main
        gocc -O2 -flto $main total.gc -o program && says_45 lto $main
    done
    ar rcs libmain.a main.o total.o
    gocc -L. -lmain -o program && says_45 "no file at all"
    rm -f ./*.o ./*.a ./*.so
done
# One that is opened with dlopen, and uses what the program does not: -rdynamic.
cat >plugin.c <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(void)
{
    void *lib = dlopen("./libtotal.so", RTLD_NOW);
    int (*total)(int) = lib ? (int (*)(int))dlsym(lib, "total") : 0;
    printf("%d\n", total ? total(10) : -1);
    return 0;
}
END
sed 's/^    printf/    go { (void)lib; }\n    printf/' plugin.c >plugin.gc
for cc in gcc clang tcc; do
    gocc() { "$GOCC" --cc=$cc "$@" 2>err && [ ! -s err ] || { echo "$cc: $*"; cat err; exit 1; }; }
    gocc -shared -fPIC total.gc -o libtotal.so
    gocc -rdynamic plugin.gc -ldl -o program && says_45 plugin
    gocc -c plugin.gc
    gocc -Wl,--export-dynamic plugin.o -ldl -o program && says_45 plugin.o
    # What is C alone stays so: no runtime, whose handlers would answer its faults.
    gocc -rdynamic plugin.c -ldl -o program
    ! nm program | grep -q go__schedule || { echo "$cc: -rdynamic brings the runtime into a C program"; exit 1; }
done
