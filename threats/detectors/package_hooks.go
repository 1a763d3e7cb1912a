package detectors

import (
	"path"
	"regexp"
	"strings"

	"github.com/smoothtask/smoothtask/threats"
)

var packageHooksInfo = &threats.Info{
	ID: "persistence.package-hooks", Number: 47,
	Title:    "The package manager runs something odd",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1546.016", "T1546"},
	Every:      startEvery,
	Why:        "Hooks of apt, dpkg, dnf and pacman run as root at each update, which many servers do by themselves each night.",
	FalsePositives: "etckeeper, needrestart, packagekit, debconf and container images bring hooks: a new or changed file counts as low, as informational while packages are installed. " +
		"High is only what intruders write.",
	Next: []string{
		"apt-config dump | grep -i invoke shows all hooks of apt.",
		"Ask the package manager who owns the file.",
		"Look at what the hook starts before you install or update anything.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1546/016/", "https://manpages.debian.org/apt.conf.5"},
}

// quoted finds the strings of a configuration file.
var quoted = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)

func newPackageHooks() *startFiles {
	python := func(name string) bool { return strings.HasSuffix(name, ".py") }
	return &startFiles{
		info:    packageHooksInfo,
		changed: "A hook of the package manager is new or has changed",
		list: func(t *tour) {
			t.file(ownedByRoot, "/etc/apt/apt.conf", "/etc/dpkg/dpkg.cfg", "/etc/pacman.conf")
			t.dir(ownedByRoot, "/etc/apt/apt.conf.d", 1, nil)
			t.dir(ownedByRoot, "/etc/dpkg/dpkg.cfg.d", 1, nil)
			t.dir(ownedByRoot, "/etc/dnf/plugins", 1, nil)
			t.dir(ownedByRoot, "/etc/yum/pluginconf.d", 1, nil)
			t.dir(ownedByRoot, "/etc/dnf/libdnf5-plugins/actions.d", 1, nil)
			t.dir(ownedByRoot, "/etc/pacman.d/hooks", 1, nil)
			t.dir(ownedByRoot, "/usr/lib/yum-plugins", 1, python)
			for _, e := range t.list("/usr/lib", maxPythonNames) {
				if strings.HasPrefix(e.Name, "python3.") {
					t.dir(ownedByRoot, path.Join("/usr/lib", e.Name, "site-packages/dnf-plugins"), 1, python)
				}
			}
		},
		judge: judgePackageHook,
		weigh: func(string, string) (threats.Severity, threats.Confidence) { return threats.Low, threats.Weak },
	}
}

func judgePackageHook(p string, data []byte) (out []remark) {
	text := string(data)
	switch {
	case strings.HasSuffix(p, ".py"):
		if oddCode(text) {
			out = append(out, remark{"hidden or networked code", p, threats.High, threats.Moderate})
		}
	case strings.HasPrefix(p, "/etc/apt/"):
		for line := range strings.Lines(text) {
			if l := strings.TrimSpace(line); strings.HasPrefix(l, "//") || strings.HasPrefix(l, "#") {
				continue
			}
			for _, m := range quoted.FindAllStringSubmatch(line, maxRemarks) {
				if len(out) < maxRemarks && strings.ContainsAny(m[1], " /") {
					out = judgeLine(out, strings.ReplaceAll(m[1], `\"`, `"`), 0)
				}
			}
		}
	default: // KEY=command, Exec = command, command columns
		for line := range strings.Lines(text) {
			if i := strings.LastIndex(line, "="); i >= 0 && len(out) < maxRemarks {
				out = judgeLine(out, strings.Trim(line[i+1:], " \t\r\n\"'"), 0)
			}
		}
	}
	return out[:min(len(out), maxRemarks)]
}
