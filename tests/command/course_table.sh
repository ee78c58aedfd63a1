# examples/course/README.md: the table of exercises is what the programs' head comments say, and there
# are at least 70 of them, each with its expected output.
set -eu
"$TOP/tests/course/table" >table
diff -u "$TOP/examples/course/README.md" table
[ "$(grep -c '^|.*\.gc)' table)" -ge 70 ]
