package report

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzString holds appendString against encoding/json.
func FuzzString(f *testing.F) {
	for _, s := range []string{"", "plain", "a\x1b[31mb", "\x00\x7f\u0085", "\xff\xfe", "„ä“ 漢字 🎉", "\u202edrow", "\"\\\n\t\r", "\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		enc := appendString(nil, s)
		for _, c := range enc {
			if c < 0x20 || c == 0x7f {
				t.Fatalf("%q: a control character is left in %q", s, enc)
			}
		}
		var got, want string
		if err := json.Unmarshal(enc, &got); err != nil {
			t.Fatalf("%q: %v in %q", s, err, enc)
		}
		if want = strings.ToValidUTF8(s, "\ufffd"); utf8.ValidString(s) && got != want {
			t.Fatalf("%q comes back as %q", s, got)
		}
		ref, _ := json.Marshal(s)
		var std string
		if err := json.Unmarshal(ref, &std); err != nil || std != got {
			t.Fatalf("%q: %q differs from encoding/json's %q", s, got, std)
		}
	})
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 1: "1", -2: "-2", 1.5: "1.5", 0.12345: "0.123",
		1e15: "1000000000000000", math.Inf(1): "0", math.NaN(): "0"} {
		w := newWriter(nil)
		w.number(v)
		if got := string(w.buf); got != want {
			t.Errorf("%g: %s, want %s", v, got, want)
		}
	}
}

type broken struct{ n int }

func (b *broken) Write(p []byte) (int, error) { b.n++; return 0, errors.New("disk full") }

func TestTheFirstWriteErrorEndsTheOutput(t *testing.T) {
	b := &broken{}
	w := newWriter(b)
	w.open('[')
	for range 100000 {
		w.open('{')
		w.str("name", "value")
		w.close('}')
	}
	w.flush()
	if w.err == nil || b.n != 1 {
		t.Errorf("error %v after %d writes", w.err, b.n)
	}
}
