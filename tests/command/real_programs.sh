# examples/real: what the heads of the programs promise.
# timeout: 300
real=$TOP/examples/real
build() { "$GOCC" -O2 -Wall -Wextra -Werror "$real/$1.gc" -o "$1" "${@:2}"; }
pids=
trap 'kill -9 $pids 2>/dev/null || true' EXIT
address_in() { until grep -sq '^listening on' "$1"; do sleep 0.02; done; sed -n 's/listening on //p' "$1"; }
open_3() { exec 3<>"/dev/tcp/${1%:*}/${1#*:}"; }

echo "checksums"
build checksums -lz
mkdir -p tree/b
printf 'one\n' >tree/a
head -c 300000 /dev/urandom >tree/b/large
: >tree/c
./checksums tree >sums 2>err
[ ! -s err ]
perl -MCompress::Zlib -e 'for my $f (@ARGV) { local $/; open my $h, "<:raw", $f or die; my $d = <$h> // "";
    printf "%08lx %12d %s\n", crc32($d), length $d, $f }' tree/a tree/b/large tree/c >want
diff want sums
./checksums -p tree 2>err | diff want -
grep -q 'files' err
ln -s nowhere tree/link
truncate -s 500G tree/d # reading it takes minutes
./checksums tree >sums &
pids=$!
until [ "$(wc -l <sums)" = 3 ] || ! kill -0 $pids; do
    sleep 0.05 # nothing is flushed before the end
    grep -q 'read_bytes\|rchar' /proc/$pids/io && [ "$(awk '/rchar/ { print $2 }' /proc/$pids/io)" -gt 50000000 ] && break
done
kill -INT $pids
got=0
wait $pids || got=$?
[ $got = 130 ]
diff want sums
rm tree/d

echo "logpipe"
build logpipe -lsqlite3
query() { python3 -c 'import sqlite3, sys; print(*sqlite3.connect("log.db").execute(sys.argv[1]).fetchone())' "$1"; }
{ seq -f 'INFO line %g' 2499; printf 'WARN the last, without an end'; } | ./logpipe -b 1000 -t 60000 log.db 2>err
[ "$(cat err)" = '2500 lines in 3 transactions' ] || { cat err; exit 1; }
[ "$(query "select count(*), sum(level = 'WARN'), max(rowid) from log")" = '2500 1 2500' ]
[ "$(query "select message from log where rowid = 2500")" = 'the last, without an end' ]
mkfifo lines
./logpipe -t 10 log.db <lines 2>err &
pids=$!
exec 4>lines
echo 'no level' >&4
until [ "$(query 'select count(*) from log')" = 2501 ]; do sleep 0.02; done # by its age
[ "$(query "select level, message from log where rowid = 2501")" = 'INFO no level' ]
kill -INT $pids
wait $pids
exec 4>&-
! ./logpipe /nowhere/log.db </dev/null 2>err
grep -q '^logpipe: unable to open' err

echo "chat"
build chat
./chat 127.0.0.1:0 >log &
pids=$!
address=$(address_in log)
open_3 "$address"
hear() { local line; read -r -t 60 line <&"$1" && [ "$line" = "$2" ] || { echo "heard '$line', not '$2'"; exit 1; }; }
echo ann >&3
hear 3 'your name?'
hear 3 '* welcome, ann'
exec 5<>"/dev/tcp/${address%:*}/${address#*:}"
echo bob >&5
hear 3 '* bob has come'
hear 5 'your name?'
hear 5 '* welcome, bob'
echo 'hello, bob' >&3
hear 5 'ann: hello, bob'

echo "portscan"
build portscan
port=${address#*:}
./portscan "$port" | grep -qx "$port ?\|$port .*"
[ -z "$(./portscan 1)" ]
./portscan -n 100 1-65535 >ports
grep -q "^$port " ports

echo "chat, the end"
kill -INT $pids
hear 5 '* the server closes'
wait $pids
exec 3>&- 5>&-

echo "download"
build fileserver -lhttp_parser
build download -lcurl
mkdir www got
seq 100000 >www/long
echo short >www/short
./fileserver -c 1 -a 127.0.0.1:0 www >server &
pids=$!
url=http://$(address_in server)
./download -n 1 -d got "$url/long" "$url/short" >out
diff -r www got
[ "$(sort out)" = "$(printf 'got/long\ngot/short')" ]
got=0
./download -n 1 -r 0 -d got "$url/none" "$url/short" 2>err || got=$?
[ $got = 1 ] && grep -q '/none: .*404\|/none: HTTP response code said error' err || { cat err; exit 1; }
[ -z "$(ls got/*.part got/none 2>/dev/null)" ]
# The server's only place is taken: 503, and again until it is free.
open_3 "${url#http://}"
printf 'GET / HTTP/1.1\r\n' >&3
rm got/short
./download -r 6 -d got "$url/short" >out 2>err 3>&- &
loader=$!
until grep -q ', again$' err; do sleep 0.02; done
exec 3>&-
wait $loader || { cat err; exit 1; }
[ "$(cat got/short)" = short ]
