# LANGUAGE.md: each of its sentences has tests, which exist. tests/sentences/
# names them; a sentence of the page that has changed, come or gone is noticed here.
sections=$(grep -h '^## Section' "$TOP"/tests/sentences/*.md | tr -dc '0-9\n' | sort -n | tr '\n' ' ')
[ "$sections" = '0 1 2 3 4 5 6 7 ' ] || { echo "sections: $sections"; exit 1; }
"$TOP/tests/sentences/page" --check "$TOP"/tests/sentences/[0-9]*.md
# LANGUAGE.md 6: each name of the page's table and of the headers has a docstring and tests that use it.
"$TOP/tests/sentences/names" --check "$TOP/tests/sentences/names.md"
