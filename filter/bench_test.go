package filter

import (
	"fmt"
	"testing"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// crowd is a machine with many processes and as many sockets.
func crowd(n int) *Data {
	s := &metrics.Snapshot{Uptime: 1e12}
	r := &metrics.Rates{Cgroups: make([]metrics.CgroupRate, 1)}
	s.System.Cgroups = []metrics.CgroupStat{{Path: "/system.slice/web.service"}}
	for i := range n {
		k := metrics.ProcKey{PID: int32(i + 1), Start: uint64(i)}
		s.Processes = append(s.Processes, metrics.Process{
			Key: k, PPID: int32(i / 10), RSSBytes: uint64(i) << 12, State: "SRDI"[i%4], Have: metrics.HasExeFile, ExeNlink: uint32(i % 7),
			ID: &metrics.Identity{
				Comm: fmt.Sprintf("worker-%d", i%50), User: []string{"root", "alice", "www-data"}[i%3], Exe: "/usr/lib/postgresql/17/bin/postgres", ExeInode: 5,
				Cmdline: fmt.Sprintf("/usr/lib/postgresql/17/bin/postgres\x00-D\x00/var/lib/postgresql/17/main\x00-c\x00cluster_name=%d\x00", i),
			},
		})
		s.Sockets = append(s.Sockets, metrics.Socket{Owner: k, Proto: metrics.TCP, State: metrics.Listen, LocalPort: uint16(i)})
		r.Processes = append(r.Processes, metrics.ProcessRate{CPU: float32(i % 100)})
	}
	d := new(Data)
	d.Reset(s, r, []threats.Finding{{Info: &threats.Info{ID: "a"}, Process: &threats.ProcessRef{Key: s.Processes[0].Key}}})
	return d
}

var typical = []struct{ name, text string }{
	{"word", "nginx"},
	{"numbers", "rss>100MB cpu>5% age<5m"},
	{"security", "user!=root and exe.deleted and listen>1024"},
	{"literal", `exe~"^/tmp/|^/dev/shm/"`},
	{"regexp", `cmd~"-c cluster_name=\d*7$"`},
}

func TestMatchingDoesNotAllocate(t *testing.T) {
	d := crowd(100)
	for _, c := range typical {
		if c.name == "regexp" {
			continue // the engine's own pool, which the race detector empties at random
		}
		f, err := Compile(Processes, c.text)
		if err != nil {
			t.Fatal(err)
		}
		all := func() {
			for i := range d.snapshot.Processes {
				f.Process(d, i)
			}
		}
		all() // joins and scratch are made
		if n := testing.AllocsPerRun(10, all); n != 0 {
			t.Errorf("%s: %v allocations for 100 rows", c.name, n)
		}
		again := func() {
			d.Reset(d.snapshot, d.rates, d.findings)
			all()
		}
		if n := testing.AllocsPerRun(10, again); n != 0 {
			t.Errorf("%s: %v allocations for another frame", c.name, n)
		}
	}
	for kind, text := range map[Kind]string{Sockets: "raddr=10.0.0.0/8 or 10.0 or laddr~^9", Findings: "severity>=high or technique~T1 or nginx", Cgroups: "memory>1GB or name~^db or pressure>5%"} {
		f, err := Compile(kind, text)
		if err != nil {
			t.Fatal(err)
		}
		row := f.Socket
		switch kind {
		case Findings:
			row = f.Finding
		case Cgroups:
			row = f.Cgroup
		}
		if n := testing.AllocsPerRun(100, func() { row(d, 0) }); n != 0 {
			t.Errorf("%s: %v allocations", kind, n)
		}
	}
}

func BenchmarkProcesses10000(b *testing.B) {
	d := crowd(10_000)
	for _, c := range typical {
		f, err := Compile(Processes, c.text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d.Reset(d.snapshot, d.rates, d.findings)
				for i := range d.snapshot.Processes {
					f.Process(d, i)
				}
			}
		})
	}
}
