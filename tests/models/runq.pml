// The ring of a P (runtime/runq.c): go__runq_put with ring_spill, ring_get, ring_steal and
// ring_fill, with a ring of RING slots.
//
// P 0 and P 1 belong to threads that queue, take, and once steal from each other when they have
// nothing. With THREE a third thread steals from P 1 what that stole from P 0. Goroutines are
// numbers. The overflow list is under its lock here as there, and no more than that.
//
// Proved: no goroutine is taken twice, none that was never queued, and when the owners have
// emptied their queues none is left.
//
// also: THREE: a ring of four, and what was stolen is stolen again
// mutant: PUT_RELAXED: the new tail may become visible before the slot
// mutant: TAIL_RELAXED: a thief sees the new tail and an old slot
// mutant: LATE_COPY: a thief reads the slots after it has moved head, as a relaxed exchange would allow
// mutant: STEAL_STORES: a thief moves head without looking whether it moved
// mutant: GET_STORES: the owner takes one without looking whether head moved
// mutant: SPILL_STORES: the owner spills without looking whether head moved
// mutant: THREE SHOWN_EARLY: a thief lets others look at what it copied before it owns it
// mutant: NO_ROOM: the owner does not look whether the ring is full

#ifdef PUT_RELAXED
#define PUT RELAXED
#else
#define PUT RELEASE
#endif
#ifdef TAIL_RELAXED
#define TAIL_ORDER RELAXED
#else
#define TAIL_ORDER ACQUIRE
#endif
#ifdef THREE
#define RING 4
#else
#define RING 2
#endif
#define HALF (RING / 2)
#ifdef THREE
#define ITEMS 3
#else
#define ITEMS 4
#endif

#define THREADS 4
#define STORES 9
#if RING == 2
#define LOCS 8 /* of P 0: head, tail, slots; of P 1 */
#define PER_P 4
#else
#define LOCS 12
#define PER_P 6
#endif
#define LOCKS 2
#define HEAD(p) (p * PER_P)
#define TAIL(p) (p * PER_P + 1)
#define SLOT(p, i) (p * PER_P + 2 + (i) % RING)
#include "c11.pml"

bool taken[ITEMS + 1];
byte over[2 * ITEMS]; // each P's overflow list: a stack of batches of HALF goroutines
byte n_over[2];

inline run_it(it)
{
    d_step { assert(it != 0 && !taken[it]); taken[it] = true; it = 0 }
}

inline ring_spill()
{
    i = 0;
    do
    :: i < HALF -> load(SLOT(p, head + i), RELAXED, copy[i]); i++
    :: else -> break
    od;
#ifdef SPILL_STORES
    store(HEAD(p), RELEASE, head + HALF);
    done = true;
#else
    cas(HEAD(p), ACQ_REL, head, head + HALF, done);
#endif
    if
    :: done ->
        lock(p);
        over[p * ITEMS + n_over[p]] = copy[0];
        n_over[p]++;
        unlock(p)
    :: else
    fi;
    atomic { i = 0; copy[0] = 0; copy[HALF - 1] = 0; done = false }
}

inline runq_put(new)
{
    do
    :: true ->
        load(HEAD(p), ACQUIRE, head);
#ifdef NO_ROOM
        break
#else
        if
        :: mine - head < RING -> break
        :: else -> ring_spill()
        fi
#endif
    od;
    store(SLOT(p, mine), RELAXED, new);
    mine++;
    store(TAIL(p), PUT, mine);
    head = 0
}

inline ring_get()
{
    do
    :: true ->
        load(HEAD(p), ACQUIRE, head);
        if
        :: head == mine -> g = 0; break
        :: else ->
            load(SLOT(p, head), RELAXED, g);
#ifdef GET_STORES
            store(HEAD(p), RELEASE, head + 1);
            done = true;
#else
            cas(HEAD(p), ACQ_REL, head, head + 1, done);
#endif
            if
            :: done -> break
            :: else
            fi
        fi
    od;
    atomic { head = 0; done = false }
}

