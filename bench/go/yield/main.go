// Two goroutines that yield to each other: ns per yield.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

const n = 5000000

func main() {
	var wg sync.WaitGroup
	wg.Add(2)
	start := time.Now()
	for range 2 {
		go func() {
			for i := 0; i < n/2; i++ {
				runtime.Gosched()
			}
			wg.Done()
		}()
	}
	wg.Wait()
	fmt.Printf("yield %.2f ns\n", float64(time.Since(start).Nanoseconds())/n)
}
