// 1,000,000 goroutines started and joined, one after another: ns each.
package main

import (
	"fmt"
	"sync"
	"time"
)

const n = 1000000

func work(wg *sync.WaitGroup) {
	wg.Done()
}

func main() {
	var wg sync.WaitGroup
	start := time.Now()
	for i := 0; i < n; i++ {
		wg.Add(1)
		go work(&wg)
		wg.Wait()
	}
	fmt.Printf("spawn %.2f ns\n", float64(time.Since(start).Nanoseconds())/n)
}
