// The wait group of runtime/sync.c: two goroutines count down, two wait.
//
// Proved: who waits goes on once both have counted down, and sees all that they did before; who
// wakes them finds each waiter, and sees what it wrote of itself; nobody touches the group once
// both waits have returned, when it may be freed.
//
// mutant: WAKE_RELAXED: the waker sets the state back to zero without release
// mutant: DONE_RELAXED: go_waitgroup_add counts down without order
// mutant: WAIT_RELAXED: a wait that need not wait has not acquired what was done
// mutant: FIRST_RELAXED: the first waiter is put up without release
// mutant: OTHERS_RELAXED: the second one without
// mutant: READY_FIRST: the state goes back to zero after the waiters were made ready
// mutant: UNCOUNTED: a waiter puts itself up before it is counted

#ifdef WAKE_RELAXED
#define WAKE RELAXED
#else
#define WAKE RELEASE
#endif
#ifdef DONE_RELAXED
#define DONE RELAXED
#else
#define DONE ACQ_REL
#endif
#ifdef WAIT_RELAXED
#define WAIT RELAXED
#else
#define WAIT ACQUIRE
#endif
#ifdef FIRST_RELAXED
#define PUT_FIRST RELAXED
#else
#define PUT_FIRST RELEASE
#endif
#ifdef OTHERS_RELAXED
#define PUT_OTHER RELAXED
#else
#define PUT_OTHER RELEASE
#endif

#define THREADS 5
#define STORES 7
#define LOCS 7
#define LOCKS 1
#define STATE 0 /* COUNT for each that is to count down, and the number of waiters */
#define FIRST 1
#define OTHERS 2
#define WAITER(w) (w) /* what the waiters, 3 and 4, write of themselves */
#define DATA(d) (4 + (d)) /* what 1 and 2 do before they count down */
#include "c11.pml"

#define COUNT 4
bool woken[THREADS];
byte returned; // waits
#define touch_group() assert(returned < 2)

inline wake(n)
{
    touch_group();
    do
    :: load(FIRST, ACQUIRE, a);
        if
        :: a -> break
        :: else
        fi
    od;
    own(WAITER(a));
    if
    :: n == 2 ->
        do
        :: load(OTHERS, ACQUIRE, b);
            if
            :: b -> break
            :: else
            fi
        od;
        own(WAITER(b))
    :: else
    fi;
#ifndef READY_FIRST
    touch_group();
    store(STATE, WAKE, 0);
#endif
    atomic { rouse(a); woken[a] = true }
    if
    :: b -> atomic { rouse(b); woken[b] = true }
    :: else
    fi;
#ifdef READY_FIRST
    touch_group();
    store(STATE, WAKE, 0)
#else
    skip
#endif
}

proctype Done(byte me)
{
    byte before, a, b;
    own(DATA(me));
    touch_group();
    add(STATE, DONE, -COUNT, before);
    if
    :: before / COUNT == 1 && before % COUNT -> wake(before % COUNT)
    :: else
    fi;
    leave()
}

inline put_up(s)
{
    if
    :: s % COUNT == 0 -> store(FIRST, PUT_FIRST, _pid)
    :: else -> cas(OTHERS, PUT_OTHER, 0, _pid, counted); assert(counted)
    fi
}

proctype Wait()
{
    byte s;
    bool counted;
    touch_group();
    load(STATE, WAIT, s); // go_waitgroup_wait
    if
    :: s / COUNT == 0 -> skip
    :: else ->
        own(WAITER(_pid));
        do // waitgroup_announce
        :: load(STATE, ACQUIRE, s);
            if
            :: s / COUNT == 0 -> break
            :: else ->
#ifdef UNCOUNTED
                put_up(s);
#endif
                cas(STATE, ACQUIRE, s, s + 1, counted);
                if
                :: counted -> break
                :: else
                fi
            fi
        od;
        if
        :: s / COUNT == 0 -> skip
        :: else ->
#ifndef UNCOUNTED
            touch_group();
            put_up(s);
#endif
            woken[_pid]
        fi
    fi;
    d_step {
        assert(VIEW(_pid, DATA(1)) == newest[DATA(1)]);
        assert(VIEW(_pid, DATA(2)) == newest[DATA(2)]);
        returned++
    }
    leave()
}

init
{
    d_step { start_value(STATE, 2 * COUNT) }
    atomic { run Done(1); run Done(2); run Wait(); run Wait() }
}
