# gocc: C with Go's concurrency.
#
#   make run [FILE=x.gc]   install what is needed, build, run a first program
#   make test              install what is needed, build, run every test
#   make test-all          the same, slowly: longer stress, and projects that were not written for us
#   make all lib           the command and the library; the library alone
#   make install PREFIX=/usr/local DESTDIR=
#   make docs              docs/library.md anew, after a change of the headers
#   make deb               a Debian package of it, build/gocc_VERSION_ARCH.deb
#
# Everything made is under build/: bin/gocc, lib/libgocc*.a, obj/.

VERSION = 0.1.0
PREFIX = /usr/local
DESTDIR =
ARCH := $(shell uname -m)
CC = gcc
# ARCH=aarch64 CROSS=aarch64-linux-gnu- CC=aarch64-linux-gnu-gcc B=build/aarch64: the library alone.
CROSS =
AR = $(CROSS)ar
CFLAGS = -O2 -g
WARNINGS = -Wall -Wextra
B = build

# ---- sources -----------------------------------------------------------------------------
# Lowest layer first: a file uses only what stands before it (make lint). The scheduler's files,
# which alone know gmp.h, are one layer.

SCHEDULER_SRCS = \
	runtime/runq.c \
	runtime/timer.c \
	runtime/fd.c \
	runtime/netpoll.c \
	runtime/switch_$(ARCH).S \
	runtime/descriptor.c \
	runtime/sched.c \
	runtime/spawn.c \
	runtime/proc.c \
	runtime/start.c \
	runtime/trace.c \
	runtime/trace_wait.c \
	runtime/fault.c \
	runtime/report.c \
	runtime/sysmon.c \
	runtime/public.c \
	runtime/metrics_waits.c \
	runtime/metrics.c

RUNTIME_SRCS = \
	runtime/gdb_script.S \
	runtime/base.c \
	runtime/stabs.c \
	runtime/symbol.c \
	runtime/unwind_$(ARCH).S \
	runtime/unwind.c \
	runtime/lock.c \
	runtime/stack.c \
	runtime/object.c \
	$(SCHEDULER_SRCS) \
	runtime/scope.c \
	runtime/panic_$(ARCH).S \
	runtime/panic.c \
	runtime/chan.c \
	runtime/select.c \
	runtime/sync.c \
	runtime/rwmutex.c \
	runtime/atomic.c \
	runtime/map.c \
	runtime/pool.c \
	runtime/time.c \
	runtime/signal.c \
	runtime/context.c \
	runtime/semaphore.c \
	runtime/errgroup.c \
	runtime/rate.c \
	runtime/plain.c \
	runtime/posix_io.c \
	runtime/posix_poll.c \
	runtime/posix.c \
	runtime/net.c

# What rewrites a file, which the fuzzers take; and the command around it.
FRONT_SRCS = \
	gocc/libclang.c \
	gocc/diag_origin.c \
	gocc/diag.c \
	gocc/lex.c \
	gocc/scan.c \
	gocc/writer.c \
	gocc/edit.c \
	gocc/view.c \
	gocc/macro.c \
	gocc/macro_expand.c \
	gocc/macro_text.c \
	gocc/parse_base.c \
	gocc/parse_wrong.c \
	gocc/parse_habit.c \
	gocc/parse_expr.c \
	gocc/parse_select.c \
	gocc/parse_stmt.c \
	gocc/parse_head.c \
	gocc/parse.c \
	gocc/twin.c \
	gocc/sema_files.c \
	gocc/sema_type.c \
	gocc/sema_place.c \
	gocc/sema_decl.c \
	gocc/sema_index.c \
	gocc/sema_library.c \
	gocc/sema_macro.c \
	gocc/sema_branch.c \
	gocc/sema_reparse.c \
	gocc/sema_vet.c \
	gocc/sema_words.c \
	gocc/sema_noise.c \
	gocc/sema_diag.c \
	gocc/sema.c \
	gocc/include.c \
	gocc/table.c \
	gocc/capture_hoist.c \
	gocc/capture.c \
	gocc/check.c \
	gocc/check_expr.c \
	gocc/check_vet_life.c \
	gocc/check_vet_block.c \
	gocc/check_vet.c \
	gocc/lower_names.c \
	gocc/lower_lift.c \
	gocc/lower_hoist.c \
	gocc/lower_box.c \
	gocc/lower_call.c \
	gocc/lower_go.c \
	gocc/lower_chan.c \
	gocc/lower_posix.c \
	gocc/lower_comma_ok.c \
	gocc/lower_range.c \
	gocc/lower_select.c \
	gocc/lower.c \
	gocc/emit.c

