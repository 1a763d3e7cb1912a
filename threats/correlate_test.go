package threats_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

// tagged finds processes whose arguments hold the detector's id, with the weight
// that follows it: "a.one=high".
func tagged(id string, cost threats.Cost, c threats.Confidence) *fake {
	f := detector(id, cost, nil)
	f.info.Confidence = c
	f.detect = func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		for i := range in.Snapshot.Processes {
			for _, arg := range in.Snapshot.Processes[i].ID.Args() {
				if level, ok := strings.CutPrefix(arg, id+"="); ok {
					s, err := threats.ParseSeverity(level)
					if err != nil {
						panic(err)
					}
					dst = append(dst, in.OnProcess(int32(i), &f.info).As(s, c).With("argument", "cmdline", arg))
				}
			}
		}
		return dst
	}
	return f
}

func signals() []threats.Detector {
	included := tagged("a.part", threats.State, threats.Weak)
	whole := tagged("a.whole", threats.State, threats.Weak)
	whole.info.Includes = []string{"a.part"}
	return []threats.Detector{
		tagged("a.one", threats.State, threats.Weak), tagged("a.two", threats.State, threats.Weak),
		tagged("a.strong", threats.State, threats.Strong), included, whole,
	}
}

func TestCorrelation(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(w *World)
		want  string
		parts int // of the first finding
	}{
		{"one weak signal", func(w *World) { w.Run("x a.one=high") }, "a.one/medium", 0},
		{"two independent ones rise", func(w *World) { w.Run("x a.one=medium a.two=medium") }, "a.one/high", 2},
		{"one that contains the other does not", func(w *World) { w.Run("x a.part=medium a.whole=medium") }, "a.part/medium", 2},
		{"a lighter one does not lift", func(w *World) { w.Run("x a.one=medium a.two=low") }, "a.one/medium", 2},
		{"below medium nothing rises", func(w *World) { w.Run("x a.one=low a.two=low") }, "a.one/low", 2},
		{"a strong one leads", func(w *World) { w.Run("x a.one=medium a.strong=high") }, "a.strong/high", 2},
		{"critical is the top", func(w *World) { w.Run("x a.strong=critical a.one=medium a.two=medium") }, "a.strong/critical", 3},
		{"strangers stay apart", func(w *World) { w.Run("x a.one=medium"); w.Run("y a.two=medium") }, "a.one/medium a.two/medium", 0},
		{"a tree is one, and does not rise", func(w *World) {
			w.Run("z a.two=medium", ChildOf(w.Run("y", ChildOf(w.Run("x a.one=medium")))))
		}, "a.one/medium", 2},
		{"init is no tree", func(w *World) {
			w.Run("x a.one=medium")
			w.Run("y a.two=medium")
		}, "a.one/medium a.two/medium", 0},
		{"another service is another tree", func(w *World) {
			w.Run("z a.two=medium", InUnit("b.service"), ChildOf(w.Run("x a.one=medium", InUnit("a.service"))))
		}, "a.one/medium a.two/medium", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := start(t, threats.Options{Detectors: signals()})
			c.build(m.World)
			r := m.step(time.Second)
			if got := strings.Join(sortWords(ids(r)), " "); got != c.want {
				t.Fatalf("findings %q, want %q%s", got, c.want, String(r.Findings))
			}
			if n := len(r.Findings[0].Parts); n != c.parts {
				t.Errorf("%d parts, want %d", n, c.parts)
			}
			seen := map[string]bool{}
			for _, p := range r.Findings[0].Parts {
				if p.Detector == "" || len(p.Evidence) == 0 || p.Process == nil || !strings.HasPrefix(p.ID, p.Detector+"-") || seen[p.ID] {
					t.Errorf("incomplete part %+v", p)
				}
				seen[p.ID] = true
			}
			if n := len(seen); n > 0 && !seen[r.Findings[0].ID] {
				t.Errorf("the finding %s has the id of none of its parts", r.Findings[0].ID)
			}
		})
	}
}

