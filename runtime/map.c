// The concurrent map: shards by the upper bits of the hash, each a chained hash table under a
// readers-writer mutex. Loads of different keys, and of the same key, do not hold each other up.
//
// Invariants: a shard's table has a power of two of buckets, at most one entry a bucket on average,
// and none when it is empty: so a map all of whose keys were deleted holds no memory.
#include <gocc/object.h>
#include <gocc/sync.h>

#include "base.h"

#include <string.h>

struct entry {
    struct entry *next;
    const void *key;
    void *value;
    uint64_t hash;
};

static uint64_t hash_pointer(const void *key)
{
    return (uintptr_t)key;
}

static bool equal_pointer(const void *a, const void *b)
{
    return a == b;
}

uint64_t go_hash_string(const void *string)
{
    uint64_t h = UINT64_C(14695981039346656037); // FNV-1a
    for (const unsigned char *s = string; *s; s++)
        h = (h ^ *s) * UINT64_C(1099511628211);
    return h;
}

bool go_equal_string(const void *a, const void *b)
{
    return strcmp(a, b) == 0;
}

void go_map_init(go_map *m, uint64_t (*hash)(const void *),
                 bool (*equal)(const void *, const void *))
{
    *m = (go_map){.hash = hash, .equal = equal};
}

// Spreads what a hash function left in few bits (splitmix64's finish).
static uint64_t hash_of(const go_map *m, const void *key)
{
    uint64_t h = (m->hash ? m->hash : hash_pointer)(key);
    h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
    return h ^ (h >> 31);
}

#define SHARD(m, hash) (&(m)->shards[(hash) >> 61])
typedef __typeof__(((go_map *)0)->shards[0]) shard;
_Static_assert(GO_MAP_SHARDS == 1 << 3, "the upper three bits choose");

// Where the entry of key hangs, or would.
static struct entry **find_locked(const go_map *m, shard *s, const void *key, uint64_t hash)
{
    bool (*equal)(const void *, const void *) = m->equal ? m->equal : equal_pointer;
    struct entry **at = (struct entry **)&s->buckets[hash & (s->n_buckets - 1)];
    while (*at && !((*at)->hash == hash && equal((*at)->key, key)))
        at = &(*at)->next;
    return at;
}

static void grow_locked(shard *s)
{
    uint64_t n = s->n_buckets ? 2 * s->n_buckets : 8;
    struct entry **bigger = go__calloc(n, sizeof(*bigger));
    for (uint64_t i = 0; i < s->n_buckets; i++)
        for (struct entry *e = s->buckets[i], *next; e; e = next) {
            next = e->next;
            e->next = bigger[e->hash & (n - 1)];
            bigger[e->hash & (n - 1)] = e;
        }
    go__free(s->buckets);
    s->buckets = (void **)bigger;
    s->n_buckets = n;
}

bool go_map_load(go_map *m, const void *key, void **value)
{
    uint64_t hash = hash_of(m, key);
    shard *s = SHARD(m, hash);
    go_rwmutex_rlock(&s->mutex);
    struct entry *e = s->n ? *find_locked(m, s, key, hash) : NULL;
    if (value)
        *value = e ? e->value : NULL;
    bool found = e != NULL;
    go_rwmutex_runlock(&s->mutex);
    return found;
}

// Sets the value of key; `keep`: not that of a key that is there. Returns whether it was.
static bool put(go_map *m, const void *key, void *value, bool keep, void **actual)
{
    uint64_t hash = hash_of(m, key);
    shard *s = SHARD(m, hash);
    go_rwmutex_lock(&s->mutex);
    if (s->n == s->n_buckets)
        grow_locked(s);
    struct entry **at = find_locked(m, s, key, hash);
    bool found = *at != NULL;
    if (!found) {
        *at = go__calloc(1, sizeof(**at));
        **at = (struct entry){NULL, key, value, hash};
        s->n++;
    } else if (!keep) {
        (*at)->value = value;
    }
    if (actual)
        *actual = (*at)->value;
    go_rwmutex_unlock(&s->mutex);
    return found;
}

void go_map_store(go_map *m, const void *key, void *value)
{
    put(m, key, value, false, NULL);
}

bool go_map_load_or_store(go_map *m, const void *key, void *value, void **actual)
{
    return put(m, key, value, true, actual);
}

void go_map_delete(go_map *m, const void *key)
{
    uint64_t hash = hash_of(m, key);
    shard *s = SHARD(m, hash);
    go_rwmutex_lock(&s->mutex);
    struct entry **at = s->n ? find_locked(m, s, key, hash) : NULL, *e = at ? *at : NULL;
    if (e) {
        *at = e->next;
        if (--s->n == 0) {
            go__free(s->buckets);
            s->buckets = NULL;
            s->n_buckets = 0;
        }
    }
    go_rwmutex_unlock(&s->mutex);
    go__free(e);
}

// A key as range has seen it. It may have been deleted since, and its memory be gone: it is
// recognised by its address.
struct seen {
    const void *key;
    uint64_t hash;
};

static bool load_seen(shard *s, const struct seen *k, void **value)
{
    go_rwmutex_rlock(&s->mutex);
    struct entry *e = s->n ? s->buckets[k->hash & (s->n_buckets - 1)] : NULL;
    while (e && !(e->key == k->key && e->hash == k->hash))
        e = e->next;
    if (e)
        *value = e->value;
    go_rwmutex_runlock(&s->mutex);
    return e != NULL;
}

// The keys of a shard; *n of them.
static struct seen *keys_of(shard *s, uint64_t *n)
{
    struct seen *keys = NULL;
    uint64_t k = 0;
    go_rwmutex_rlock(&s->mutex);
    *n = s->n;
    if (s->n)
        keys = go__alloc(s->n * sizeof(*keys));
    for (uint64_t i = 0; keys && i < s->n_buckets; i++)
        for (struct entry *e = s->buckets[i]; e; e = e->next)
            keys[k++] = (struct seen){e->key, e->hash};
    go_rwmutex_runlock(&s->mutex);
    return keys;
}

struct deferred_free {
    struct gocc_defer defer;
    struct seen *keys;
};

static void run_deferred_free(void *self)
{
    go__free(((struct deferred_free *)self)->keys);
}

static bool range_shard(shard *s, gocc_func(bool, void *, void *) f)
{
    uint64_t n;
    struct deferred_free keys = {.keys = keys_of(s, &n)};
    GOCC_FRAME(false);
    gocc_defer(&gocc_frame, &keys.defer, run_deferred_free); // f may panic
    for (uint64_t i = 0; i < n; i++) {
        void *value;
        if (load_seen(s, &keys.keys[i], &value) && !gocc_call(f, (void *)keys.keys[i].key, value))
            return false;
    }
    return true;
}

void go_map_range(go_map *m, gocc_func(bool, void *, void *) f)
{
    for (int i = 0; i < GO_MAP_SHARDS; i++)
        if (!range_shard(&m->shards[i], f))
            return;
}
