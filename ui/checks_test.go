package ui

import (
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/threats"
)

// Checks that lack the same stand together, and who is root already is told what
// root lacks.
func TestChecksGiveEachReasonOnce(t *testing.T) {
	for _, tc := range []struct {
		root        bool
		has, hasNot []string
	}{
		{false, []string{"needs root or CAP_SYS_PTRACE", "needs root, for the directories of other users"}, nil},
		{true, []string{"needs CAP_SYS_PTRACE, which root lacks here"}, []string{"needs root"}},
	} {
		r := newRobot(t, 20, 120, 60, func(o *Options) { o.Root = tc.root })
		f := r.mc.frame()
		f.Threats.Coverage.Unavailable = []threats.Unavailable{
			{Detector: "memory.rwx", Why: "environ of pid 1: permission denied", Needs: "root or CAP_SYS_PTRACE"},
			{Detector: "files.setuid", Why: "there are more files than are looked at", Needs: "root, for the directories of other users"},
			{Detector: "memory.deleted", Why: "environ of pid 1: permission denied", Needs: "root or CAP_SYS_PTRACE"},
		}
		f.Snapshot.Gaps = nil
		r.send(frameMsg{f})
		r.press("4", "d")
		r.wants(append(tc.has, "2 checks", "1 check ", "memory.rwx, memory.deleted")...)
		r.lacks(tc.hasNot...)
		if n := strings.Count(r.text(), "environ of pid 1"); n != 1 {
			t.Errorf("the reason is given %d times", n)
		}
	}
}
