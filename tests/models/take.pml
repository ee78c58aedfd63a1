// Who owns a P: the protocol of runtime/gmp.h, go__enter and go__leave against
// go__p_borrow_locked, with the monitor's two uses of it, free_private and take.
//
// Two threads with one P between them, which the monitor borrows and takes. A thread comes into
// the runtime (go__enter), asks for its P (go__p_of, go__p_look_again), works on what is private
// to it if it has it, and leaves (go__leave) or gives it up first (go_idle). Without it, it goes
// on when somebody hands it on (after_loss, go__p_attach).
//
// Proved: what is private to the P is touched by one at a time, who sees all that was done to it
// before; and a thread whose P the monitor looked at and left ("not now") does not think it lost.
//
// also: NOMEMBARRIER: with a fence on both sides
// mutant: NOMEMBARRIER NO_LIGHT: in_runtime may become visible only after m->p was read
// mutant: NO_HEAVY: the monitor looks at in_runtime while its own store is on its way
// mutant: HEAVY_ALONE: the monitor fences, the thread does not
// mutant: SWAPPED: m->p is read before in_runtime is set
// mutant: ONE_LOOK: go__p_look_again without sched.retake
// mutant: LEAVE_RELAXED: go__leave stores in_runtime without release
// mutant: BORROW_RELAXED: the monitor's second look at in_runtime is no acquire
// mutant: RETURN_RELAXED: go__p_return_locked stores m->p without release
// mutant: P_OF_RELAXED: go__p_of reads m->p without acquire
// mutant: NO_SECOND_LOOK: the monitor does not look at in_runtime again

#ifdef P_OF_RELAXED
#define P_OF RELAXED
#else
#define P_OF ACQUIRE
#endif
#ifdef LEAVE_RELAXED
#define LEAVE RELAXED
#else
#define LEAVE RELEASE
#endif
#ifdef BORROW_RELAXED
#define BORROW RELAXED
#else
#define BORROW ACQUIRE
#endif
#ifdef RETURN_RELAXED
#define RETURN RELAXED
#else
#define RETURN RELEASE
#endif
#ifndef LOOKS
#define LOOKS 2
#endif

#define THREADS 4
#define STORES 12
#define LOCS 6
#define LOCKS 2
#define MP(m) (m) /* m->p: 1 or NULL */
#define IN_RUNTIME(m) (2 + (m))
#define PM 4 /* p->m: 1 + m, or NULL */
#define PRIVATE 5
#define RETAKE 0
#define SCHED 1
#include "c11.pml"

#define NOBODY 4
#define MONITOR 3
byte holder = 0;     // who has the P by rights: a thread, MONITOR or NOBODY
bool idle_p;         // sched.idle_p

inline touch(who)
{
    assert(holder == who);
    own(PRIVATE);
    assert(holder == who)
}

inline give_to_idle_list()
{
    lock(SCHED);
    idle_p = true;
    unlock(SCHED)
}

// go__p_attach
inline attach(m)
{
    lock(RETAKE);
    store(MP(m), RELAXED, 1);
    store(PM, RELEASE, 1 + m);
    holder = m;
    unlock(RETAKE)
}

proctype Thread(byte m; byte entries)
{
    byte p, n;
    do
    :: n == entries -> break
    :: n < entries ->
        n++;
#ifdef SWAPPED
        load(MP(m), P_OF, p);
        store(IN_RUNTIME(m), RELAXED, 1); // go__enter
#else
        store(IN_RUNTIME(m), RELAXED, 1); // go__enter
#ifndef NO_LIGHT
        light();
#endif
        load(MP(m), P_OF, p); // go__p_of
#endif
        if
        :: !p -> // go__p_look_again
#ifdef ONE_LOOK
            load(MP(m), ACQUIRE, p)
#else
            lock(RETAKE);
            load(MP(m), RELAXED, p);
            unlock(RETAKE)
#endif
        :: else
        fi;
        if
        :: p ->
            touch(m);
            if
            :: true // goes on
            :: true -> // go_idle
                lock(RETAKE);
                store(MP(m), RELAXED, 0);
                store(PM, RELAXED, 0);
                holder = NOBODY;
                lock(SCHED);
                idle_p = true;
                unlock(SCHED);
                unlock(RETAKE)
            fi
        :: else ->
            assert(holder != m);
end:        idle_p; // after_loss, m_sleep: until somebody puts one there
            lock(SCHED);
            p = idle_p;
            idle_p = false;
            unlock(SCHED);
            if
            :: p -> attach(m); touch(m)
            :: else
            fi
        fi;
        store(IN_RUNTIME(m), LEAVE, 0) // go__leave
    od
}

// The caller holds sched.retake. go__p_borrow_locked
inline borrow(m, in, taken)
{
    taken = false;
    load(PM, ACQUIRE, m);
    if
    :: m == 0
    :: else ->
        m--;
        load(IN_RUNTIME(m), RELAXED, in);
        if
        :: in
        :: else ->
            store(MP(m), RELAXED, 0);
#ifndef NO_HEAVY
            heavy();
#endif
#ifdef NO_SECOND_LOOK
            in = 0;
#else
            load(IN_RUNTIME(m), BORROW, in);
#endif
            if
            :: in -> store(MP(m), RELAXED, 1)
            :: else -> store(PM, RELAXED, 0); taken = true; assert(holder == m); holder = MONITOR
            fi
        fi
    fi
}

proctype Monitor()
{
    byte m, in, n;
    bool taken;
    do
    :: n == LOOKS -> break
    :: n < LOOKS ->
        n++;
        lock(RETAKE);
        borrow(m, in, taken);
        if
        :: !taken -> unlock(RETAKE)
        :: taken -> // free_private
            touch(MONITOR);
            store(PM, RELEASE, 1 + m); // go__p_return_locked
            d_step { append(MP(m), RETURN, 1); holder = m }
            unlock(RETAKE)
        :: taken -> // take
            holder = NOBODY;
            unlock(RETAKE);
            give_to_idle_list() // go__p_start
        fi
    od
}

init
{
    atomic {
        away[0] = true;
        start_value(MP(0), 1);
        start_value(PM, 1);
        run Thread(0, 2);
        run Thread(1, 1);
        run Monitor()
    }
}
