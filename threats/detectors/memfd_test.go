package detectors

import (
	"testing"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func TestMemfd(t *testing.T) {
	Table(t, func() threats.Detector { return memfd{} }, []Case{
		{Name: "memfd", Hits: 1, Evidence: "/memfd:x", Build: func(w *World) { w.Run("x", Exe("/memfd:x")) }},
		{Name: "without a name", Hits: 1, Build: func(w *World) { w.Run("x", Exe("/memfd:")) }},
		{Name: "named like runc, started by a shell", Hits: 1, Build: func(w *World) {
			w.Run("runc init", Exe("/memfd:runc_cloned:/proc/self/exe"), ChildOf(w.Run("bash")))
		}},
		{Name: "started by a runtime, another name", Hits: 1, Build: func(w *World) {
			w.Run("x", Exe("/memfd:payload"), ChildOf(w.Run("/usr/bin/containerd-shim-runc-v2")))
		}},
		{Name: "runc", Build: func(w *World) {
			w.Run("runc init", Exe("/memfd:runc_cloned:/proc/self/exe"), ChildOf(w.Run("/usr/bin/containerd-shim-runc-v2")))
		}},
		{Name: "systemd-executor", Build: func(w *World) { w.Run("systemd-executor", Exe("/memfd:systemd-executor")) }},
		{Name: "a file with such a name", Build: func(w *World) { w.Run("/usr/bin/memfd:x") }},
		{Name: "a directory with such a name", Build: func(w *World) { w.Run("/srv/memfd:/x") }},
	})
}
