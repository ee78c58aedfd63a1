// 1,000 goroutines that yield all the time, beside one that holds up its thread: ms of the longest
// pause between two turns of one of them. Go's own resolver does not block: no such row.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	n        = 1000
	hold     = 400 * time.Millisecond
	fileSize = 8 << 20
	piece    = 256 << 10
)

var (
	stop    int32
	longest [n]time.Duration
	file    int
	turns   uint64
)

func others(i int, ended *sync.WaitGroup) {
	last := time.Now()
	for atomic.LoadInt32(&stop) == 0 {
		runtime.Gosched()
		now := time.Now()
		if now.Sub(last) > longest[i] {
			longest[i] = now.Sub(last)
		}
		last = now
	}
	ended.Done()
}

func prepareFile() bool {
	f, err := os.CreateTemp(".", "pause-")
	if err != nil {
		return false
	}
	os.Remove(f.Name())
	if _, err := f.Write(make([]byte, fileSize)); err != nil || f.Sync() != nil {
		return false
	}
	file, err = syscall.Dup(int(f.Fd()))
	return err == nil
}

func holdSpin() {
	for end := time.Now().Add(hold); time.Now().Before(end); {
		for i := 0; i < 1000000; i++ {
			turns++
		}
	}
}

func holdSleep() {
	second := syscall.Timespec{Sec: 1}
	syscall.Nanosleep(&second, nil)
}

func holdDisk() {
	const dontNeed = 4
	buf := make([]byte, piece)
	for end := time.Now().Add(hold); time.Now().Before(end); {
		syscall.Syscall6(syscall.SYS_FADVISE64, uintptr(file), 0, fileSize, dontNeed, 0, 0)
		for at := int64(0); at < fileSize; at += piece {
			if got, err := syscall.Pread(file, buf, at); got != piece || err != nil {
				panic(err)
			}
		}
	}
}

func measure(name string, holder func()) {
	var ended sync.WaitGroup
	var most time.Duration
	atomic.StoreInt32(&stop, 0)
	ended.Add(n)
	for i := 0; i < n; i++ {
		longest[i] = 0
		go others(i, &ended)
	}
	time.Sleep(50 * time.Millisecond)
	go holder()
	time.Sleep(hold)
	atomic.StoreInt32(&stop, 1)
	ended.Wait()
	for _, pause := range longest {
		most = max(most, pause)
	}
	fmt.Printf("pause_%s %.2f ms\n", name, float64(most.Nanoseconds())/1e6)
}

func main() {
	if !prepareFile() {
		os.Exit(1)
	}
	measure("none", func() {})
	measure("spin", holdSpin)
	measure("sleep", holdSleep)
	measure("disk", holdDisk)
}
