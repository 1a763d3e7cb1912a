package action

import (
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// SignalInfo is a signal to choose from. Name is without SIG.
type SignalInfo struct {
	Signal  syscall.Signal
	Name    string
	Meaning string
}

// signals is in the order of use, gentlest way to end a process first.
var signals = [...]SignalInfo{
	{unix.SIGTERM, "TERM", "end in good order; a program may clean up, or ignore it"},
	{unix.SIGINT, "INT", "interrupt, as Ctrl-C does"},
	{unix.SIGHUP, "HUP", "the terminal is gone; many daemons read their configuration again"},
	{unix.SIGQUIT, "QUIT", "end with a core dump; Go and Java programs print their stacks"},
	{unix.SIGKILL, "KILL", "end at once; cannot be caught, nothing is cleaned up"},
	{unix.SIGSTOP, "STOP", "suspend until CONT; cannot be caught"},
	{unix.SIGTSTP, "TSTP", "ask to suspend, as Ctrl-Z does"},
	{unix.SIGCONT, "CONT", "continue after STOP or TSTP"},
	{unix.SIGUSR1, "USR1", "whatever the program defines; ends one that does not"},
	{unix.SIGUSR2, "USR2", "whatever the program defines; ends one that does not"},
	{unix.SIGABRT, "ABRT", "end with a core dump, as abort() does"},
	{unix.SIGALRM, "ALRM", "a timer ran out; ends a program that set none"},
	{unix.SIGPIPE, "PIPE", "nobody reads the pipe; ends most programs"},
	{unix.SIGCHLD, "CHLD", "a child changed state; may make a parent collect its zombies"},
	{unix.SIGWINCH, "WINCH", "the window changed size; some servers end in good order"},
}

// Signals lists the signals to choose from, in the order of use. The caller owns
// the list.
func Signals() []SignalInfo { return append([]SignalInfo(nil), signals[:]...) }

// SignalName is the name without SIG, or the number.
func SignalName(sig syscall.Signal) string {
	for i := range signals {
		if signals[i].Signal == sig {
			return signals[i].Name
		}
	}
	if name := unix.SignalName(sig); name != "" {
		return strings.TrimPrefix(name, "SIG")
	}
	return fmt.Sprintf("signal %d", int(sig))
}
