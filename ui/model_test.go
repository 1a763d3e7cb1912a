package ui

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/smoothtask/smoothtask/metrics"
	"github.com/smoothtask/smoothtask/threats"
)

func TestScreenIsThereBeforeTheFirstFrame(t *testing.T) {
	r := newRobot(t, 10, 80, 24, nil)
	r.wants("collecting…", "1 Overview", "6 Performance")
	r.press("2", "down", "enter", "f9", "esc", "?")
	r.wants("Keys in Processes")
}

func TestKPIStripAndHeaderStayInAllViews(t *testing.T) {
	r := newRobot(t, 50, 80, 24, nil)
	r.frames(2)
	for _, k := range []string{"1", "2", "3", "4", "5", "6", "?"} {
		r.press(k)
		r.wants("collect 18/100ms ✓", "detect 4.2/50ms ✓", "rss 31/50MB ✓", "cpu 5.8/5% ✗", "io 143/s", "web-01")
	}
}

func TestTinyTerminalsSayThatTheyAreTooSmall(t *testing.T) {
	r := newRobot(t, 50, 20, 5, nil)
	r.frames(2)
	r.wants("too small")
}

func TestFreezeKeepsThePictureAndGoesOn(t *testing.T) {
	r := newRobot(t, 50, 120, 30, nil)
	r.mc.jitter = 1
	r.frames(2)
	r.press("2", "Z")
	before := r.m.frame
	r.frames(3)
	if r.m.frame != before {
		t.Error("the frame changed while frozen")
	}
	r.wants("frozen")
	r.press("Z")
	if r.m.frame == before {
		t.Error("the newest frame does not show after thawing")
	}
}

func TestFilterFollowsEveryKeyAndShowsWhereItIsWrong(t *testing.T) {
	r := newRobot(t, 100, 100, 30, nil)
	r.frames(2)
	r.press("2")
	typed(r, "/nginx")
	r.wants("nginx: worker process")
	r.lacks("sshd -D")
	r.press("enter")
	r.wants("filter: nginx")
	r.press("esc")
	r.wants("sshd -D")

	typed(r, "/cpu>>")
	lines := strings.Split(r.text(), "\n")
	footer, above := lines[len(lines)-1], lines[len(lines)-2]
	if !strings.Contains(above, "expected") {
		t.Fatalf("no word about the error:\n%s\n%s", above, footer)
	}
	if caret, wrong := strings.Index(above, "^"), strings.Index(footer, ">>")+1; caret != wrong {
		t.Errorf("the caret is at %d, the error at %d:\n%s\n%s", caret, wrong, above, footer)
	}
	r.press("esc")
	typed(r, "/use")
	r.press("tab")
	r.wants("/user")
}

func typed(r *robot, text string) {
	for _, c := range text {
		r.press(string(c))
	}
}

func TestSignalGoesToTheProcessThatWasShown(t *testing.T) {
	r := newRobot(t, 100, 120, 40, nil)
	r.mc.jitter = 1
	r.frames(3)
	r.press("2", "N", "down", "f9") // pid 2
	aim := r.m.procs.current().Key
	r.wants("pid 2 ", "Send a signal")
	r.mc.processes = 60
	r.mc.ids = nil // every process below is another now
	shown := r.m.frame
	r.frames(3)
	if r.m.frame != shown {
		t.Error("the list moves while asking")
	}
	r.press("enter")
	if len(r.op.asked) != 1 || r.op.asked[0] != "signal TERM 2/100" || aim.PID != 2 {
		t.Errorf("asked for %q, want TERM for pid 2 started at 100", r.op.asked)
	}
	r.wants("SIGTERM", "done")
}

func TestRefusedSignalTellsWhy(t *testing.T) {
	r := newRobot(t, 100, 120, 40, nil)
	r.frames(2)
	r.press("2", "N", "down", "down", "f9", "enter")
	r.wants("EPERM", "needs root or CAP_KILL")
}

func TestMarkedProcessesAreActedOnTogether(t *testing.T) {
	r := newRobot(t, 100, 120, 40, nil)
	r.frames(2)
	r.press("2", "N", " ", " ", " ", "f8")
	r.wants("pid 1 ", "pid 2 ", "pid 3 ", "pid 1 carries the whole system")
	r.press("enter")
	if got := strings.Join(r.op.asked, ", "); got != "nice 1 1/0, nice 1 2/100, nice 1 3/200" {
		t.Errorf("asked for %s", got)
	}
	r.wants("2 of 3 failed")
}

