package detectors

import (
	"fmt"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

// worked sets the CPU time of a process.
func worked(d time.Duration) Change { return func(p *process) { p.UserNS = uint64(d) } }

func TestSustainedCPU(t *testing.T) {
	hot := func(p *process) { Age(time.Hour)(p); worked(58 * time.Minute)(p) }
	Table(t, func() threats.Detector { return newSustainedCPU() }, []Case{
		{Name: "in tmp", Hits: 1, Evidence: "58m0s of CPU time in 1h0m0s", Build: func(w *World) { w.Run("/tmp/x", hot) }},
		{Name: "hidden in a home", Hits: 1, Build: func(w *World) { w.Run("/root/.configrc/a/x", hot) }},
		{Name: "deleted", Hits: 1, Build: func(w *World) { w.Run("/home/u/x", Deleted(), hot) }},
		{Name: "a script", Hits: 1, Build: func(w *World) { w.Run("/usr/bin/perl /tmp/x.pl", hot) }},
		{Name: "bears a service's name", Hits: 1, Build: func(w *World) { w.Run("/home/u/x", Named("cron"), hot) }},
		{Name: "and talks to the Internet", Hits: 1, Severity: threats.High, Evidence: "1.1.1.1:3333", Build: func(w *World) {
			w.TCP(w.Run("/tmp/x", hot), "10.0.0.2:5000", "1.1.1.1:3333", 3)
		}},
		{Name: "as a web server's user", Hits: 1, Severity: threats.High, Build: func(w *World) { w.Run("/var/tmp/x", User("www-data", 33), hot) }},
		{Name: "software that was installed", Build: func(w *World) {
			w.Run("/usr/bin/ffmpeg", hot)
			w.Run("/opt/app/server", hot)
			w.TCP(w.Run("/home/u/app", hot), "10.0.0.2:5000", "1.1.1.1:443", 3)
			w.Run("/usr/bin/python3 /srv/app/train.py", hot)
		}},
		{Name: "a test of Go", Build: func(w *World) { w.Run("/tmp/go-build1/b001/x.test", hot) }},
		{Name: "idle", Build: func(w *World) { w.Run("/tmp/x", Age(time.Hour), worked(20*time.Minute)) }},
		{Name: "young", Build: func(w *World) { w.Run("/tmp/x", Age(9*time.Minute), worked(9*time.Minute)) }},
		{Name: "a package was removed", Build: func(w *World) { w.Run("/usr/bin/x", Deleted(), hot) }},
		{Name: "upgraded", Build: func(w *World) {
			for _, exe := range []string{"/usr/local/bin/prometheus", "/home/u/x"} {
				w.File(exe, "new", 0o755)
				w.Run(exe, Deleted(), hot)
			}
		}},
	})
}

// lookAt has the detector look at the machine with rates of CPU by pid.
func lookAt(d threats.Detector, w *World, at time.Time, cpu map[int32]float32) []threats.Finding {
	w.Now = at
	snap := w.Snapshot()
	rates := &metrics.Rates{Over: time.Second, Processes: make([]metrics.ProcessRate, len(snap.Processes))}
	for i := range snap.Processes {
		rates.Processes[i].CPU = cpu[snap.Processes[i].Key.PID]
	}
	return d.Detect(threats.NewInput(at, snap, snap, rates, nil), nil)
}

func TestSustainedCPUOverTime(t *testing.T) {
	w := New(t)
	p := w.Run("/tmp/x", Age(time.Second))
	d := newSustainedCPU()
	at := func(seconds int, cpu float32) int {
		return len(lookAt(d, w, Now.Add(time.Duration(seconds)*time.Second), map[int32]float32{p.Key.PID: cpu}))
	}
	for s := 0; s < 60; s += 2 {
		cpu := float32(95)
		if s%10 == 0 && s > 0 { // it may rest for a moment
			cpu = 5
		}
		if at(s, cpu) != 0 {
			t.Fatalf("reported after %d s", s)
		}
	}
	if at(62, 95) != 1 {
		t.Error("not reported after a minute")
	}
	if d.Bytes() == 0 {
		t.Error("counts no memory")
	}
	if at(90, 5) != 0 || d.Bytes() != 0 {
		t.Error("remembers what has come to rest")
	}
	if at(91, 95) != 0 {
		t.Error("counts what was before the rest")
	}
}

func TestSustainedCPUIsBounded(t *testing.T) {
	w := New(t)
	cpu := map[int32]float32{}
	for n := range int32(maxSpells + 50) {
		cpu[w.Run("/usr/bin/x", PID(1000+n)).Key.PID] = 100
	}
	d := newSustainedCPU()
	lookAt(d, w, Now, cpu)
	if len(d.busy) != maxSpells {
		t.Errorf("holds %d spells", len(d.busy))
	}
}

func TestForkStorm(t *testing.T) {
	fill := func(w *World, n int, cmdline string) {
		for range n {
			w.Run(cmdline, Age(2*time.Second), func(p *process) { p.ID.ExeInode = 77 })
		}
	}
	storm := func(build func(w *World), before int) []threats.Finding {
		w := New(t)
		for range before {
			w.Run("sleep 60")
		}
		d := newForkStorm()
		if got := lookAt(d, w, Now.Add(-3*time.Second), nil); len(got) != 0 {
			t.Errorf("found something at the first look:%s", String(got))
		}
		build(w)
		return lookAt(d, w, Now, nil)
	}
	for name, c := range map[string]struct {
		build func(w *World)
		want  threats.Severity // 0: no finding
	}{
		"a bomb":     {func(w *World) { fill(w, 600, "bash") }, threats.Medium},
		"a big one":  {func(w *World) { fill(w, 2500, "bash") }, threats.High},
		"web server": {func(w *World) { fill(w, 600, "apache2") }, threats.Low},
		"some":       {func(w *World) { fill(w, 300, "bash") }, 0},
		"many of a kind": {func(w *World) { // none stands out
			for n := range 600 {
				w.Run(fmt.Sprintf("p%d", n), Age(time.Second))
			}
		}, 0},
		"old ones that were hidden from us": {func(w *World) {
			for range 600 {
				w.Run("bash", Age(time.Hour), func(p *process) { p.ID.ExeInode = 77 })
			}
		}, 0},
		"nothing": {func(*World) {}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := storm(c.build, 50)
			switch {
			case c.want == 0 && len(got) != 0:
				t.Errorf("found something:%s", String(got))
			case c.want != 0 && (len(got) != 1 || got[0].Severity != c.want):
				t.Errorf("want one finding at %s:%s", c.want, String(got))
			}
			for i := range got {
				CheckFinding(t, &got[i])
			}
		})
	}
	CheckInfo(t, forkStormInfo)
}

