# LANGUAGE.md 6: the library's man pages and docs/library.md are made of the docstrings; every public name
# has a page, none draws a warning of mandoc or of man, and library.md is the one of today's headers.
"$TOP/docs/library" --markdown >library.md
cmp library.md "$TOP/docs/library.md" || { echo "docs/library.md is out of date: make docs"; exit 1; }

"$TOP/docs/library" --man "$PWD/man" 1.2 >pages
sort pages >listed
find "$PWD/man" -type f | sort | cmp - listed
while read -r _ name _; do
    case $name in
    GO_*) grep -rq "$name" man/man3 ;;
    *) [ -s "man/man3/$name.3" ] ;;
    esac || { echo "no page: $name"; exit 1; }
done < <("$TOP/docs/library" --names)

while read -r page; do
    if target=$(sed -n 's/^\.so //p' "$page") && [ "$target" ]; then
        [ -s "man/$target" ] && ! grep -q '^\.so' "man/$target"
        continue
    fi
    mandoc -T lint -W warning "$page" || { echo "$page"; exit 1; }
    if command -v man >/dev/null; then
        LC_ALL=C.UTF-8 MANWIDTH=100 man --warnings -l "$page" >/dev/null 2>err
        # A declaration does not break.
        ! grep -v "can't break line\|cannot break line" err || { echo "$page"; exit 1; }
    fi
done <pages
mandoc -T utf8 man/man3/go_semaphore.3 | sed 's/.\x08//g' >page
grep -q 'int go_semaphore_acquire(go_semaphore \*s, go_context \*ctx, int64_t n);' page
grep -q '^  *n  *units, >= 0\. More than the capacity' page
grep -q 'Order *a release happens before the return of the acquire' page
mandoc -T utf8 man/man3/go_timer.3 | sed 's/.\x08//g' | grep -q 'go_timer \*go_after_func(go_duration d, func<void()> f);'
grep -q '"gocc 1.2"' man/man1/gocc.1 man/man7/gocc.7
