package detectors

import (
	"path"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

var systemdInfo = &threats.Info{
	ID: "persistence.systemd", Number: 43,
	Title:    "systemd starts something odd",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1543.002", "T1053.006"},
	Every:      startEvery,
	Needs:      metrics.ReadFiles, NeedsFor: "the units of other users",
	Why: "A unit, a timer, a drop-in or a generator starts a program at boot, as root, and starts it again when it is killed. " +
		"It is where most intruders on Linux servers settle.",
	FalsePositives: "Installing software adds units, and administrators write their own: a new or changed one counts as low, as informational while packages are installed. " +
		"High are commands in /tmp, shared memory or a hidden directory, downloads that go to a shell, and libraries preloaded from such places. " +
		"Generators outside of /usr/lib are rare, but some administrators have one: low.",
	Next: []string{
		"systemctl cat UNIT; systemctl status UNIT: what it runs, and since when.",
		"Ask the package manager who owns the unit file: dpkg -S or rpm -qf.",
		"Save the program before you disable the unit; look for a timer or a path unit that starts it again.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1543/002/", "https://man7.org/linux/man-pages/man5/systemd.unit.5.html"},
}

var (
	unitDirs = []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/etc/systemd/user", "/run/systemd/user", "/usr/local/lib/systemd/user"}
	// vendorUnitDirs belong to packages; on some systems /lib is not /usr/lib.
	vendorUnitDirs = []string{"/usr/lib/systemd/system", "/lib/systemd/system"}
	generatorDirs  = []string{
		"/etc/systemd/system-generators", "/run/systemd/system-generators", "/usr/local/lib/systemd/system-generators", "/usr/lib/systemd/system-generators",
		"/etc/systemd/user-generators", "/run/systemd/user-generators", "/usr/local/lib/systemd/user-generators",
		"/etc/systemd/system-environment-generators", "/etc/systemd/system-shutdown", "/usr/lib/systemd/system-shutdown", "/etc/systemd/system-sleep", "/usr/lib/systemd/system-sleep",
	}
	unitKinds = setOf(".service .timer .socket .path .mount .automount .conf .target")
)

func newSystemd() *startFiles {
	return &startFiles{
		info:    systemdInfo,
		changed: "A systemd unit, timer or generator is new or has changed",
		list: func(t *tour) {
			unit := func(name string) bool { return unitKinds.has(path.Ext(name)) }
			for _, d := range generatorDirs {
				t.dir(ownedByRoot, d, 1, nil)
			}
			for _, d := range unitDirs {
				t.dir(ownedByRoot, d, 2, unit)
			}
			t.homeDirs(".config/systemd/user", 2, unit)
			service := func(name string) bool { return path.Ext(name) == ".service" || path.Ext(name) == ".conf" }
			if info, err := t.files.Lstat("/lib"); err == nil && info.Symlink() {
				t.dir(ownedByRoot, vendorUnitDirs[0], 2, service)
				return
			}
			for _, d := range vendorUnitDirs {
				t.dir(ownedByRoot, d, 2, service)
			}
		},
		judge: judgeSystemd,
		weigh: func(p, _ string) (threats.Severity, threats.Confidence) {
			if strings.Contains(p, "generators/") {
				return threats.Medium, threats.Moderate
			}
			return threats.Low, threats.Weak
		},
	}
}

func judgeSystemd(p string, data []byte) []remark {
	if unitKinds.has(path.Ext(p)) {
		return judgeUnit(string(data))
	}
	var out []remark
	if !strings.HasPrefix(string(data), "\x7fELF") {
		out = judgeShell(string(data))
	}
	if strings.Contains(p, "generators/") && !below(p, "/usr/lib") {
		out = append(out, remark{"a generator that no package brings", p, threats.Low, threats.Weak})
	}
	return out
}

// judgeUnit remarks on the commands and the environment of a unit file,
// systemd.exec(5).
func judgeUnit(text string) (out []remark) {
	text = strings.ReplaceAll(text, "\\\n", " ")
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || len(out) >= maxRemarks {
			continue
		}
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch {
		case key == "Environment":
			if m := preloadAssigned.FindStringSubmatch(value); m != nil {
				out = judgeLine(out, m[0], 0)
			}
		case strings.HasPrefix(key, "Exec"):
			// Prefixes change how the program is started, not which.
			command := strings.TrimLeft(value, "-@:+!|")
			if strings.HasPrefix(value, "@") || strings.Contains(value[:len(value)-len(command)], "@") {
				command = afterSecond(command)
			}
			out = judgeLine(out, command, 0)
		}
	}
	return out[:min(len(out), maxRemarks)]
}

// afterSecond takes the second word out of a command: with @ it is argv[0].
func afterSecond(command string) string {
	program, rest, _ := strings.Cut(command, " ")
	return program + " " + afterFields(strings.TrimLeft(rest, " "), 1)
}
