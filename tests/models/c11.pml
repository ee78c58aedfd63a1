// C11's memory for the models: what a thread may read when nothing orders it.
//
// Spin itself is sequentially consistent. So a location of a model is not a variable but the list
// of all stores to it, oldest first; each thread has a view, the number of the store of each
// location that it has seen, and may read that one or any later one. A store carries a view too:
// a release store its thread's, and who reads it with acquire takes that over. This is the view
// machine of Kang, Hur, Lahav, Vafeiadis, Dreyer: A promising semantics for relaxed-memory
// concurrency (2017), without promises.
//
//   load(at, order, to)                store(at, order, what)        order: RELAXED, RELEASE ...
//   add(at, order, delta, before)      cas(at, order, from, to, done)
//   fence()                            atomic_thread_fence(seq_cst)
//   light(), heavy()                   go__fence_light, go__fence_heavy (runtime/base.h)
//   lock(l), unlock(l)                 runtime/lock.h
//   own(at)                            an access to plain memory that must be the thread's alone
//
// What it sees: stores that become visible late and in any order, loads that are done early (of
// each other and of a later store: an old value is read). What it does not: a store that becomes
// visible before an earlier *load* of the same thread. Where a release is there for that, the
// mutant swaps the two in the text. Nor a store that goes before one of another thread that was
// made already. A sequentially consistent read-modify-write counts as acquire
// and release and no more: on aarch64 it is no fence.
//
// With -DNOMEMBARRIER both fences are seq_cst ones (a kernel or emulator without membarrier), else
// the light one is nothing and the heavy one is a full fence of all threads at that moment.
//
// (`skip` before a d_step: it may follow a loop, and spin lets nobody jump into one.)
//
// A model defines THREADS (process numbers below that; init is 0), LOCS, STORES and LOCKS first.
// STORES is checked: a model that is too small for its program fails.

#define RELAXED 0
#define ACQUIRE 1
#define RELEASE 2
#define ACQ_REL 3

byte newest[LOCS];                 // number of the last store to each location
byte value[LOCS * STORES];         // what each stored
byte carries[LOCS * STORES * LOCS]; // its view
byte view[THREADS * LOCS];         // of each thread
byte loaded[THREADS * LOCS];       // what its relaxed loads found: its view after a fence
byte fenced[THREADS * LOCS];       // its view at its last fence: what its relaxed stores carry
byte sc[LOCS];                     // what the fences of all threads have seen
byte pick;
bool held[LOCKS];
byte lock_view[LOCKS * LOCS];
hidden byte i_, t_, x_;
bool away[THREADS]; // it has ended, or sleeps and will take over the view of who wakes it

// Stores that no thread can read any more are forgotten, so that states which differ in them only
// are one.
c_code {
    static void tidy(void)
    {
        for (int at = 0; at < LOCS; at++) {
            int least = now.newest[at];
            for (int t = 0; t < THREADS; t++)
                if (!now.away[t] && now.view[t * LOCS + at] < least)
                    least = now.view[t * LOCS + at];
            if (least == 0)
                continue;
#define LESS(x) ((x) = (x) > least ? (x) - least : 0)
            for (int n = 0; n < STORES; n++)
                for (int of = 0; of < LOCS; of++)
                    now.carries[(at * STORES + n) * LOCS + of] =
                        n + least < STORES ? now.carries[(at * STORES + n + least) * LOCS + of] : 0;
            for (int n = 0; n < STORES; n++)
                now.value[at * STORES + n] =
                    n + least < STORES ? now.value[at * STORES + n + least] : 0;
            for (int i = 0; i < LOCS * STORES; i++)
                LESS(now.carries[i * LOCS + at]);
            for (int t = 0; t < THREADS; t++) {
                LESS(now.view[t * LOCS + at]);
                LESS(now.loaded[t * LOCS + at]);
                LESS(now.fenced[t * LOCS + at]);
            }
            for (int l = 0; l < LOCKS; l++)
                LESS(now.lock_view[l * LOCS + at]);
            LESS(now.sc[at]);
            LESS(now.newest[at]);
        }
    }
}

#define VIEW(t, at) view[(t) * LOCS + (at)]
#define LOADED(t, at) loaded[(t) * LOCS + (at)]
#define FENCED(t, at) fenced[(t) * LOCS + (at)]
#define VALUE(at, n) value[(at) * STORES + (n)]
#define CARRIES(at, n, of) carries[((at) * STORES + (n)) * LOCS + (of)]
#define LATEST(at) VALUE(at, newest[at]) /* for assertions: no thread may ask that */
#define MAX(a, b) ((a) > (b) -> (a) : (b))

// The calling thread reads store number n. Requires: in a d_step.
inline take_over(at_, order_, n_)
{
    VIEW(_pid, at_) = MAX(VIEW(_pid, at_), n_);
    i_ = 0;
    do
    :: i_ < LOCS ->
        LOADED(_pid, i_) = MAX(LOADED(_pid, i_), CARRIES(at_, n_, i_));
        if
        :: (order_) & ACQUIRE -> VIEW(_pid, i_) = MAX(VIEW(_pid, i_), CARRIES(at_, n_, i_))
        :: else
        fi;
        i_++
    :: else -> break
    od;
    i_ = 0
}

