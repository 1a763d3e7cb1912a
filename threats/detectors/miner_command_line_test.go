package detectors

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/threats"
	. "github.com/smoothtask/smoothtask/threats/threatstest"
)

func TestMinerCommandLine(t *testing.T) {
	Table(t, func() threats.Detector { return minerCommandLine{} }, []Case{
		{Name: "calls itself a tool that reads", Hits: 1, Build: func(w *World) { w.Run("/tmp/x/grep -o stratum+tcp://h:3333") }},
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

// TestMinerWordsEqualPlain compares the one pass over a command line with a search
// for each option.
func TestMinerWordsEqualPlain(t *testing.T) {
	plain := func(cmdline string) string {
		var found []string
		for _, o := range minerOptions {
			re := regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(o), " ", "[ \x00]"))
			if re.MatchString(cmdline) {
				found = append(found, o)
			}
		}
		if len(found) < 2 {
			return ""
		}
		return strings.Join(found, " ")
	}
	r := rand.New(rand.NewPCG(1, 2))
	words := append([]string{"-", "--", "x", "-a", "rx/", "--coin", "--algo", "=", "0", " ", "\x00", "--donate-leve", "é"}, minerOptions...)
	hits := 0
	for range 20000 {
		var b strings.Builder
		for range r.IntN(8) {
			w := words[r.IntN(len(words))]
			if r.IntN(3) == 0 {
				w = strings.ReplaceAll(w, " ", "\x00")
			}
			b.WriteString(w)
		}
		_, got := minerWords(b.String())
		if want := plain(b.String()); got != want {
			t.Fatalf("%q: %q, want %q", b.String(), got, want)
		}
		if got != "" {
			hits++
		}
	}
	if hits < 2000 {
		t.Errorf("only %d hits", hits)
	}
}
