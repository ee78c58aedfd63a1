# LANGUAGE.md 6: in plain C the compiler checks the types and directions of channels and closures: what is
# right passes gcc and clang without a warning, each wrong line alone is refused.
# timeout: 120
clang=$(command -v clang || compgen -c clang- | grep -x 'clang-[0-9]*' | sort -V | tail -1)
strict=(-Wall -Wextra -Werror=incompatible-pointer-types -Werror=int-conversion "-I$TOP/include" -fsyntax-only)
cat >lines <<'END_LINES'
ok    go_send(out, 1); v = go_recv(in); in = two_way; out = two_way;
ok    v = go_recv_ok(in, &ok) + go_len(out) + go_cap(in); go_close(out);
ok    ok = go_try_send(out, 1) && go_try_recv(in, &v, &ok) && go_try_recv(in, NULL, NULL);
ok    v = go_select(go_case_send(out, 1), go_case_recv(in, &v, &ok), go_case_after(1));
ok    go_send(pairs, {1, 2}); go_send(done, {}); v = go_select(go_case_send(pairs, {1, 2}));
ok    go_once_do(&once, f); v = go_call(g, 1); go_release(go_retain(in)); in = NULL;
ok    f = go_make_func(code_f, &v); g = go_make_func(code_g, &v); go_start(work, &v);
bad   go_send(in, 1);
bad   v = go_recv(out);
bad   v = go_recv_ok(out, &ok);
bad   go_close(in);
bad   ok = go_try_send(in, 1);
bad   ok = go_try_recv(out, &v, &ok);
bad   v = go_select(go_case_send(in, 1));
bad   v = go_select(go_case_recv(out, &v, &ok));
bad   two_way = in;
bad   two_way = out;
bad   in = out;
bad   in = go_make(long, 0);
bad   go_send(out, "text");
bad   go_send(pairs, 1);
bad   v = go_select(go_case_send(out, "text"));
bad   v = go_select(go_case_recv(in, &once, &ok));
bad   ok = go_try_recv(in, &once, &ok);
bad   v = go_recv(pairs);
bad   v = go_recv_ok(in, &v);
bad   go_once_do(&once, g);
bad   v = go_call(g, 1, 2);
bad   f = go_make_func(code_g, &v);
bad   f = go_make_func(work_of_two, &v);
bad   go_start(code_g, &v);
END_LINES
while read -r kind line; do
    cat >one.c <<END_C
#include <gocc.h>
struct pair { int a, b; };
void work(void *arg), code_f(void *self), work_of_two(void *self, int n);
int code_g(void *self, int n);
int test(go_chan(int) two_way, go_recv_chan(int) in, go_send_chan(int) out, go_chan(struct pair) pairs,
         go_chan(void) done, go_func(void) f, go_func(int, int) g);
int test(go_chan(int) two_way, go_recv_chan(int) in, go_send_chan(int) out, go_chan(struct pair) pairs,
         go_chan(void) done, go_func(void) f, go_func(int, int) g)
{
    go_once once = {0};
    bool ok = false;
    int v = two_way == NULL;
    $line
    return v + ok + !two_way + !in + !out + !pairs + !done + !f + !g + !once.done;
}
END_C
    gcc "${strict[@]}" -Werror=discarded-qualifiers one.c 2>gcc.err && gcc=ok || gcc=bad
    "$clang" "${strict[@]}" -Werror=incompatible-pointer-types-discards-qualifiers one.c 2>clang.err &&
        other=ok || other=bad
    if [ "$gcc $other" != "$kind $kind" ] || { [ "$kind" = ok ] && [ -s gcc.err -o -s clang.err ]; }; then
        echo "$kind, gcc says $gcc, clang $other: $line"
        cat gcc.err clang.err
        exit 1
    fi
done <lines
