package detectors

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	"github.com/smoothtask/smoothtask/threats/indicators"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

// lists writes an indicator file and opens it.
func lists(t *testing.T, text string) (*indicators.Set, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := indicators.Open([]string{path}, indicators.Options{Every: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return s, path
}

func TestIndicatorPeer(t *testing.T) {
	set, path := lists(t, "8.8.4.0/24,botnet\n9.9.9.9:4444,only there\n")
	Table(t, func() threats.Detector { return &indicatorPeer{traffic: &traffic{}, lists: set} }, []Case{
		{Name: "connected", Hits: 1, Evidence: "8.8.4.0/24 (botnet)", About: "8.8.4.4", Build: func(w *World) { w.TCP(w.Run("/opt/x"), here, public, 3) }},
		{Name: "whose is not known", Hits: 1, Evidence: path + ":1", Build: func(w *World) { w.TCP(nil, here, public, -1) }},
		{Name: "has just ended", Hits: 1, Build: func(w *World) { w.TCP(nil, here, public, -1).State = metrics.TimeWait }},
		{Name: "UDP", Hits: 1, Build: func(w *World) { w.UDP(w.Run("/opt/x"), here, "8.8.4.4:53", 3) }},
		{Name: "the port", Hits: 1, Evidence: "9.9.9.9:4444", Build: func(w *World) { w.TCP(w.Run("/opt/x"), here, "9.9.9.9:4444", 3) }},
		{Name: "comes from there", Hits: 1, Severity: threats.Medium, Build: func(w *World) {
			p := w.Run("nginx")
			w.Listen(p, "0.0.0.0:443")
			w.TCP(p, "10.0.0.1:443", "8.8.4.4:50000", 3)
		}},
		{Name: "another port", Build: func(w *World) { w.TCP(w.Run("/opt/x"), here, "9.9.9.9:443", 3) }},
		{Name: "another peer", Build: func(w *World) { w.TCP(w.Run("/opt/x"), here, "8.8.8.8:443", 3) }},
		{Name: "our own address", Build: func(w *World) { w.TCP(w.Run("/opt/x"), "8.8.4.4:40000", "8.8.8.8:443", 3) }},
		{Name: "a listener", Build: func(w *World) { w.Listen(w.Run("/opt/x"), "8.8.4.4:80") }},
	})
}

func TestIndicatorPeerFollowsTheList(t *testing.T) {
	set, path := lists(t, "192.0.2.1\n")
	d := &indicatorPeer{traffic: &traffic{}, lists: set}
	f := newFilm(t, d)
	s := f.TCP(f.Run("/opt/x"), here, public, 3)
	want(t, f.after(time.Second), 0, 0)
	change := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		set.Refresh()
	}
	change("8.8.4.4\n")
	want(t, f.after(time.Second), 1, threats.High)
	change("8.8.4.4\nrubbish\n")
	want(t, f.after(time.Second), 1, threats.High)
	if !strings.Contains(d.Failure(), path+":2: found \"rubbish\"") {
		t.Errorf("failure %q", d.Failure())
	}
	f.end(s)
	want(t, f.after(time.Second), 0, 0)
	f.TCP(f.Run("/opt/y"), "10.0.0.1:40001", public, 3)
	want(t, f.after(time.Second), 1, threats.High)
	change("192.0.2.1\n")
	want(t, f.after(time.Second), 0, 0)
	if d.Failure() != "" {
		t.Errorf("failure %q after the list was put right", d.Failure())
	}
}

// TestIndicatorPeersThatAreLeftOutAreCounted: a flood of them hides none for good.
func TestIndicatorPeersThatAreLeftOutAreCounted(t *testing.T) {
	set, _ := lists(t, "8.8.4.0/24\n")
	d := &indicatorPeer{traffic: &traffic{}, lists: set}
	f := newFilm(t, d)
	p := f.Run("/opt/x")
	flood := f.connects(p, maxIndicatorHits, metrics.Established, func(i int) string { return fmt.Sprintf("8.8.4.%d:%d", i%250, 1000+i) })
	f.connects(p, 10, metrics.Established, func(i int) string { return fmt.Sprintf("8.8.4.251:%d", 1000+i) })
	want(t, f.after(time.Second), maxIndicatorHits, threats.High)
	if !strings.HasPrefix(d.Failure(), "10 more connections") {
		t.Errorf("failure %q", d.Failure())
	}
	for _, s := range flood {
		f.end(s)
	}
	for range flowGrace + 2 {
		f.after(time.Second)
	}
	want(t, f.after(time.Second), 10, threats.High)
	if d.Failure() != "" {
		t.Errorf("failure %q", d.Failure())
	}
}

// hashes is an inspector that knows sums, and counts how often it is asked.
type hashes struct {
	sums  map[int32]string
	asked int
}

func (h *hashes) Inspect(_ context.Context, k metrics.ProcKey, parts metrics.Parts) (*metrics.Detail, error) {
	h.asked++
	if parts != metrics.PartHash {
		return nil, errors.New("more than the hash is asked for")
	}
	if h.sums[k.PID] == "" {
		return nil, metrics.ErrVanished
	}
	return &metrics.Detail{Key: k, Read: parts, SHA256: h.sums[k.PID]}, nil
}

func hexSum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}