inline append(at_, order_, what_)
{
    assert(newest[at_] + 1 < STORES);
    x_ = what_; // may be LATEST
    newest[at_]++;
    VALUE(at_, newest[at_]) = x_;
    VIEW(_pid, at_) = newest[at_];
    i_ = 0;
    do
    :: i_ < LOCS ->
        CARRIES(at_, newest[at_], i_) = ((order_) & RELEASE -> VIEW(_pid, i_) : FENCED(_pid, i_));
        i_++
    :: else -> break
    od;
    CARRIES(at_, newest[at_], at_) = newest[at_]
}

inline load(at_, order_, to_)
{
    atomic {
        pick = VIEW(_pid, at_);
        do
        :: pick < newest[at_] -> pick++
        :: break
        od;
        skip;
        d_step {
            to_ = VALUE(at_, pick);
            take_over(at_, order_, pick);
            pick = 0;
            c_code { tidy(); }
        }
    }
}

inline store(at_, order_, what_)
{
    atomic {
        skip;
        d_step { append(at_, order_, what_); c_code { tidy(); } }
    }
}

// A read-modify-write reads the last store and goes on carrying what that carried.
inline add(at_, order_, delta_, before_)
{
    atomic {
        skip;
        d_step {
            before_ = LATEST(at_);
            rmw(at_, order_, LATEST(at_) + (delta_));
            c_code { tidy(); }
        }
    }
}

inline rmw(at_, order_, what_)
{
    take_over(at_, order_, newest[at_]);
    append(at_, order_, what_);
    i_ = 0;
    do
    :: i_ < LOCS ->
        CARRIES(at_, newest[at_], i_) = MAX(CARRIES(at_, newest[at_], i_), CARRIES(at_, newest[at_] - 1, i_));
        i_++
    :: else -> break
    od;
    i_ = 0
}

// A compare-exchange; one that fails is a relaxed load of any value that it may still see.
inline cas(at_, order_, from_, to_, done_)
{
    atomic {
        pick = VIEW(_pid, at_);
        do
        :: pick < newest[at_] -> pick++
        :: pick == newest[at_] || VALUE(at_, pick) != (from_) -> break
        od;
        skip;
        d_step {
            done_ = VALUE(at_, pick) == (from_);
            if
            :: done_ -> rmw(at_, order_, to_)
            :: else -> take_over(at_, RELAXED, pick)
            fi;
            pick = 0;
            c_code { tidy(); }
        }
    }
}

// A full fence of thread t. Requires: in a d_step.
inline fence_of(thread_)
{
    i_ = 0;
    do
    :: i_ < LOCS ->
        sc[i_] = MAX(sc[i_], MAX(VIEW(thread_, i_), LOADED(thread_, i_)));
        VIEW(thread_, i_) = sc[i_];
        LOADED(thread_, i_) = sc[i_];
        FENCED(thread_, i_) = sc[i_];
        i_++
    :: else -> break
    od;
    i_ = 0
}

inline fence()
{
    atomic {
        skip;
        d_step { fence_of(_pid); c_code { tidy(); } }
    }
}

#ifdef NOMEMBARRIER
inline light() { fence() }
inline heavy() { fence() }
#else
inline light() { skip }
#ifdef HEAVY_ALONE /* a mutant: what a fence of one side is worth */
inline heavy() { fence() }
#else
inline heavy()
{
    atomic {
        skip;
        d_step {
            t_ = 0; // twice: each has to see what all the others did
            do
            :: t_ < 2 * THREADS -> fence_of(t_ % THREADS); t_++
            :: else -> break
            od;
            i_ = 0
        }
    }
}
#endif
#endif

inline lock(which_)
{
    atomic {
        !held[which_] ->
        d_step {
            held[which_] = true;
            i_ = 0;
            do
            :: i_ < LOCS -> VIEW(_pid, i_) = MAX(VIEW(_pid, i_), lock_view[(which_) * LOCS + i_]); i_++
            :: else -> break
            od;
            i_ = 0
        }
    }
}

inline unlock(which_)
{
    atomic {
        skip;
        d_step {
            assert(held[which_]);
            held[which_] = false;
            i_ = 0;
            do
            :: i_ < LOCS -> lock_view[(which_) * LOCS + i_] = VIEW(_pid, i_); i_++
            :: else -> break
            od;
            i_ = 0
        }
    }
}

// Reads and writes plain memory: whoever did so before must have done it before, for this thread.
inline own(at_)
{
    atomic {
        skip;
        d_step {
            assert(VIEW(_pid, at_) == newest[at_]);
            append(at_, RELAXED, 0);
            c_code { tidy(); }
        }
    }
}

// The calling thread ends.
inline leave()
{
    atomic {
        skip;
        d_step { away[_pid] = true; c_code { tidy(); } }
    }
}

// It sleeps until another calls rouse on it, which stores with release what it loads with acquire.
inline fall_asleep()
{
    leave()
}

inline rouse(thread_)
{
    d_step {
        away[thread_] = false;
        i_ = 0;
        do
        :: i_ < LOCS -> VIEW(thread_, i_) = MAX(VIEW(thread_, i_), VIEW(_pid, i_)); i_++
        :: else -> break
        od;
        i_ = 0
    }
}

inline start_value(at_, what_)
{
    VALUE(at_, 0) = what_
}
