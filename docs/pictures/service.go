//go:build linux

package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"runtime/debug"
	"slices"
	"syscall"
	"time"
)

// start begins a service with its user, and returns its pid.
func (s *service) start() (int, error) {
	attr := &syscall.ProcAttr{Dir: s.dir, Env: s.env, Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Setsid: true}}
	if attr.Dir == "" {
		attr.Dir = "/"
	}
	if attr.Env == nil {
		attr.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"}
	}
	for _, u := range users {
		if u.name == s.user && u.id != os.Getuid() {
			attr.Sys.Credential = &syscall.Credential{Uid: uint32(u.id), Gid: uint32(u.id)}
		}
	}
	pid, err := syscall.ForkExec(s.exe, s.args, attr)
	if err != nil {
		return 0, fmt.Errorf("start %s: %w", s.exe, err)
	}
	return pid, nil
}

// run is the life of a service.
func (s *service) run() {
	debug.SetGCPercent(-1) // one heap, no waves in the pictures
	heap := make([]byte, s.memory<<20)
	for i := 0; i < len(heap); i += 4096 {
		heap[i] = byte(i)
	}
	for _, a := range s.listen {
		l, err := net.Listen("tcp", a)
		if err != nil {
			fatal(err)
		}
		go answer(l)
	}
	if s.deleted {
		if err := os.Remove(s.exe); err != nil {
			fatal(err)
		}
	}
	for _, a := range s.dial {
		go s.talk(a)
	}
	startAll(s.children)
	for start := time.Now(); ; {
		if s.busy == 0 {
			time.Sleep(time.Hour)
			continue
		}
		// A load that comes and goes.
		t := time.Since(start).Seconds()
		share := float64(s.busy) * (1 + 0.5*math.Sin(t/4+float64(s.memory)) + 0.4*rand.Float64())
		spin := time.Duration(share * float64(time.Millisecond))
		for end := time.Now().Add(spin); time.Now().Before(end); {
			heap[rand.IntN(len(heap))]++
		}
		time.Sleep(100*time.Millisecond - min(spin, 90*time.Millisecond))
	}
}

// startAll starts services whose parent the caller is to be. Those that end are
// left as they are: none does.
func startAll(list []service) {
	for i := range list {
		if _, err := list[i].start(); err != nil {
			fatal(err)
		}
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// answer takes connections and sends back three times what comes.
func answer(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			buf := make([]byte, 8192)
			for {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				if _, err := c.Write(slices.Repeat(buf[:n], 3)); err != nil {
					return
				}
			}
		}()
	}
}

// talk keeps a connection and sends at the rate of the service.
func (s *service) talk(addr string) {
	for ; ; time.Sleep(100 * time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			continue // the other side is not up yet
		}
		go func() { _, _ = io.Copy(io.Discard, c) }()
		for chunk := make([]byte, s.rate*100); ; time.Sleep(100 * time.Millisecond) {
			if _, err := c.Write(chunk); err != nil {
				break
			}
		}
		c.Close()
	}
}
