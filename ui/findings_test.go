package ui

import (
	"strings"
	"testing"

	"github.com/smoothtask/smoothtask/monitor"
	"github.com/smoothtask/smoothtask/threats"
)

func TestFilterIsNamedWhereTheTabsLeaveNoRoom(t *testing.T) {
	for _, size := range testSizes {
		r := newRobot(t, 100, size[0], size[1], nil)
		r.frames(2)
		typed(r, "2/rss>1TB")
		r.press("enter")
		r.wants("filter: rss>1TB", "none of 100 pass the filter rss>1TB; Esc clears it")
		if n := strings.Count(r.text(), "filter: rss>1TB"); n != 1 {
			t.Errorf("%v: the filter shows %d times", size, n)
		}
		r.press("esc")
		r.lacks("rss>1TB")
	}
	r := newRobot(t, 100, 80, 24, nil)
	r.frames(2)
	typed(r, "2/"+strings.Repeat("x", 200))
	r.press("enter")
	r.wants("filter: xxx", "clears it") // in as many lines as it needs
	typed(r, "/ß漢字")
	r.press("enter")
	r.wants("filter: xxx")
}

func TestNothingFoundIsSaidOnlyWhenItIsTrue(t *testing.T) {
	all := threats.Coverage{Total: 62, Checked: 62}
	for _, tc := range []struct {
		name, filter string
		report       *threats.Report
		want         string
	}{
		{"a filter hides all", "severity=low and pid=1", &threats.Report{}, "none of 5 findings pass the filter"},
		{"no analysis", "", nil, "no analysis yet"},
		{"checks are outstanding", "", &threats.Report{Coverage: threats.Coverage{Total: 62, Checked: 12}}, "nothing found yet, 12 of 62 checks done"},
		{"some see little", "", &threats.Report{Coverage: threats.Coverage{Total: 62, Checked: 62, Partial: 3, NeedRoot: 2}}, "nothing found; 3 of 62 checks could see a part only"},
		{"all have looked", "", &threats.Report{Coverage: all}, "nothing found"},
		{"a filter hides nothing", "nginx", &threats.Report{Coverage: all}, "nothing found"},
	} {
		r := newRobot(t, 50, 80, 24, nil)
		r.changed(func(f *monitor.Frame) {
			if tc.report == nil || len(tc.report.Findings) == 0 && !strings.Contains(tc.name, "hides all") {
				f.Threats = tc.report
			}
		})
		r.m.filterOf(threatView).set(tc.filter)
		r.press("4")
		r.wants(tc.want)
		if tc.want != "nothing found" {
			for _, l := range strings.Split(r.text(), "\n") {
				if strings.TrimSpace(l) == "nothing found" {
					t.Errorf("%s: it says that nothing was found", tc.name)
				}
			}
		}
		r.m.filterOf(overviewView).set(strings.ReplaceAll(tc.filter, "severity=low and ", ""))
		r.press("1")
		if strings.Contains(tc.name, "hides all") {
			r.wants("none of 4 findings pass the filter pid=1; Esc clears it")
			continue
		}
		r.wants(tc.want)
	}
}

func TestFindingsHaveRoomForWhatWasFound(t *testing.T) {
	r := newRobot(t, 50, 120, 36, nil)
	r.frames(2)
	r.press("4")
	r.wants("A library is preloaded into every program", "Program runs from a world-writable directory", "SEEN")
	r.lacks("DETECTOR")
	r = newRobot(t, 50, 200, 50, nil)
	r.frames(2)
	r.press("4")
	r.wants("DETECTOR", "process.writable-directory")
	r = newRobot(t, 50, 80, 24, nil)
	r.frames(2)
	r.press("4", "down")
	r.wants("why ", "whoever reads a process list.", "next ", "Look at its sockets and its parent.")
}