func sortWords(s string) []string {
	words := strings.Fields(s)
	for i := range words {
		for j := i + 1; j < len(words); j++ {
			if words[j] < words[i] {
				words[i], words[j] = words[j], words[i]
			}
		}
	}
	return words
}

func TestOneProgramOfOneUserIsOneFinding(t *testing.T) {
	for _, c := range []struct {
		cost      threats.Cost
		ofProgram bool
		want      int // findings about 40 processes of one program, two of them another user's
	}{{threats.Identity, false, 2}, {threats.State, true, 2}, {threats.State, false, 40}} {
		d := named("a.program", c.cost, "worker")
		d.info.OfProgram = c.ofProgram
		m := start(t, threats.Options{Detectors: []threats.Detector{d}})
		for n := range 40 {
			p := m.Run("/opt/worker")
			p.ID.ExeInode = 7
			if n >= 38 {
				p.UID = 1000
			}
		}
		r := m.step(time.Second)
		if len(r.Findings) != c.want {
			t.Errorf("%v, of program %v: %d findings, want %d", c.cost, c.ofProgram, len(r.Findings), c.want)
		} else if c.want == 2 {
			if a, b := len(r.Findings[0].Parts), len(r.Findings[1].Parts); a+b != 32+2 {
				t.Errorf("%v: %d and %d parts; at most 32 are listed", c.cost, a, b)
			}
		}
	}
}

// What processes do with a peer joins what the peer itself did; the machine itself is
// no peer.
func TestConnectionJoinsItsPeer(t *testing.T) {
	attack := detector("a.attack", threats.State, nil)
	attack.detect = func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		for _, a := range []string{"8.8.8.8", "127.0.0.1"} {
			dst = append(dst, in.OnPeer(-1, netip.MustParseAddr(a), &attack.info).With("x", "y", "z"))
		}
		return dst
	}
	shell := detector("a.shell", threats.State, nil)
	shell.detect = func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		for s := range in.Snapshot.Sockets {
			dst = append(dst, in.OnProcess(in.Owner(int32(s)), &shell.info).With("x", "y", "z").To(in.Socket(int32(s)).Remote().Addr()))
		}
		return dst
	}
	m := start(t, threats.Options{Detectors: []threats.Detector{attack, shell}})
	m.TCP(m.Run("a"), "10.0.0.1:1", "8.8.8.8:53", 3)
	m.TCP(m.Run("b"), "127.0.0.1:1", "127.0.0.1:53", 3)
	r := m.step(time.Second)
	parts := 0
	for i := range r.Findings {
		parts += len(r.Findings[i].Parts)
	}
	if len(r.Findings) != 3 || parts != 2 {
		t.Errorf("%d findings, want 3, one of which has two parts: %s", len(r.Findings), String(r.Findings))
	}
}

func TestOnePeerIsOneFinding(t *testing.T) {
	d := detector("a.peer", threats.State, nil)
	d.detect = func(in *threats.Input, dst []threats.Finding) []threats.Finding {
		for s := range in.Snapshot.Sockets {
			dst = append(dst, in.OnPeer(in.Owner(int32(s)), in.Socket(int32(s)).Remote().Addr(), &d.info).With("x", "y", "z"))
		}
		return dst
	}
	m := start(t, threats.Options{Detectors: []threats.Detector{d}})
	m.TCP(m.Run("a"), "10.0.0.1:1", "8.8.8.8:53", 3)
	m.TCP(m.Run("b"), "10.0.0.1:2", "8.8.8.8:54", 3)
	m.TCP(m.Run("c"), "10.0.0.1:3", "9.9.9.9:53", 3)
	r := m.step(time.Second)
	expect(t, r, "a.peer/medium a.peer/medium")
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Subject.Name == netip.MustParseAddr("8.8.8.8").String() && len(f.Parts) != 2 {
			t.Errorf("parts %+v", f.Parts)
		}
	}
}

