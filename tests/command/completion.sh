# bash completes subcommands, options and the files that fit, and names all rules of gocc vet; zsh
# can read its own.
. "$TOP/gocc/completion/gocc.bash"
touch a.gc a.c a.txt
mkdir folder
complete_words() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _gocc
    [ ${#COMPREPLY[@]} = 0 ] || printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
}
check() {
    local expected=$1 got
    shift
    got=$(complete_words "$@")
    [ "$got" = "$expected" ] || { echo "$*: '$got', not '$expected'"; exit 1; }
}
check 'version vet ' gocc v
check 'run ' gocc r
check 'a.c a.gc ' gocc a
check 'a.gc ' gocc emit a
check 'folder ' gocc run f
check '' gocc version ''
check '--cc= ' gocc --c
check 'clang ' gocc --cc = cl
check 'gcc ' gocc --cc = g
check '-race ' gocc -r
check 'emit env ' gocc help e
# Every subcommand and every rule that gocc itself names.
for command in $("$GOCC" help | sed -n 's/^ *gocc \([a-z]\+\).*/\1/p' | grep -v compiles); do
    complete_words gocc '' | grep -qw -- "$command" || { echo "no $command"; exit 1; }
    grep -q "'$command:" "$TOP/gocc/completion/_gocc" || { echo "zsh: no $command"; exit 1; }
done
for rule in $("$GOCC" help vet | sed -n 's/^  \([a-z-]*\)  .*/\1/p'); do
    check "-Wno-$rule " gocc vet "-Wno-$rule"
    grep -q "[{,]$rule[,}]" "$TOP/gocc/completion/_gocc" || { echo "zsh: no $rule"; exit 1; }
done
zsh -n "$TOP/gocc/completion/_gocc"
