package handler

import (
	"syscall"
	"time"
	"unsafe"
)

const threadCPU = 3 // CLOCK_THREAD_CPUTIME_ID

// CPU time of this thread so far. A raw system call, so that the Go scheduler treats the goroutine as computing.
func threadTime() time.Duration {
	var now syscall.Timespec
	_, _, code := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, threadCPU, uintptr(unsafe.Pointer(&now)), 0)
	if code != 0 {
		panic(code)
	}
	return time.Duration(now.Nano())
}
