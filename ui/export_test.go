package ui

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// exported writes the view in a format and returns the text of the file.
func (r *robot) exported(dir, format string) string {
	r.t.Helper()
	r.press("x")
	for !strings.HasPrefix(exportFormats[r.m.top().(*menu).at].name, format) {
		r.press("down")
	}
	r.press("enter")
	files, _ := filepath.Glob(filepath.Join(dir, "*."+format))
	if len(files) != 1 {
		r.t.Fatalf("%d files of %s\n%s", len(files), format, r.text())
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		r.t.Fatal(err)
	}
	_ = os.Remove(files[0])
	return string(b)
}

// JSON and CSV hold plain values, named as in the JSON report, in the columns of
// the screen and their order.
func TestExportHoldsRawValuesInTheOrderOfTheScreen(t *testing.T) {
	dir := t.TempDir()
	r := newRobot(t, 30, 120, 40, func(o *Options) {
		o.ExportDir, o.Columns = dir, []string{"command", "rss", "pid", "age", "rx", "nice"}
	})
	f := r.mc.frame()
	f.Snapshot.Processes[2].Have = 0
	f.Snapshot.Processes[2].Nice = -5
	r.send(frameMsg{f})
	r.press("2", "N")
	var list []map[string]any
	text := r.exported(dir, "json")
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if len(list) != 30 || list[2]["pid"] != 3.0 || list[2]["rss_bytes"] != float64(3<<20) || list[2]["nice"] != -5.0 {
		t.Errorf("%d rows, the third %v", len(list), list[2])
	}
	if _, ok := list[2]["net_rx_bytes_per_s"]; ok || list[3]["net_rx_bytes_per_s"] == nil {
		t.Errorf("unknown %v, known %v", list[2], list[3])
	}
	if s, _ := list[4]["started"].(string); s == "" {
		t.Error("no start")
	} else if at, err := time.Parse(time.RFC3339, s); err != nil || !at.Equal(testBoot.Add(4*time.Second)) {
		t.Errorf("started %s (%v)", s, err)
	}
	if !strings.HasPrefix(text, "[\n{\"command\":") {
		t.Errorf("the order of the columns is another: %.60s", text)
	}

	rows, err := csv.NewReader(strings.NewReader(r.exported(dir, "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rows[0], []string{"command", "rss_bytes", "pid", "started", "net_rx_bytes_per_s", "nice"}) {
		t.Errorf("titles %q", rows[0])
	}
	if r := rows[3]; r[1] != "3145728" || r[2] != "3" || r[4] != "" || r[5] != "-5" {
		t.Errorf("the third row is %q", r)
	}
	if c := rows[7][0]; c != "'-bash" {
		t.Errorf("a command that a spreadsheet takes for a formula: %q", c)
	}
}

// Every view can be written in every format, hostile names and all.
func TestEveryViewCanBeExported(t *testing.T) {
	for _, format := range []string{"csv", "json", "text"} {
		for _, keys := range [][]string{{"1"}, {"2", "t", "left"}, {"2", "H"}, {"2", "enter"}, {"3"}, {"3", "m"}, {"3", "m", "m"}, {"3", "m", "m", "m"}, {"3", "m", "m", "m", "m"}, {"4"}, {"4", "enter"}, {"5"}, {"6"}, {"?"}} {
			dir := t.TempDir()
			r := newRobot(t, 40, 120, 40, func(o *Options) { o.ExportDir = dir })
			r.mc.hostile = true
			r.frames(3)
			r.press(keys...)
			text := r.exported(dir, format)
			if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' && c != '\n' || c == 0x7f || c == 0x202e }) {
				t.Errorf("%s of %v holds control characters", format, keys)
			}
			switch format {
			case "json":
				var list []map[string]any
				if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) == 0 {
					t.Errorf("%v: %d rows, %v", keys, len(list), err)
				}
			case "csv":
				if rows, err := csv.NewReader(strings.NewReader(text)).ReadAll(); err != nil || len(rows) < 2 {
					t.Errorf("%v: %d rows, %v", keys, len(rows), err)
				}
			}
		}
	}
}

// Writing ten thousand rows takes next to no memory, in the whole and at once.
func TestExportTakesNoMemoryPerRow(t *testing.T) {
	r := newRobot(t, 10000, 120, 40, nil)
	r.frames(2)
	for _, view := range []int{processView, networkView} {
		r.m.visit(view)
		for _, f := range exportFormats {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			s := r.m.sheet()
			w := newExportWriter(io.Discard)
			f.write(w, s)
			if err := w.flush(); err != nil {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&after)
			s.release()
			if bytes := after.TotalAlloc - before.TotalAlloc; bytes > 256<<10 {
				t.Errorf("%s of %d rows allocates %d KB", f.name, len(s.order), bytes>>10)
			}
			if n := testing.AllocsPerRun(1, func() { f.write(w, s) }); n > 40 {
				t.Errorf("%s of %d rows makes %v allocations", f.name, len(s.order), n)
			}
		}
	}
}
