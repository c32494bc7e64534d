package main

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"time"
)

// load describes the requests to send.
type load struct {
	poisson             bool
	path                string
	port, connections   int
	rate                float64
	warmUp, window      time.Duration
	drain               time.Duration
	seed                uint64
	sleep               bool
	counters            counters
	request, buffer     []byte
	epoll               int
	open                map[int32]*connection
	idle                []*connection
	queue               []time.Duration
	started             time.Time
	from, until         time.Duration
	latencies           []time.Duration
	completed, inWindow int
	result              result
}

// connection is one TCP connection with at most one request on it.
type connection struct {
	descriptor int
	connected  bool
	busy       bool
	// Scheduled time of the request, from which its latency is measured.
	due time.Duration
	// Of a connection that was kept: a server may close it just as it is used again, and then the request is sent anew.
	used     bool
	response response
}

// result is the printed result. Times are in seconds.
type result struct {
	Sent               int               `json:"sent"`
	Completed          int               `json:"completed"`
	CompletedInWindow  int               `json:"completed_in_window"`
	WindowSeconds      float64           `json:"window_seconds"`
	RatePerSecond      float64           `json:"rate_per_second"`
	Errors             int               `json:"errors"`
	FirstError         string            `json:"first_error,omitempty"`
	Retried            int               `json:"retried"`
	Unfinished         int               `json:"unfinished"`
	ConnectionsPeak    int               `json:"connections_peak"`
	ConnectionsOpened  int               `json:"connections_opened"`
	ResponseBytes      int               `json:"response_bytes"`
	MeanSeconds        float64           `json:"mean_seconds"`
	MaxSeconds         float64           `json:"max_seconds"`
	QuantileSeconds    map[string]any    `json:"quantile_seconds"`
	GeneratorBusy      float64           `json:"generator_busy"`
	GeneratorLatestP99 float64           `json:"generator_lateness_p99_seconds"`
	Stalls             stalls            `json:"stalls"`
	AtStart            map[string]string `json:"at_start"`
	AtEnd              map[string]string `json:"at_end"`
}

// The most events that are taken at once: few enough that requests which fall due meanwhile are not sent late.
const events = 64

