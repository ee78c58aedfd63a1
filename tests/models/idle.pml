// Going idle and waking (runtime/proc.c, sched.c): go__wake_if_idle and go__wake_p of a thread that
// queues, against spin_for_work, stop_spinning, go_idle and p_retire of threads without work.
//
// One thread has P 0, queues goroutines, and then computes for ever, as does whoever runs one of
// them: nobody comes back to a queue out of boredom. Others have a P each and look for work, or
// sleep.
//
// Proved: when everybody computes or sleeps, no goroutine waits in a queue while a P is idle, and
// nobody is counted as spinning.
//
// A queue is the number of goroutines in it: runq.pml has the ring. Who owns which P is take.pml's.
//
// Each situation is a small program of its own, since all at once have too many states:
//   (none)   two P's, two threads: one looks for work while two goroutines are queued
//   STOP     a spinning thread has found something and stops, while another goes idle
//   WAKE     a thread that saw an idle P finds none in go__wake_p, while another goes idle
//   RETIRE   a spinning thread finds its P out of service (go_max_procs), while another goes idle
//   FILL     the queue's owner moves an overflowed batch to its ring (go__runq_get)
//   SHARE    or what the global queue has (go__global_get)
//
// also: NOMEMBARRIER: with a fence on both sides
// also: STOP: with the kernel's membarrier
// also: STOP NOMEMBARRIER: with a fence on both sides
// also: WAKE: with the kernel's membarrier
// also: WAKE NOMEMBARRIER: with a fence on both sides
// also: RETIRE: with the kernel's membarrier
// also: RETIRE NOMEMBARRIER: with a fence on both sides
// also: FILL: with the kernel's membarrier
// also: SHARE: with the kernel's membarrier
// mutant: NOMEMBARRIER NO_LIGHT: go__wake_if_idle without its fence
// mutant: HEAVY_ALONE: go_idle's fence is its own only
// mutant: NO_LAST_LOOK: go_idle does not look again after it has announced
// mutant: LOOK_FIRST: go_idle announces after its last look
// mutant: STOP NO_HAND_ON: stop_spinning wakes nobody
// mutant: STOP NOMEMBARRIER NO_STOP_FENCE: stop_spinning without its fence
// mutant: WAKE DROP_OUTSIDE: go__wake_p counts itself out after it has released the lock
// mutant: RETIRE RETIRE_SPINS: p_retire lets a thread sleep that is counted as spinning
// mutant: RETIRE RETIRE_OUTSIDE: p_retire counts it out after it has released the lock
// mutant: FILL NO_FILL_WAKE: go__runq_get tells nobody of the rest of a batch
// mutant: SHARE NO_SHARE_WAKE: go__global_get tells nobody of what it put into the ring

#define THREADS 5
#define STORES 8
#define LOCS 7
#define LOCKS 1
#define QUEUE(p) (p)
#define GLOBAL 3
#define N_IDLE 4
#define N_SPINNING 5
#define N_P 6
#define SCHED 0
#include "c11.pml"

#define NONE 9
#define LOOKS 0   /* where a thread begins */
#define FOUND 1
#define NOTHING 2
#if defined(STOP) || defined(WAKE) || defined(RETIRE)
#define ROUNDS 1
#else
#define ROUNDS 3
#endif
bool cut_off;           // a thread has gone round find_work ROUNDS times: not followed further
bool idle[3];           // sched.idle_p
bool out[3];            // p->out
bool asleep[THREADS];   // sched.idle_m
byte next_p[THREADS];   // m->next_p, once m_wake has been called
bool next_spins[THREADS];
byte batch;             // goroutines in P 0's overflow list

// go__p_get_idle_locked
inline get_idle_locked(to_p)
{
    d_step {
        if
        :: idle[0] -> to_p = 0
        :: !idle[0] && idle[1] -> to_p = 1
        :: !idle[0] && !idle[1] && idle[2] -> to_p = 2
        :: else -> to_p = NONE
        fi;
        if
        :: to_p != NONE -> idle[to_p] = false; append(N_IDLE, RELAXED, LATEST(N_IDLE) - 1)
        :: else
        fi
    }
}

inline put_idle_locked(which_p)
{
    d_step { idle[which_p] = true; append(N_IDLE, RELAXED, LATEST(N_IDLE) + 1) }
}

// Gives idle_p to a sleeping thread. p_hand_to_thread
inline hand_to_thread(idle_p)
{
    lock(SCHED);
    atomic {
        if
        :: asleep[1] -> i = 1
        :: asleep[2] -> i = 2
        :: asleep[3] -> i = 3
        :: else -> cut_off = true; i = 0 // m_start: not followed further
        fi;
        asleep[i] = false
    }
    unlock(SCHED);
    if
    :: i -> atomic { rouse(i); next_spins[i] = true; next_p[i] = idle_p; i = 0 }
    :: else
    fi
}

