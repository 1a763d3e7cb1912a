package detectors

import (
	"regexp"
	"strings"

	"github.com/smoothtask/smoothtask/threats"
)

var udevInfo = &threats.Info{
	ID: "persistence.udev", Number: 47,
	Title:    "A udev rule runs something odd",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1546.017"},
	Every:      startEvery,
	Why:        "A rule starts its program as root whenever a device appears: at each boot, and for devices such as the network or memory, unseen.",
	FalsePositives: "Drivers and desktop software bring rules that start helpers: a new or changed rule counts as low, as informational while packages are installed. " +
		"High is only a program in /tmp, shared memory or a hidden directory, and what intruders write into shell commands.",
	Next: []string{
		"Ask the package manager who owns the rule.",
		"udevadm test on the device of the rule shows what would run, without running it.",
		"Look at the program, and whether it runs now.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1546/017/", "https://man7.org/linux/man-pages/man7/udev.7.html"},
}

// udevProgram finds the keys of a rule that run a program, and what they run.
var udevProgram = regexp.MustCompile(`(?:RUN(?:\{program\})?|PROGRAM|IMPORT\{program\})\s*(?:\+=|:=|==|=)\s*e?"((?:[^"\\]|\\.)*)"`)

func newUdev() *startFiles {
	return &startFiles{
		info:    udevInfo,
		changed: "A udev rule is new or has changed",
		list: func(t *tour) {
			rules := func(name string) bool { return strings.HasSuffix(name, ".rules") }
			for _, d := range []string{"/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d"} {
				t.dir(ownedByRoot, d, 1, rules)
			}
		},
		judge: func(_ string, data []byte) []remark { return judgeUdev(string(data)) },
		weigh: func(string, string) (threats.Severity, threats.Confidence) { return threats.Low, threats.Weak },
	}
}

func judgeUdev(text string) (out []remark) {
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || len(out) >= maxRemarks {
			continue
		}
		for _, m := range udevProgram.FindAllStringSubmatch(line, maxRemarks) {
			out = judgeLine(out, strings.ReplaceAll(m[1], `\"`, `"`), 0)
		}
	}
	return out[:min(len(out), maxRemarks)]
}
