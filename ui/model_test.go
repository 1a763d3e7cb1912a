package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestScreenIsThereBeforeTheFirstFrame(t *testing.T) {
	r := newRobot(t, 10, 80, 24, nil)
	r.wants("collecting…", "1 Overview", "6 Performance")
	r.press("2", "down", "enter", "f9", "esc", "?")
	r.wants("Keys in Processes")
}

func TestNoticeIsInTheFooterAtTheStart(t *testing.T) {
	r := newRobot(t, 10, 80, 24, func(o *Options) { o.Notice = "profiles at http://127.0.0.1:6060/" })
	r.m.Init()
	r.frames(1)
	r.wants("profiles at http://127.0.0.1:6060/")
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

func TestSecretsAreShownOnAKeyOnly(t *testing.T) {
	r := newRobot(t, 20, 120, 200, nil)
	r.frames(2)
	r.press("2", "enter")
	r.wants("DB_PASSWORD", "/usr/bin:/bin", "writable and executable", "open files")
	r.lacks("hunter2", "me:pw")
	r.press("e")
	r.wants("hunter2", "me:pw")
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
	if _, err := findTheme("pink", true); err == nil || !strings.Contains(err.Error(), "okabe-ito") {
		t.Errorf("error %v does not name the themes", err)
	}
}