func TestJoinedFindingKeepsItsID(t *testing.T) {
	m := start(t, threats.Options{Detectors: signals()})
	p := m.Run("x a.one=low")
	id := m.step(time.Second).Findings[0].ID
	change := func(args string) {
		next := *p.ID
		next.Cmdline = strings.ReplaceAll(args, " ", "\x00") + "\x00"
		p.ID = &next
	}
	for _, args := range []string{"x a.one=low a.strong=high", "x a.strong=high", "x a.strong=high a.two=low"} {
		change(args)
		for range 20 { // past the time in which a part that is gone is kept
			r := m.step(2 * time.Second)
			expect(t, r, "a.strong/high")
			if r.Findings[0].ID != id {
				t.Fatalf("%s: id %s became %s", args, id, r.Findings[0].ID)
			}
		}
	}
	change("x")
	r := m.step(time.Second)
	if len(r.Findings) != 1 || !r.Findings[0].Gone || r.Findings[0].ID != id {
		t.Errorf("gone: %s", String(r.Findings))
	}
	if _, any := r.Worst(); any {
		t.Error("what is gone still counts")
	}
}

func TestAllow(t *testing.T) {
	now := Now
	build := func(w *World) {
		w.Run("/opt/app/run a.one=medium --port=80", User("alice", 1000))
		w.Run("/opt/app/run a.one=medium --port=81", User("bob", 1001))
	}
	for _, c := range []struct {
		name  string
		allow threats.Allow
		want  int
	}{
		{"by detector", threats.Allow{Detector: "a.one"}, 2},
		{"by several", threats.Allow{Detector: "x.y, a.o*"}, 2},
		{"by another detector", threats.Allow{Detector: "a.two"}, 0},
		{"by program", threats.Allow{Exe: "/opt/app/run"}, 2},
		{"by a pattern of programs", threats.Allow{Exe: "/opt/*"}, 2},
		{"by user", threats.Allow{User: "alice"}, 1},
		{"by arguments", threats.Allow{Cmdline: "*--port=8?"}, 2},
		{"by other arguments", threats.Allow{Cmdline: "*--port=8"}, 0},
		{"by hash", threats.Allow{SHA256: strings.Repeat("AB", 32)}, 2},
		{"by another hash", threats.Allow{SHA256: strings.Repeat("cd", 32)}, 0},
		{"all must hold", threats.Allow{Exe: "/opt/app/run", User: "carol"}, 0},
		{"by image, outside of a container", threats.Allow{Image: "*"}, 0},
		{"by subject", threats.Allow{Subject: "/etc/x"}, 0},
		{"until later", threats.Allow{User: "bob", Expires: now.Add(time.Hour)}, 1},
		{"until just now", threats.Allow{User: "bob", Expires: now}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.allow.Reason = "known"
			if err := c.allow.Check(); err != nil {
				t.Fatal(err)
			}
			m := start(t, threats.Options{Detectors: signals(), Allow: []threats.Allow{c.allow}, Inspector: &inspector{}})
			build(m.World)
			m.step(time.Second)
			m.step(time.Second) // the hashes are known now
			r := m.step(time.Second)
			if r.Suppressed != c.want || len(r.Findings) != 2 {
				t.Errorf("%d of %d are suppressed, want %d: %s", r.Suppressed, len(r.Findings), c.want, ids(r))
			}
			if n := len(m.e.Preview(c.allow)); n != c.want && c.name != "until just now" {
				t.Errorf("the preview shows %d, want %d", n, c.want)
			}
			for i := range r.Findings {
				if f := &r.Findings[i]; f.SuppressedBy != "" && f.SuppressedBy != "known" {
					t.Errorf("reason %q", f.SuppressedBy)
				}
			}
		})
	}
}

func TestAllowExpiresWhileRunning(t *testing.T) {
	m := start(t, threats.Options{Detectors: signals(), Allow: []threats.Allow{
		{Detector: "a.one", Reason: "for a minute", Expires: Now.Add(time.Minute)},
	}})
	m.Run("x a.one=medium")
	expect(t, m.step(time.Second), "!a.one/medium")
	expect(t, m.step(2*time.Minute), "a.one/medium")
	m.e.SetAllow([]threats.Allow{{Exe: "/usr/bin/x", Reason: "again"}})
	r := m.step(time.Second)
	expect(t, r, "!a.one/medium")
	if n := r.Counts(); n[threats.Medium] != 0 {
		t.Errorf("counts %v", n)
	}
}

