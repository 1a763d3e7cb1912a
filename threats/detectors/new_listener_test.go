package detectors

import (
	"bytes"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

// baseline saves that of a machine as it is, and reads it back.
func baseline(w *World) *threats.Baseline {
	w.T.Helper()
	var b bytes.Buffer
	if err := threats.Capture(w.Snapshot(), threats.NewFiles(w.Root)).Write(&b); err != nil {
		w.T.Fatal(err)
	}
	saved, err := threats.ReadBaseline(&b, "base.json")
	if err != nil {
		w.T.Fatal(err)
	}
	return saved
}

func TestNewListener(t *testing.T) {
	// ordinary is a server with nginx and a service of RPC, as the baseline has it.
	ordinary := func(w *World) (nginx, rpc *metrics.Process) {
		nginx, rpc = w.Run("/usr/sbin/nginx"), w.Run("/usr/sbin/rpc.statd")
		w.Listen(nginx, "0.0.0.0:80")
		w.Listen(rpc, "0.0.0.0:40001")
		w.Baseline = baseline(w)
		return nginx, rpc
	}
	Table(t, func() threats.Detector { return &newListener{traffic: &traffic{}} }, []Case{
		{Name: "a backdoor", Hits: 1, Evidence: "tcp 0.0.0.0:4444 /opt/x root", About: "tcp 0.0.0.0:4444", Build: func(w *World) {
			ordinary(w)
			w.Listen(w.Run("/opt/x"), "0.0.0.0:4444")
		}},
		{Name: "another port of a known program", Hits: 1, Build: func(w *World) {
			nginx, _ := ordinary(w)
			w.Listen(nginx, "0.0.0.0:81")
		}},
		{Name: "UDP", Hits: 1, Build: func(w *World) {
			ordinary(w)
			w.UDP(w.Run("/opt/x"), "0.0.0.0:53", "", 3)
		}},
		{Name: "another program on a known port", Hits: 1, Evidence: "/usr/sbin/nginx", Build: func(w *World) {
			nginx, _ := ordinary(w)
			nginx.ID.Exe = "/opt/x"
		}},
		{Name: "for this machine only", Hits: 1, Severity: threats.Low, Build: func(w *World) {
			ordinary(w)
			w.Listen(w.Run("/opt/x"), "127.0.0.1:4444")
		}},
		{Name: "RPC on another port after a restart", Hits: 1, Severity: threats.Low, Build: func(w *World) {
			_, rpc := ordinary(w)
			w.Listen(rpc, "0.0.0.0:50001")
		}},
		{Name: "nothing is new", Build: func(w *World) { ordinary(w) }},
		{Name: "no baseline", Build: func(w *World) { w.Listen(w.Run("/opt/x"), "0.0.0.0:4444") }},
		{Name: "owner cannot be seen", Build: func(w *World) {
			ordinary(w)
			for i, b := range w.Baseline.Listeners {
				b.Is = ""
				w.Baseline.Listeners[i] = b
			}
		}},
		{Name: "a client's UDP port", Build: func(w *World) {
			ordinary(w)
			w.UDP(w.Run("/opt/x"), "0.0.0.0:50000", "", 3)
		}},
	})
}

func TestNewListenerOverTime(t *testing.T) {
	f := newFilm(t, &newListener{traffic: &traffic{}})
	f.Listen(f.Run("/usr/sbin/nginx"), "0.0.0.0:80")
	f.Baseline = baseline(f.World)
	want(t, f.after(time.Second), 0, 0)
	p := f.Run("/opt/x")
	s := f.Listen(nil, "0.0.0.0:4444") // whose is not known at first
	want(t, f.after(time.Second), 0, 0)
	s.Owner = p.Key
	want(t, f.after(time.Second), 1, threats.Medium)
	want(t, f.after(time.Second), 1, threats.Medium)
	f.Baseline = baseline(f.World)
	want(t, f.after(time.Second), 0, 0)
	f.Baseline = &threats.Baseline{}
	want(t, f.after(time.Second), 2, threats.Medium)
	f.end(s)
	for range flowGrace + 1 {
		f.after(time.Second)
	}
	want(t, f.after(time.Second), 1, threats.Medium)
	f.Baseline = nil
	want(t, f.after(time.Second), 0, 0)
	f.Baseline = &threats.Baseline{}
	f.Listen(nil, "0.0.0.0:4445") // nobody ever says whose
	want(t, f.after(time.Second), 1, threats.Medium)
	f.after(ownerWait)
	want(t, f.after(time.Second), 2, threats.Medium)
}
