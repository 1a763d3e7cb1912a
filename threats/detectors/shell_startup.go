package detectors

import (
	"slices"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

var shellStartupInfo = &threats.Info{
	ID: "persistence.shell-startup", Number: 44,
	Title:    "A boot or login script runs something odd",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1037.004", "T1546.004"},
	Every:      startEvery,
	Needs:      metrics.ReadFiles, NeedsFor: "the files of other users",
	Why: "rc.local and init scripts run as root at boot; what stands in profile.d or in a shell's start file runs at each login, " +
		"with the rights of whoever logs in, root included.",
	FalsePositives: "People and installers of languages edit these files all the time: a change counts as low. High is only what the script starts: a program in /tmp, " +
		"shared memory or a hidden directory of the system, downloads or decoded text that go to a shell, a shell on a connection.",
	Next: []string{
		"Read the file around the line; ask its owner.",
		"Look for the program that it starts, and whether it runs now.",
		"Look at the other start files of the same user, and of root.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1546/004/", "https://attack.mitre.org/techniques/T1037/004/"},
}

// shellStartFiles are read by shells at login or start, below a home directory.
var shellStartFiles = []string{
	".bashrc", ".bash_profile", ".bash_login", ".profile", ".bash_logout", ".bash_aliases",
	".zshrc", ".zshenv", ".zprofile", ".zlogin", ".kshrc", ".cshrc", ".tcshrc", ".config/fish/config.fish", ".ssh/rc", ".xprofile", ".xsessionrc",
}

func newShellStartup() *startFiles {
	return &startFiles{
		info:    shellStartupInfo,
		changed: "A boot or login script is new or has changed",
		list: func(t *tour) {
			t.file(ownedByRoot, "/etc/rc.local", "/etc/rc.d/rc.local", "/etc/inittab", "/etc/profile", "/etc/bash.bashrc", "/etc/bashrc", "/etc/environment",
				"/etc/zsh/zshrc", "/etc/zsh/zshenv", "/etc/zsh/zprofile", "/etc/zshrc", "/etc/zshenv", "/etc/csh.cshrc", "/etc/csh.login", "/etc/ssh/sshrc")
			for _, d := range []string{"/etc/profile.d", "/etc/init.d", "/etc/fish/conf.d", "/etc/local.d"} {
				t.dir(ownedByRoot, d, 1, nil)
			}
			t.homes(shellStartFiles...)
		},
		judge: func(_ string, data []byte) []remark {
			// Many keep scripts of their own in a hidden directory of their home.
			return slices.DeleteFunc(judgeShell(string(data)), func(r remark) bool { return r.severity < threats.Medium })
		},
		weigh: func(p, _ string) (threats.Severity, threats.Confidence) {
			if strings.HasSuffix(p, "/rc.local") || p == "/etc/ssh/sshrc" {
				return threats.Medium, threats.Weak
			}
			return threats.Low, threats.Weak
		},
	}
}
