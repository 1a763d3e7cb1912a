package detectors

import (
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// hiddenProgram finds programs whose path a plain ls does not show.
type hiddenProgram struct{}

var hiddenProgramInfo = &threats.Info{
	ID: "process.hidden-program", Number: 4,
	Title:    "Program runs from a hidden path",
	Severity: threats.High, Confidence: threats.Moderate, Cost: threats.Identity,
	Techniques: []string{"T1564.001"},
	Needs:      metrics.Trace, NeedsFor: "the programs of other users",
	Why: "Names that begin with a dot are left out of listings, so miners and backdoors live in /tmp/.x, /usr/lib/.y or ~/.z. " +
		"Names of dots and blanks only (\"...\", \".. \") serve nothing else.",
	FalsePositives: "In homes and project directories the hidden places of package managers, editors and language tools are left out, and so are the wrappers of Nix. " +
		"Another hidden directory outside of the system's own counts as medium, or low when the program is in its bin or lib.",
	Next: []string{
		"List the directory with ls -la and note owner and times.",
		"Ask the package manager which package owns the file.",
		"Look at what starts the program: its parent, cron, systemd units of the user.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1564/001/"},
}

func (hiddenProgram) Info() *threats.Info { return hiddenProgramInfo }

func (hiddenProgram) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	for _, i := range in.Look {
		p := in.Process(i)
		if s, c, element := weighHidden(p.ID.Exe); element != "" {
			dst = append(dst, in.OnProcess(i, hiddenProgramInfo).As(s, c).
				With("hidden name", threats.Proc(p.Key.PID, "exe"), element).
				With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe))
		}
	}
	return dst
}

// weighHidden says how odd it is that a program lies there; element is the name
// that hides it, "" when nothing does or it is usual.
func weighHidden(exe string) (s threats.Severity, c threats.Confidence, element string) {
	if e := deceptiveElement(exe); e != "" {
		return threats.High, threats.Strong, e
	}
	if element = hiddenElement(exe); element == "" || storePath(exe) || isHomely(exe) {
		return 0, 0, ""
	}
	if root := writableRoot(exe); root != "" {
		// Below a directory of somebody's own the usual names mean what they mean.
		if !strings.HasPrefix(exe[len(root)+1:], element) && toolDir(element) {
			return 0, 0, ""
		}
		return threats.High, threats.Moderate, element
	}
	switch {
	case toolDir(element) && !strings.HasSuffix(exe, "/"+element):
		return 0, 0, ""
	case systemPlace(exe):
		return threats.High, threats.Moderate, element
	case strings.Contains(exe, "/bin/") || strings.Contains(exe, "/lib/") || strings.Contains(exe, "/libexec/") || strings.Contains(exe, "/node_modules/"):
		return threats.Low, threats.Weak, element
	}
	return threats.Medium, threats.Weak, element
}
