# LANGUAGE.md 7: gocc vet reports misuse that compiles, with its place; status 1 when it did; each
# rule can be switched off. Each file of vet/ shows a rule: the lines that trigger it are marked,
# and the others nearly do.
# timeout: 300
for file in "$TOP"/tests/command/vet/*.gc; do
    rule=$(basename "$file" .gc | tr _ -)
    got=0
    "$GOCC" vet "$file" 2>err || got=$?
    [ $got = 1 ] || { echo "$file: status $got"; cat err; exit 1; }
    sed -n 's/.*\.gc:\([0-9]*\):[0-9]*: warning: .*\[-W\(.*\)\]$/\1 \2/p' err | sort -u >reported
    grep -n '// vet: ' "$file" | sed 's/:.*vet: / /' | sort -u >marked
    diff marked reported || { echo "$file: marked (<) and reported (>) differ"; cat err; exit 1; }
    # The caret stands below the line.
    grep -q '\^' err
    "$GOCC" vet -Wno-$rule "$file" 2>err || { echo "$file: reported with -Wno-$rule"; cat err; exit 1; }
    [ ! -s err ]
    # It compiles: otherwise it would be an error, and no matter for vet.
    "$GOCC" -w -c "$file" -o out.o
done
# Several files, and files without constructs.
cat >plain.gc <<'END'
int main(void) { return 0; }
END
"$GOCC" vet plain.gc "$TOP"/examples/result.gc
! "$GOCC" vet plain.gc "$TOP"/tests/command/vet/recover.gc "$TOP"/tests/command/vet/loop_capture.gc 2>err
[ $(grep -c warning: err) = 4 ]
# Errors are errors here, too; a missing file and a missing word are told.
printf 'int main(void)\n{\n    go 3;\n}\n' >wrong.gc
! "$GOCC" vet wrong.gc 2>err
grep -q 'wrong.gc:3:8: error' err
! "$GOCC" vet missing.gc 2>err
grep -q missing.gc err
got=0
"$GOCC" vet 2>err || got=$?
[ $got = 2 ]
# No false report: the examples, the course, the tour, Go's examples and the tests are right, but for
# tests that do on purpose what a rule names, and those that need options. At least 200 of them start
# goroutines.
mkdir tour
"$TOP/tests/course/extract" "$TOP/docs/tour.md" tour
wrong='chan_large_struct|chan_null_select|deadlock_names|loop_aligned|loop_copy_when_created|macro_captures|panic_alone|range_places|recover_direct|select_directives|select_empty|select_places|thread_owned'
programs=()
for test in "$TOP"/examples/{,course/,real/}*.gc "$TOP"/tests/{run,godoc,scale}/*.gc tour/*.gc; do
    [[ $test =~ /($wrong)\.gc$ ]] || grep -q '^// flags:' "$test" || programs+=("$test")
done
concurrent=$(grep -lwE 'go|go_waitgroup_go|go_errgroup_go|go_after_func' "${programs[@]}" | wc -l)
[ "$concurrent" -ge 200 ]
"$GOCC" vet "${programs[@]}" 2>err || { head -40 err; exit 1; }
# For programs: JSON, and SARIF, of all the files at once, and valid without any report.
got=0
"$GOCC" vet -json "$TOP"/tests/command/vet/{recover,local_address}.gc wrong.gc >json 2>err || got=$?
[ $got = 1 ] && [ ! -s err ]
"$GOCC" vet -sarif "$TOP"/tests/command/vet/{recover,local_address}.gc wrong.gc >sarif 2>err || got=$?
[ $got = 1 ] && [ ! -s err ]
"$GOCC" vet -json plain.gc >json.none
"$GOCC" vet -sarif plain.gc >sarif.none
perl -MJSON::PP -e '
    sub read_json { local (@ARGV, $/) = @_; decode_json(<>) }
    my ($json, $sarif) = (read_json("json"), read_json("sarif"));
    sub line { join " ", map { s{.*/}{}r } @_ }
    my @json = map { line(@$_{qw(file line column endColumn level rule)}) } @$json;
    my $run = $sarif->{runs}[0];
    my @sarif = map {
        my $place = $_->{locations}[0]{physicalLocation};
        line($place->{artifactLocation}{uri}, @{$place->{region}}{qw(startLine startColumn endColumn)},
             $_->{level}, $_->{ruleId} eq "error" ? "" : $_->{ruleId})
    } @{$run->{results}};
    print "$_\n" for @json;
    die "JSON and SARIF differ:\n@json\n@sarif\n" if "@json" ne "@sarif";
    die "SARIF\n" if $sarif->{version} ne "2.1.0" || $run->{tool}{driver}{name} ne "gocc vet";
    die "none\n" if @{read_json("json.none")} || @{read_json("sarif.none")->{runs}[0]{results}};
' >got
cat >want <<'END'
recover.gc 9 5 14 warning recover
recover.gc 10 11 20 warning recover
recover.gc 14 10 19 warning recover
local_address.gc 14 12 14 warning local-address
local_address.gc 22 35 37 warning local-address
local_address.gc 33 12 17 warning local-address
local_address.gc 34 12 21 warning local-address
local_address.gc 35 12 19 warning local-address
local_address.gc 36 12 17 warning local-address
local_address.gc 57 16 18 warning local-address
local_address.gc 65 16 18 warning local-address
wrong.gc 3 8 9 error 
END
diff want got
