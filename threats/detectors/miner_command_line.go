package detectors

import (
	"math/bits"
	"slices"
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
	what, value = minerWords(id.Cmdline)
	if what == "" || runs(id, readers) && !oddProgram(id.Exe) {
		return "", "", 0, 0
	}
	s, c = threats.High, threats.Strong
	if what == whatOptions {
		c = threats.Moderate
	}
	if isShell(id) || isInterpreter(id) {
		s, c = threats.Medium, threats.Weak
	}
	return what, value, s, c
}

const (
	whatPool    = "address of a mining pool"
	whatOptions = "options of a miner"
)

// minerWords finds the address of a pool in a command line, else options of a
// miner; what is "" when it has neither.
func minerWords(cmdline string) (what, value string) {
	if strings.Contains(cmdline, "://") {
		for _, scheme := range poolSchemes {
			if at := indexFold(cmdline, scheme); at >= 0 {
				url, _, _ := strings.Cut(cmdline[at:], "\x00")
				return whatPool, url
			}
		}
	}
	var found uint32 // a bit for each of minerOptions
	for at := 0; ; at++ {
		next := strings.IndexByte(cmdline[at:], '-')
		if next < 0 || at+next+optionByte >= len(cmdline) {
			break
		}
		at += next
		for _, o := range optionsBy[cmdline[at+optionByte]] {
			if beginsWords(cmdline[at:], o) {
				found |= 1 << slices.Index(minerOptions, o)
			}
		}
	}
	if bits.OnesCount32(found) < 2 {
		return "", ""
	}
	var words []string
	for i, o := range minerOptions {
		if found&(1<<i) != 0 {
			words = append(words, o)
		}
	}
	return whatOptions, strings.Join(words, " ")
}

// optionByte is a byte in which the minerOptions differ from most others; all of
// them are longer.
const optionByte = 3

var optionsBy = byFirst(minerOptions, optionByte)

// byFirst files words under one of their bytes.
func byFirst(words []string, at int) (by [256][]string) {
	for _, w := range words {
		by[w[at]] = append(by[w[at]], w)
	}
	return by
}

// beginsWords reports whether a command line begins with text, in which a blank
// stands for the end of an argument too.
func beginsWords(cmdline, text string) bool {
	if len(cmdline) < len(text) {
		return false
	}
	for i := range len(text) {
		if c := cmdline[i]; c != text[i] && (c != 0 || text[i] != ' ') {
			return false
		}
	}
	return true
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