func TestReadonlyHasNoActions(t *testing.T) {
	r := newRobot(t, 100, 120, 40, func(o *Options) { o.Readonly = true })
	r.frames(2)
	r.press("2", "f9")
	r.wants("read-only")
	r.lacks("Send a signal")
	r.press("4", "a")
	r.lacks("Allow for good")
	if r.m.top() != nil {
		t.Error("a dialog is open")
	}
}

func TestFindingToProcessToParentToSocketsAndBack(t *testing.T) {
	r := newRobot(t, 100, 120, 40, nil)
	r.frames(2)
	r.press("4", "down", "enter")
	r.wants("Evidence", "Program poses as a kernel thread")
	r.press("p")
	r.wants("Process 14")
	r.press("p")
	r.wants("Process 3")
	r.press("o")
	r.wants("filter: pid=3", "by process")
	r.press("esc")
	r.wants("Process 3")
	r.press("esc")
	r.wants("Process 14")
	r.press("esc")
	r.wants("Evidence")
	r.press("esc")
	r.wants("SEVERITY")
	r.press("esc", "esc")
	r.wants("4 Threats")
}

func TestAllowShowsTheEntryBeforeItWrites(t *testing.T) {
	wrote := 0
	r := newRobot(t, 100, 120, 40, func(o *Options) {
		o.Allow = func(f *threats.Finding) (string, error) { wrote++; return "", errors.New("disk full") }
	})
	r.frames(2)
	r.press("4", "a")
	r.wants(`detector = "host.preload"`, "It covers, from now on")
	r.press("enter") // the choice begins at leaving it
	if wrote != 0 {
		t.Fatal("written without a yes")
	}
	r.press("a", "up", "enter")
	if wrote != 1 {
		t.Errorf("written %d times", wrote)
	}
	r.wants("disk full")
}

func TestSecretsAreShownOnAKeyOnly(t *testing.T) {
	r := newRobot(t, 20, 120, 200, nil)
	r.frames(2)
	r.press("2", "enter")
	r.wants("DB_PASSWORD", "/usr/bin:/bin", "writable and executable", "open files")
	r.lacks("hunter2", "me:pw")
	r.press("e")
	r.wants("hunter2", "me:pw")
}

func TestNewAndGoneRowsAreMarkedForAMoment(t *testing.T) {
	r := newRobot(t, 20, 120, 40, nil)
	r.frames(2)
	r.press("2", "N")
	r.mc.processes = 22
	r.frames(1)
	if c := r.row(" 22 "); !strings.HasPrefix(c, "+") {
		t.Errorf("the new row is %q", c)
	}
	r.mc.processes = 21
	r.frames(1)
	if c := r.row(" 22 "); !strings.HasPrefix(c, "-") {
		t.Errorf("the ended row is %q", c)
	}
	r.frames(8)
	if c := r.row(" 22 "); c != "" {
		t.Errorf("the ended row stays: %q", c)
	}
	if c := r.row(" 21 "); strings.HasPrefix(c, "+") {
		t.Errorf("the row is still new: %q", c)
	}
}

// row is the line of the screen that holds a text.
func (r *robot) row(part string) string {
	for _, l := range strings.Split(r.text(), "\n")[4:] {
		if strings.Contains(l, part) {
			return l
		}
	}
	return ""
}

func TestTreeFoldsAndSumsUp(t *testing.T) {
	r := newRobot(t, 30, 120, 60, nil)
	r.frames(2)
	r.press("2", "t", "N")
	if !r.m.procs.find(metrics.ProcKey{PID: 4, Start: 300}) {
		t.Fatal("pid 4 is not in the tree")
	}
	own := r.m.procs.current().RSSBytes
	r.press("left")
	row := r.m.procs.list.current()
	p := r.m.procs.process(row)
	if sum := r.m.procs.rss(row, p); p.Key.PID != 4 || sum <= own {
		t.Errorf("pid %d: the folded subtree has %d bytes, itself %d", p.Key.PID, sum, own)
	}
	r.lacks("     17 ") // a child of 4
	r.press("right")
	r.wants("     17 ")
}

func TestFollowedProcessStaysUnderTheCursor(t *testing.T) {
	r := newRobot(t, 400, 120, 20, nil)
	r.mc.jitter = 3
	r.frames(2)
	r.press("2", "down", "down", "F")
	key := r.m.procs.current().Key
	for range 20 {
		r.frames(1)
		if c := r.m.procs.current(); c == nil || c.Key != key {
			t.Fatalf("the cursor is on %v, want %v", c.Key, key)
		}
	}
}

