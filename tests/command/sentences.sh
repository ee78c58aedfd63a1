# LANGUAGE.md: each of its sentences in sections 0 to 5 and 7 has tests, which exist. tests/sentences/
# names them; a sentence of the page that has changed, come or gone is noticed here.
sections=$(grep -h '^## Section' "$TOP"/tests/sentences/*.md | tr -dc '0-9\n' | sort -n | tr '\n' ' ')
[ "$sections" = '0 1 2 3 4 5 7 ' ] || { echo "sections: $sections"; exit 1; }
"$TOP/tests/sentences/page" --check "$TOP"/tests/sentences/*.md