func TestForkStormEnds(t *testing.T) {
	w := New(t)
	d := newForkStorm()
	lookAt(d, w, Now, nil)
	for range 600 {
		w.Run("bash", Age(0), func(p *process) { p.ID.ExeInode = 77 })
	}
	if got := lookAt(d, w, Now.Add(time.Second), nil); len(got) != 1 {
		t.Fatalf("not found:%s", String(got))
	}
	var last []threats.Finding
	for s := 2; s < 45; s++ {
		last = lookAt(d, w, Now.Add(time.Duration(s)*time.Second), nil)
	}
	if len(last) != 0 {
		t.Errorf("still reported though nothing grows:%s", String(last))
	}
}

func TestForkStormIsOneFinding(t *testing.T) {
	w := New(t)
	d := newForkStorm()
	lookAt(d, w, Now, nil)
	first := metrics.ProcKey{}
	for s := 1; s < 40; s += 4 {
		for range 600 {
			w.Run("bash", Age(time.Duration(-s)*time.Second), func(p *process) { p.ID.ExeInode = 77 })
		}
		got := lookAt(d, w, Now.Add(time.Duration(s)*time.Second), nil)
		if len(got) != 1 || first.PID != 0 && got[0].Subject.Key != first {
			t.Fatalf("after %d s, first %v:%s", s, first, String(got))
		}
		first = got[0].Subject.Key
	}
}

func TestMSRWrites(t *testing.T) {
	set := func(value string) func(w *World) { return func(w *World) { w.File(msrParameter, value, 0o644) } }
	Table(t, func() threats.Detector { return &msrWrites{} }, []Case{
		{Name: "on", Hits: 1, Evidence: `"on"`, Build: set("on\n")},
		{Name: "default", Build: set("default\n")},
		{Name: "off", Build: set("off\n")},
		{Name: "rubbish", Build: set("\x00on\xff")},
		{Name: "no module"},
	})
}
