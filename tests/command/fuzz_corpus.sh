# The corpus of the fuzzers, and every input that has ever been a mistake, once through each of
# them, built by gcc with the address and undefined sanitizers: no crash, no leak, and what the front
# end accepts compiles. `make fuzz` goes on from there.
# timeout: 300
set -e
make -s -C "$TOP" replay >/dev/null
for harness in lexer parser front; do
    FUZZ_COMPILE=1 "$TOP/build/replay/$harness" "$TOP/tests/fuzz/corpus" "$TOP/tests/fuzz/regressions" \
        >"$harness.log" 2>&1 || { tail -n 40 "$harness.log"; exit 1; }
done
