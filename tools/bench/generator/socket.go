package main

import (
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"
	"unsafe"
)

// epoll_pwait2 (Linux 5.11) waits for nanoseconds; its number is the same on every architecture.
const epollPwait2 = 441

// epollET as the syscall package has it is negative.
const edge = 1 << 31

func (l *load) connect(due time.Duration) {
	descriptor, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		l.lose(due, err)
		return
	}
	c := &connection{descriptor: descriptor, busy: true, due: due}
	_ = syscall.SetsockoptInt(descriptor, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	address := syscall.SockaddrInet4{Port: l.port, Addr: [4]byte{127, 0, 0, 1}}
	if err := syscall.Connect(descriptor, &address); err != nil && !errors.Is(err, syscall.EINPROGRESS) {
		_ = syscall.Close(descriptor)
		l.lose(due, err)
		return
	}
	event := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLOUT | syscall.EPOLLRDHUP | edge, Fd: int32(descriptor)}
	if err := syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_ADD, descriptor, &event); err != nil {
		_ = syscall.Close(descriptor)
		l.lose(due, err)
		return
	}
	l.open[int32(descriptor)] = c
	l.result.ConnectionsOpened++
	l.result.ConnectionsPeak = max(l.result.ConnectionsPeak, len(l.open))
}

// lose counts a request that could not even be sent; in a closed loop its connection is gone.
func (l *load) lose(_ time.Duration, err error) {
	l.result.Errors++
	if l.result.FirstError == "" {
		l.result.FirstError = err.Error()
	}
}

func (l *load) forget(c *connection) {
	_ = syscall.Close(c.descriptor)
	delete(l.open, int32(c.descriptor))
}

func (l *load) write(c *connection, due time.Duration) {
	c.busy, c.due = true, due
	c.response.reset()
	n, err := syscall.Write(c.descriptor, l.request)
	if err == nil && n < len(l.request) {
		err = io.ErrShortWrite
	}
	if err != nil {
		l.broken(c, err)
	}
}

// broken is a connection that ended with a request on it: if nothing of an answer has come on a connection that was used
// before, the server closed it as the request was on its way, and a client sends it again.
func (l *load) broken(c *connection, err error) {
	if c.used && c.response.size == 0 {
		l.result.Retried++
		l.forget(c)
		l.connect(c.due)
		return
	}
	l.fail(c, err)
}

func (l *load) handle(event syscall.EpollEvent) {
	c := l.open[event.Fd]
	if c == nil {
		return
	}
	if !c.connected {
		if event.Events&(syscall.EPOLLERR|syscall.EPOLLHUP) != 0 {
			code, _ := syscall.GetsockoptInt(c.descriptor, syscall.SOL_SOCKET, syscall.SO_ERROR)
			l.fail(c, fmt.Errorf("connect: %w", syscall.Errno(code)))
			return
		}
		if event.Events&syscall.EPOLLOUT == 0 {
			return
		}
		c.connected = true
		l.write(c, c.due)
		return
	}
	if event.Events&(syscall.EPOLLIN|syscall.EPOLLRDHUP|syscall.EPOLLERR|syscall.EPOLLHUP) == 0 {
		return
	}
	for {
		n, err := syscall.Read(c.descriptor, l.buffer)
		if errors.Is(err, syscall.EAGAIN) {
			return
		}
		if err == nil && n == 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			if c.busy {
				l.broken(c, err)
			} else {
				l.retire(c)
			}
			return
		}
		complete, err := c.response.take(l.buffer[:n])
		if err != nil {
			l.fail(c, err)
			return
		}
		if complete {
			l.done(c)
			return
		}
	}
}

// retire removes an idle connection that the server has closed.
func (l *load) retire(c *connection) {
	for at, other := range l.idle {
		if other == c {
			l.idle = append(l.idle[:at], l.idle[at+1:]...)
			break
		}
	}
	l.forget(c)
}

// wait returns what has happened: at once, or, if the core is given away, when something has or until then.
func (l *load) wait(ready []syscall.EpollEvent, until time.Duration) (int, error) {
	var timeout syscall.Timespec
	if l.sleep {
		timeout = syscall.NsecToTimespec(max(0, (until - l.now()).Nanoseconds()))
	}
	n, _, code := syscall.Syscall6(epollPwait2, uintptr(l.epoll), uintptr(unsafe.Pointer(&ready[0])), uintptr(len(ready)),
		uintptr(unsafe.Pointer(&timeout)), 0, 0)
	if code == syscall.EINTR {
		return 0, nil
	}
	if code != 0 {
		return 0, fmt.Errorf("epoll_pwait2: %w", code)
	}
	return int(n), nil
}