GOCC_SRCS = $(FRONT_SRCS) \
	gocc/words.c \
	gocc/args.c \
	gocc/toolchain.c \
	gocc/process.c \
	gocc/deps.c \
	gocc/compile.c \
	gocc/cache.c \
	gocc/driver.c \
	gocc/vet.c \
	gocc/run_cc.c \
	gocc/run.c \
	gocc/main.c

# The library's builds: as it is, for the thread and the address sanitizer (which must know of
# stack switches, and of nothing else in it), and with a yield forced at every park point and the
# order of locks checked.
VARIANTS = plain tsan asan stress
FLAGS_plain =
FLAGS_tsan = -DGO__TSAN
FLAGS_asan = -DGO__ASAN
FLAGS_stress = -DGO__STRESS -DGO__LOCK_RANK
LIB_plain = $B/lib/libgocc.a
LIB_tsan = $B/lib/libgocc_tsan.a
LIB_asan = $B/lib/libgocc_asan.a
LIB_stress = $B/lib/libgocc_stress.a
LIBS = $(foreach v,$(VARIANTS),$(LIB_$v))
# Both at once, for `make check-tools`.
STRESS_VARIANTS = stress_tsan stress_asan
FLAGS_stress_tsan = $(FLAGS_stress) $(FLAGS_tsan)
FLAGS_stress_asan = $(FLAGS_stress) $(FLAGS_asan)
LIB_stress_tsan = $B/lib/libgocc_stress_tsan.a
LIB_stress_asan = $B/lib/libgocc_stress_asan.a

# Where gdb looks by itself for the script that belongs to the library: Debian's in /usr/share only.
GDB_AUTOLOAD = $(if $(filter /usr /usr/local,$(PREFIX)),/usr,$(PREFIX))/share/gdb/auto-load
GDB_SCRIPT = $(GDB_AUTOLOAD)/gocc-gdb.py

# ---- flags -------------------------------------------------------------------------------

# libclang: 19 is the one we develop against. LLVM=PREFIX chooses another.
LLVM = $(firstword $(foreach v,19 20 18 17,$(if $(wildcard /usr/lib/llvm-$v/include/clang-c/Index.h),/usr/lib/llvm-$v)) \
	$(shell llvm-config --prefix 2>/dev/null))

COMMON = -std=gnu17 -Iinclude $(WARNINGS) -MMD -MP
# libgcc's functions for atomics would stand among the program's code: a fault in one of them would
# count as the program's.
ARCH_FLAGS_aarch64 = -mno-outline-atomics
RUNTIME_FLAGS = $(COMMON) $(ARCH_FLAGS_$(ARCH)) -fno-omit-frame-pointer -fstack-clash-protection -fPIE
GOCC_FLAGS = $(COMMON) -isystem $(LLVM)/include -I$B/obj -DGOCC_VERSION='"$(VERSION)"'
# The command carries the whole library for `gocc run` and shows it to libtcc.
GOCC_LINK = -Wl,--dynamic-list=gocc/run.syms -Wl,-z,now \
	-Wl,--whole-archive $(LIB_plain) -Wl,--no-whole-archive \
	-ldl -lm -pthread

objects = $(patsubst %,$B/obj/$2/%.o,$(basename $1))
GOCC_OBJS = $(call objects,$(GOCC_SRCS),gocc)

# ---- building ----------------------------------------------------------------------------

.PHONY: all lib lib-plain
all: $B/bin/gocc $(LIBS)
lib: $(LIBS)
lib-plain: $(LIB_plain)

