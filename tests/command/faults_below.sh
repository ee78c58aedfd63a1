# LANGUAGE.md 6: when the system refuses memory, threads or descriptors a program goes on or ends with a message: it does not hang, crash, or lose anything.
# timeout: 600
# The quick form; `make test-all` runs the whole (tests/faults_below).
"$TOP"/tests/faults_below/run --quick >out 2>&1 || { sed -n '/^failures/,$p' out | head -60; exit 1; }
