//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// world is the server of the pictures: pid 1 of namespaces of its own. It ends, and
// all that is in it, when its standard input closes.
type world struct {
	dir   string // mount point of its root, empty outside of it
	init  *exec.Cmd
	alive io.Closer
}

const environment = "PATH=/usr/local/bin:/usr/bin:/bin"

// newWorld makes the server, with the program in it.
func newWorld(program string) (*world, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("namespaces with other users need root: run it as root")
	}
	file, err := os.Open(program)
	if err != nil {
		return nil, fmt.Errorf("%w: make build makes it", err)
	}
	defer file.Close()
	w := &world{}
	if w.dir, err = os.MkdirTemp("", "pictures-"); err != nil {
		return nil, err
	}
	w.init = &exec.Cmd{Path: "/proc/self/exe", Args: []string{"/sbin/init"}, Dir: w.dir, Stderr: os.Stderr,
		Env: []string{environment}, ExtraFiles: []*os.File{file},
		SysProcAttr: &syscall.SysProcAttr{Setsid: true,
			Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWUTS | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWCGROUP}}
	if w.alive, err = w.init.StdinPipe(); err != nil {
		return nil, err
	}
	ready, err := w.init.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := w.init.Start(); err != nil {
		return nil, errors.Join(err, os.Remove(w.dir))
	}
	if n, _ := ready.Read(make([]byte, 1)); n != 1 {
		w.end()
		return nil, errors.New("it did not come up; see above")
	}
	return w, nil
}

// enter is the command that runs a program of the world in it.
func (w *world) enter(command ...string) []string {
	return append([]string{"env", "-i", environment, "HOME=/root", "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8",
		"nsenter", "--target", strconv.Itoa(w.init.Process.Pid), "--all", "--wd=/"}, command...)
}

// runInit is pid 1: first it makes the root directory, then, from its place in
// there, it starts the services and waits for the orphans.
func runInit() {
	if exe, err := os.Readlink("/proc/self/exe"); err != nil || exe != initPath {
		if err := makeRoot(); err != nil {
			fatal(err)
		}
		fatal(fmt.Errorf("start %s, which must be static (CGO_ENABLED=0): %w", initPath, syscall.Exec(initPath, os.Args, os.Environ())))
	}
	startAll(booted)
	_, _ = os.Stdout.WriteString(".")
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for {
		if _, err := syscall.Wait4(-1, nil, 0, nil); err != nil && err != syscall.EINTR {
			fatal(err)
		}
	}
}

func (w *world) end() {
	w.alive.Close()
	_ = w.init.Wait()
	_ = os.Remove(w.dir)
}