# libbacktrace comes with gcc. It goes into the library under names of our own, as a program may
# have another. Without it traces have names and offsets only.
LIBBACKTRACE = $(wildcard $(shell $(CC) -print-file-name=libbacktrace.a))
ifneq ($(LIBBACKTRACE),)
$B/obj/%/runtime/symbol.o: CPPFLAGS = -DGO__LIBBACKTRACE
BACKTRACE_OBJ = $B/obj/libbacktrace.o
endif
$B/obj/libbacktrace.o:
	@mkdir -p $(@D)/libbacktrace
	cd $(@D)/libbacktrace && $(AR) x $(LIBBACKTRACE)
	$(CROSS)ld -r $(foreach o,dwarf fileline posix sort state elf mmapio mmap,$(@D)/libbacktrace/$o.o) -o $@
	$(CROSS)objcopy --rename-section .text=gocc_text $(foreach f,create_state pcinfo syminfo, \
		--redefine-sym backtrace_$f=go__backtrace_$f --keep-global-symbol=go__backtrace_$f) $@

# Code of the library stands in a section of its own, so that traces can leave it out.
OWN_SECTION = $(CROSS)objcopy $(foreach s,.text .text.unlikely .text.startup .text.hot,--rename-section $s=gocc_text)

define variant
$(LIB_$1): $(call objects,$(RUNTIME_SRCS),$1) $(BACKTRACE_OBJ)
	@mkdir -p $$(@D)
	@rm -f $$@
	$(AR) rcs $$@ $$^
$B/obj/$1/%.o: %.c
	@mkdir -p $$(@D)
	$(CC) $(RUNTIME_FLAGS) $(CFLAGS) $(FLAGS_$1) $$(CPPFLAGS) -c $$< -o $$@
	@$(OWN_SECTION) $$@
$B/obj/$1/%.o: %.S
	@mkdir -p $$(@D)
	$(CC) $(RUNTIME_FLAGS) $(CFLAGS) $(FLAGS_$1) -DGDB_SCRIPT='"$(abspath runtime/gdb.py)"' -c $$< -o $$@
	@$(OWN_SECTION) $$@
endef
$(foreach v,$(VARIANTS) $(STRESS_VARIANTS),$(eval $(call variant,$v)))

$B/obj/gocc/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(GOCC_FLAGS) $(CFLAGS) -c $< -o $@

# libclang is loaded when it is needed: the functions of it that the rewriter uses.
CLANG_NAMES = nm -g $^ | awk '/ [TDBR] clang_/ { own[$$NF] = 1 } / U clang_/ { used[$$NF] = 1 } \
		END { for (f in used) if (!(f in own) && f != "clang_createIndex") \
			print "CLANG_FUNCTION(" f ")" }' | sort >$@
$B/obj/libclang.names: $(filter $B/obj/gocc/gocc/sema%,$(GOCC_OBJS))
	$(CLANG_NAMES)
$B/obj/gocc/gocc/libclang.o: $B/obj/libclang.names

# libtcc has names like `unary` and `next`, of which only tcc_… are for others.
$B/obj/libtcc.o:
	@mkdir -p $(@D)
	ld -r --whole-archive $(shell $(CC) -print-file-name=libtcc.a) -o $@.all
	objcopy --wildcard --keep-global-symbol='tcc_*' $@.all $@
	@rm $@.all

$B/bin/gocc: $(GOCC_OBJS) $B/obj/libtcc.o $(LIB_plain) gocc/run.syms
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(GOCC_OBJS) $B/obj/libtcc.o -l:libjansson.a $(GOCC_LINK) -o $@

-include $(patsubst %.o,%.d,$(GOCC_OBJS) $(foreach v,$(VARIANTS) $(STRESS_VARIANTS),$(call objects,$(RUNTIME_SRCS),$v)))

# ---- running and testing -----------------------------------------------------------------
# deps may install what the variables above look for, hence the second make.

FILE = examples/hello.gc
ARGS =
JOBS = $(shell nproc)
TESTS = tests examples

.PHONY: run test test-all test-models test-aarch64 soak test-examples check check-tools
run: deps
	@$(MAKE) --no-print-directory -j$(JOBS) $B/bin/gocc
	$B/bin/gocc run $(FILE) $(ARGS)

test: deps deps-test
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(MAKE) --no-print-directory check

# The tests alone. TESTS=tests/run/x.gc runs one, REPEAT=50 each fifty times.
check:
	tests/all -j$(JOBS) $(TESTS)