inline wake_p()
{
    fence();
    cas(N_SPINNING, ACQ_REL, 0, 1, done);
    if
    :: done ->
        lock(SCHED);
        get_idle_locked(other);
#ifndef DROP_OUTSIDE
        if
        :: other == NONE -> add(N_SPINNING, ACQ_REL, -1, v)
        :: else
        fi;
#endif
        unlock(SCHED);
        if
        :: other != NONE -> hand_to_thread(other)
        :: else ->
#ifdef DROP_OUTSIDE
            add(N_SPINNING, ACQ_REL, -1, v)
#endif
        fi
    :: else
    fi;
    atomic { done = false; other = 0; v = 0 }
}

inline wake_if_idle()
{
#ifndef NO_LIGHT
    light();
#endif
    load(N_IDLE, RELAXED, v);
    if
    :: v ->
        load(N_SPINNING, RELAXED, v);
        if
        :: v == 0 -> wake_p()
        :: else
        fi
    :: else
    fi;
    v = 0
}

// Takes one from a queue that may have some; ok says whether. A thief may see an old state.
inline take_one(of_p)
{
    load(QUEUE(of_p), ACQUIRE, v);
    atomic {
        ok = v && LATEST(QUEUE(of_p));
        v = 0
    }
    if
    :: ok ->
        d_step {
            ok = LATEST(QUEUE(of_p)) != 0;
            if
            :: ok -> rmw(QUEUE(of_p), ACQ_REL, LATEST(QUEUE(of_p)) - 1)
            :: else
            fi
        }
    :: else
    fi
}

inline global_take()
{
    load(GLOBAL, RELAXED, v);
    if
    :: v ->
        lock(SCHED);
        d_step {
            ok = LATEST(GLOBAL) != 0;
            if
            :: ok -> append(GLOBAL, RELAXED, LATEST(GLOBAL) - 1)
            :: else
            fi
        }
        unlock(SCHED)
    :: else
    fi;
    v = 0
}

inline start_spinning()
{
    if
    :: !spinning -> spinning = true; add(N_SPINNING, ACQ_REL, 1, v)
    :: else
    fi;
    v = 0
}

inline stop_spinning()
{
    if
    :: spinning ->
        spinning = false;
        add(N_SPINNING, ACQ_REL, -1, before);
#ifndef NO_STOP_FENCE
        fence();
#endif
#ifndef NO_HAND_ON
        load(N_IDLE, RELAXED, v);
        if
        :: before == 1 && v -> wake_p()
        :: else
        fi;
#endif
        atomic { before = 0; v = 0 }
    :: else
    fi
}

inline any_work()
{
    load(GLOBAL, RELAXED, v);
    ok = v != 0;
    i = 0;
    do
    :: i < 3 && !ok ->
        load(QUEUE(i), ACQUIRE, v);
        ok = v != 0;
        i++
    :: else -> break
    od;
    if
    :: batch -> ok = true
    :: else
    fi;
    atomic { i = 0; v = 0 }
}

// Queues goroutines, and then computes.
proctype Pusher(byte n)
{
    byte v, other, i, p;
    bool done, ok;
#ifdef FILL
    d_step { p = batch - 1; batch = 0 } // under over_lock
    add(QUEUE(0), RELEASE, p, v);
#ifndef NO_FILL_WAKE
    wake_if_idle();
#endif
#elif defined(SHARE)
    lock(SCHED);
    d_step { p = LATEST(GLOBAL) - 1; append(GLOBAL, RELAXED, 0) }
    unlock(SCHED);
    add(QUEUE(0), RELEASE, p, v);
#ifndef NO_SHARE_WAKE
    wake_if_idle();
#endif
#else
    do
    :: n ->
        n--;
        add(QUEUE(0), RELEASE, 1, v); // go__runq_put
        wake_if_idle()
    :: else -> break
    od;
#endif
    leave()
}

