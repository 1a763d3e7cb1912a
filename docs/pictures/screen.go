//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// screen is a terminal in a tmux server of its own.
type screen struct {
	socket     string
	cols, rows int
}

// newScreen runs a command in a terminal of the given size.
func newScreen(cols, rows int, command []string) (*screen, error) {
	s := &screen{socket: fmt.Sprintf("pictures-%d", os.Getpid()), cols: cols, rows: rows}
	args := []string{"-f", "/dev/null", "start-server", ";", "set", "-g", "status", "off", ";",
		"set", "-g", "default-terminal", "tmux-256color", ";", "set", "-g", "remain-on-exit", "on", ";",
		"new-session", "-d", "-x", strconv.Itoa(cols), "-y", strconv.Itoa(rows), "--"}
	if _, err := s.tmux(append(args, command...)...); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *screen) tmux(args ...string) (string, error) {
	out, err := exec.Command("tmux", append([]string{"-L", s.socket}, args...)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("tmux %s: %w: %s", args[0], err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}

// press types keys one by one; a duration is a wait.
func (s *screen) press(keys []string) error {
	for _, k := range keys {
		if d, err := time.ParseDuration(k); err == nil && d > 0 {
			time.Sleep(d)
			continue
		}
		if _, err := s.tmux("send-keys", k); err != nil {
			return err
		}
		time.Sleep(settle)
	}
	return nil
}

// capture reads what is on the screen.
func (s *screen) capture() ([][]cell, error) {
	dead, err := s.tmux("display-message", "-p", "#{pane_dead}")
	if err != nil {
		return nil, err
	}
	text, err := s.tmux("capture-pane", "-e", "-p", "-N")
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(dead) == "1" {
		return nil, fmt.Errorf("the program ended, saying:\n%s", text)
	}
	return parse(text, s.cols, s.rows), nil
}

func (s *screen) end() { _, _ = s.tmux("kill-server") }
