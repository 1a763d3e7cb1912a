package detectors

import (
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func TestOddName(t *testing.T) {
	Table(t, func() threats.Detector { return oddName{} }, []Case{
		{Name: "blank at the end", Hits: 1, Evidence: "blank", Build: func(w *World) { w.Run("x", Exe("/usr/bin/sshd ")) }},
		{Name: "dots", Hits: 1, Build: func(w *World) { w.Run("x", Exe("/usr/bin/...")) }},
		{Name: "control character", Hits: 1, Evidence: `\x1b`, Build: func(w *World) { w.Run("x", Exe("/usr/bin/ls\x1b[2K")) }},
		{Name: "text that turns", Hits: 1, Build: func(w *World) { w.Run("x", Exe("/usr/bin/gpj.\u202eexe")) }},
		{Name: "nothing to see", Hits: 1, Build: func(w *World) { w.Run("x", Exe("/usr/bin/ss\u200bhd")) }},
		{Name: "no-break space", Hits: 1, Build: func(w *World) { w.Run("x", Exe("/usr/bin/cron\u00a0")) }},
		{Name: "Cyrillic o", Hits: 1, Evidence: `\u043e`, Build: func(w *World) { w.Run("x", Exe("/usr/bin/cr\u043en")) }},
		{Name: "a process's own name", Hits: 1, Severity: threats.Medium, Build: func(w *World) { w.Run("sleep", Named("sshd ")) }},
		{Name: "other scripts", Build: func(w *World) {
			w.Run("x", Exe("/opt/Телеграм"))
			w.Run("x", Exe("/opt/日本語-server"))
			w.Run("x", Exe("/opt/müller"))
			w.Run("x", Exe("/opt/app-сервер"))
		}},
		{Name: "cut at fifteen bytes", Build: func(w *World) {
			w.Run("node", Named("npm run devxxx "))
			w.Run("x", Named("серверсерверсервер"[:15]))
		}},
		{Name: "ordinary", Build: func(w *World) {
			w.Run("x", Exe("/opt/My App"))
			w.Run("[")
			w.Run("x", Named("(sd-pam)"))
			w.Run("/usr/lib/git-core/git-remote-https")
		}},
		{Name: "kernel thread", Build: func(w *World) { w.Run("", Named("kworker/u9:0 "), Kthread()) }},
	})
}

func FuzzOddness(f *testing.F) {
	for _, s := range []string{"", "a", " ", "\xff\xfe", "a\x00b", strings.Repeat("й", 300), "x\u202e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if oddness(s) == "" && strings.ContainsAny(s, "\x00\n\x7f") {
			t.Errorf("%q has control characters", s)
		}
	})
}
