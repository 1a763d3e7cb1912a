package detectors

import (
	"slices"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

// film shows a detector one machine over time.
type film struct {
	*World
	d     threats.Detector
	prev  *metrics.Snapshot
	rates *metrics.Rates
	ended map[uint64]bool // cookies of sockets that are closed
}

func newFilm(t testing.TB, d threats.Detector) *film {
	return &film{World: New(t), d: d, ended: map[uint64]bool{}}
}

// end closes a socket.
func (f *film) end(s *metrics.Socket) { f.ended[s.Cookie] = true }

// after lets time pass and returns what the detector finds then.
func (f *film) after(d time.Duration) []threats.Finding {
	f.T.Helper()
	f.Now = f.Now.Add(d)
	s := f.Snapshot()
	s.ProcessesAt, s.SocketsAt = s.At, s.At
	s.Sockets = slices.DeleteFunc(s.Sockets, func(k metrics.Socket) bool { return f.ended[k.Cookie] })
	in := threats.NewInput(f.Now, s, f.prev, f.rates, threats.NewFiles(f.Root))
	in.Baseline = f.Baseline
	f.prev = s
	got := f.d.Detect(in, nil)
	for i := range got {
		CheckFinding(f.T, &got[i])
	}
	return got
}

// want checks how many findings there are, and the weight of the first.
func want(t *testing.T, got []threats.Finding, n int, severity threats.Severity) {
	t.Helper()
	if len(got) != n || n > 0 && got[0].Severity != severity {
		t.Fatalf("%d findings, want %d at %s:%s", len(got), n, severity, String(got))
	}
}
