package main

import (
	"bytes"
	"fmt"
	"syscall"
)

// sink answers every request with the same response, as fast as one thread can.
func sink(port, size int) error {
	listener, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	_ = syscall.SetsockoptInt(listener, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if err := syscall.Bind(listener, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return fmt.Errorf("port %d: %w", port, err)
	}
	if err := syscall.Listen(listener, 1024); err != nil {
		return err
	}
	epoll, err := syscall.EpollCreate1(0)
	if err != nil {
		return err
	}
	add := func(descriptor int) error {
		event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(descriptor)}
		return syscall.EpollCtl(epoll, syscall.EPOLL_CTL_ADD, descriptor, &event)
	}
	if err := add(listener); err != nil {
		return err
	}
	answer := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", size, bytes.Repeat([]byte("s"), size))
	// Bytes that did not fit into a connection's send buffer.
	rest := map[int][]byte{}
	buffer := make([]byte, 4096)
	var ready [events]syscall.EpollEvent
	for {
		n, err := syscall.EpollWait(epoll, ready[:], -1)
		if err != nil && err != syscall.EINTR {
			return err
		}
		for _, event := range ready[:max(n, 0)] {
			descriptor := int(event.Fd)
			if descriptor == listener {
				if accepted, _, err := syscall.Accept4(listener, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC); err == nil {
					_ = syscall.SetsockoptInt(accepted, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
					if err := add(accepted); err != nil {
						return err
					}
				}
				continue
			}
			if event.Events&syscall.EPOLLIN != 0 {
				if n, err := syscall.Read(descriptor, buffer); err != nil || n == 0 {
					delete(rest, descriptor)
					_ = syscall.Close(descriptor)
					continue
				}
				rest[descriptor] = answer
			}
			written, err := syscall.Write(descriptor, rest[descriptor])
			if err != nil && err != syscall.EAGAIN {
				delete(rest, descriptor)
				_ = syscall.Close(descriptor)
				continue
			}
			left := rest[descriptor][max(written, 0):]
			interest := uint32(syscall.EPOLLIN)
			if len(left) > 0 {
				interest |= syscall.EPOLLOUT
			}
			if len(left) > 0 || event.Events&syscall.EPOLLOUT != 0 {
				change := syscall.EpollEvent{Events: interest, Fd: event.Fd}
				_ = syscall.EpollCtl(epoll, syscall.EPOLL_CTL_MOD, descriptor, &change)
			}
			rest[descriptor] = left
		}
	}
}