func (l *load) run() (*result, error) {
	if l.connections < 1 || l.window <= 0 || l.warmUp < 0 || l.poisson && l.rate <= 0 {
		return nil, fmt.Errorf("connections, window and rate must be above zero")
	}
	var err error
	if l.epoll, err = syscall.EpollCreate1(0); err != nil {
		return nil, err
	}
	l.request = fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: capmodel-bench\r\nAccept: */*\r\n\r\n", l.path, l.port)
	l.buffer = make([]byte, 1<<18)
	l.open = make(map[int32]*connection, l.connections)
	// Capacity for the expected number of requests. The rate of a closed loop is unknown, but far below a million per second.
	room := int(1.2*l.rate*l.window.Seconds()) + 1000
	if !l.poisson {
		room = int(300_000 * l.window.Seconds())
	}
	l.latencies = make([]time.Duration, 0, room)
	late := make([]time.Duration, 0, room)
	l.from, l.until = l.warmUp, l.warmUp+l.window

	arrivals := rand.New(rand.NewPCG(l.seed, 0x9e3779b97f4a7c15))
	gap := func() time.Duration { return time.Duration(arrivals.ExpFloat64() / l.rate * 1e9) }
	next := l.until + l.drain
	if l.poisson {
		next = gap()
	}
	l.started = time.Now()
	if !l.poisson {
		for range l.connections {
			l.connect(0)
		}
	}
	var ready [events]syscall.EpollEvent
	var working, busy time.Duration
	var measuring, worked bool
	last := l.now()
	for {
		now := l.now()
		if worked {
			working = now - last
		} else {
			working = 0
		}
		if measuring {
			busy += working
			l.result.Stalls.note(now-last, worked)
		}
		worked, last = false, now
		if !measuring && l.result.AtStart == nil && now >= l.from {
			if l.result.AtStart, err = l.counters.read(); err != nil {
				return nil, err
			}
			last = l.now()
			l.from, measuring = last, true
			continue
		}
		if measuring && now >= l.until {
			if l.result.AtEnd, err = l.counters.read(); err != nil {
				return nil, err
			}
			measuring = false
			l.result.WindowSeconds = (now - l.from).Seconds()
			l.result.GeneratorBusy = busy.Seconds() / l.result.WindowSeconds
			l.until = now
		}
		if now >= l.until+l.drain || l.result.AtEnd != nil && l.inFlight() == 0 {
			break
		}
		// Requests are sent until the end of the window, and the responses to its requests are awaited.
		for l.poisson && next <= now && l.result.AtEnd == nil {
			if measuring {
				late = append(late, now-next)
			}
			l.send(next)
			next += gap()
			worked = true
		}
		if l.poisson && l.result.AtEnd != nil {
			next = l.until + l.drain
		}
		n, err := l.wait(ready[:], min(next, l.nextEdge(now)))
		if err != nil {
			return nil, err
		}
		if l.sleep {
			last = l.now()
		}
		for _, event := range ready[:n] {
			l.handle(event)
			worked = true
		}
	}
	l.finish(late)
	return &l.result, nil
}

func (l *load) now() time.Duration { return time.Since(l.started) }

// nextEdge is the time of the next transition: start of the window, end of the window, or end of the drain.
func (l *load) nextEdge(now time.Duration) time.Duration {
	switch {
	case l.result.AtStart == nil:
		return l.from
	case l.result.AtEnd == nil:
		return l.until
	}
	return l.until + l.drain
}

func (l *load) inFlight() int {
	busy := len(l.queue)
	for _, connection := range l.open {
		if connection.busy {
			busy++
		}
	}
	return busy
}

// send takes a connection that is free, or a new one, or waits for one: the latency goes on.
func (l *load) send(due time.Duration) {
	if l.counts(due) {
		l.result.Sent++
	}
	if n := len(l.idle); n > 0 {
		connection := l.idle[n-1]
		l.idle = l.idle[:n-1]
		l.write(connection, due)
	} else if len(l.open) < l.connections {
		l.connect(due)
	} else {
		l.queue = append(l.queue, due)
	}
}

// counts reports whether a request scheduled for this time belongs to the window.
func (l *load) counts(due time.Duration) bool {
	return due >= l.from && l.result.AtStart != nil && due < l.until
}

func (l *load) done(connection *connection) {
	now := l.now()
	if l.result.AtStart != nil && l.result.AtEnd == nil {
		l.inWindow++
	}
	r := &connection.response
	if r.status != 200 {
		l.fail(connection, fmt.Errorf("status %d", r.status))
		return
	}
	if l.counts(connection.due) {
		l.latencies = append(l.latencies, now-connection.due)
	}
	l.result.ResponseBytes = r.size
	connection.busy, connection.used = false, true
	if r.close {
		l.drop(connection)
	} else if !l.poisson && l.result.AtEnd == nil {
		l.again(connection, now)
	} else if len(l.queue) > 0 {
		l.write(connection, l.pop())
	} else {
		l.idle = append(l.idle, connection)
	}
}

func (l *load) again(connection *connection, now time.Duration) {
	if l.counts(now) {
		l.result.Sent++
	}
	l.write(connection, now)
}

func (l *load) pop() time.Duration {
	due := l.queue[0]
	l.queue = l.queue[1:]
	return due
}

// drop closes a connection whose request is done, and opens another where one is needed.
func (l *load) drop(connection *connection) {
	l.forget(connection)
	if !l.poisson && l.result.AtEnd == nil {
		now := l.now()
		if l.counts(now) {
			l.result.Sent++
		}
		l.connect(now)
	} else if len(l.queue) > 0 {
		l.connect(l.pop())
	}
}

func (l *load) fail(connection *connection, err error) {
	l.result.Errors++
	if l.result.FirstError == "" {
		l.result.FirstError = err.Error()
	}
	connection.busy = false
	l.drop(connection)
}

func (l *load) finish(late []time.Duration) {
	r := &l.result
	// The latency of an unanswered request is at least the time until now.
	end := l.now()
	for _, connection := range l.open {
		if connection.busy && l.counts(connection.due) {
			r.Unfinished++
			l.latencies = append(l.latencies, end-connection.due)
		}
	}
	for _, due := range l.queue {
		if l.counts(due) {
			r.Unfinished++
			l.latencies = append(l.latencies, end-due)
		}
	}
	r.Completed = len(l.latencies) - r.Unfinished
	r.CompletedInWindow = l.inWindow
	r.RatePerSecond = float64(l.inWindow) / r.WindowSeconds
	r.summarize(l.latencies)
	_, r.GeneratorLatestP99 = quantileOf(late, 0.99)
}
