// The prime sieve, a chain of 2,000 filters, one goroutine each: ms to the 2,000th prime.
package main

import (
	"fmt"
	"time"
)

func generate(out chan<- int) {
	for i := 2; ; i++ {
		out <- i
	}
}

func filter(in <-chan int, out chan<- int, prime int) {
	for {
		i := <-in
		if i%prime != 0 {
			out <- i
		}
	}
}

func main() {
	c := make(chan int)
	prime := 0
	start := time.Now()
	go generate(c)
	for i := 0; i < 2000; i++ {
		prime = <-c
		next := make(chan int)
		go filter(c, next, prime)
		c = next
	}
	if prime != 17389 {
		panic("wrong prime")
	}
	fmt.Printf("sieve %.2f ms\n", float64(time.Since(start).Nanoseconds())/1e6)
}