func TestSuppressedPartLeavesTheRest(t *testing.T) {
	m := start(t, threats.Options{Detectors: signals(), Allow: []threats.Allow{{Detector: "a.one", Reason: "known"}}})
	m.Run("x a.one=medium a.two=medium")
	expect(t, m.step(time.Second), "a.two/medium !a.one/medium")
}

func TestAllowForIsNarrowAndCovers(t *testing.T) {
	m := start(t, threats.Options{Detectors: signals(), Inspector: &inspector{}})
	m.Run("x a.one=medium a.two=medium *glob*", User("alice", 1000))
	m.Run("x a.one=medium", User("bob", 1001))
	m.Run("y a.strong=high", User("alice", 1000))
	m.step(time.Second)
	m.step(time.Second)
	r := m.step(time.Second)
	if len(r.Findings) != 3 {
		t.Fatal(String(r.Findings))
	}
	for i := range r.Findings {
		a := threats.AllowFor(&r.Findings[i])
		a.Reason = "test"
		if err := a.Check(); err != nil {
			t.Error(err)
		}
		if a.SHA256 == "" || a.User == "" || a.Exe == "" {
			t.Errorf("%+v is not narrow", a)
		}
		for j := range r.Findings {
			if got := a.Covers(&r.Findings[j]); got != (i == j) {
				t.Errorf("%s covers finding %d: %v", a.String(), j, got)
			}
		}
		m.e.SetAllow([]threats.Allow{a})
		if next := m.step(time.Second); next.Suppressed != max(len(r.Findings[i].Parts), 1) {
			t.Errorf("%s suppresses %s", a.String(), ids(next))
		}
	}
	f := threats.OnFile("/etc/x", &threats.Info{ID: "a.file"})
	if a := threats.AllowFor(&f); a.Subject != "/etc/x" || !a.Covers(&f) || a.Exe != "" {
		t.Errorf("for a file: %+v", a)
	}
}

func TestAllowCheck(t *testing.T) {
	for _, a := range []threats.Allow{
		{}, {Reason: "everything"}, {Detector: "a.b"}, {Detector: "a.b", Reason: " "}, {SHA256: "abc", Reason: "x"}, {SHA256: "zz", Reason: "x"},
	} {
		if a.Check() == nil {
			t.Errorf("%+v was accepted", a)
		}
	}
}

func TestImageOfAContainer(t *testing.T) {
	d := named("a.identity", threats.Identity, "x")
	m := start(t, threats.Options{Detectors: []threats.Detector{d}, Inspector: &inspector{}})
	m.File("/var/lib/docker/containers/d1/config.v2.json", `{"Config":{"Image":"nginx:1.29"}}`, 0o600)
	m.File("/run/containerd/io.containerd.runtime.v2.task/k8s.io/k1/config.json", `{"annotations":{"io.kubernetes.cri.image-name":"redis:8"}}`, 0o600)
	m.File("/var/lib/containers/storage/overlay-containers/containers.json", `[{"id":"p1","metadata":"{\"image-name\":\"quay.io/x:1\"}"}]`, 0o600)
	m.File("/var/lib/docker/containers/bad/config.v2.json", `{"Config":`, 0o600)
	for _, id := range []string{"d1", "k1", "p1", "bad"} {
		m.Run("x", InContainer("r", id))
	}
	for range 3 {
		m.step(time.Second)
	}
	images := map[string]string{}
	for _, f := range m.step(time.Second).Findings {
		images[f.Process.ID.Cgroup.Container] = f.Process.Image
	}
	if images["d1"] != "nginx:1.29" || images["k1"] != "redis:8" || images["p1"] != "quay.io/x:1" || images["bad"] != "" {
		t.Errorf("images %v", images)
	}
	if a := (threats.Allow{Image: "nginx:*", Reason: "ours"}); len(m.e.Preview(a)) != 1 {
		t.Error("an image covers its container only")
	}
}