func TestMouseSelectsSortsScrollsAndTurnsPages(t *testing.T) {
	r := newRobot(t, 100, 120, 20, nil)
	r.frames(2)
	click := func(x, y int) {
		r.send(tea.MouseMsg{X: x, Y: y, Action: tea.MouseActionPress, Button: tea.MouseButtonLeft})
	}
	x := strings.Index(r.text(), "Processes") - strings.LastIndex(r.text()[:strings.Index(r.text(), "Processes")], "\n") - 1
	click(x, 2)
	if r.m.at != processView {
		t.Fatal("a click on the tab does not turn to it")
	}
	_ = r.text()
	click(6, 3)
	if r.m.procs.list.sortBy != "pid" {
		t.Errorf("a click on PID sorts by %s", r.m.procs.list.sortBy)
	}
	_ = r.text()
	click(20, 7)
	if r.m.procs.list.cursor != 3 {
		t.Errorf("the cursor is at %d", r.m.procs.list.cursor)
	}
	r.send(tea.MouseMsg{Action: tea.MouseActionPress, Button: tea.MouseButtonWheelDown})
	if r.m.procs.list.top != wheelStep {
		t.Errorf("the wheel scrolls to %d", r.m.procs.list.top)
	}
}

func TestStateIsRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "smoothtask", "state.json")
	with := func(o *Options) { o.StatePath = path }
	r := newRobot(t, 20, 120, 40, with)
	r.frames(2)
	r.press("2", "M", "c", "down", "down", " ", "esc", "t")
	if err := r.m.remember(); err != nil {
		t.Fatal(err)
	}
	again := newRobot(t, 20, 120, 40, with)
	if again.m.at != processView || again.m.procs.list.sortBy != "rss" || again.m.procs.tree == nil {
		t.Errorf("view %d, sorted by %s", again.m.at, again.m.procs.list.sortBy)
	}
	if len(again.m.procs.list.chosen) != len(processColumns)-1 {
		t.Errorf("columns %v", again.m.procs.list.chosen)
	}
	if err := os.WriteFile(path, []byte(`{"view":7`), 0o600); err != nil {
		t.Fatal(err)
	}
	newRobot(t, 20, 120, 40, with)
}

func TestExportWritesWhatIsShown(t *testing.T) {
	for i, ext := range []string{"csv", "json", "text"} {
		dir := t.TempDir()
		r := newRobot(t, 30, 120, 40, func(o *Options) { o.ExportDir = dir })
		r.mc.hostile = true
		r.frames(2)
		r.press("2", "x")
		for range i {
			r.press("down")
		}
		r.press("enter")
		files, _ := filepath.Glob(filepath.Join(dir, "smoothtask-processes-*."+ext))
		if len(files) != 1 {
			t.Fatalf("%s: %d files", ext, len(files))
		}
		b, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(string(b), "\x1b\x07") {
			t.Errorf("%s holds escape sequences", ext)
		}
		if n := strings.Count(string(b), "\n"); n < 30 {
			t.Errorf("%s has %d lines", ext, n)
		}
		if st, _ := os.Stat(files[0]); st.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", ext, st.Mode())
		}
	}
}

func TestDefaultKeysDoNotClash(t *testing.T) {
	for _, err := range CheckKeys(nil) {
		t.Error(err)
	}
}

func TestClashesAndUnknownActionsAreReported(t *testing.T) {
	errs := CheckKeys(map[string][]string{"freeze": {"q"}, "fly": {"w"}, "quit": {}})
	var all []string
	for _, e := range errs {
		all = append(all, e.Error())
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{`unknown action "fly"`, `"quit" needs a key`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	if errs := CheckKeys(map[string][]string{"freeze": {"j"}}); len(errs) != 2 {
		t.Errorf("want two clashes, of lists and of details: %v", errs)
	}
	r := newRobot(t, 20, 80, 24, func(o *Options) { o.Keys = map[string][]string{"freeze": {"f2"}} })
	r.frames(1)
	r.press("f2")
	if !r.m.frozen {
		t.Error("the operator's key does nothing")
	}
	r.press("?")
	r.wants("F2")
}

func TestWatchNamesTheProcessesOnTheScreen(t *testing.T) {
	var got []int32
	r := newRobot(t, 500, 120, 20, func(o *Options) { o.Watch = func(p []int32) { got = append(got[:0], p...) } })
	r.frames(1)
	r.press("2", "N")
	_ = r.text()
	r.frames(1)
	if len(got) < 10 || len(got) > 20 || got[0] != 1 {
		t.Errorf("watched: %v", got)
	}
	r.press("end", "enter")
	if got[0] != 500 {
		t.Errorf("the process of the dossier is not watched first: %v", got)
	}
}

// Whatever names the machine has, the screen holds printable characters and
// colours, and no line is longer than the terminal.
func TestHostileNamesStayInTheirPlace(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {41, 11}, {200, 50}} {
		r := newRobot(t, 60, size[0], size[1], nil)
		r.mc.hostile = true
		r.frames(3)
		for _, keys := range [][]string{{"1"}, {"2"}, {"t"}, {"enter"}, {"esc", "3"}, {"4"}, {"enter"}, {"5"}, {"6"}, {"2", "f9"}} {
			r.press(keys...)
			checkPicture(t, r.m.View(), size[0], size[1])
		}
	}
}

func checkPicture(t *testing.T, view string, w, h int) {
	t.Helper()
	lines := strings.Split(view, "\n")
	if len(lines) > max(h, 1) {
		t.Fatalf("%d lines on a terminal of %d", len(lines), h)
	}
	for _, l := range lines {
		for _, c := range stripSGR(l) {
			if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
				t.Fatalf("%U in %q", c, l)
			}
		}
		if n := ansi.StringWidth(l); n > w {
			t.Fatalf("%d cells on a terminal of %d: %q", n, w, l)
		}
	}
}

