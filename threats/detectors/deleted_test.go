package detectors

import (
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

// TestUpgradedCountsAsInstalled: a program whose file was replaced is weighed by
// all detectors of the network as if it had never been; one that was removed is not.
func TestUpgradedCountsAsInstalled(t *testing.T) {
	for _, c := range []struct {
		name     string
		upgraded bool
		scan     int // findings about a monitor that was told to reach many hosts
		beacon   int // and about an agent that keeps a rhythm
		silent   threats.Severity
	}{{"upgraded", true, 0, 0, threats.Low}, {"removed", false, 1, 1, threats.Medium}} {
		t.Run(c.name, func(t *testing.T) {
			begin := func(d threats.Detector, exe string) (*film, *process) {
				f := newFilm(t, d)
				if c.upgraded {
					f.File(exe, "new", 0o755)
				}
				return f, f.Run(exe, Deleted(), Age(5*time.Hour))
			}
			f, p := begin(&fanOut{traffic: &traffic{}}, "/usr/bin/prometheus")
			f.Listen(f.Run("nginx"), "0.0.0.0:80")
			f.after(time.Second)
			f.connects(p, 60, metrics.Established, hosts(9100))
			f.after(time.Second)
			want(t, f.after(4*time.Second), c.scan, threats.Low)

			f, p = begin(&beacon{traffic: &traffic{}}, "/usr/sbin/zabbix_agentd")
			want(t, beat(f, p, public, metrics.Established, every(10, 9)...), c.beacon, threats.Medium)

			f, p = begin(&unanswered{traffic: &traffic{}}, "/usr/bin/x")
			f.connects(p, 12, metrics.SynSent, hosts(443))
			f.after(time.Second)
			want(t, f.after(4*time.Second), 1, c.silent)

			f, p = begin(&firstEgress{traffic: &traffic{}}, "/usr/sbin/x")
			f.Listen(f.Run("nginx"), "0.0.0.0:80")
			f.after(time.Second)
			f.after(20 * time.Minute)
			s := f.TCP(p, here, public, 5)
			s.HasInfo, s.TxBytes, p.NetTxBytes = true, 1000, 1000
			f.after(time.Second)
			s.TxBytes, p.NetTxBytes = 3<<20, 3<<20
			want(t, f.after(time.Second), 1, c.silent)
		})
	}
}

func TestDeletedProgram(t *testing.T) {
	Table(t, func() threats.Detector { return deletedProgram{} }, []Case{
		{Name: "removed from a home", Hits: 1, Evidence: "/home/u/x (deleted)", Build: func(w *World) { w.Run("/home/u/x", Deleted()) }},
		{Name: "removed from tmp", Hits: 1, Severity: threats.High, Build: func(w *World) { w.Run("/tmp/x", Deleted()) }},
		{Name: "a young program of the system", Hits: 1, Build: func(w *World) { w.Run("/usr/sbin/x", Deleted(), Age(time.Minute)) }},
		{Name: "an old one in usr local", Hits: 1, Build: func(w *World) { w.Run("/usr/local/bin/x", Deleted(), Age(5*time.Hour)) }},
		{Name: "upgraded", Hits: 1, Severity: threats.Low, Evidence: "an upgrade", Build: func(w *World) {
			w.File("/usr/sbin/sshd", "new", 0o755)
			w.Run("/usr/sbin/sshd", Deleted(), Age(time.Minute))
		}},
		{Name: "replaced in tmp", Hits: 1, Severity: threats.Medium, Build: func(w *World) {
			w.File("/tmp/x", "new", 0o755)
			w.Run("/tmp/x", Deleted())
		}},
		{Name: "old program of the system", Hits: 1, Severity: threats.Low, Build: func(w *World) { w.Run("/usr/sbin/x", Deleted(), Age(2*time.Hour)) }},
		{Name: "in a container the host's file is another", Hits: 1, Build: func(w *World) {
			w.File("/usr/sbin/nginx", "the host's", 0o755)
			w.Run("/usr/sbin/nginx", Deleted(), InContainer("docker", "abc"))
		}},
		{Name: "not deleted", Build: func(w *World) { w.Run("/tmp/x") }},
		{Name: "memfd has a detector of its own", Build: func(w *World) { w.Run("x", Exe("/memfd:x"), Deleted()) }},
		{Name: "links unknown", Build: func(w *World) { w.Run("/tmp/x", Deleted(), Without(metrics.HasExeFile)) }},
		{Name: "inode unknown", Build: func(w *World) {
			w.Run("/tmp/x", Deleted(), func(p *metrics.Process) { p.ID.ExeInode = 0 })
		}},
		{Name: "kernel threads", Build: func(w *World) { w.Run("", Kthread(), Named("kswapd0"), Deleted()) }},
	})
}
