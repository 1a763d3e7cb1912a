package ui

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/monitor"
)

var testSizes = [][2]int{{80, 24}, {120, 36}, {200, 50}}

// changed shows the machine's next frame after a change to it.
func (r *robot) changed(change func(f *monitor.Frame)) {
	f := r.mc.frame()
	change(f)
	r.send(frameMsg{f})
}

func TestOverviewListsAreListsLikeOthers(t *testing.T) {
	r := newRobot(t, 120, 80, 24, nil)
	r.frames(2)
	r.press("1")
	r.wants("PID USER", "CPU%▼", "1/5", "5 of 120 processes")
	r.press("down", "enter")
	r.wants("Process 74")
	r.press("esc", "N")
	if l := r.row("/usr/lib/systemd"); !strings.Contains(l, " 1 root") {
		t.Errorf("sorted by pid: %q", l)
	}
	r.wants("PID▲")
	r.press("I")
	r.wants(" 120 ")
	r.press("M")
	r.wants("RSS▼")
	r.press("s")
	r.wants("Sort by")
	r.press("esc", "P", "c")
	r.wants("Columns")
}

func TestDownFromTheProcessesLeadsToTheFindingsAndBack(t *testing.T) {
	r := newRobot(t, 120, 80, 24, nil)
	r.frames(2)
	r.press("1")
	r.text()
	r.press("G", "down")
	r.wants("1/4") // a suppressed one is not news
	r.press("down", "enter")
	r.wants("Evidence", "Program poses as a kernel thread")
	r.press("esc", "up", "up")
	r.wants("5/5")
	r.press("down")
	r.changed(func(f *monitor.Frame) { f.Threats.Findings = nil })
	r.wants("5/7") // the cursor does not stay where nothing is, and there is room for more
}

func TestOverviewTakesTheMouse(t *testing.T) {
	r := newRobot(t, 120, 80, 24, nil)
	r.frames(2)
	r.press("1")
	click := func(part string) {
		t.Helper()
		for y, l := range strings.Split(r.text(), "\n") {
			if y > 2 && strings.Contains(l, part) {
				r.send(tea.MouseMsg{X: 3, Y: y, Action: tea.MouseActionPress, Button: tea.MouseButtonLeft})
				return
			}
		}
		t.Fatalf("no row with %q", part)
	}
	click("Program poses")
	r.wants("2/4")
	click("Program poses")
	r.wants("Evidence")
	r.press("esc")
	click(" 64 postgres")
	r.wants("3/5")
	click("PID USER")
	r.wants("PID▲")
}

func TestOverviewFiltersBothLists(t *testing.T) {
	for _, tc := range []struct{ filter, has, lacks string }{
		{"nginx", "nginx: worker", "/bin/postgres"},
		{"pid=14", "Program poses", "a world-writable"},
		{"rss>20MB", "a world-writable", "Program poses"}, // cannot be asked of findings: their process is
		{"preload", "none of 120 pass the filter preload", "Program poses"},
	} {
		r := newRobot(t, 120, 80, 24, nil)
		r.frames(2)
		typed(r, "1/"+tc.filter)
		r.press("enter")
		r.wants("1 Overview", "filter: "+tc.filter, tc.has)
		r.lacks(tc.lacks)
		r.press("esc")
		r.wants("Program poses")
		r.lacks("filter: ")
	}
}

func TestOverviewIsExportedAsItIsShown(t *testing.T) {
	dir := t.TempDir()
	r := newRobot(t, 120, 80, 24, func(o *Options) { o.ExportDir = dir })
	r.mc.hostile = true
	r.frames(2)
	r.press("1")
	r.text()
	r.press("x", "enter")
	files, _ := filepath.Glob(filepath.Join(dir, "smoothtask-overview-*.csv"))
	if len(files) != 1 {
		t.Fatalf("%d files", len(files))
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(b))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]string{}
	for _, r := range rows {
		has[r[0]+"/"+r[1]] = r[2]
	}
	for k, want := range map[string]string{"memory/total_bytes": "17179869184", "pressure of io/some_percent": "14.5", "temperature of coretemp/celsius": "54",
		"process 1/pid": "84", "finding 2/title": "Program poses as a kernel thread"} {
		if has[k] != want {
			t.Errorf("%s is %q, want %q", k, has[k], want)
		}
	}
	if _, ok := has["process 6/pid"]; ok {
		t.Error("it holds a process that was not shown")
	}
	if strings.ContainsAny(string(b), "\x1b\x07") {
		t.Error("it holds escape sequences")
	}
}

func TestOverviewRemembersItsLists(t *testing.T) {
	with := func(o *Options) { o.StatePath = filepath.Join(t.TempDir(), "state.json") }
	path := ""
	r := newRobot(t, 20, 80, 24, func(o *Options) { with(o); path = o.StatePath })
	r.frames(2)
	r.text()
	r.press("1", "M", "G", "down")
	if !r.m.over.onNews {
		t.Fatal("the cursor is not on the findings")
	}
	if err := r.m.remember(); err != nil {
		t.Fatal(err)
	}
	again := newRobot(t, 20, 80, 24, func(o *Options) { o.StatePath = path })
	if o := again.m.over; o.list.sortBy != "rss" || o.news.sortBy != "severity" {
		t.Errorf("sorted by %s and %s", o.list.sortBy, o.news.sortBy)
	}
}

