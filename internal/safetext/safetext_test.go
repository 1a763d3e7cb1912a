package safetext

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"ascii", "sshd: root@pts/0", "sshd: root@pts/0"},
		{"newline and tab are shown", "a\nb\tc\r", "a␊b␉c␍"},
		{"NUL and DEL", "a\x00b\x7f", "a␀b␡"},
		{"CSI", "\x1b[31mred\x1b[2J", "␛[31mred␛[2J"},
		{"OSC with BEL", "\x1b]0;title\x07", "␛]0;title␇"},
		{"DCS with ST", "\x1bPq#0\x1b\\", "␛Pq#0␛\\"},
		{"C1 as UTF-8", "\u009b31m\u009d0;x\u009c", "�31m�0;x�"},
		{"C1 as raw bytes", "\x9b31m\x90", "�31m�"},
		{"bidi override and isolates", "x\u202egpj.exe\u2066\u2069\u200f\u061c", "x�gpj.exe����"},
		{"invalid UTF-8", "a\xffb\xc3(\xed\xa0\x80", "a�b�(���"},
		{"overlong ESC", "\xc0\x9b", "��"},
		{"zero width", "a\u200bb\u200c\u200d\u2060\ufeff", "a�b����"},
		{"line and paragraph separators", "a\u2028b\u2029", "a�b�"},
		{"spaces that look like one", "a\u00a0b\u3000", "a�b�"},
		{"private and unassigned", "\ue000\U0010ffff\u0378", "���"},
		{"fillers that draw nothing", "a\u3164\u2800\u115f\U000e0041", "a����"},
		{"variation selector", "❤\ufe0f", "❤�"},
		{"flag and skin tone", "\U0001f1e9\U0001f1ea\U0001f44d\U0001f3fd", "��👍�"},
		{"wide", "数据库 🚀", "数据库 🚀"},
		{"combining", "e\u0301te\u0301", "e\u0301te\u0301"},
		{"leading mark would join the cell before", "\u0301e", "�e"},
		{"pile of marks", "a" + strings.Repeat("\u0301", 4), "a\u0301\u0301�\u0301"},
		{"real replacement character", "�", "�"},
		{"Hangul letters", "\u1112\u1161\u11ab", "\u1112\u1161\u11ab"},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("%s: Clean(%+q) = %q, want %q", c.name, c.in, got, c.want)
		}
		check(t, c.in)
	}
}

func TestASCII(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "a\x1b[m": "a?[m", "é数\xff\u009b": "????", "e\u0301": "e?",
	} {
		if got := ASCII(in); got != want {
			t.Errorf("ASCII(%+q) = %q, want %q", in, got, want)
		}
	}
}

func TestCmdline(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "ls\x00": "ls", "ls\x00-l\x00/tmp\x00": "ls -l /tmp", "\x00\x00": "",
		"sh\x00-c\x00a\nb\x1b\x00": "sh -c a␊b␛", "x\x00\u0301y": "x \u0301y",
	} {
		if got := Cmdline(in); got != want {
			t.Errorf("Cmdline(%+q) = %q, want %q", in, got, want)
		}
	}
}

