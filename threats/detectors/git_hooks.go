package detectors

import (
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

var gitHooksInfo = &threats.Info{
	ID: "persistence.git-hooks", Number: 47,
	Title:    "git runs something odd",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Host,
	Techniques: []string{"T1546"},
	Every:      startEvery,
	Needs:      metrics.ReadFiles, NeedsFor: "the files of other users",
	Why: "git runs hooks, pagers and helpers that its configuration names. A hook in the templates is in every new clone, " +
		"and one in /etc/.git runs as root with etckeeper.",
	FalsePositives: "Hooks for tests and formatting are common: a new or changed one counts as low. High is only what intruders write. " +
		"Hooks of single repositories in homes are not looked at.",
	Next: []string{
		"git config --system --list; git config --global --list: look for core.hooksPath, core.fsmonitor, core.pager, core.sshCommand.",
		"Read the hook; ask the owner.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1546/", "https://git-scm.com/docs/githooks"},
}

// gitRuns are settings of git-config(1) whose value git runs, or looks for hooks in.
var gitRuns = setOf("hookspath fsmonitor pager editor sshcommand askpass proxycommand gitproxy external textconv helper templatedir")

func newGitHooks() *startFiles {
	hook := func(name string) bool { return !strings.HasSuffix(name, ".sample") }
	return &startFiles{
		info:    gitHooksInfo,
		changed: "A hook or the configuration of git is new or has changed",
		list: func(t *tour) {
			t.file(ownedByRoot, "/etc/gitconfig", "/etc/.git/config")
			for _, d := range []string{"/usr/share/git-core/templates/hooks", "/etc/.git/hooks"} {
				t.dir(ownedByRoot, d, 1, hook)
			}
			t.homes(".gitconfig", ".config/git/config")
			for _, d := range []string{".git-templates/hooks", ".git-template/hooks", ".config/git/hooks"} {
				t.homeDirs(d, 1, hook)
			}
		},
		judge: func(p string, data []byte) []remark {
			if strings.HasSuffix(p, "config") {
				return judgeGitConfig(string(data))
			}
			return judgeShell(string(data))
		},
		weigh: func(string, string) (threats.Severity, threats.Confidence) { return threats.Low, threats.Weak },
	}
}

func judgeGitConfig(text string) (out []remark) {
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(line, "=")
		if !ok || len(out) >= maxRemarks || !gitRuns.has(strings.ToLower(strings.TrimSpace(key))) {
			continue
		}
		value = strings.Trim(strings.TrimSpace(value), `"!`)
		out = judgeLine(out, strings.ReplaceAll(value, `\"`, `"`), 0)
	}
	return out[:min(len(out), maxRemarks)]
}
