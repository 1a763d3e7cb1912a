package detectors

import (
	"testing"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func TestMinerCommandLine(t *testing.T) {
	Table(t, func() threats.Detector { return minerCommandLine{} }, []Case{
		{Name: "pool in argv[0]", Hits: 1, Evidence: "stratum+tcp://h:3333", Build: func(w *World) {
			w.Run("sleep", Argv("x -o stratum+tcp://h:3333", "60"))
		}},
		{Name: "in capitals", Hits: 1, Build: func(w *World) { w.Run("/opt/x -o STRATUM+SSL://h:3333") }},
		{Name: "two options", Hits: 1, Evidence: "--donate-level", Build: func(w *World) { w.Run("/opt/x -a rx/0 --donate-level 1") }},
		{Name: "by name", Hits: 1, Build: func(w *World) { w.Run("/opt/xmrig") }},
		{Name: "a shell that starts one", Hits: 1, Severity: threats.Medium, Build: func(w *World) {
			w.Run("bash", Argv("bash", "-c", "/opt/x -o stratum+tcp://h:3333"))
		}},
		{Name: "search for the words", Build: func(w *World) {
			w.Run("grep -r stratum+tcp:// /var/log")
			w.Run("/usr/bin/vim.basic", Argv("vi", "stratum+tcp://notes"))
		}},
		{Name: "one option proves nothing", Build: func(w *World) { w.Run("/usr/sbin/x --keepalive 60") }},
		{Name: "the same letters, other arguments", Build: func(w *World) {
			w.Run("/usr/bin/x", Argv("x", "-a", "rxyz", "--coin-toss", "--algorithm"))
		}},
		{Name: "NTP has strata", Build: func(w *World) { w.Run("/usr/sbin/chronyd -F stratum 3") }},
	})
}
