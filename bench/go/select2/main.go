// Values sent by turns over two unbuffered channels and received by a select over both: ns each.
package main

import (
	"fmt"
	"os"
	"time"
)

const n = 1000000

func main() {
	a, b := make(chan int), make(chan int)
	sum := 0
	go func() {
		for i := 0; i < n; i += 2 {
			a <- i
			b <- i
		}
	}()
	start := time.Now()
	for i := 0; i < n; i++ {
		select {
		case v := <-a:
			sum += v
		case v := <-b:
			sum += v
		}
	}
	fmt.Printf("select2 %.2f ns\n", float64(time.Since(start).Nanoseconds())/n)
	if sum < 0 {
		os.Exit(1)
	}
}
