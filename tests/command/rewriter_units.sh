# The lexer, the edit queue and the parser do what their headers say, under the sanitizers.
# timeout: 300
set -e
G=$TOP/gocc
for test in "$TOP"/tests/gocc/*.c; do
    gcc -std=gnu17 -g -O1 -Wall -Wextra -fsanitize=address,undefined "$test" \
        "$G"/{diag,diag_origin,lex,scan,writer,edit,view,parse_base,parse_wrong,parse_habit,parse_expr,parse_select,parse_stmt,parse_head,parse}.c -o unit
    ASAN_OPTIONS=detect_leaks=0 ./unit
done
