package main

import (
	"testing"
	"time"
)

// feed passes a response in pieces of this size.
func feed(t *testing.T, text string, size int) (*response, bool, error) {
	t.Helper()
	r := &response{}
	for from := 0; from < len(text); from += size {
		complete, err := r.take([]byte(text[from:min(from+size, len(text))]))
		if err != nil || complete {
			return r, complete && from+size >= len(text), err
		}
	}
	return r, false, nil
}

func TestAnswersEndWhereTheySay(t *testing.T) {
	for name, text := range map[string]string{
		"length": "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello world",
		"empty":  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nc\r\n, all of you\r\n0\r\n\r\n",
	} {
		for size := 1; size <= len(text); size++ {
			r, complete, err := feed(t, text, size)
			if err != nil || !complete || r.status != 200 || r.close {
				t.Fatalf("%s in pieces of %d: complete %v, status %d, error %v", name, size, complete, r.status, err)
			}
			if r.size != len(text) {
				t.Errorf("%s in pieces of %d: %d bytes of %d", name, size, r.size, len(text))
			}
		}
	}
}

func TestWhatCannotBeFollowedIsAnError(t *testing.T) {
	for name, text := range map[string]string{
		"no HTTP":   "SSH-2.0-OpenSSH_9.2\r\n\r\n",
		"no length": "HTTP/1.1 200 OK\r\n\r\n",
		"too long":  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello",
		"no size":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n",
	} {
		if _, complete, err := feed(t, text, len(text)); err == nil {
			t.Errorf("%s: complete %v", name, complete)
		}
	}
}

func TestAServerThatCloses(t *testing.T) {
	r, complete, err := feed(t, "HTTP/1.1 503 Unavailable\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbusy", 7)
	if err != nil || !complete || !r.close || r.status != 503 {
		t.Fatalf("complete %v, close %v, status %d, error %v", complete, r.close, r.status, err)
	}
}

func TestQuantilesWithTooFewBehindThemAreUnknown(t *testing.T) {
	values := make([]time.Duration, 0, 1000)
	for n := 1000; n > 0; n-- {
		values = append(values, time.Duration(n)*time.Millisecond)
	}
	if known, p99 := quantileOf(values, 0.99); !known || p99 != 0.99 {
		t.Errorf("p99 %v, known %v", p99, known)
	}
	if known, p999 := quantileOf(values, 0.999); known {
		t.Errorf("one answer beyond it: p999 %v", p999)
	}
}
