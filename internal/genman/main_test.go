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
	for name, want := range map[string]string{"smoothtask.1": "once", "smoothtask-bench.1": "strict"} {
		page, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Contains(page, []byte(`\-\-`+want)) && !bytes.Contains(page, []byte("--"+want)) {
			t.Errorf("%s says nothing of --%s: %v: %.200s", name, want, err, page)
		}
	}
}