// go__find_work until there is something; NONE: a spare thread, asleep.
proctype Thread(byte p; bool spinning; byte at)
{
    byte v, i, before, other, n_p;
    byte rounds;
    bool ok, done;
    if
    :: p == NONE -> lock(SCHED); goto sleep
    :: at == FOUND -> goto found
    :: at == NOTHING -> goto none
    :: else
    fi;
find:
    if
    :: rounds == ROUNDS -> cut_off = true; goto stop
    :: else -> rounds++
    fi;
    load(N_P, RELAXED, n_p);
    if
    :: p >= n_p -> goto none
    :: else
    fi;
    take_one(p); // pick
    if
    :: ok -> goto found
    :: else
    fi;
    global_take();
    if
    :: ok -> goto found
    :: else
    fi;
    load(N_IDLE, RELAXED, v); // spin_for_work
    load(N_SPINNING, RELAXED, before);
    if
    :: !spinning && 2 * before + v >= n_p -> before = 0; v = 0; goto none
    :: else -> before = 0; v = 0
    fi;
    start_spinning();
    i = 0;
    do
    :: i < 3 ->
        if
        :: i != p ->
            take_one(i);
            if
            :: ok -> goto found
            :: else
            fi
        :: else
        fi;
        i++
    :: else -> break
    od;
    global_take();
    if
    :: ok -> goto found
    :: else
    fi;
none:
    i = 0;
    load(N_P, RELAXED, n_p);
    if
    :: p >= n_p -> goto retire
    :: else
    fi;
#ifdef LOOK_FIRST
    any_work();
    if
    :: ok -> goto find
    :: else
    fi;
#endif
    lock(SCHED); // go_idle
    if
    :: LATEST(GLOBAL) || p >= LATEST(N_P) -> unlock(SCHED); goto find
    :: else
    fi;
    put_idle_locked(p);
    unlock(SCHED);
    p = NONE;
    if
    :: spinning -> spinning = false; add(N_SPINNING, ACQ_REL, -1, v)
    :: else
    fi;
    heavy();
#if !defined(NO_LAST_LOOK) && !defined(LOOK_FIRST)
    any_work();
    if
    :: ok ->
        lock(SCHED);
        get_idle_locked(p);
        unlock(SCHED);
        if
        :: p != NONE -> start_spinning(); goto find
        :: else
        fi
    :: else
    fi;
#endif
    lock(SCHED);
    goto sleep;
retire: // p_retire
    do
    :: true ->
        take_one(p);
        if
        :: ok ->
            lock(SCHED); // go__global_put
            d_step { append(GLOBAL, RELAXED, LATEST(GLOBAL) + 1) }
            unlock(SCHED)
        :: else -> break
        fi
    od;
    lock(SCHED);
    if
    :: p < LATEST(N_P) -> put_idle_locked(p)
    :: else -> out[p] = true
    fi;
    get_idle_locked(p);
#if !defined(RETIRE_SPINS) && !defined(RETIRE_OUTSIDE)
    if
    :: p == NONE && spinning -> spinning = false; add(N_SPINNING, ACQ_REL, -1, v)
    :: else
    fi;
#endif
    unlock(SCHED);
#ifdef RETIRE_OUTSIDE
    if
    :: p == NONE && spinning -> spinning = false; add(N_SPINNING, ACQ_REL, -1, v)
    :: else
    fi;
#endif
    if
    :: p != NONE -> goto find
    :: else
    fi;
    lock(SCHED);
sleep: // m_sleep, with the lock held
    atomic { asleep[_pid] = true; ok = false; v = 0; i = 0; n_p = 0; before = 0; other = 0 }
    unlock(SCHED);
    fall_asleep();
end:
    atomic {
        next_p[_pid] != NONE ->
        p = next_p[_pid];
        spinning = next_spins[_pid];
        next_p[_pid] = NONE;
    }
    goto find;
found:
    i = 0;
    stop_spinning();
    // and it computes
stop:
    leave()
}

proctype Waker()
{
    byte v, other, i;
    bool done;
    wake_p();
    leave()
}

init
{
    atomic {
        away[0] = true;
        next_p[1] = NONE;
        next_p[2] = NONE;
        next_p[3] = NONE;
#if defined(STOP)
        start_value(N_P, 3);
        start_value(N_SPINNING, 1);
        run Thread(1, false, NOTHING);
        run Thread(2, true, FOUND);
        run Pusher(1);
        away[4] = true;
#elif defined(WAKE)
        start_value(N_P, 3);
        run Thread(1, false, NOTHING);
        run Waker();
        run Pusher(1);
        away[4] = true;
#elif defined(RETIRE)
        start_value(N_P, 2);
        start_value(N_SPINNING, 1);
        run Thread(1, false, NOTHING);
        run Thread(2, true, NOTHING);
        run Pusher(1);
        away[4] = true;
#else
        start_value(N_P, 2);
        run Thread(1, false, LOOKS);
        run Thread(NONE, false, LOOKS);
        run Pusher(2);
#ifdef FILL
        batch = 2;
#elif defined(SHARE)
        start_value(GLOBAL, 2);
#endif
        away[4] = true;
#endif
    }
    timeout;
    if
    :: cut_off -> goto stop
    :: else
    fi;
    assert(LATEST(N_SPINNING) == 0);
    assert(LATEST(N_IDLE) == 0 ||
        (LATEST(QUEUE(0)) + LATEST(QUEUE(1)) + LATEST(QUEUE(2)) + LATEST(GLOBAL) + batch == 0));
stop:
    skip
}
