package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// serve starts a server whose responses take this long.
func serve(t *testing.T, wait time.Duration, keep bool) int {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(wait)
		if !keep {
			w.Header().Set("Connection", "close")
		}
		_, _ = w.Write([]byte("hello"))
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().(*net.TCPAddr).Port
}

func TestAnOpenLoopSendsAtItsRateHoweverSlowTheAnswersAre(t *testing.T) {
	for _, keep := range []bool{true, false} {
		l := load{poisson: true, path: "/", port: serve(t, 50*time.Millisecond, keep), connections: 4, rate: 200,
			warmUp: 100 * time.Millisecond, window: time.Second, drain: 20 * time.Second, seed: 1, sleep: true}
		r, err := l.run()
		if err != nil || r.Errors > 0 {
			t.Fatalf("%v, %d errors: %s", err, r.Errors, r.FirstError)
		}
		// Four standard deviations of a Poisson count of 200.
		if r.Sent < 143 || r.Sent > 257 || r.Completed != r.Sent {
			t.Errorf("sent %d, completed %d", r.Sent, r.Completed)
		}
		// Four connections do 80 per second, so that the last of 200 waits for more than a second.
		if r.MaxSeconds < 1 {
			t.Errorf("the longest took %v s: the wait for a connection is not counted", r.MaxSeconds)
		}
		if r.ConnectionsPeak != 4 {
			t.Errorf("%d connections", r.ConnectionsPeak)
		}
	}
}

func TestAClosedLoopObeysLittlesLaw(t *testing.T) {
	l := load{path: "/", port: serve(t, 20*time.Millisecond, true), connections: 10,
		warmUp: 100 * time.Millisecond, window: time.Second, drain: time.Second, sleep: true}
	r, err := l.run()
	if err != nil || r.Errors > 0 {
		t.Fatalf("%v, %d errors: %s", err, r.Errors, r.FirstError)
	}
	if inFlight := r.RatePerSecond * r.MeanSeconds; inFlight < 9 || inFlight > 11 {
		t.Errorf("%v in flight on 10 connections", inFlight)
	}
}

func TestARequestWithoutAnAnswerIsCounted(t *testing.T) {
	l := load{poisson: true, path: "/", port: serve(t, 2*time.Second, true), connections: 100, rate: 20,
		window: 500 * time.Millisecond, drain: 100 * time.Millisecond, seed: 1, sleep: true}
	r, err := l.run()
	if err != nil {
		t.Fatal(err)
	}
	if r.Unfinished == 0 || r.Unfinished != r.Sent {
		t.Errorf("sent %d, unfinished %d", r.Sent, r.Unfinished)
	}
}
