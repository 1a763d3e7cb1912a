package host

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestUintOf(t *testing.T) {
	for _, s := range []string{"", "0", "7", "18446744073709551615", "18446744073709551616", "99999999999999999999999", "-1", "1x", "+1", " 1"} {
		want, err := strconv.ParseUint(s, 10, 64)
		got, ok := uintOf([]byte(s))
		if ok != (err == nil) || ok && got != want {
			t.Errorf("%q: %d, %v; strconv has %d, %v", s, got, ok, want, err)
		}
	}
}

func FuzzNumbers(f *testing.F) {
	f.Add(uint64(0), uint16(0))
	f.Add(uint64(math.MaxUint64), uint16(99))
	f.Fuzz(func(t *testing.T, n uint64, hundredths uint16) {
		if got, ok := uintOf([]byte(strconv.FormatUint(n, 10))); !ok || got != n {
			t.Fatalf("%d became %d, %v", n, got, ok)
		}
		s := fmt.Sprintf("%d.%02d", n%1e9, hundredths%100)
		want, _ := strconv.ParseFloat(s, 64)
		if got := decimalOf([]byte(s)); math.Abs(got-want) > 1e-6 {
			t.Fatalf("%s became %v", s, got)
		}
	})
}

func TestDecimalOf(t *testing.T) {
	for s, want := range map[string]float64{"": 0, "x": 0, ".5": 0, "1.": 1, "12": 12, "3.25": 3.25, "1.2x": 0, "-1": 0} {
		if got := decimalOf([]byte(s)); got != want {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	}
}

func TestBuffer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	var buf buffer
	for _, size := range []int{100_000, 10, 0} {
		want := strings.Repeat("x", size)
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := buf.read(path); err != nil || string(got) != want {
			t.Errorf("%d of %d bytes, %v", len(got), size, err)
		}
	}
	if _, err := buf.read(path + ".absent"); !os.IsNotExist(err) {
		t.Errorf("of a file that is not there: %v", err)
	}
}
