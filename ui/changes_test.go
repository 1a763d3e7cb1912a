package ui

import (
	"testing"

	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/threats"
)

func TestChangesSinceTheBaseline(t *testing.T) {
	r := newRobot(t, 50, 100, 30, nil)
	r.frames(2)
	with := func(file string, list ...threats.Change) {
		r.changed(func(f *monitor.Frame) { f.Threats = &threats.Report{Baseline: file, Changes: list} })
	}
	with("")
	r.press("4", "b")
	r.wants("There is no baseline", "smoothtask baseline save FILE")
	r.press("esc")
	with("good.json")
	r.press("b")
	r.wants("Compared with good.json", "nothing has changed")
	r.press("esc")
	with("good.json", threats.Change{Kind: "listener", Op: "added", Name: "tcp 0.0.0.0:4444", Is: "/tmp/x root"},
		threats.Change{Kind: "account", Op: "changed", Name: "bob\x1b[31m", Was: "uid:1000", Is: "uid:0"})
	r.wants("2 changes since the baseline")
	r.press("b")
	r.wants("Listeners", "added", "tcp 0.0.0.0:4444", "Accounts", "uid:1000", "uid:0")
	r.lacks("Kernel modules")
}
