// 100,000 goroutines, each sleeping once for 10 ms to 1 s: ms of processor time.
package main

import (
	"fmt"
	"sync"
	"syscall"
	"time"
)

const n = 100000

func cpuMs() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Sec+u.Stime.Sec)*1e3 + float64(u.Utime.Usec+u.Stime.Usec)/1e3
}

func main() {
	var wg sync.WaitGroup
	random := uint64(88172645463325252)
	wg.Add(n)
	start := cpuMs()
	for i := 0; i < n; i++ {
		random ^= random << 13
		random ^= random >> 7
		random ^= random << 17
		d := 10*time.Millisecond + time.Duration(random%uint64(990*time.Millisecond))
		go func() {
			time.Sleep(d)
			wg.Done()
		}()
	}
	wg.Wait()
	fmt.Printf("sleeps %.2f ms\n", cpuMs()-start)
}
