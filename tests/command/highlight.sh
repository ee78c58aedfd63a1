# The syntax files for vim and for editors with TextMate grammars mark every construct, and no C that
# only has the same words.
cat >words.gc <<'END'
int main(void)
{
    chan<int> c = make(chan<int>, 1);
    <-chan<int> in = c;
    func<void()> f = func() { close(c); };
    go f();
    go { c <- 1; };
    defer f();
    for (v := range in) { len(c); }
    for (range 3) { cap(c); }
    select {
    default: panic("x");
    }
    recover();
    int range = 1, go = 2, len = 3; s.close(range); p->len(go); select(range, 0, 0, 0, 0);
    range = go; range(go, len); // go f(); chan<int>
    puts("go f(); select { }");
}
END
# LINE:COLUMN:KIND of what must be marked, as vim and the grammar say it: s, t, b, o.
expected='3:5:t 3:19:b 3:24:t 4:5:o 4:7:t 5:5:t 5:22:t 5:31:b 6:5:s 7:5:s 7:12:o 8:5:s 9:12:o 9:15:s 9:27:b 10:10:s 10:21:b 11:5:s 12:14:b 14:5:b'
cat >marks.vim <<'END'
set nocompatible
let &runtimepath = $TOP . '/docs/editors/vim,' . $VIMRUNTIME
syntax on
edit words.gc
set filetype=gocc
let kinds = {'goccStatement': 's', 'goccType': 't', 'goccBuiltin': 'b', 'goccOperator': 'o'}
let marks = []
for line in range(1, line('$'))
  let before = ''
  for column in range(1, len(getline(line)))
    let name = get(kinds, synIDattr(synID(line, column, 1), 'name'), '')
    if name != '' && name != before
      call add(marks, line . ':' . column . ':' . name)
    endif
    let before = name
  endfor
endfor
call writefile([join(marks, ' ')], 'vim.marks')
qall!
END
TOP=$TOP vim -es -u NONE -N -S marks.vim words.gc </dev/null || true
[ "$(cat vim.marks)" = "$expected" ] || { echo "vim:      $(cat vim.marks)"; echo "expected: $expected"; exit 1; }
cat >marks.pl <<'END'
use strict; use warnings; use JSON::PP;
local $/;
open my $g, '<', "$ENV{TOP}/docs/editors/vscode/syntaxes/gocc.tmLanguage.json" or die;
my $grammar = decode_json(<$g>);
my ($injection) = values %{$grammar->{injections}};
my %kinds = ('keyword.control' => 's', 'storage.type' => 't', 'support.function' => 'b', 'keyword.operator' => 'o');
open my $f, '<', 'words.gc' or die;
my $text = <$f>;
$text =~ s{(//[^\n]*|"[^"\n]*")}{' ' x length $1}ge; # -comment -string
my ($n, @marks) = 0;
for my $line (split /\n/, $text) {
    $n++;
    while (pos($line) // 0 < length $line) {
        my ($best, $kind, $end);
        for my $p (@{$injection->{patterns}}) {
            my $copy = $line; pos($copy) = pos($line) // 0;
            next unless $copy =~ /$p->{match}/g;
            next if defined $best && $best <= $-[0];
            ($best, $end) = ($-[0], $+[0]);
            ($kind) = map { $kinds{$_} } grep { index($p->{name}, $_) == 0 } keys %kinds;
        }
        last unless defined $best;
        push @marks, "$n:" . ($best + 1) . ":$kind";
        pos($line) = $end;
    }
}
print join(' ', @marks), "\n";
END
[ "$(perl marks.pl)" = "$expected" ] || { echo "TextMate: $(perl marks.pl)"; echo "expected: $expected"; exit 1; }
perl -MJSON::PP -e 'local $/; decode_json(<STDIN>)' <"$TOP/docs/editors/vscode/package.json"
perl -MJSON::PP -e 'local $/; decode_json(<STDIN>)' <"$TOP/docs/editors/vscode/language-configuration.json"
