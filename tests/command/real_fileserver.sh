# examples/real/fileserver.gc: serves what lies below the folder and nothing else; ten restarts under
# load lose no request; SIGINT ends it when everything is answered.
# timeout: 300
mkdir -p www/sub
echo hello >www/index.html
echo below >www/sub/index.html
head -c 300000 /dev/urandom >www/big.bin
ln -s /etc/passwd www/outside
"$GOCC" -O2 -Wall -Wextra -Werror "$TOP/examples/real/fileserver.gc" -lhttp_parser -o fileserver
"$GOCC" -O2 -Wall -Wextra -Werror "$TOP/tests/real/requests.gc" -o requests
./fileserver -a 127.0.0.1:0 www >log &
pid=$!
trap 'kill -9 $pid 2>/dev/null || true' EXIT
until grep -sq listening log; do sleep 0.02; done
address=$(sed -n 's/listening on //p' log)
get() { curl -s --path-as-is "http://$address$1"; }
[ "$(get /)" = hello ] && [ "$(get /sub)" = below ] && [ "$(get '/sub/?x')" = below ]
[ "$(get /%73ub/index.html)" = below ]
get /big.bin | cmp - www/big.bin
for path in /../log /%2e%2e/log /outside /sub/../../log; do
    [ "$(get "$path")" = '403 Forbidden' ] || { echo "$path: $(get "$path")"; exit 1; }
done
[ "$(get /none)" = '404 Not Found' ] && [ "$(get /%0)" = '400 Bad Request' ]
status() { curl -s -o out -w '%{http_code} %{size_download}' "$@"; }
[ "$(status -I "http://$address/big.bin")" = '200 0' ]
[ "$(status -z www/index.html "http://$address/")" = '304 0' ]
[ "$(status -X POST "http://$address/")" = '405 23' ]
# Two requests in one piece, on one connection; then something that is no HTTP.
exec 3<>"/dev/tcp/${address%:*}/${address#*:}"
printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /sub/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&3
[ "$(grep -c '^hello\|^below' <&3)" = 2 ]
exec 3<>"/dev/tcp/${address%:*}/${address#*:}"
printf 'nonsense\r\n\r\n' >&3
head -1 <&3 | grep -q '^HTTP/1.1 400 '
exec 3>&-

./requests "$address" 30 6 >requests.log &
load=$!
for i in 1 2 3 4 5 6 7 8 9 10; do
    sleep 0.3
    kill -HUP $pid
    until [ "$(grep -c successor log)" = $i ] && [ "$(grep -c listening log)" = $((i + 1)) ]; do sleep 0.02; done
    pid=$(sed -n 's/successor //p' log | tail -1)
done
wait $load || { cat requests.log log; exit 1; }
grep -q '^answered [1-9][0-9]* lost 0$' requests.log

kill -INT $pid
until ! (: <"/dev/tcp/${address%:*}/${address#*:}") 2>/dev/null; do sleep 0.02; done

# A connection that is idle does not hold up the end for long.
./fileserver -a 127.0.0.1:0 www >last &
pid=$!
until grep -sq listening last; do sleep 0.02; done
address=$(sed -n 's/listening on //p' last)
exec 3<>"/dev/tcp/${address%:*}/${address#*:}"
kill -TERM $pid
wait $pid
