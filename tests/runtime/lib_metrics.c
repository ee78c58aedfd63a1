// gocc/metrics.h: names, what stop keeps and start forgets, and the text.
// lib: plain asan
#include "parts/test.h"

#include <gocc/metrics.h>

static void receive(void *arg)
{
    go_recv((go_chan(int))arg);
}

static void lock(void *arg)
{
    go_mutex_lock(arg);
    go_mutex_unlock(arg);
}

static const go_metrics_wait *row(const char *name)
{
    static go_metrics_wait rows[100];
    size_t n = go_metrics_waits(rows, LENGTH(rows));
    CHECK_EQ(go_metrics_waits(NULL, 0), n);
    for (size_t i = 0; i < n && i < LENGTH(rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

int main(void)
{
    static char text[20000];
    static go_mutex m;
    go_metrics now;
    go_chan(int) c = go_make(int, 3);
    go_metrics_name_chan(NULL, "nobody");
    go_metrics_start();
    go_metrics_name_chan(c, "orders");
    go_metrics_name_sync(&m, "ledger");

    struct test_call *waits = must_block(receive, c);
    go_metrics_read(&now);
    CHECK(now.goroutines >= 2 && now.on_channels >= 1 && now.started >= now.ended);
    CHECK(now.goroutines >= now.running && now.processors >= now.idle && now.threads >= 1);
    CHECK_EQ(row("orders")->receivers, 1); // those that wait now are included
    go_sleep(5 * GO_MILLISECOND);
    go_send(c, 1);
    must_go_on(waits);
    go_mutex_lock(&m);
    waits = must_block(lock, &m);
    go_sleep(5 * GO_MILLISECOND);
    go_mutex_unlock(&m);
    must_go_on(waits);
    go_send(c, 2);

    const go_metrics_wait *orders = row("orders");
    CHECK(orders && strcmp(orders->type, "chan<int>") == 0);
    CHECK(orders->receiving >= 3 * GO_MILLISECOND && orders->longest <= orders->receiving);
    CHECK(orders->receivers == 0 && orders->length == 1 && orders->capacity == 3);
    const go_metrics_wait *ledger = row("ledger");
    CHECK(ledger && ledger->locking >= 3 * GO_MILLISECOND && strcmp(ledger->type, "go_mutex") == 0);

    size_t n = go_metrics_write(text, sizeof(text));
    CHECK(n > 0 && n == strlen(text) && strstr(text, "orders") && strstr(text, "ledger"));
    go_metrics_write(text, 0);
    CHECK(strlen(text) == n);
    CHECK_EQ(go_metrics_write(text, 10), 9); // what does not fit is left out
    CHECK_EQ(strlen(text), 9);

    go_metrics_stop();
    CHECK(row("orders")); // stays
    go_metrics_name_sync(&m, NULL);
    go_metrics_start();
    orders = row("orders");
    CHECK(!orders || orders->receiving == 0); // from zero
    go_metrics_stop();
    go_release(c);
}
