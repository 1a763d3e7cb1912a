package detectors

import (
	"testing"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func TestKthreadMasquerade(t *testing.T) {
	Table(t, func() threats.Detector { return kthreadMasquerade{} }, []Case{
		{Name: "argv[0] in brackets", Hits: 1, Evidence: "[kworker/0:1]", Build: func(w *World) {
			w.Run("sleep", Argv("[kworker/0:1]", "60"))
		}},
		{Name: "comm of a kernel thread", Hits: 1, Evidence: "kworker/u4:2", Build: func(w *World) {
			w.Run("/usr/sbin/x", Named("kworker/u4:2"))
		}},
		{Name: "arguments wiped, known by its program", Hits: 1, Build: func(w *World) {
			w.Run("/opt/x", Named("ksoftirqd/0"), Argv())
		}},
		{Name: "looks like one: kworkerds", Hits: 1, Build: func(w *World) { w.Run("/usr/bin/kworkerds") }},
		{Name: "unknown name in brackets, alone", Hits: 1, Severity: threats.Medium, Build: func(w *World) {
			w.Run("/opt/agent/agent", Argv("[agent]"))
		}},
		{Name: "kernel threads themselves", Build: func(w *World) {
			w.Run("", Kthread(), Named("kworker/0:1-events"))
			w.Run("", Kthread(), Named("migration/0"))
		}},
		{Name: "a source without flags", Build: func(w *World) { w.Run("", PPID(2), Named("kworker/0:1")) }},
		{Name: "unknown name in brackets, with arguments", Build: func(w *World) { w.Run("/opt/agent/agent", Argv("[agent]", "--run")) }},
		{Name: "brackets further back", Build: func(w *World) { w.Run("/usr/bin/test", Argv("test", "[kworker/0:1]")) }},
		{Name: "sd-pam and sshd titles", Build: func(w *World) {
			w.Run("/usr/lib/systemd/systemd", Named("(sd-pam)"), Argv("(sd-pam)"))
			w.Run("/usr/sbin/sshd", Argv("sshd: root@pts/0"))
			w.Run("/usr/bin/[", Argv("[", "-f", "x", "]"))
		}},
		{Name: "a zombie has no arguments", Build: func(w *World) { w.Run("/usr/bin/defunct", Exe(""), Argv()) }},
	})
}