// The newest batch, for the owner (go__runq_get), or the oldest, for a thief. It is one goroutine
// (RING is 2 where the ring overflows), so that ring_fill has nothing left to do.
inline over_take(from_p, oldest)
{
    lock(from_p);
    d_step {
        if
        :: n_over[from_p] == 0 -> g = 0
        :: else ->
            assert(HALF == 1);
            n_over[from_p]--;
            i = (oldest -> 0 : n_over[from_p]);
            g = over[from_p * ITEMS + i];
            do
            :: i < n_over[from_p] -> over[from_p * ITEMS + i] = over[from_p * ITEMS + i + 1]; i++
            :: else -> break
            od
        fi;
        i = 0
    }
    unlock(from_p)
}

inline runq_get()
{
    ring_get();
    if
    :: !g -> over_take(p, false)
    :: else
    fi
}

// p 2 is the thief that has no ring that anybody looks at: it runs what it copied.
inline ring_steal(victim)
{
    do
    :: true ->
        load(HEAD(victim), ACQUIRE, head);
        load(TAIL(victim), TAIL_ORDER, tail);
        n = tail - head;
        n = n - n / 2;
        if
        :: n == 0 -> break
        :: n > HALF -> skip
        :: else ->
#ifndef LATE_COPY
            copy_slots(victim);
#endif
#ifdef SHOWN_EARLY
            if
            :: p < 2 -> store(TAIL(p), RELEASE, mine + n - 1)
            :: else
            fi;
#endif
#ifdef STEAL_STORES
            store(HEAD(victim), RELEASE, head + n);
            done = true;
#else
            cas(HEAD(victim), ACQ_REL, head, head + n, done);
#endif
#ifdef LATE_COPY
            copy_slots(victim);
#endif
            if
            :: done ->
                g = copy[n - 1];
                if
                :: p < 2 -> mine = mine + n - 1; store(TAIL(p), RELEASE, mine)
                :: p == 2 && n == 2 -> run_it(copy[0])
                :: else
                fi;
                break
            :: else
            fi
        fi
    od;
    atomic { head = 0; tail = 0; n = 0; i = 0; done = false; copy[0] = 0; copy[HALF - 1] = 0 }
}

inline copy_slots(victim)
{
    i = 0;
    do
    :: i < n ->
        load(SLOT(victim, head + i), RELAXED, copy[i]);
        if
        :: p < 2 -> store(SLOT(p % 2, mine + i), RELAXED, copy[i])
        :: else
        fi;
        i++
    :: else -> break
    od
}

inline runq_steal(victim)
{
    over_take(victim, true);
    if
    :: !g -> ring_steal(victim)
    :: else
    fi
}

proctype Owner(byte p; byte first; byte past)
{
    byte next = first, other = 1 - p, g, head, tail, i, n, mine;
    byte copy[HALF];
    bool done, stolen;
    do
    :: next < past -> runq_put(next); next++
    :: next > first || first == past ->
        runq_get();
        if
        :: g -> run_it(g)
        :: !g && !stolen ->
            stolen = true;
            runq_steal(other);
            if
            :: g -> run_it(g)
            :: else
            fi
        :: !g && stolen && next == past -> break
        :: else
        fi
    od
}

proctype Thief()
{
    byte p = 2;
    byte g, head, tail, i, n, mine;
    byte copy[HALF];
    bool done;
    runq_steal(1);
    if
    :: g -> run_it(g)
    :: else
    fi
}

init
{
    byte g;
    atomic {
        away[0] = true;
#ifdef THREE
        run Owner(0, 1, ITEMS + 1);
        run Owner(1, 4, 4);
        run Thief()
#else
        run Owner(0, 1, 4);
        run Owner(1, 4, ITEMS + 1)
#endif
    }
    _nr_pr == 1;
    g = 1;
    do
    :: g <= ITEMS -> assert(taken[g]); g++
    :: else -> break
    od
}