func TestIndicatorProgram(t *testing.T) {
	set, path := lists(t, strings.ToUpper(hexSum("evil"))+" dropper\n")
	inspect := &hashes{sums: map[int32]string{300: hexSum("evil"), 301: hexSum("good")}}
	Table(t, func() threats.Detector { return &indicatorProgram{lists: set, inspect: inspect} }, []Case{
		{Name: "on the list", Hits: 1, Evidence: path + ":1", About: "/opt/x", Build: func(w *World) { w.Run("/opt/x", PID(300)) }},
		{Name: "runs twice", Hits: 2, Build: func(w *World) {
			p := w.Run("/opt/x", PID(300))
			w.Run("/opt/x", PID(302)).ID.ExeInode = p.ID.ExeInode
		}},
		{Name: "another program", Build: func(w *World) { w.Run("/opt/x", PID(301)) }},
		{Name: "cannot be read", Build: func(w *World) { w.Run("/opt/x", PID(303)) }},
		{Name: "a kernel thread", Build: func(w *World) { w.Run("", Named("kworker/0:0"), Kthread(), PID(300)) }},
	})
}

func TestProgramsAreHashedOnce(t *testing.T) {
	set, path := lists(t, "192.0.2.1\n")
	inspect := &hashes{sums: map[int32]string{1: hexSum("init")}}
	d := &indicatorProgram{lists: set, inspect: inspect, eager: true}
	f := newFilm(t, d)
	for pid := int32(300); pid < 350; pid++ {
		f.Run("/opt/x", PID(pid))
		inspect.sums[pid] = hexSum("good")
	}
	f.after(time.Second)
	if inspect.asked != 0 {
		t.Errorf("%d programs are hashed, though there is nothing to look for", inspect.asked)
	}
	if err := os.WriteFile(path, []byte(hexSum("evil")), 0o600); err != nil {
		t.Fatal(err)
	}
	set.Refresh()
	f.after(time.Second)
	first := inspect.asked
	want(t, f.after(time.Second), 0, 0)
	if first < 50 || inspect.asked != first {
		t.Errorf("asked %d times, and %d times in all", first, inspect.asked)
	}
	if err := os.WriteFile(path, []byte(hexSum("good")), 0o600); err != nil {
		t.Fatal(err)
	}
	set.Refresh()
	want(t, f.after(time.Second), 50, threats.Critical)
	if inspect.asked != first {
		t.Error("hashed again for another list")
	}
}

