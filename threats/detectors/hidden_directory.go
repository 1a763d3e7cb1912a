package detectors

import (
	"strings"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

// hiddenDirectory finds processes that work in a hidden directory where nobody
// has a reason to make one.
type hiddenDirectory struct{}

var hiddenDirectoryInfo = &threats.Info{
	ID: "process.hidden-directory", Number: 5,
	Title:    "Process works in a hidden directory",
	Severity: threats.Medium, Confidence: threats.Weak, Cost: threats.Identity,
	Techniques: []string{"T1564.001"},
	Needs:      metrics.Trace, NeedsFor: "the directories of other users",
	Why: "Kits are unpacked into a hidden directory and started there. The program may be an ordinary one, " +
		"such as a shell; its working directory gives the place away.",
	FalsePositives: "Homes are full of hidden directories, so a process in one is not reported, nor are the places of known tools elsewhere. " +
		"Version control, editors, search and backup go everywhere and are left out; a person's shell counts as low.",
	Next: []string{
		"List the directory with ls -la and note owner and times.",
		"Look at the processes that work in the same directory.",
		"Look at the parent and at when the process started.",
	},
	References: []string{"https://attack.mitre.org/techniques/T1564/001/"},
}

// wanderers work in whatever directory they are told to.
var wanderers = setOf("git git-lfs hg svn find fd fdfind locate updatedb updatedb.mlocate plocate rsync tar du ls rg grep ag vi vim vim.basic vim.tiny nvim nano emacs mc code less more cat restic borg rclone duplicity terraform tofu bindfs sftp-server inotifywait watchman")

func (hiddenDirectory) Info() *threats.Info { return hiddenDirectoryInfo }

func (hiddenDirectory) Detect(in *threats.Input, dst []threats.Finding) []threats.Finding {
	for _, i := range in.Look {
		p := in.Process(i)
		cwd := strings.TrimSuffix(p.ID.Cwd, " (deleted)")
		s, c, element := weighHiddenDirectory(cwd, p.ID)
		if element == "" {
			continue
		}
		if p.TTY != 0 && isShell(p.ID) {
			s, c = threats.Low, threats.Weak
		}
		dst = append(dst, in.OnProcess(i, hiddenDirectoryInfo).As(s, c).
			With("hidden name", threats.Proc(p.Key.PID, "cwd"), element).
			With("working directory", threats.Proc(p.Key.PID, "cwd"), p.ID.Cwd).
			With("program", threats.Proc(p.Key.PID, "exe"), p.ID.Exe))
	}
	return dst
}

func weighHiddenDirectory(cwd string, id *metrics.Identity) (s threats.Severity, c threats.Confidence, element string) {
	if e := deceptiveElement(cwd); e != "" {
		return threats.Medium, threats.Moderate, e
	}
	element = hiddenElement(cwd)
	if element == "" || homePath(cwd) || storePath(cwd) || runs(id, wanderers) {
		return 0, 0, ""
	}
	root := writableRoot(cwd)
	direct := root != "" && strings.HasPrefix(cwd[len(root)+1:], element)
	switch {
	case toolDir(element) && !(direct && homeDots.has(element)):
		return 0, 0, ""
	case direct, systemPlace(cwd):
		return threats.Medium, threats.Weak, element
	}
	return threats.Low, threats.Weak, element
}
