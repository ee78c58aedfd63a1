# bash completion for gocc: subcommands, options of ours and the usual ones of cc, files.
_gocc() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local commands="run emit vet version env clean help"
    local options="-c -E -S -o -O0 -O1 -O2 -O3 -g -I -D -U -include -l -L -Wall -Wextra -Werror -w
        -std= -x -shared -static -pthread -v -race -save-temps -MMD -MF
        -fsanitize=address -fsanitize=undefined -fsanitize=thread
        -fdiagnostics-color= -fmax-errors= -Wno-loop-capture --cc="
    local rules="-Wno-copy-lock -Wno-waitgroup-add -Wno-thread-local -Wno-endless-defer
        -Wno-recover -Wno-lost-cancel -Wno-local-address -Wno-loop-leak -Wno-lock-across-block
        -Wno-unreachable-case"
    local suffixes='gc|c|h|o|a|so|s|S'
    COMPREPLY=()
    # `=` is a word of its own to readline: --cc = gcc.
    [ "$previous" = = ] && previous=${COMP_WORDS[COMP_CWORD - 2]}=
    [ "$word" = = ] && previous=$previous= word=
    case $previous in
    --cc=) COMPREPLY=($(compgen -W "gcc clang tcc" -- "$word")); return ;;
    -fdiagnostics-color=) COMPREPLY=($(compgen -W "always never auto" -- "$word")); return ;;
    -x) COMPREPLY=($(compgen -W "gocc c none assembler" -- "$word")); return ;;
    -I | -L) COMPREPLY=($(compgen -d -- "$word")); return ;;
    -o) COMPREPLY=($(compgen -f -- "$word")); return ;;
    help) COMPREPLY=($(compgen -W "$commands" -- "$word")); return ;;
    esac
    case ${COMP_WORDS[1]} in
    version | env | clean) [ "$COMP_CWORD" -gt 1 ] && return ;;
    vet) options="$options $rules -json -sarif" suffixes=gc ;;
    emit) suffixes=gc ;;
    esac
    if [ "${word#-}" != "$word" ]; then
        COMPREPLY=($(compgen -W "$options" -- "$word"))
        [ "${COMPREPLY[*]%=}" = "${COMPREPLY[*]}" ] || compopt -o nospace 2>/dev/null
        return
    fi
    [ "$COMP_CWORD" -eq 1 ] && COMPREPLY=($(compgen -W "$commands" -- "$word"))
    local file
    while IFS= read -r file; do
        [[ -d $file || $file =~ \.($suffixes)$ ]] && COMPREPLY+=("$file")
    done < <(compgen -f -- "$word")
    compopt -o filenames 2>/dev/null
}
complete -F _gocc gocc