// TestProgramWrittenAnewIsHashedAnew: the sum of a file holds no longer than the
// process that ran it, though device and inode stay the same.
func TestProgramWrittenAnewIsHashedAnew(t *testing.T) {
	set, _ := lists(t, hexSum("evil"))
	inspect := &hashes{sums: map[int32]string{300: hexSum("good"), 301: hexSum("evil"), 302: hexSum("good")}}
	d := &indicatorProgram{lists: set, inspect: inspect}
	f := newFilm(t, d)
	p := f.Run("/opt/x", PID(300))
	inode := p.ID.ExeInode
	want(t, f.after(2*time.Second), 0, 0)
	p.Key.PID, p.Key.Start = 301, p.Key.Start+100 // it ended; the file was overwritten and runs again
	want(t, f.after(2*time.Second), 1, threats.Critical)
	if len(d.sums) != 1 || d.Bytes() == 0 {
		t.Errorf("%d sums are held of one program, %d bytes", len(d.sums), d.Bytes())
	}
	p.Key.PID = 302
	want(t, f.after(2*time.Second), 0, 0)
	inspect.sums[302] = hexSum("evil")
	p.ExecID++ // the same process executes what was written meanwhile
	want(t, f.after(2*time.Second), 1, threats.Critical)
	if p.ID.ExeInode != inode {
		t.Fatal("another file")
	}
}

// fails is an inspector that says why it cannot hash, as the one of /proc does.
type fails struct {
	hashes
	why string
}

func (x *fails) Inspect(ctx context.Context, k metrics.ProcKey, parts metrics.Parts) (*metrics.Detail, error) {
	if x.why != "" {
		x.asked++
		return &metrics.Detail{Key: k, Gaps: []metrics.Gap{{What: "hash", Why: x.why}}}, nil
	}
	return x.hashes.Inspect(ctx, k, parts)
}

func TestFailedHashIsTriedAgain(t *testing.T) {
	set, _ := lists(t, hexSum("evil"))
	inspect := &fails{hashes{sums: map[int32]string{300: hexSum("evil"), 301: hexSum("evil")}}, "deadline exceeded"}
	d := &indicatorProgram{lists: set, inspect: inspect}
	f := newFilm(t, d)
	p := f.Run("/opt/x", PID(300))
	want(t, f.after(2*time.Second), 0, 0)
	if !strings.Contains(d.Failure(), "deadline exceeded") {
		t.Errorf("failure %q", d.Failure())
	}
	asked := inspect.asked
	want(t, f.after(2*time.Second), 0, 0)
	if inspect.asked != asked {
		t.Error("a file that takes too long is read again in each turn")
	}
	inspect.why = ""
	f.Run("/opt/x", PID(301)).ID.ExeInode = p.ID.ExeInode
	want(t, f.after(2*time.Second), 1, threats.Critical) // another process is tried at once
	want(t, f.after(hashAgain), 2, threats.Critical)
	if d.Failure() != "" {
		t.Errorf("failure %q", d.Failure())
	}
}

// slow is an inspector that takes longer than a turn for each program.
type slow struct{ hashes }

func (s *slow) Inspect(ctx context.Context, k metrics.ProcKey, parts metrics.Parts) (*metrics.Detail, error) {
	time.Sleep(hashBudget)
	return s.hashes.Inspect(ctx, k, parts)
}

func TestHashingIsBounded(t *testing.T) {
	set, _ := lists(t, hexSum("evil"))
	d := &indicatorProgram{lists: set, inspect: &slow{hashes{sums: map[int32]string{
		1: hexSum("init"), 300: hexSum("a"), 301: hexSum("b"), 302: hexSum("c"), 303: hexSum("evil")}}}}
	f := newFilm(t, d)
	for pid := int32(300); pid < 304; pid++ {
		f.Run("/opt/x", PID(pid))
	}
	f.after(time.Second)
	if d.left == 0 || !strings.Contains(d.Failure(), "still to be hashed") {
		t.Errorf("all are hashed in one turn; failure %q", d.Failure())
	}
	for n := 0; ; n++ {
		if got := f.after(time.Second); len(got) == 1 && d.left == 0 {
			break
		}
		if n == 20 {
			t.Fatal("the turns do not come to an end")
		}
	}
	if d.Failure() != "" {
		t.Errorf("failure %q", d.Failure())
	}
}
