package threats

import (
	"regexp"
	"strings"
	"testing"
)

// slowGlob is glob by way of a regular expression.
func slowGlob(pattern, s string) bool {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for i := range len(pattern) {
		switch c := pattern[i]; c {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(rune(c))))
		}
	}
	b.WriteString(`\z`)
	return regexp.MustCompile(b.String()).MatchString(s)
}

func ascii(s string) string {
	return strings.Map(func(r rune) rune { return r & 0x7f }, s)
}

func FuzzGlob(f *testing.F) {
	for _, c := range [][2]string{{"", ""}, {"*", ""}, {"a*b", "axxb"}, {"a*b*c", "abcbc"}, {"??", "a"}, {"/opt/*/run", "/opt/a/b/run"}, {"a*", "ba"}, {"***a", "bca"}, {"x.y", "xzy"}} {
		f.Add(c[0], c[1])
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		pattern, s = ascii(pattern), ascii(s)
		if len(pattern) > 100 || len(s) > 1000 {
			return
		}
		if got, want := glob(pattern, s), slowGlob(pattern, s); got != want {
			t.Errorf("glob(%q, %q) = %v", pattern, s, got)
		}
	})
}
