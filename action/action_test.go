package action

import (
	"math"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/smoothtask/smoothtask/metrics"
)

func TestRefuses(t *testing.T) {
	o := New(Options{})
	for _, c := range []struct {
		target Target
		want   string
	}{
		{Target{}, "not the pid of a process"},
		{Target{Key: metrics.ProcKey{PID: -1}}, "not the pid of a process"},
		{Target{Key: metrics.ProcKey{PID: math.MinInt32}}, "not the pid of a process"},
		{Target{Key: metrics.ProcKey{PID: 1}}, "pid 1 carries the whole system; confirm that it is meant"},
		{Target{Key: metrics.ProcKey{PID: int32(os.Getpid())}}, "this is the monitor itself"},
		{Target{Key: metrics.ProcKey{PID: 2}, Kthread: true}, "a thread of the kernel does not obey"},
	} {
		for _, r := range []Result{o.Signal(c.target, 0), o.Renice(c.target, 0)} {
			if r.Outcome != Refused || r.Problem != c.want {
				t.Errorf("%+v: %v %q, want refused %q", c.target, r.Outcome, r.Problem, c.want)
			}
		}
	}
	far := Target{Key: metrics.ProcKey{PID: math.MaxInt32}}
	for _, nice := range []int{MinNice - 1, MaxNice + 1} {
		if r := o.Renice(far, nice); r.Outcome != Refused || r.Problem != "nice goes from -20 to 19" {
			t.Errorf("nice %d: %v", nice, r)
		}
	}
}

func TestResultInWords(t *testing.T) {
	for want, r := range map[string]Result{
		"pid 7: send TERM: done": {Target: Target{Key: metrics.ProcKey{PID: 7}}, What: "send TERM"},
		"pid 7: send KILL: operation not permitted (EPERM); needs root": {Target: Target{Key: metrics.ProcKey{PID: 7}}, What: "send KILL",
			Outcome: Denied, Problem: "operation not permitted (EPERM)", Needs: "root"},
	} {
		if got := r.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSignals(t *testing.T) {
	seen := map[syscall.Signal]bool{}
	for _, s := range Signals() {
		if seen[s.Signal] {
			t.Errorf("%s is listed twice", s.Name)
		}
		seen[s.Signal] = true
		if "SIG"+s.Name != unix.SignalName(s.Signal) {
			t.Errorf("signal %d is %s, called %s", s.Signal, unix.SignalName(s.Signal), s.Name)
		}
		if s.Meaning == "" || strings.HasSuffix(s.Meaning, ".") {
			t.Errorf("meaning of %s: %q", s.Name, s.Meaning)
		}
	}
	Signals()[0].Name = "changed"
	if Signals()[0].Name != "TERM" {
		t.Error("the list is not the caller's own")
	}
	for sig, want := range map[syscall.Signal]string{unix.SIGTERM: "TERM", unix.SIGSEGV: "SEGV", 63: "signal 63"} {
		if got := SignalName(sig); got != want {
			t.Errorf("SignalName(%d) = %q, want %q", sig, got, want)
		}
	}
}
