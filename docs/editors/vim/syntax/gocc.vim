" Syntax of .gc files: C, and the words of gocc where they are not names of the program.
if exists("b:current_syntax")
  finish
endif
runtime! syntax/c.vim
unlet! b:current_syntax

" Statements: `go f(x);` `go {` `defer f();` `for (range n)` `select {`
syn match goccStatement "\<go\>\ze\s*\%(\h\|(\|{\|\*\)"
syn match goccStatement "\<defer\>\ze\s*\%(\h\|(\|{\|\*\)"
syn match goccStatement "\<range\>\ze\s\+[^;,)=]"
syn match goccStatement "\<select\>\ze\s*{"
" Types and closures: `chan<int>` `func<int(int)>` `func(int a) -> int {`
syn match goccType "\<chan\>\ze\s*\%(<-\)\?\s*<"
syn match goccType "\%(<-\s*\)\@<=chan\>"
syn match goccType "\<chan\>\ze<-"
syn match goccType "\<func\>\ze\s*[<({]"
" Built-in functions, unless they are members: `c.close(`
syn match goccBuiltin "\%(\.\|->\)\@<!\<\%(make\|close\|len\|cap\|panic\|recover\)\>\ze\s*("
syn match goccOperator "<-\|:="

syn cluster cParenGroup remove=goccStatement
hi def link goccStatement Statement
hi def link goccType Type
hi def link goccBuiltin Function
hi def link goccOperator Operator

let b:current_syntax = "gocc"
