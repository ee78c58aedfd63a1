// A tree of goroutines with 1,000,000 leaves, ten children each, that adds up: ms.
package main

import (
	"fmt"
	"time"
)

func skynet(up chan<- int64, number, size int64) {
	if size == 1 {
		up <- number
		return
	}
	down := make(chan int64)
	sum := int64(0)
	for i := int64(0); i < 10; i++ {
		go skynet(down, number+i*(size/10), size/10)
	}
	for i := 0; i < 10; i++ {
		sum += <-down
	}
	up <- sum
}

func main() {
	up := make(chan int64)
	start := time.Now()
	go skynet(up, 0, 1000000)
	if <-up != 499999500000 {
		panic("wrong sum")
	}
	fmt.Printf("skynet %.2f ms\n", float64(time.Since(start).Nanoseconds())/1e6)
}
