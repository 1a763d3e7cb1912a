package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/smoothtask/smoothtask/internal/safetext"
	"github.com/smoothtask/smoothtask/threats"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; look at it and run make golden:\n%s", path, got)
	}
}

func TestGoldenText(t *testing.T) {
	for name, o := range map[string]Options{"text.golden": {Width: 100}, "text-ascii.golden": {Width: 80, ASCII: true}} {
		var b bytes.Buffer
		if err := Text(&b, frame(), o); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
}

func TestGoldenPrometheus(t *testing.T) {
	var b bytes.Buffer
	if err := Prometheus(&b, frame(), Options{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "prometheus.golden", b.Bytes())
}

func TestTextIsSafeOnATerminal(t *testing.T) {
	var b bytes.Buffer
	if err := Text(&b, frame(), Options{}); err != nil {
		t.Fatal(err)
	}
	if !utf8.Valid(b.Bytes()) {
		t.Error("not UTF-8")
	}
	for line := range strings.Lines(b.String()) {
		if line = strings.TrimSuffix(line, "\n"); safetext.Clean(line) != line {
			t.Errorf("unsafe: %q", line)
		}
	}
}

func TestColorOnlyWhereItIsWanted(t *testing.T) {
	for _, color := range []bool{true, false} {
		var b bytes.Buffer
		if err := Text(&b, frame(), Options{Color: color}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(b.String(), "\x1b["); got != color {
			t.Errorf("color %v: escape sequences %v", color, got)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[uint64]string{0: "0B", 1023: "1023B", 1024: "1.00K", 10 << 10: "10.0K", 100 << 10: "100K", 1023 << 10: "1023K",
		1 << 20: "1.00M", 5 << 40: "5.00T", 1<<64 - 1: "16.0E"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestTextJoinsEqualParts(t *testing.T) {
	f := frame()
	one := f.Threats.Findings[0].Parts[0]
	other := one
	other.Title = "another"
	f.Threats.Findings[0].Parts = []threats.Part{one, other, one, one}
	var b bytes.Buffer
	if err := Text(&b, f, Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); !strings.Contains(text, "part      part, 3 times  [a.b]") || !strings.Contains(text, "part      another  [a.b]") || strings.Count(text, "[a.b]") != 2 {
		t.Errorf("%s", text)
	}
}
