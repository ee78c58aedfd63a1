// Four producers, four consumers, a buffer of 128: ns per value.
package main

import (
	"fmt"
	"sync"
	"time"
)

const n = 4000000

func main() {
	c := make(chan int, 128)
	var producers, consumers sync.WaitGroup
	producers.Add(4)
	consumers.Add(4)
	start := time.Now()
	for range 4 {
		go func() {
			for i := 0; i < n/4; i++ {
				c <- i
			}
			producers.Done()
		}()
		go func() {
			for range c {
			}
			consumers.Done()
		}()
	}
	producers.Wait()
	close(c)
	consumers.Wait()
	fmt.Printf("buffered4 %.2f ns\n", float64(time.Since(start).Nanoseconds())/n)
}
