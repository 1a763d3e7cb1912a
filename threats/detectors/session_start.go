package detectors

import (
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

var motdInfo = &threats.Info{
	ID: "persistence.motd", Number: 47,
	Title:    "The greeting at login runs something odd",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1546"},
	Every:      startEvery,
	Why:        "The scripts of update-motd.d run as root at each login by ssh, whoever logs in.",
	FalsePositives: "Distributions and administrators put news and figures there: a new or changed script counts as low, as informational while packages are installed. " +
		"High is only what intruders write.",
	Next: []string{
		"Read the script; ask the package manager who owns it.",
		"Look at what ran at the last logins: processes whose parent has ended, started at that second.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1546/", "https://manpages.debian.org/update-motd.5"},
}

func newMotd() *startFiles {
	return &startFiles{
		info:    motdInfo,
		changed: "A script of the greeting at login is new or has changed",
		list: func(t *tour) {
			t.dir(ownedByRoot, "/etc/update-motd.d", 1, nil)
			t.dir(ownedByRoot, "/usr/lib/update-notifier", 1, func(name string) bool { return strings.HasPrefix(name, "update-motd") })
		},
		judge: func(_ string, data []byte) []remark { return judgeShell(string(data)) },
		weigh: func(string, string) (threats.Severity, threats.Confidence) { return threats.Low, threats.Weak },
	}
}

var autostartInfo = &threats.Info{
	ID: "persistence.autostart", Number: 47,
	Title:    "The desktop starts something odd at login",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1547.013"},
	Every:      startEvery,
	Needs:      metrics.ReadFiles, NeedsFor: "the files of other users",
	Why: "An XDG autostart entry runs at each graphical login with the rights of the user; nobody lists them.",
	FalsePositives: "Desktop applications add entries without asking: a new or changed one counts as low. High is only a command in /tmp, shared memory " +
		"or a hidden directory of the system, or a shell command as intruders write it.",
	Next: []string{
		"Read its Exec line; ask the user and the package manager.",
		"Look at the program, and whether it runs now.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1547/013/", "https://specifications.freedesktop.org/autostart-spec/latest/"},
}

func newAutostart() *startFiles {
	desktop := func(name string) bool { return strings.HasSuffix(name, ".desktop") }
	return &startFiles{
		info:    autostartInfo,
		changed: "An entry that the desktop starts at login is new or has changed",
		list: func(t *tour) {
			t.dir(ownedByRoot, "/etc/xdg/autostart", 1, desktop)
			t.homeDirs(".config/autostart", 1, desktop)
		},
		judge: func(_ string, data []byte) (out []remark) {
			for line := range strings.Lines(string(data)) {
				if command, ok := strings.CutPrefix(strings.TrimSpace(line), "Exec="); ok && len(out) < maxRemarks {
					out = judgeLine(out, command, 0)
				}
			}
			return out[:min(len(out), maxRemarks)]
		},
		weigh: func(string, string) (threats.Severity, threats.Confidence) { return threats.Low, threats.Weak },
	}
}
