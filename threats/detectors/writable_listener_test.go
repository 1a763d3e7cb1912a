package detectors

import (
	"testing"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func TestWritableListener(t *testing.T) {
	Table(t, func() threats.Detector { return writableListener{} }, []Case{
		{Name: "program in tmp", Hits: 1, Evidence: "0.0.0.0:4444", Build: func(w *World) { w.Listen(w.Run("/tmp/x"), "0.0.0.0:4444") }},
		{Name: "UDP", Hits: 1, Build: func(w *World) { w.UDP(w.Run("/dev/shm/x"), "0.0.0.0:53", "", 3) }},
		{Name: "hidden program", Hits: 1, Evidence: "hidden", Build: func(w *World) { w.Listen(w.Run("/usr/lib/.x/sshd"), "[::]:22") }},
		{Name: "Python serves tmp", Hits: 1, Evidence: "/tmp", Build: func(w *World) {
			w.Listen(w.Run("/usr/bin/python3 -m http.server", Cwd("/tmp")), "0.0.0.0:8000")
		}},
		{Name: "several listeners are one, the worst", Hits: 1, Build: func(w *World) {
			p, q := w.Run("/tmp/x"), w.Run("nginx")
			w.Listen(p, "127.0.0.1:1")
			w.Listen(q, "0.0.0.0:80")
			w.Listen(p, "0.0.0.0:2")
			w.Listen(p, "127.0.0.1:3")
		}},
		{Name: "loopback only", Hits: 1, Severity: threats.Low, Build: func(w *World) { w.Listen(w.Run("/tmp/x"), "127.0.0.1:4444") }},
		{Name: "go test", Hits: 1, Severity: threats.Low, Build: func(w *World) { w.Listen(w.Run("/tmp/go-build1/x.test"), "0.0.0.0:4444") }},
		{Name: "a daemon that merely stands there", Hits: 1, Severity: threats.Low, Build: func(w *World) {
			w.Listen(w.Run("/usr/bin/x", Cwd("/tmp")), "0.0.0.0:80")
		}},
		{Name: "installed", Build: func(w *World) { w.Listen(w.Run("/usr/sbin/nginx"), "0.0.0.0:80") }},
		{Name: "works in run", Build: func(w *World) { w.Listen(w.Run("/usr/sbin/rpcbind", Cwd("/run/rpcbind")), "0.0.0.0:111") }},
		{Name: "tools below a home", Build: func(w *World) {
			w.Listen(w.Run("/home/u/.vscode-server/bin/node"), "0.0.0.0:3000")
			w.Listen(w.Run("/usr/bin/node", Cwd("/home/u/.cache/x")), "0.0.0.0:3001")
		}},
		{Name: "connects, does not listen", Build: func(w *World) { w.TCP(w.Run("/tmp/x"), "10.0.0.1:1", "10.0.0.2:2", 3) }},
		{Name: "a client's UDP socket", Build: func(w *World) { w.UDP(w.Run("/tmp/x"), "10.0.0.1:1", "10.0.0.2:53", 3) }},
	})
}
