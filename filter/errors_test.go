package filter

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		kind   Kind
		text   string
		column int
		want   string // found, expected
	}{
		{Processes, "rss>", 5, "the end; a size such as 100MB"},
		{Processes, "rss > lots", 7, `"lots"; a size such as 100MB`},
		{Processes, "rss~5", 4, `"~"; one of = != < <= > >=`},
		{Processes, "user<5", 5, `"<"; one of = != ~ !~`},
		{Processes, "age<5q", 5, `"5q"; a time such as 5m or 1h30m`},
		{Processes, "cpu>5%%", 5, `"5%%"; a percentage such as 5%`},
		{Processes, "pid=x", 5, `"x"; a number`},
		{Processes, "nice=inf", 6, `"inf"; a number`},
		{Processes, "foo>3", 1, `"foo"; a field of processes, or a text in quotes`},
		{Processes, "nginx and usre=root", 11, `"usre"; a field of processes, such as user, or a text in quotes`},
		{Processes, "exe.delete=true", 1, `"exe.delete"; a field of processes, such as exe, or a text in quotes`},
		{Sockets, "rss>5", 1, `"rss"; a field of sockets, or a text in quotes`},
		{Processes, "(nginx", 1, `"("; a ")" that closes it`},
		{Processes, "nginx)", 6, `")"; "and", "or" or another term`},
		{Processes, "()", 2, `")"; a field, a word, not or (`},
		{Processes, "and nginx", 1, `"and"; a field, a word, not or (`},
		{Processes, "nginx or", 9, "the end; a field, a word, not or ("},
		{Processes, "nginx not", 10, "the end; a field, a word, not or ("},
		{Processes, ">5", 1, `">"; a field, a word, not or (`},
		{Processes, `cmd="a b`, 5, `"\"a b"; a closing "`},
		{Processes, `x ''`, 3, `""; a text to look for`},
		{Processes, "comm~[a", 6, `"[a"; a regular expression (RE2)`},
		{Processes, "comm~a)b(", 7, `")"; "and", "or" or another term`},
		{Processes, "seccomp=yes", 9, `"yes"; one of off, strict, filter`},
		{Cgroups, "rss>5", 1, `"rss"; a field of control groups, or a text in quotes`},
		{Cgroups, "nginx throtled>5", 7, `"throtled"; a field of control groups, such as throttled, or a text in quotes`},
		{Cgroups, "memory>lots", 8, `"lots"; a size such as 100MB`},
		{Findings, "severity>=severe", 11, `"severe"; one of informational, low, medium, high, critical`},
		{Processes, "kernel=maybe", 8, `"maybe"; one of true, false`},
		{Processes, "kernel>true", 7, `">"; one of = !=`},
		{Processes, "remote=nowhere", 8, `"nowhere"; an address or network such as 10.0.0.0/8`},
		{Processes, "remote=1.2.3.4/64", 8, `"1.2.3.4/64"; an address or network such as 10.0.0.0/8`},
		{Processes, "(pid=)", 6, `")"; a number`},
		{Processes, "数据 and pid=x", 12, `"x"; a number`},
		{Processes, "a\xff", 2, "a byte that is not UTF-8; UTF-8 text"},
		{Processes, strings.Repeat("x", MaxText+1), 1, "a text that is too long; at most 4096 bytes"},
		{Processes, strings.Repeat("(", 200), 101, "too many terms; a simpler expression"},
		{Processes, strings.Repeat("a ", 600), 1001, "too many terms; a simpler expression"},
	} {
		_, err := Compile(c.kind, c.text)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v is no *Error", c.text, err)
			continue
		}
		found := strings.ReplaceAll(e.Found, `""a b"`, `"\"a b"`)
		if got := found + "; " + e.Expected; got != c.want || e.Column() != c.column {
			t.Errorf("%.40q:\n got column %d: %s\nwant column %d: %s", c.text, e.Column(), got, c.column, c.want)
		}
		if !strings.Contains(err.Error(), "column ") || strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("%q: text is %q", c.text, err)
		}
	}
}

