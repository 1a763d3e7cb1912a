package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestManualPages(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man")
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"FIELDS OF CONTROL GROUPS", ".B memory.used", ".B exe.deleted"} {
		if page, err := os.ReadFile(filepath.Join(dir, "smoothtask-filter.7")); err != nil || !bytes.Contains(page, []byte(want)) {
			t.Errorf("smoothtask-filter.7 lacks %q: %v", want, err)
		}
	}
	for _, want := range []string{".SH EXIT STATUS", ".SH FILES", ".SH ENVIRONMENT", `\fB--config\fP \fIFILE\fP`, "smoothtask-filter(7)"} {
		if page, err := os.ReadFile(filepath.Join(dir, "smoothtask.1")); err != nil || !bytes.Contains(page, []byte(want)) {
			t.Errorf("smoothtask.1 lacks %q: %v", want, err)
		}
	}
	if page, err := os.ReadFile(filepath.Join(dir, "smoothtask-baseline-save.1")); err != nil || !bytes.Contains(page, []byte(`"SMOOTHTASK-BASELINE-SAVE"`)) {
		t.Errorf("smoothtask-baseline-save.1 is not under its own name: %v", err)
	}
	for name, want := range map[string]string{"smoothtask.1": "once", "smoothtask-bench.1": "strict"} {
		page, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Contains(page, []byte(`\-\-`+want)) && !bytes.Contains(page, []byte("--"+want)) {
			t.Errorf("%s says nothing of --%s: %v: %.200s", name, want, err, page)
		}
	}
}
