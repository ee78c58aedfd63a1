// A sum over a tree that forks down to leaves of 2^20 numbers: how much faster two processors are
// than one.
package main

import (
	"fmt"
	"math"
	"runtime"
	"time"
)

const (
	leaf   = 1 << 20
	n      = 256 * leaf
	rounds = 5
)

// Numbers that a compiler cannot add up by a formula.
func sumLeaf(from uint64) uint64 {
	sum := uint64(0)
	for i := from; i < from+leaf; i++ {
		sum += i*i ^ i>>3
	}
	return sum
}

func sum(from, n uint64) uint64 {
	if n == leaf {
		return sumLeaf(from)
	}
	left := make(chan uint64)
	go func() { left <- sum(from, n/2) }()
	right := sum(from+n/2, n/2)
	return <-left + right
}

// The shortest of some rounds.
func timeWith(procs int) (least time.Duration, total uint64) {
	least = math.MaxInt64
	runtime.GOMAXPROCS(procs)
	for range rounds {
		start := time.Now()
		total = sum(0, n)
		least = min(least, time.Since(start))
	}
	return least, total
}

func main() {
	alone, one := timeWith(1)
	both, two := timeWith(2)
	if one != two {
		panic("another sum")
	}
	fmt.Printf("forkjoin %.3f x\n", float64(alone)/float64(both))
}