# Every program of ours under the sanitizers and valgrind, which shall have nothing to report. Those of
# tests/stress under the sanitizers of gcc and of clang.
TOOLS = asan tsan valgrind
TOOLS_TESTS = $(foreach d,run fail godoc scale c runtime stress,tests/$d) examples
check-tools: $(foreach v,$(STRESS_VARIANTS),$(LIB_$v))
	for tool in $(TOOLS); do \
		TOOLS=$$tool BACKENDS= PROCS=2 tests/all -j$(JOBS) $(TOOLS_TESTS) || exit 1; done

test-all: deps deps-test deps-all
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@STRESS_SECONDS=60 THOROUGH=1 $(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory check-tools
	tests/scale/run
	tests/faults_below/run
	tests/faults/run
	@$(MAKE) --no-print-directory test-models test-aarch64
	tests/projects/build
	@$(MAKE) --no-print-directory deb
	tests/deb/run $(DEB)

# The library for aarch64, run by qemu: with it what tests/run, runtime, c and examples hold. The
# rewriter runs here, as a copy of the command beside that library.
AARCH64 = build/aarch64
AARCH64_TESTS = tests/run tests/runtime tests/c examples
test-aarch64: deps deps-aarch64
	@$(MAKE) --no-print-directory -j$(JOBS) $B/bin/gocc
	@$(MAKE) --no-print-directory -j$(JOBS) ARCH=aarch64 CROSS=aarch64-linux-gnu- \
		CC=aarch64-linux-gnu-gcc B=$(AARCH64) lib-plain
	@mkdir -p $(AARCH64)/bin
	cp $B/bin/gocc $(AARCH64)/bin/gocc
	ln -sfn ../../include $(AARCH64)/include
	BACKENDS=aarch64 PROCS=2 tests/all -j$(JOBS) $(AARCH64_TESTS)

# Everything at once for SECONDS under each of GOMAXPROCS 1, 2 and 8; memory must stay as it is.
SECONDS = 60
soak: deps
	@$(MAKE) --no-print-directory -j$(JOBS) $B/bin/gocc $(LIB_plain)
	$B/bin/gocc -O2 -g tests/soak/soak.gc -o $B/soak
	for n in 1 2 8; do GOMAXPROCS=$$n SECONDS_OF_SOAK=$(SECONDS) $B/soak || exit 1; done

# The scheduler's protocols, with a model checker.
test-models: deps-models
	tests/models/run

test-examples: deps
	@$(MAKE) --no-print-directory -j$(JOBS) all
	tests/all -j$(JOBS) examples

# ---- fuzzing -----------------------------------------------------------------------------
# gocc/ with its memory and its variables in the harness's hands (tests/fuzz/memory.h), once for
# libFuzzer with clang and once for replaying inputs with the machine's own gcc. `make fuzz
# FUZZ_SECONDS=1800` runs each harness for so long; what it finds goes to $B/fuzz/found/.

FUZZ_SECONDS = 60
FUZZ = lexer parser front
FUZZ_CC = clang-19
FUZZ_FLAGS = -std=gnu17 -g -Iinclude -isystem $(LLVM)/include -MMD -MP \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-DFUZZ_INCLUDE='"$(CURDIR)/include"'
FUZZ_LINK = -Wl,--wrap=clang_createIndex,--wrap=clang_parseTranslationUnit2 \
	-Wl,--wrap=clang_disposeTranslationUnit -ldl
FUZZ_CC_fuzz = $(FUZZ_CC)
FUZZ_CC_replay = $(CC)
FUZZ_FLAGS_fuzz = -O1 -fsanitize=fuzzer-no-link -fno-sanitize-address-globals-dead-stripping
FUZZ_FLAGS_replay = -O0
FUZZ_LINK_fuzz = -fsanitize=fuzzer
FUZZ_ALSO_fuzz = mutate
FUZZ_ALSO_replay = replay

define fuzzer
$B/$1/libclang.names: $(patsubst %.c,$B/$1/%.o,$(filter gocc/sema%,$(FRONT_SRCS)) \
		tests/fuzz/memory.c tests/fuzz/front.c)
	$$(CLANG_NAMES)
$B/$1/gocc/libclang.o: $B/$1/libclang.names
$B/$1/gocc/%.o: gocc/%.c
	@mkdir -p $$(@D)
	$$(FUZZ_CC_$1) $$(FUZZ_FLAGS) -include tests/fuzz/memory.h -I$B/$1 $$(FUZZ_FLAGS_$1) -c $$< -o $$@
	objcopy --rename-section .data=gocc_data --rename-section .bss=gocc_bss $$@
$B/$1/tests/fuzz/%.o: tests/fuzz/%.c
	@mkdir -p $$(@D)
	$$(FUZZ_CC_$1) $$(FUZZ_FLAGS) -O1 -c $$< -o $$@
$(foreach f,lexer parser front,$B/$1/$f): $B/$1/%: $B/$1/tests/fuzz/%.o \
		$$(patsubst %,$B/$1/tests/fuzz/%.o,memory $$(FUZZ_ALSO_$1)) \
		$$(patsubst %.c,$B/$1/%.o,$$(FRONT_SRCS))
	$$(FUZZ_CC_$1) -fsanitize=address,undefined $$(FUZZ_LINK_$1) $$^ $$(FUZZ_LINK) -o $$@
-include $$(patsubst %.c,$B/$1/%.d,$$(FRONT_SRCS))
endef
$(foreach v,fuzz replay,$(eval $(call fuzzer,$v)))

.PHONY: fuzz replay
fuzz: $(FUZZ:%=$B/fuzz/%)
	for f in $(FUZZ); do tests/fuzz/run $B/fuzz $$f $(FUZZ_SECONDS) || exit 1; done
replay: $(FUZZ:%=$B/replay/%)

.PHONY: bench
bench: all
	bench/all

# ---- installing --------------------------------------------------------------------------

HEADERS = include/gocc.h include/gocc/abi.h include/gocc/chan.h include/gocc/object.h \
	include/gocc/runtime.h include/gocc/sync.h include/gocc/time.h include/gocc/net.h include/gocc/atomic.h include/gocc/context.h include/gocc/errgroup.h include/gocc/errno.h include/gocc/func.h \
	include/gocc/rate.h include/gocc/semaphore.h include/gocc/signal.h include/gocc/metrics.h
D = $(DESTDIR)$(PREFIX)
BASH_COMPLETION = $D/share/bash-completion/completions/gocc
ZSH_COMPLETION = $D/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)/_gocc

