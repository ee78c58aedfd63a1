// Values handed from one goroutine to another over an unbuffered channel: ns per value.
package main

import (
	"fmt"
	"time"
)

const n = 2000000

func main() {
	c := make(chan int)
	go func() {
		for i := 0; i < n; i++ {
			c <- i
		}
	}()
	start := time.Now()
	for i := 0; i < n; i++ {
		<-c
	}
	fmt.Printf("unbuffered %.2f ns\n", float64(time.Since(start).Nanoseconds())/n)
}
