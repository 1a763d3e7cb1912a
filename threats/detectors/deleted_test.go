package detectors

import (
	"testing"
	"time"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

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
