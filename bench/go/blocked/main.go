// 1,000,000 goroutines alive and blocked at once, released when all are counted: ns each.
//
// The first round takes cold stacks, the second reuses them. Also the resident bytes of each, and
// those of the page tables, which are not among them.
package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

const n = 1000000

func residentBytes() float64 {
	var total, resident int
	f, err := os.Open("/proc/self/statm")
	if err != nil {
		return 0
	}
	defer f.Close()
	fmt.Fscanf(f, "%d %d", &total, &resident)
	return float64(resident) * float64(os.Getpagesize())
}

func tableBytes() float64 {
	var kib float64
	text, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(text), "\n") {
		if n, _ := fmt.Sscanf(line, "VmPTE: %f", &kib); n == 1 {
			break
		}
	}
	return kib * 1024
}

func waitAt(gate <-chan struct{}, counted, ended *sync.WaitGroup) {
	counted.Done()
	<-gate
	ended.Done()
}

func round(name string) {
	gate := make(chan struct{})
	var counted, ended sync.WaitGroup
	before, tables := residentBytes(), tableBytes()

	counted.Add(n)
	ended.Add(n)
	start := time.Now()
	for i := 0; i < n; i++ {
		go waitAt(gate, &counted, &ended)
	}
	counted.Wait()
	spent := time.Since(start)
	taken := residentBytes() - before
	tables = tableBytes() - tables
	reopened := time.Now()
	close(gate)
	ended.Wait()
	spent += time.Since(reopened)

	fmt.Printf("blocked_%s %.2f ns\n", name, float64(spent.Nanoseconds())/n)
	if before < 100e6 {
		fmt.Printf("blocked_bytes %.0f bytes\nblocked_tables %.0f bytes\n", taken/n, tables/n)
	}
}

func main() {
	round("cold")
	round("reused")
}
