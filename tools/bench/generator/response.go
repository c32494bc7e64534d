package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// response follows one answer through the bytes of its connection: it parses as much of HTTP/1.1 as is needed to find the end.
type response struct {
	head   []byte
	body   bool
	chunks bool
	// Bytes of the body, or of the chunk with its line end, that are still to come.
	left int
	line []byte
	last bool
	// Parsed parts of the head.
	status int
	close  bool
	size   int
}

var errBeyond = errors.New("more bytes than the answer has")

func (r *response) reset() {
	*r = response{head: r.head[:0], line: r.line[:0]}
}

// take continues reading and reports whether the response is complete.
func (r *response) take(data []byte) (bool, error) {
	r.size += len(data)
	if !r.body {
		// The end of the head may lie across two reads.
		from := max(0, len(r.head)-3)
		r.head = append(r.head, data...)
		end := bytes.Index(r.head[from:], []byte("\r\n\r\n"))
		if end < 0 {
			return false, nil
		}
		end += from
		data = r.head[end+4:]
		if err := r.parse(r.head[:end]); err != nil {
			return false, err
		}
		r.body = true
	}
	if r.chunks {
		return r.takeChunks(data)
	}
	r.left -= len(data)
	if r.left < 0 {
		return false, errBeyond
	}
	return r.left == 0, nil
}

func (r *response) parse(head []byte) error {
	if len(head) < 12 || !bytes.HasPrefix(head, []byte("HTTP/1.")) {
		return fmt.Errorf("not an HTTP answer: %.40q", head)
	}
	status, err := strconv.Atoi(string(head[9:12]))
	if err != nil {
		return fmt.Errorf("not a status: %.40q", head)
	}
	r.status, r.left = status, -1
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("content-length")):
			if r.left, err = strconv.Atoi(string(value)); err != nil {
				return fmt.Errorf("not a length: %q", value)
			}
		case bytes.EqualFold(name, []byte("transfer-encoding")):
			r.chunks = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("connection")):
			r.close = bytes.EqualFold(value, []byte("close"))
		}
	}
	if r.chunks {
		r.left = 0
	} else if r.left < 0 {
		return errors.New("an answer without its length")
	}
	return nil
}

func (r *response) takeChunks(data []byte) (bool, error) {
	for len(data) > 0 {
		if r.left > 0 {
			n := min(r.left, len(data))
			r.left -= n
			data = data[n:]
			if r.left == 0 && r.last {
				if len(data) > 0 {
					return false, errBeyond
				}
				return true, nil
			}
			continue
		}
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			r.line = append(r.line, data...)
			return false, nil
		}
		r.line = append(r.line, data[:end]...)
		data = data[end+1:]
		size, err := strconv.ParseUint(string(bytes.TrimSpace(r.line)), 16, 31)
		if err != nil {
			return false, fmt.Errorf("not the size of a chunk: %q", r.line)
		}
		r.line, r.last, r.left = r.line[:0], size == 0, int(size)+2
	}
	return false, nil
}