func TestSuspicious(t *testing.T) {
	for in, want := range map[string]bool{
		"nginx": false, "数据库": false, "caf\u00e9": false, "a\u00a0b": false, "\xff": false,
		"a\x1b": true, "a\n": true, "a\u009b": true, "a\u202eb": true, "\u200f": true,
	} {
		if got := Suspicious(in); got != want {
			t.Errorf("Suspicious(%+q) = %v, want %v", in, got, want)
		}
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
		ascii string
	}{
		{"abc", 5, "abc  ", "abc  "},
		{"abc", 3, "abc", "abc"},
		{"abcd", 3, "ab…", "ab~"},
		{"abcd", 1, "…", "~"},
		{"abcd", 0, "", ""},
		{"abcd", -1, "", ""},
		{"数据库", 6, "数据库", "???   "},
		{"数据库", 5, "数据…", "???  "},
		{"数据库", 4, "数… ", "??? "},
		{"数", 1, "…", "?"},
		{"e\u0301te\u0301", 3, "e\u0301te\u0301", "e?~"},
		{"a\x1b[2J", 4, "a␛[…", "a?[~"},
	} {
		if got := Fit(c.in, c.width); got != c.want {
			t.Errorf("Fit(%+q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
		if got := FitASCII(c.in, c.width); got != c.ascii {
			t.Errorf("FitASCII(%+q, %d) = %q, want %q", c.in, c.width, got, c.ascii)
		}
	}
}

// TestEveryRune proves the tables: what is shown unchanged neither vanishes nor
// takes cells from its neighbours.
func TestEveryRune(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if show(r) != r || isMark(r) {
			continue
		}
		if unicode.Is(unicode.C, r) {
			t.Errorf("%U is shown, and is a control or format character", r)
		}
		w := ansi.StringWidth(string(r))
		if w < 1 || w > 2 {
			t.Errorf("%U is %d cells wide", r, w)
		}
		if got := ansi.StringWidth("a" + string(r) + " "); got != w+2 {
			t.Errorf("%U between others makes %d cells, want %d", r, got, w+2)
		}
	}
}

func TestCleanTextIsNotCopied(t *testing.T) {
	for _, s := range []string{"/usr/lib/systemd/systemd-journald", "数据库 e\u0301"} {
		if n := testing.AllocsPerRun(100, func() { Clean(s) }); n != 0 {
			t.Errorf("Clean(%q) allocates %v times", s, n)
		}
	}
	dst := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(100, func() { dst = AppendFit(dst[:0], "/usr/sbin/sshd", 40) }); n != 0 {
		t.Errorf("AppendFit allocates %v times", n)
	}
}

// check holds the promises of the package for any text.
func check(t *testing.T, s string) {
	t.Helper()
	out := Clean(s)
	if got := string(Append(nil, s)); got != out {
		t.Errorf("Append(%+q) = %q, Clean = %q", s, got, out)
	}
	if again := Clean(out); again != out {
		t.Errorf("Clean is not idempotent for %+q: %q, then %q", s, out, again)
	}
	if !utf8.ValidString(out) || !utf8.ValidString(Cmdline(s)) {
		t.Errorf("Clean(%+q) = %+q is not UTF-8", s, out)
	}
	for _, text := range []string{out, Cmdline(s), ASCII(s)} {
		for _, r := range text {
			if unicode.Is(unicode.C, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
				t.Errorf("%+q leaves %U", s, r)
			}
		}
	}
	if n := utf8.RuneCountInString(s); utf8.RuneCountInString(out) != n || len(ASCII(s)) != n {
		t.Errorf("%+q: something disappeared in %q or %q", s, out, ASCII(s))
	}
	if got, want := Width(s), ansi.StringWidth(out); got != want {
		t.Errorf("Width(%+q) = %d, want %d", s, got, want)
	}
	for _, w := range []int{0, 1, 2, 3, 7, 20, 80} {
		fit := Fit(s, w)
		if got := ansi.StringWidth(fit); got != w {
			t.Errorf("Fit(%+q, %d) = %q is %d cells wide", s, w, fit, got)
		}
		if got := string(AppendFit(nil, s, w)); got != fit {
			t.Errorf("AppendFit(%+q, %d) = %q, Fit = %q", s, w, got, fit)
		}
		if Clean(fit) != fit {
			t.Errorf("Fit(%+q, %d) = %q is not clean", s, w, fit)
		}
		if w > 0 {
			plain := strings.TrimRight(ansi.Truncate(out, w, "…"), " ")
			if strings.TrimRight(fit, " ") != plain {
				t.Errorf("Fit(%+q, %d) = %q, the simple way gives %q", s, w, fit, plain)
			}
		}
		if got := FitASCII(s, w); len(got) != w || ASCII(got) != got {
			t.Errorf("FitASCII(%+q, %d) = %q", s, w, got)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "sshd", "\x1b[31m", "\u009b", "a\u202eb", "数据\xff", "e\u0301\u0301\u0301",
		"\u1112\u1161\u11ab", "👩\u200d👩", "🇩🇪", "\u0e01\u0e33", "\U0001f44d\U0001f3fd", strings.Repeat("ö\u0308\u0308", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { check(t, s) })
}

func BenchmarkClean(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"ascii", "/usr/lib/postgresql/17/bin/postgres -D /var/lib/postgresql/17/main"},
		{"hostile", "x\x1b]0;title\x07\u202egpj.exe"},
	} {
		b.Run(c.name, func(b *testing.B) {
			dst := make([]byte, 0, 256)
			b.ReportAllocs()
			for b.Loop() {
				dst = Append(dst[:0], c.text)
			}
		})
	}
}
