// The same over eight channels: ns each.
package main

import (
	"fmt"
	"os"
	"time"
)

const n = 1000000

func main() {
	var c [8]chan int
	sum := 0
	for i := range c {
		c[i] = make(chan int)
	}
	go func() {
		for i := 0; i < n; i++ {
			c[i%8] <- i
		}
	}()
	start := time.Now()
	for i := 0; i < n; i++ {
		select {
		case v := <-c[0]:
			sum += v
		case v := <-c[1]:
			sum += v
		case v := <-c[2]:
			sum += v
		case v := <-c[3]:
			sum += v
		case v := <-c[4]:
			sum += v
		case v := <-c[5]:
			sum += v
		case v := <-c[6]:
			sum += v
		case v := <-c[7]:
			sum += v
		}
	}
	fmt.Printf("select8 %.2f ns\n", float64(time.Since(start).Nanoseconds())/n)
	if sum < 0 {
		os.Exit(1)
	}
}
