// Eight goroutines that take one mutex by turns: ns per lock and unlock.
package main

import (
	"fmt"
	"sync"
	"time"
)

const n = 8000000

func main() {
	var m sync.Mutex
	var wg sync.WaitGroup
	count := 0
	wg.Add(8)
	start := time.Now()
	for range 8 {
		go func() {
			for i := 0; i < n/8; i++ {
				m.Lock()
				count++
				m.Unlock()
			}
			wg.Done()
		}()
	}
	wg.Wait()
	if count != n {
		panic("lost an increment")
	}
	fmt.Printf("mutex %.2f ns\n", float64(time.Since(start).Nanoseconds())/n)
}
