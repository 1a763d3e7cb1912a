package host

import (
	"context"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
)

// TestReadersLive runs every reader on this machine.
func TestReadersLive(t *testing.T) {
	var s metrics.System
	for _, r := range Readers(Options{}) {
		for _, g := range readOne(t, r, &s) {
			if g.What == "" || g.Why == "" || g.Needs == "" {
				t.Errorf("%s: incomplete gap %+v", r.Name(), g)
			}
		}
	}
	if s.CPU.Total.Total() <= 0 || len(s.CPU.Cores) == 0 {
		t.Errorf("processor times %+v", s.CPU)
	}
	if s.Memory.Total == 0 || s.Memory.Used+s.Memory.Available != s.Memory.Total {
		t.Errorf("memory %+v", s.Memory)
	}
	if s.Host.BootTime.IsZero() || s.Host.BootTime.After(time.Now()) || s.Host.Kernel == "" || s.Host.Arch == "" || s.Host.OS != runtime.GOOS {
		t.Errorf("host %+v", s.Host)
	}
	if runtime.GOOS == "linux" && s.Host.Threads == 0 {
		t.Error("the load does not complete the host")
	}
	loopback := false
	for _, n := range s.Networks {
		loopback = loopback || n.Loopback && n.Up && strings.Contains(strings.Join(n.Addresses, " "), "127.0.0.1/8")
	}
	if !loopback {
		t.Errorf("no loopback among %+v", s.Networks)
	}
}

// TestReadersWithoutAnything gives the readers an empty root: each must say what
// is missing, by an error or a gap, and none may invent it.
func TestReadersWithoutAnything(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has its state below a root")
	}
	root := t.TempDir()
	for _, r := range append(Readers(Options{Root: root}), NewCgroups(CgroupOptions{Root: root})) {
		apply, err := r.Read(context.Background())
		if gaps := r.(metrics.GapReporter).Gaps(); err == nil && len(gaps) == 0 && r.Name() != "interfaces" {
			t.Errorf("%s: neither an error nor a gap", r.Name())
		}
		if err != nil {
			if !strings.Contains(err.Error(), root) && r.Name() != "memory" {
				t.Errorf("%s: %v does not name the file", r.Name(), err)
			}
			continue
		}
		var s metrics.System
		apply(&s)
		if s.Pressure.Have || s.TCP.Have || len(s.Disks)+len(s.Networks)+len(s.Sensors)+len(s.Users)+len(s.Cgroups) > 0 {
			t.Errorf("%s: %+v", r.Name(), s)
		}
	}
}

func TestMemoryAgreesWithFree(t *testing.T) {
	free, err := exec.LookPath("free")
	if err != nil {
		t.Skip("free(1) is not installed")
	}
	var s metrics.System
	r := newMemory("/")
	// Memory changes between the two looks: one of several pairs must agree.
	var last string
	for range 20 {
		out, err := exec.Command(free, "-b").Output()
		if err != nil {
			t.Fatal(err)
		}
		readOne(t, r, &s)
		fields := strings.Fields(strings.SplitN(string(out), "\n", 3)[1])
		if len(fields) < 7 {
			t.Skipf("free(1) writes %q", out)
		}
		close := true
		for i, got := range map[int]uint64{1: s.Memory.Total, 3: s.Memory.Free, 6: s.Memory.Available} {
			want, err := strconv.ParseUint(fields[i], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			if diff := max(got, want) - min(got, want); diff > s.Memory.Total/100 {
				close = false
			}
		}
		if close {
			return
		}
		last = string(out)
	}
	t.Errorf("%+v; free(1) has\n%s", s.Memory, last)
}

func TestWithLinks(t *testing.T) {
	published := []metrics.Network{{Name: "eth0"}, {Name: "new0"}}
	got := withLinks(published, map[string]link{"eth0": {up: true, promiscuous: true, addresses: []string{"192.0.2.1/24"}}, "gone": {}})
	if !got[0].Up || !got[0].Promiscuous || len(got[0].Addresses) != 1 || got[1].Up {
		t.Errorf("%+v", got)
	}
	if published[0].Up {
		t.Error("the published list has changed")
	}
}

func BenchmarkReaders(b *testing.B) {
	for _, r := range append(Readers(Options{}), NewCgroups(CgroupOptions{})) {
		b.Run(r.Name(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Read(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCycle is what every cycle pays: the readers without a cadence.
func BenchmarkCycle(b *testing.B) {
	all := Readers(Options{})
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range all {
			if r.Every() > 0 {
				continue
			}
			if _, err := r.Read(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	}
}