.PHONY: install uninstall
install: all
	install -d $D/bin $D/lib/pkgconfig $D/include/gocc
	install $B/bin/gocc $D/bin/gocc
	install -m 644 $(LIB_plain) $(LIB_tsan) $(LIB_asan) $D/lib
	@mkdir -p $B/obj/install
	$(CC) -c -DGDB_SCRIPT='"$(GDB_SCRIPT)"' runtime/gdb_script.S -o $B/obj/install/gdb_script.o
	for lib in $(notdir $(LIB_plain) $(LIB_tsan) $(LIB_asan)); do \
		$(AR) r $D/lib/$$lib $B/obj/install/gdb_script.o || exit 1; done
	install -D -m 644 runtime/gdb.py $(DESTDIR)$(GDB_SCRIPT)
	install -D -m 644 runtime/valgrind.supp $D/share/gocc/valgrind.supp
	install -m 644 include/gocc.h $D/include
	install -m 644 $(filter include/gocc/%,$(HEADERS)) $D/include/gocc
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' gocc/gocc.pc.in >$D/lib/pkgconfig/gocc.pc
	docs/library --man $D/share/man $(VERSION) >/dev/null
	install -D -m 644 gocc/completion/gocc.bash $(BASH_COMPLETION)
	install -D -m 644 gocc/completion/_gocc $(ZSH_COMPLETION)

uninstall:
	rm -f $D/bin/gocc $D/lib/libgocc.a $D/lib/libgocc_tsan.a $D/lib/libgocc_asan.a
	rm -f $(DESTDIR)$(GDB_SCRIPT) $(BASH_COMPLETION) $(ZSH_COMPLETION) $D/share/gocc/valgrind.supp
	rm -f $D/lib/pkgconfig/gocc.pc $(patsubst include/%,$D/include/%,$(HEADERS))
	-rmdir $D/include/gocc $D/share/gocc
	cd $D/share/man && rm -f $$($(CURDIR)/docs/library --man $(abspath $B/obj/man) $(VERSION) | \
		sed 's|^$(abspath $B/obj/man)/||')

