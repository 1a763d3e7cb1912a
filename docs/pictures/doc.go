//go:build linux

// Command pictures makes the pictures of the screen in this directory: it runs the
// program in tmux, presses keys, and writes what is on the screen as SVG.
//
// What the pictures show is a small server made for them: copies of this program
// under other names, in namespaces and with a root directory of their own, so that no
// process, connection or file of the machine that makes them is to be seen, only its
// load, memory and pressure. Needs root, tmux(1) and nsenter(1).
package main
