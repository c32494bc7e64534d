package main

import (
	"io"
	"os"
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

// stalls are the times during which a runnable thread did not run.
type stalls struct {
	Count      int     `json:"count"`
	Seconds    float64 `json:"seconds"`
	MaxSeconds float64 `json:"max_seconds"`
}

const (
	// A turn of the loop without work takes less than 2 µs; a timer's interrupt 10 or so.
	idleTurn = 200 * time.Microsecond
	// At most `events` answers of at most 200 KiB, some 50 µs each.
	busyTurn = 4 * time.Millisecond
)

// note records the time between two readings of the clock.
func (s *stalls) note(turn time.Duration, worked bool) {
	limit := idleTurn
	if worked {
		limit = busyTurn
	}
	if turn > limit {
		s.Count++
		s.Seconds += turn.Seconds()
		s.MaxSeconds = max(s.MaxSeconds, turn.Seconds())
	}
}

// watched is the result of a thread that measures how late it wakes up from sleep.
type watched struct {
	Looks int `json:"looks"`
	// The share of wake-ups that were more than half a millisecond late. It estimates the share of time in which a thread could
	// not run, because wake-ups after a fixed sleep sample the stalls at random times.
	LateShare  float64 `json:"late_share"`
	MaxSeconds float64 `json:"max_seconds"`
	RealTime   bool    `json:"real_time"`
}

const late = 500 * time.Microsecond

// watch measures until stdin is closed, with real-time priority if permitted, so that it waits for the machine only
// and not for a service on the same core.
func watch(period time.Duration) (*watched, error) {
	runtime.LockOSThread()
	var w watched
	const fifo = 1
	priority := int32(1)
	_, _, code := syscall.Syscall(syscall.SYS_SCHED_SETSCHEDULER, 0, fifo, uintptr(unsafe.Pointer(&priority)))
	w.RealTime = code == 0
	closed := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(closed)
	}()
	lates := 0
	sleep := syscall.NsecToTimespec(period.Nanoseconds())
	for {
		select {
		case <-closed:
			if w.Looks > 0 {
				w.LateShare = float64(lates) / float64(w.Looks)
			}
			return &w, nil
		default:
		}
		before := time.Now()
		_ = syscall.Nanosleep(&sleep, nil)
		over := time.Since(before) - period
		w.Looks++
		if over > late {
			lates++
		}
		w.MaxSeconds = max(w.MaxSeconds, over.Seconds())
	}
}