# The page of the library, from its headers.
.PHONY: docs
docs:
	docs/library --markdown >docs/library.md

# A package for Debian: what `make install PREFIX=/usr` installs, without the command's symbols.
DEB_ARCH = $(patsubst aarch64,arm64,$(patsubst x86_64,amd64,$(ARCH)))
DEB = $B/gocc_$(VERSION)_$(DEB_ARCH).deb
.PHONY: deb
deb: all
	rm -rf $B/deb
	$(MAKE) --no-print-directory install PREFIX=/usr DESTDIR=$(abspath $B/deb)
	strip $B/deb/usr/bin/gocc
	install -D -m 644 LICENSE $B/deb/usr/share/doc/gocc/copyright
	install -m 644 README.md docs/*.md $B/deb/usr/share/doc/gocc
	cp -r docs/editors examples $B/deb/usr/share/doc/gocc
	install -d $B/deb/DEBIAN
	sed -e 's|@VERSION@|$(VERSION)|' -e 's|@ARCH@|$(DEB_ARCH)|' \
		-e "s|@LIBC@|$$(objdump -T $B/bin/gocc | grep -o 'GLIBC_[0-9.]*' | sort -V | sed -n '$$s/GLIBC_//p')|" \
		-e "s|@SIZE@|$$(du -ks $B/deb/usr | cut -f1)|" gocc/control.in >$B/deb/DEBIAN/control
	chmod -R u+rwX,go+rX,go-w $B/deb
	dpkg-deb --root-owner-group --build $B/deb $(DEB)

.PHONY: clean
clean:
	rm -rf $B

# ---- what the machine needs --------------------------------------------------------------

.PHONY: deps deps-test deps-all deps-models deps-aarch64 deps-lint
deps:
	@tests/deps gcc libc6-dev make binutils libclang libtcc-dev libxxhash-dev libjansson-dev tcc clang perl
deps-test:
	@tests/deps gdb valgrind cmake meson ninja-build autoconf automake g++ clang-rt llvm mandoc vim zsh \
		curl libcurl4-openssl-dev libhttp-parser-dev libsqlite3-dev zlib1g-dev
deps-all:
	@tests/deps debootstrap
deps-models:
	@tests/deps gcc libc6-dev spin
deps-aarch64:
	@tests/deps gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
deps-lint:
	@tests/deps clang-format-19 clang-tidy-19

# ---- style -------------------------------------------------------------------------------

C_FILES = $(filter %.c,$(RUNTIME_SRCS) $(GOCC_SRCS))
STYLED = $(C_FILES) $(HEADERS) $(wildcard runtime/*.h gocc/*.h)

.PHONY: format lint
format: deps-lint
	clang-format-19 -i $(STYLED)

# clang-tidy, a file at a time: again when the file, a header of it (as its object knows) or the
# list of checks has changed.
TIDY = clang-tidy-19 --quiet --warnings-as-errors='*' $< -- $(filter-out -MMD -MP,$(GOCC_FLAGS))
$B/tidy/runtime/%.ok: runtime/%.c $B/obj/plain/runtime/%.o .clang-tidy
	@mkdir -p $(@D)
	$(TIDY)
	@touch $@
$B/tidy/gocc/%.ok: gocc/%.c $B/obj/gocc/gocc/%.o .clang-tidy
	@mkdir -p $(@D)
	$(TIDY)
	@touch $@
.PHONY: tidy
tidy: $(C_FILES:%.c=$B/tidy/%.ok)

in_lint = $(patsubst $B/%,$B/lint/%,$1)
IN_LINT = --no-print-directory -j$(JOBS) B=$B/lint WARNINGS='$(WARNINGS) -Werror'
lint: deps deps-lint
	@$(MAKE) $(IN_LINT) all
	tests/layers --one-layer='$(call in_lint,$(call objects,$(SCHEDULER_SRCS),plain))' \
		$(call in_lint,$(call objects,$(RUNTIME_SRCS),plain))
	tests/layers $(call in_lint,$(GOCC_OBJS))
	clang-format-19 --dry-run -Werror $(STYLED)
	tests/faults/run --there
	@$(MAKE) $(IN_LINT) --keep-going tidy