// The lists of the overview are plain, whatever the view of processes shows.
func TestOverviewKnowsNoTree(t *testing.T) {
	r := newRobot(t, 120, 120, 36, nil)
	r.frames(2)
	r.press("2", "t", "home", "left")
	r.text()
	r.press("1")
	r.frames(1)
	r.lacks("├─", "▸")
}

func TestPressureAndTemperatureAlwaysShow(t *testing.T) {
	for _, size := range testSizes {
		for _, disks := range []int{0, 1, 12} {
			r := newRobot(t, 50, size[0], size[1], nil)
			r.changed(func(f *monitor.Frame) {
				f.Snapshot.System.Disks = nil
				for range disks {
					f.Snapshot.System.Disks = append(f.Snapshot.System.Disks, metrics.Disk{Mount: "/var/lib/some/long/mount", Total: 100, Used: 10, Free: 90})
				}
			})
			r.press("1")
			r.wants("hottest 54°C")
			for _, v := range []string{"3.2%", "0.0%", "14.5%"} {
				r.wants(v)
			}
		}
	}
}

func TestFullFileSystemsComeFirst(t *testing.T) {
	r := newRobot(t, 50, 80, 24, nil)
	r.changed(func(f *monitor.Frame) {
		f.Snapshot.System.Disks = []metrics.Disk{{Mount: "/a/calm/and/long/mount", Total: 100, Used: 10, Free: 90}, {Mount: "/full", Total: 100, Used: 99, Free: 1}}
	})
	r.press("1")
	r.wants("/full 99.0%")
}

func TestCoresShowOnEveryMachine(t *testing.T) {
	for _, size := range testSizes {
		for _, n := range []int{1, 2, 8, 64, 256, 1024} {
			for _, ascii := range []bool{false, true} {
				r := newRobot(t, 50, size[0], size[1], func(o *Options) { o.ASCII = ascii })
				r.changed(func(f *monitor.Frame) {
					f.Rates.Cores = make([]metrics.CPUPercent, n)
					f.Rates.Cores[n/2].Busy = 100
				})
				r.press("1")
				r.wants("cores")
				full := string(r.m.sym.levels[len(r.m.sym.levels)-1])
				lines := strings.Split(r.text(), "\n")
				seen := 0
				if n == 2 && !strings.Contains(r.text(), "cores "+string(r.m.sym.levels[1])+full) {
					t.Errorf("an idle core does not show:\n%s", lines[6])
				}
				for _, l := range lines[6:10] {
					left := []rune(l)[:min(len([]rune(l)), size[0]/2)]
					if strings.Contains(string(left), "user") {
						continue
					}
					seen += strings.Count(string(left), full)
				}
				if seen != 1 {
					t.Errorf("%d cores at %v: the busy one shows %d times:\n%s", n, size, seen, strings.Join(lines[3:11], "\n"))
				}
			}
		}
	}
}

func TestGraphsMakeRoomForTheLists(t *testing.T) {
	for h := 1; h < 100; h++ {
		for _, health := range []int{1, 5} {
			r := overviewHeights(h, health)
			if r.upper+r.middle+r.health+r.lists != h {
				t.Errorf("%d rows: %+v", h, r)
			}
			if h >= 6 && r.lists < 4 {
				t.Errorf("%d rows: %d for the lists", h, r.lists)
			}
		}
	}
	r := newRobot(t, 50, 60, 15, nil)
	r.frames(2)
	r.press("1")
	r.wants("/usr/lib/postgresql", "A library is preloaded", "io 14.5%")
}

// What a graph says of its time is what its cycles took, not what they would take
// at the present pace.
func TestGraphsTellTheirTimeByTheirCycles(t *testing.T) {
	r := newRobot(t, 10, 80, 24, nil)
	at := testStart
	h := monitor.NewHistory(1200)
	r.mc.history = monitor.NewHistory(1200)
	push := func(n int, every time.Duration) {
		for range n {
			at = at.Add(every)
			h.Push(at, &[monitor.SeriesCount]float32{})
		}
	}
	show := func(every time.Duration) {
		r.changed(func(f *monitor.Frame) { f.Interval, f.Self.History = every, h })
	}
	r.press("1")
	show(time.Second)
	r.wants("last 5m00") // nothing yet: at the present pace
	push(600, time.Second)
	show(time.Second)
	r.wants("last 5m00")
	show(4 * time.Second)
	r.wants("last 5m00") // the next cycle takes 4 s, those that are shown took 1 s
	push(50, 4*time.Second)
	show(4 * time.Second)
	r.wants("last 7m30")
	push(600, 4*time.Second)
	show(time.Second)
	r.wants("last 20m20")
}
