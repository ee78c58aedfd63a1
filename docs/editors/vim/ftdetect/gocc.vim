autocmd BufRead,BufNewFile *.gc setfiletype gocc
