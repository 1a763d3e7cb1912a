package filter

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

var expressions = []string{
	"", "nginx", "user!=root and exe.deleted and listen>1024", "rss>100MB (cpu>5% or age<5m) not kernel",
	`cmd~"^a(b|c)\"$"`, "!x", "a=b=c", "remote=::1", "severity>=high", "((", "'", "comm~(", "pid=1e9", "age<1h30m5s",
	"state=T or state=t", "caps~net", "x and not (y or z)", "proto=tcp lport>=80", "title~x detector=y", "throttled>5% or memory.used>=90%", "\x00", "数据 or é",
}

// FuzzCompile proves that no text breaks the parser, that an error points into
// the text, and that what compiles can be evaluated.
func FuzzCompile(f *testing.F) {
	for _, text := range expressions {
		for _, kind := range Kinds() {
			f.Add(byte(kind), text, len(text)/2)
		}
	}
	d := machine()
	f.Fuzz(func(t *testing.T, k byte, text string, cursor int) {
		kind := Kinds()[int(k)%len(Kinds())]
		if words, start := Complete(kind, text, cursor); len(words) > 0 && (start < 0 || start > cursor) {
			t.Errorf("Complete(%q, %d) replaces from %d", text, cursor, start)
		}
		flt, err := Compile(kind, text)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%q: %v is no *Error", text, err)
			}
			if e.Column() < 1 || e.Column() > utf8.RuneCountInString(text)+1 || e.Expected == "" || e.Found == "" {
				t.Errorf("%q: %+v", text, e)
			}
			if lines := strings.Split(e.Caret(), "\n"); len(lines) != 2 || strings.ContainsAny(e.Caret(), "\x1b\x00\r") {
				t.Errorf("%q: caret %q", text, e.Caret())
			}
			return
		}
		negated, err := Compile(kind, "not ("+text+")")
		if strings.TrimSpace(text) == "" || err != nil {
			return // the negation of nothing, or one term too many
		}
		for i := range len(d.findings) { // the shortest of the lists
			var a, b bool
			switch kind {
			case Processes:
				a, b = flt.Process(d, i), negated.Process(d, i)
			case Sockets:
				a, b = flt.Socket(d, i), negated.Socket(d, i)
			case Cgroups:
				a, b = flt.Cgroup(d, i), negated.Cgroup(d, i)
			default:
				a, b = flt.Finding(d, i), negated.Finding(d, i)
			}
			if a == b {
				t.Errorf("%q and its negation agree on row %d", text, i)
			}
		}
	})
}

// FuzzPattern proves the fast path for plain text equal to the engine.
func FuzzPattern(f *testing.F) {
	for _, expr := range []string{"nginx", "^ngi", "x$", "^x$", "a|b|ks", "(?:foo|bar)", "^", "$", "a.b", `\.`, "(?-i)Ab", "K", "", "a|", "é"} {
		for _, s := range []string{"", "nginx", "NGINX: x", "a.b", "Ab", "\u212a", "\u017f", "É", "x\n", "\xff"} {
			f.Add(expr, s)
		}
	}
	f.Fuzz(func(t *testing.T, expr, s string) {
		p, err := newPattern(expr)
		if err != nil {
			return
		}
		re := regexp.MustCompile("(?i:" + expr + ")")
		if got, want := p.match(s), re.MatchString(s); got != want {
			t.Errorf("%q on %q: %v, the engine says %v (literals %+v)", expr, s, got, want, p.literals)
		}
	})
}