func TestCaret(t *testing.T) {
	for text, want := range map[string]string{
		"rss>lots":              "rss>lots\n    ^",
		"数据 pid=x":              "数据 pid=x\n         ^",
		"\x1b[2J pid=x":         "␛[2J pid=x\n         ^",
		"pid=x\nnginx":          "pid=x␊nginx\n    ^",
		strings.Repeat("y", 70): "",
		strings.Repeat("y", 70) + " pid=" + strings.Repeat("z", 70): "…" + strings.Repeat("y", 55) + " pid=" + strings.Repeat("z", 60) + "…\n" + strings.Repeat(" ", 61) + "^",
	} {
		_, err := Compile(Processes, text)
		var e *Error
		if !errors.As(err, &e) {
			if want != "" {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		if got := e.Caret(); got != want {
			t.Errorf("%q:\n%s\nwant\n%s", text, got, want)
		}
	}
}

func TestComplete(t *testing.T) {
	for _, c := range []struct {
		kind  Kind
		text  string // the cursor is at |
		start int
		want  string
	}{
		{Processes, "exe.|", 0, "exe.deleted exe.hidden exe.setuid"},
		{Processes, "nginx and EXE.D|", 10, "exe.deleted"},
		{Processes, "rs| and nginx", 0, "rss"},
		{Processes, "rss|", 3, "= != < <= > >="},
		{Processes, "rss |", 4, "= != < <= > >="},
		{Processes, "user |", 5, "= != ~ !~"},
		{Processes, "state=|", 6, "R S D T t Z I X running sleeping blocked stopped tracing zombie idle dead"},
		{Processes, "(state = z|", 9, "Z zombie"},
		{Findings, "severity>=h|", 10, "high"},
		{Findings, "severity>= |", 11, "informational low medium high critical"},
		{Processes, "kernel=|", 7, "true false"},
		{Processes, "rss>1|", 4, ""},
		{Processes, "rss>1 no|", 6, "not"},
		{Processes, "kernel |", 7, "= != and or"},
		{Processes, `"exe.|`, 6, ""},
		{Processes, "zzz|", 0, ""},
		{Sockets, "proto!=u|", 7, "udp unix"},
		{Cgroups, "memory.|", 0, "memory.limit memory.used"},
		{Cgroups, "throttled|", 9, "= != < <= > >="},
	} {
		cursor := strings.IndexByte(c.text, '|')
		words, start := Complete(c.kind, strings.Replace(c.text, "|", "", 1), cursor)
		if got := strings.Join(words, " "); got != c.want || (c.want != "" && start != c.start) {
			t.Errorf("%q: %q from %d, want %q from %d", c.text, got, start, c.want, c.start)
		}
	}
	for _, text := range []string{"|", "nginx and |", "not |", "(|", "!|"} {
		words, _ := Complete(Processes, strings.Replace(text, "|", "", 1), strings.IndexByte(text, '|'))
		if !slices.Contains(words, "user") || !slices.Contains(words, "not") || slices.Contains(words, "and") {
			t.Errorf("%q offers %v", text, words)
		}
	}
	words, _ := Complete(Processes, "rss>1 ", 6)
	if len(words) < 3 || words[0] != "and" || words[1] != "or" || !slices.Contains(words, "user") {
		t.Errorf("after a term: %v", words)
	}
	for _, cursor := range []int{-1, 9} {
		if words, _ := Complete(Processes, "rss", cursor); words != nil {
			t.Errorf("cursor %d outside the text: %v", cursor, words)
		}
	}
}

// TestFieldsCompile proves that what is offered is accepted: every operator of
// every field with a fitting value.
func TestFieldsCompile(t *testing.T) {
	for _, kind := range Kinds() {
		seen := map[string]bool{}
		for _, f := range Fields(kind) {
			if seen[f.Name] || f.About == "" || strings.HasSuffix(f.About, ".") {
				t.Errorf("%s: field %s: twice, or without a proper description %q", kind, f.Name, f.About)
			}
			seen[f.Name] = true
			values := append(f.Values, "1", "10.0.0.1")
			for _, op := range f.Operators {
				if !slices.ContainsFunc(values, func(v string) bool {
					_, err := Compile(kind, f.Name+op+v)
					return err == nil
				}) {
					t.Errorf("%s: %s%s takes none of %q", kind, f.Name, op, values)
				}
			}
		}
	}
}
