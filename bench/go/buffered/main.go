// One producer, one consumer, a buffer of 128: ns per value.
package main

import (
	"fmt"
	"time"
)

const n = 5000000

func main() {
	c := make(chan int, 128)
	go func() {
		for i := 0; i < n; i++ {
			c <- i
		}
		close(c)
	}()
	start := time.Now()
	for range c {
	}
	fmt.Printf("buffered %.2f ns\n", float64(time.Since(start).Nanoseconds())/n)
}