// stripSGR removes colour sequences, and no others.
func stripSGR(s string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r != ';' && (r < '0' || r > '9') })
		if end < 0 || rest[end] != 'm' {
			b.WriteString("\x1b[")
			s = rest
			continue
		}
		s = rest[end+1:]
	}
}

// Any keys in any order, on terminals of any size, with processes coming and
// going, neither panic nor paint outside.
func FuzzUpdate(f *testing.F) {
	f.Add([]byte("2t/user=x\n s1GZ4"), uint64(1))
	f.Add([]byte("2\x0d\x0dpofe\x1b\x1b3mmmm"), uint64(2))
	f.Add([]byte("4avcd?\x1b6sx\x0d"), uint64(3))
	f.Fuzz(func(t *testing.T, keys []byte, seed uint64) {
		play(t, keys, seed)
	})
}

func TestRandomKeysAndSizes(t *testing.T) {
	var all []string
	for _, b := range defaultBindings() {
		if b.action != "suspend" {
			all = append(all, b.keys...)
		}
	}
	rng := rand.New(rand.NewPCG(7, 9))
	r := newRobot(t, 60, 80, 24, func(o *Options) { o.ExportDir = t.TempDir() })
	w, h := 80, 24
	for i := range 1500 {
		switch rng.IntN(12) {
		case 0:
			w, h = rng.IntN(220), rng.IntN(60)
			r.m.Update(tea.WindowSizeMsg{Width: w, Height: h})
		case 1:
			r.mc.processes = 1 + rng.IntN(90)
			r.m.Update(frameMsg{r.mc.frame()})
		case 2:
			r.m.Update(tea.MouseMsg{X: rng.IntN(220), Y: rng.IntN(60), Action: tea.MouseActionPress, Button: tea.MouseButton(rng.IntN(6))})
		default:
			_, c := r.m.Update(keyOf(all[rng.IntN(len(all))]))
			if c != nil && i%10 == 0 {
				r.run(c)
			}
		}
		checkPicture(t, r.m.View(), w, h)
	}
}

func play(t *testing.T, keys []byte, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	r := newRobot(t, 30, 80, 24, func(o *Options) { o.ExportDir = t.TempDir(); o.Inspect = nil })
	r.mc.hostile = seed%2 == 0
	w, h := 80, 24
	for i, k := range keys[:min(len(keys), 60)] {
		switch {
		case k == '\n' || k == '\r':
			r.m.Update(tea.KeyMsg{Type: tea.KeyEnter})
		case k == 0x1b:
			r.m.Update(tea.KeyMsg{Type: tea.KeyEsc})
		case k < ' ':
			r.m.Update(tea.KeyMsg{Type: tea.KeyType(k)})
		case k > 0xf0:
			w, h = rng.IntN(150), rng.IntN(50)
			r.m.Update(tea.WindowSizeMsg{Width: w, Height: h})
		default:
			r.m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{rune(k)}})
		}
		if i%7 == 3 {
			r.mc.processes = 1 + rng.IntN(40)
			r.m.Update(frameMsg{r.mc.frame()})
		}
		checkPicture(t, r.m.View(), w, h)
	}
}

func TestUnknownColoursAndThemes(t *testing.T) {
	for _, name := range Themes() {
		r := newRobot(t, 20, 80, 24, func(o *Options) { o.Theme = name })
		r.frames(1)
		if strings.Contains(name, "mono") {
			if strings.Contains(r.m.View(), "38;5;") {
				t.Error("mono has colours")
			}
		} else if !strings.Contains(r.m.View(), "38;5;") && !strings.Contains(r.m.View(), "1;92m") {
			t.Errorf("%s has no colours", name)
		}
	}
	if _, err := findTheme("pink"); err == nil || !strings.Contains(err.Error(), "okabe-ito") {
		t.Errorf("error %v does not name the themes", err)
	}
}
