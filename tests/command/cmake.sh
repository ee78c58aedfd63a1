# LANGUAGE.md 7: CMake takes gocc as the C compiler of a project with .gc and .c files, for make and
# for ninja, and remakes what a header that changed is read by, and nothing else.
# timeout: 240
export CC=$GOCC
for generator in Ninja 'Unix Makefiles'; do
    cp -r "$TOP/examples/cmake" project
    cmake -G "$generator" -DCMAKE_BUILD_TYPE=Release -S project -B build >log 2>&1 || { cat log; exit 1; }
    cmake --build build >log 2>&1 || { cat log; exit 1; }
    [ "$(build/squares)" = 285 ]
    for header in workers.h square.h; do
        sleep 0.01 # the file system's clock
        echo >>project/$header
        cmake --build build >log 2>&1
        [ "$(grep -c 'Building C object' log)" = 2 ] || { cat log; exit 1; } # main, workers; workers, square
        grep -q 'Building.*workers.gc' log
    done
    cmake --build build >log 2>&1
    ! grep -q Building log

    # An error reads as it does on the command line.
    echo 'chan<int> wrong = 1;' >>project/main.gc
    cmake --build build >log 2>&1 && exit 1
    grep -q 'main.gc:[0-9]*:[0-9]*: error: ' log
    rm -r project build
done

# What a project asks of its compiler gets gcc's answers.
mkdir project
cat >project/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.16...3.25)
project(asks C)
include(CheckIPOSupported)
include(CheckCSourceCompiles)
include(CheckFunctionExists)
include(CheckTypeSize)
include(CheckCCompilerFlag)
check_ipo_supported()
check_c_source_compiles("int main(void) { int go = 1, chan = 2; return go < -chan; }" WORDS)
check_function_exists(strdup STRDUP)
check_function_exists(no_such_function NONE)
check_type_size("long" LONG)
check_c_compiler_flag(-Wall WALL)
check_c_compiler_flag(-no-such-flag FLAG)
find_package(Threads REQUIRED)
message("id ${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}")
message("${WORDS} ${STRDUP} ${NONE} ${LONG} ${WALL} ${FLAG}.")
END
cmake -S project -B build >log 2>&1 || { cat log; exit 1; }
CC=gcc cmake -S project -B with_gcc >gcc.log 2>&1
grep -q '^1 1  8 1 \.$' log
grep '^id' log >id
grep -q "$(cat id)" gcc.log
