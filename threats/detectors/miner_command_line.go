package detectors

import (
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// minerCommandLine finds cryptocurrency miners by what they are told.
type minerCommandLine struct{}

var minerCommandLineInfo = &threats.Info{
	ID: "abuse.miner-command-line", Number: 61,
	Title:    "Arguments of a cryptocurrency miner",
	Severity: threats.High, Confidence: threats.Strong, Cost: threats.Identity,
	Techniques: []string{"T1496.001"},
	Why:        "Mining for others is what most intrusions into servers end in. The pool's address and the miner's options stand in its arguments.",
	FalsePositives: "A search for such words has them in its arguments too: editors, pagers and search tools are left out, and a shell or an interpreter counts as medium. " +
		"A machine that is meant to mine should allow its miner.",
	Next: []string{
		"Look at its CPU time and at how it is started again: cron, systemd units, the parent.",
		"Look for the way in: other programs of the same user, and the age of its files.",
		"Block the pool's address, then end the process and what restarts it.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1496/001/"},
}

// poolSchemes begin the address of a mining pool; all of them are followed by, or
// end in, "://".
var poolSchemes = []string{"stratum+tcp://", "stratum+ssl://", "stratum+tls://", "stratum+udp://", "stratum1+", "stratum2+", "stratum://", "daemon+http://", "ethproxy+"}

// minerOptions are options that hardly any other program has; two are enough.
var minerOptions = []string{"--donate-level", "--nicehash", "--randomx", "--rig-id", "--coin=", "--coin ", "--cpu-max-threads-hint", "--algo=rx", "--algo rx", "-a rx/", "--algo=cn", "-a cn/", "--algo=kawpow", "--print-time=", "--cuda-bfactor", "--pass=x", "--keepalive"}

// minerNames are programs that do nothing else.
var minerNames = setOf("xmrig xmrig-notls xmr-stak minerd cpuminer ccminer cgminer bfgminer ethminer nbminer t-rex lolminer phoenixminer gminer teamredminer nanominer srbminer-multi xmrigdaemon kdevtmpfsi kinsing")

// readers are programs that look for such words.
var readers = setOf("grep egrep fgrep zgrep rg ag ack sed awk gawk mawk nawk less more most cat tac head tail vi vim vim.basic vim.tiny nvim nano emacs view git find locate strings pgrep pkill pidof man journalctl jq tee echo printf logger xargs watch")

func (minerCommandLine) Info() *threats.Info { return minerCommandLineInfo }

func (minerCommandLine) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	for _, i := range in.Look {
		p := in.Process(i)
		what, value, s, c := weighMiner(p.ID)
		if what == "" {
			continue
		}
		dst = append(dst, in.OnProcess(i, minerCommandLineInfo).As(s, c).
			With(what, threats.Proc(p.Key.PID, "cmdline"), value).
			With("arguments", threats.Proc(p.Key.PID, "cmdline"), commandLine(p.ID)).
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe))
	}
	return dst
}

// weighMiner says which words give a miner away; what is "" when none do.
func weighMiner(id *metrics.Identity) (what, value string, s threats.Severity, c threats.Confidence) {
	if b := base(id.Exe); minerNames.has(b) {
		return "program", b, threats.High, threats.Moderate
	}
	if len(id.Cmdline) < 8 || runs(id, readers) {
		return "", "", 0, 0
	}
	s, c = threats.High, threats.Strong
	if isShell(id) || isInterpreter(id) {
		s, c = threats.Medium, threats.Weak
	}
	for _, scheme := range poolSchemes {
		if !strings.Contains(id.Cmdline, "://") {
			break
		}
		if at := indexFold(id.Cmdline, scheme); at >= 0 {
			url, _, _ := strings.Cut(id.Cmdline[at:], "\x00")
			return "address of a mining pool", url, s, c
		}
	}
	if !strings.Contains(id.Cmdline, "-") {
		return "", "", 0, 0
	}
	var found []string
	for _, o := range minerOptions {
		if containsWords(id.Cmdline, o) {
			found = append(found, o)
		}
	}
	if len(found) < 2 {
		return "", "", 0, 0
	}
	return "options of a miner", strings.Join(found, " "), s, min(c, threats.Moderate)
}

// containsWords finds text in a command line; a blank in it stands for the end
// of an argument.
func containsWords(cmdline, text string) bool {
	word, rest, two := strings.Cut(text, " ")
	for {
		at := strings.Index(cmdline, word)
		if at < 0 {
			return false
		}
		cmdline = cmdline[at+len(word):]
		if !two || len(cmdline) > 0 && (cmdline[0] == 0 || cmdline[0] == ' ') && strings.HasPrefix(cmdline[1:], rest) {
			return true
		}
	}
}

// indexFold is strings.Index for a lower-case needle, ignoring case in ASCII.
func indexFold(s, lower string) int {
	for i := 0; i+len(lower) <= len(s); i++ {
		if s[i]|0x20 == lower[0] && strings.EqualFold(s[i:i+len(lower)], lower) {
			return i
		}
	}
	return -1
}
