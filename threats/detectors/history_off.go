package detectors

import (
	"path"
	"slices"
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// historyFiles finds shells that are told to forget what was typed, in files.
type historyFiles struct{ failure string }

var historyFilesInfo = &threats.Info{
	ID: "defence.history-file", Number: 66,
	Title:    "The history of a shell goes nowhere",
	Severity: threats.Medium, Confidence: threats.Weak, Cost: threats.Host,
	Techniques: []string{"T1690"},
	Every:      startEvery,
	Needs:      metrics.ReadFiles, NeedsFor: "the files of other users",
	Why: "A history file that is a link to /dev/null, or a start file that turns the history off, leaves no trace of what was typed.",
	FalsePositives: "Some administrators and images do it on purpose, so that passwords on command lines are not kept. " +
		"A small history counts for nothing; only none at all does.",
	Next: []string{
		"Ask the user. Look at when the link or the line was made.",
		"Look at other traces: the audit log, the authentication log, sudo's log, the times of files.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1690/"},
}

var shellHistories = []string{".bash_history", ".zsh_history", ".zhistory", ".history", ".sh_history", ".ash_history", ".mksh_history", ".local/share/fish/fish_history"}

func (d *historyFiles) Info() *threats.Info { return historyFilesInfo }
func (d *historyFiles) Failure() string     { return d.failure }

func (d *historyFiles) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	t := newTour(in.Files)
	t.eachHome(func(a *account) {
		for _, name := range shellHistories {
			p := path.Join(a.home, name)
			if target, err := in.Files.Readlink(p); err == nil && target == "/dev/null" {
				dst = append(dst, threats.OnFile(p, historyFilesInfo).With("a link", p, target))
			}
		}
	})
	t.file(ownedByRoot, "/etc/profile", "/etc/bash.bashrc", "/etc/bashrc", "/etc/environment", "/etc/zsh/zshrc", "/etc/zsh/zshenv")
	t.dir(ownedByRoot, "/etc/profile.d", 1, nil)
	t.homes(shellStartFiles...)
	for _, s := range t.found {
		lines, _, err := threats.Fact(in.Files, historyFilesInfo.ID, s.path, maxStartFile,
			func(data []byte, _ threats.FileInfo) []string { return historyLines(string(data)) })
		t.note(s.path, err)
		if len(lines) == 0 {
			continue
		}
		f := threats.OnFile(s.path, historyFilesInfo)
		for _, l := range lines {
			f = f.With("line", s.path, l)
		}
		dst = append(dst, f)
	}
	d.failure = t.problem
	return dst
}

// historyLines finds the lines of a start file that turn the history off.
func historyLines(text string) (out []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || len(out) >= 4 {
			continue
		}
		for _, c := range splitCommands(line) {
			if forgets(c.words) {
				out = append(out, quote(line))
				break
			}
		}
	}
	return out
}

func forgets(words []string) bool {
	if len(words) == 0 {
		return false
	}
	switch words[0] {
	case "unset":
		for _, w := range words[1:] {
			if w == "HISTFILE" {
				return true
			}
		}
	case "set":
		return len(words) > 2 && words[1] == "+o" && words[2] == "history"
	case "export", "declare", "typeset", "readonly":
		words = words[1:]
	}
	for _, w := range words {
		if noHistory(w) {
			return true
		}
	}
	return false
}

// noHistories are the settings that turn the history off.
var noHistories = []string{"HISTFILE=/dev/null", "HISTSIZE=0", "HISTFILESIZE=0", "SAVEHIST=0"}

// noHistory reports whether a setting of the environment turns the history off.
func noHistory(setting string) bool {
	return slices.Contains(noHistories, setting)
}

// historyEnvironment finds shells that were started so as to forget what is
// typed.
type historyEnvironment struct{}

var historyEnvironmentInfo = &threats.Info{
	ID: "defence.history-environment", Number: 66,
	Title:    "A shell was started without a history",
	Severity: threats.Medium, Confidence: threats.Weak, Cost: threats.Deep,
	Techniques: []string{"T1690"},
	Parts:      metrics.PartEnviron,
	Ask:        metrics.Question{Environ: noHistories},
	Needs:      metrics.TraceFiles, NeedsFor: "the processes of other users",
	Why: "HISTFILE=/dev/null in the environment of a shell with a terminal is what many intruders type first, or what their tools set.",
	FalsePositives: "Recorders of terminals and development tools start shells that way. Only shells with a terminal count, and what has been set " +
		"inside of a running shell cannot be seen from outside.",
	Next: []string{
		"Look at who is logged in on the terminal and from where.",
		"Look at the shell's children and its connections.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1690/"},
}

func (historyEnvironment) Info() *threats.Info { return historyEnvironmentInfo }

func (historyEnvironment) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	p := in.Process(in.Look[0])
	if p.TTY == 0 || !isShell(p.ID) {
		return dst
	}
	for _, e := range in.Detail.Environ {
		if noHistory(e) {
			return append(dst, in.OnProcess(in.Look[0], historyEnvironmentInfo).
				With("environment", threats.Proc(p.Key.PID, "environ"), e).
				With("terminal", threats.Proc(p.Key.PID, "stat"), terminal(p.TTY)))
		}
	}
	return dst
}
