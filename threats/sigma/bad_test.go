package sigma

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// parseBad parses a file that may have problems.
func parseBad(text string) *file {
	p := parser{names: newNames(), regexes: make(map[string]*regexp.Regexp)}
	return p.parseFile("f.yml", []byte(text))
}

func TestProblems(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no title", "id: x\nlogsource: {product: linux}\ndetection: {s: {F: a}, condition: s}\n", "f.yml:1:1: the title is missing; add"},
		{"no logsource", "title: T\ndetection: {s: {F: a}, condition: s}\n", "f.yml:1:1: the section logsource is missing; add"},
		{"no detection", "title: T\nlogsource: {product: linux}\n", "f.yml:1:1: the section detection is missing; add"},
		{"no condition", rule("  s: {F: a}\n"), "f.yml:5:3: the condition is missing; add"},
		{"unknown level", "level: urgent\n" + rule("  s: {F: a}\n  condition: s\n"), `f.yml:1:8: unknown level "urgent"; use`},
		{"unknown modifier", rule("  s:\n    F|like: a\n  condition: s\n"), `f.yml:6:5: unknown modifier "like"; modifiers are`},
		{"modifiers that exclude each other", rule("  s:\n    F|re|cidr: a\n  condition: s\n"), "f.yml:6:5: the modifier cidr cannot be joined"},
		{"flag without re", rule("  s:\n    F|i: a\n  condition: s\n"), "f.yml:6:5: the modifier i belongs to"},
		{"look-around", rule("  s:\n    F|re: '(?!a)b'\n  condition: s\n"), "f.yml:6:11: regular expression: invalid or unsupported Perl syntax: `(?!`; look-around"},
		{"back reference", rule("  s:\n    F|re: '(a)\\1'\n  condition: s\n"), "f.yml:6:11: regular expression: invalid escape sequence: `\\1`; back references"},
		{"huge expression", rule("  s:\n    F|re: '((a{100}){100}){100}'\n  condition: s\n"), "f.yml:6:11: regular expression: "},
		{"large class repeated", rule("  s:\n    F|re: '\\pL{1000}'\n  condition: s\n"), "f.yml:6:11: regular expression: it expands"},
		{"no network", rule("  s:\n    F|cidr: 10.0.0.0/33\n  condition: s\n"), `f.yml:6:13: "10.0.0.0/33" is not a network; write`},
		{"no number", rule("  s:\n    F|gt: many\n  condition: s\n"), `f.yml:6:11: "many" is not a number`},
		{"wildcard in base64", rule("  s:\n    F|base64: 'a*'\n  condition: s\n"), "f.yml:6:15: base64 cannot encode"},
		{"list in list", rule("  s:\n    F: [a, [b]]\n  condition: s\n"), "f.yml:6:12: a value is neither"},
		{"no values", rule("  s:\n    F: []\n  condition: s\n"), `f.yml:6:8: "F" has an empty list`},
		{"empty selection", rule("  s: {}\n  condition: s\n"), "f.yml:5:6: an empty mapping"},
		{"unknown identifier", rule("  s: {F: a}\n  condition: s and t\n"), `f.yml:6:20: the condition names "t", which the detection does not define; defined are "s"`},
		{"pattern without match", rule("  s: {F: a}\n  condition: 1 of t*\n"), `f.yml:6:19: no search identifier matches "t*"`},
		{"open parenthesis", rule("  s: {F: a}\n  condition: (s\n"), "f.yml:6:16: a parenthesis is not closed"},
		{"closing parenthesis", rule("  s: {F: a}\n  condition: s)\n"), `f.yml:6:15: unexpected ")"`},
		{"nothing after not", rule("  s: {F: a}\n  condition: s and not\n"), "f.yml:6:23: the condition ends too early"},
		{"aggregation", rule("  s: {F: a}\n  condition: s | count() > 5\n"), `f.yml:6:16: unexpected "|"`},
		{"deep condition", rule("  s: {F: a}\n  condition: " + strings.Repeat("(", 5000) + "s" + strings.Repeat(")", 5000) + "\n"), "the condition is nested more than 64 levels deep"},
		{"many nots", rule("  s: {F: a}\n  condition: " + strings.Repeat("not ", 3000) + "s\n"), "the condition is nested more than 64 levels deep"},
		{"duplicate key", rule("  s:\n    F: a\n    F: b\n  condition: s\n"), `f.yml:7:5: the key "F" is given twice, first on line 6; remove`},
		{"duplicate section", "title: A\n" + rule("  s: {F: a}\n  condition: s\n"), `f.yml:2:1: the key "title" is given twice`},
		{"tab", rule("  s:\n\tF: a\n  condition: s\n"), "f.yml:6:1: not valid YAML"},
		{"tab after spaces", "title: T\nlogsource:\n  \tproduct: linux\n", "f.yml:3:3: not valid YAML"},
		{"unclosed quote", "title: 'T\nlogsource: x\n", "not valid YAML"},
		{"not a mapping", "- a\n- b\n", "f.yml:1:1: the document is not a mapping"},
		{"second document", rule("  s: {F: a}\n  condition: s\n") + "---\ntitle: U\n", "f.yml:8:1: the section logsource is missing"},
		{"UTF-16", "\xff\xfet\x00", "f.yml:1:1: the file is UTF-16; save it as UTF-8"},
		{"no text", "title: \xff\xfd\n", "f.yml:1:1: the file is not UTF-8 text"},
		{"empty", "# nothing\n", "f.yml:1:1: the file holds no rule"},
		{"alias bomb", bomb(), "the document holds more than 50000 values"},
		{"alias to itself", "title: T\nlogsource: {product: linux}\ndetection: &a {s: *a, condition: s}\n", "f.yml:3:"},
		{"deep nesting", "title: " + strings.Repeat("[", 3000) + strings.Repeat("]", 3000) + "\n", "nested more than 32 levels deep"},
		{"10 MB", "title: T\n#" + strings.Repeat("x", 10<<20), "f.yml:1:1: the file is larger than the limit of 8 MB"},
		{"large document", "title: T\n#" + strings.Repeat("x", 2<<20), "f.yml:1:1: a document of"},
		{"too many variants", rule("  s:\n    F|windash: '" + strings.Repeat("-a ", 20) + "'\n  condition: s\n"), "f.yml:6:16: windash gives more than"},
		{"long value", rule("  s:\n    F: '" + strings.Repeat("?*", 200_000) + "'\n  condition: s\n"), "f.yml:6:8: a value is longer than 8192 bytes"},
		{"many placeholders", rule("  s:\n    F|expand: '" + strings.Repeat("%a%", 2000) + "'\n  condition: s\n"), "f.yml:6:15: more than 32 placeholders"},
		{"unknown action", "action: local\n", `f.yml:1:9: unknown action "local"; use`},
		{"nothing to repeat", "action: repeat\n", "f.yml:1:9: there is no rule to repeat"},
		{"control characters", rule("  s:\n    \"F|\\e[31m\": a\n  condition: s\n"), `unknown modifier "\x1b[31m"`},
		{"timeframe", rule("  s: {F: a}\n  timeframe: 5m\n  condition: s\n"), "f.yml:6:3: timeframe is not part of Sigma"},
		{"correlation type", "title: T\ncorrelation: {type: x, rules: [r], timespan: 1m, condition: {gte: 1}}\n", `f.yml:2:14: unknown correlation type "x"`},
		{"correlation timespan", "title: T\ncorrelation: {type: event_count, rules: [r], timespan: 1w, condition: {gte: 1}}\n", `f.yml:2:56: the timespan is "1w"; write`},
		{"correlation condition", "title: T\ncorrelation: {type: event_count, rules: [r], timespan: 1m}\n", "f.yml:2:14: the condition of the correlation is missing"},
		{"filter without rules", "title: T\nlogsource: {product: linux}\nfilter: {s: {F: a}, condition: not s}\n", "f.yml:3:9: the filter does not say"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := parseBad(tt.text)
			var all []string
			for i := range f.problems {
				p := &f.problems[i]
				all = append(all, p.Error())
				if !p.Note && p.Mend == "" {
					t.Errorf("%v: does not say how to mend it", p)
				}
			}
			text := strings.Join(all, "\n")
			if !strings.Contains(text, tt.want) || f.errors == 0 {
				t.Errorf("got\n%s\nwant %s", text, tt.want)
			}
			if strings.ContainsAny(text, "\x1b\x00\t") {
				t.Errorf("control characters in %q", text)
			}
		})
	}
}

// bomb is a document whose aliases stand for a billion values.
func bomb() string {
	var b strings.Builder
	b.WriteString("title: T\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	return b.String()
}

func TestNotes(t *testing.T) {
	for text, want := range map[string]string{
		"  s:\n    F|contains|all: [a]\n  condition: s\n": "f.yml:6:5: note: the modifier all has no effect",
		"  s:\n    F: [a, null]\n  condition: s\n":        "f.yml:6:12: note: null in a list",
		"  s:\n    F|cidr: 10.1.0.0/8\n  condition: s\n":  "write 10.0.0.0/8",
		"  s: {F: a}\n  u: {F: b}\n  condition: s\n":      `note: the condition does not use "u"`,
	} {
		f := parseBad(rule(text))
		if f.errors != 0 || len(f.rules) != 1 || len(f.problems) != 1 || !strings.Contains(f.problems[0].Error(), want) {
			t.Errorf("%s: %v", want, f.problems)
		}
	}
}

// TestBrokenDocumentSpoilsNoOther also proves that all problems of a file are told.
func TestBrokenDocumentSpoilsNoOther(t *testing.T) {
	good := rule("  s: {F: a}\n  condition: s\n")
	f := parseBad(good + "---\ntitle: [\n---\n" + strings.Replace(good, "id: r", "id: r2", 1) + "---\ntitle: X\n")
	if len(f.rules) != 2 || f.errors != 3 {
		t.Errorf("%d rules, problems %v", len(f.rules), f.problems)
	}
}

func TestDocumentMarkers(t *testing.T) {
	one := rule("  s: {F: a}\n  condition: s\n")
	two := strings.Replace(one, "id: r", "id: r2", 1)
	bad := strings.Replace(one, "title: T\n", "", 1)
	for name, text := range map[string]string{
		"directive":        "%YAML 1.2\n# comment\n---\n" + one + "---\n" + two,
		"end markers":      one + "...\n" + two,
		"both":             one + "...\n---\n" + two + "...\n",
		"comments between": "# a\n---\n# b\n" + one + "\n---\n# c\n---\n" + two,
		"without newline":  one + "---\n" + two + "---",
	} {
		if f := parseBad(text); len(f.rules) != 2 || f.errors != 0 {
			t.Errorf("%s: %d rules, %v", name, len(f.rules), f.problems)
		}
	}
	if f := parseBad(one + "...\n" + bad); f.errors != 1 || f.problems[0].Line != 8 {
		t.Errorf("line after an end marker: %v", f.problems)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(rule("  s:\n    F|contains|all: ['a*', b]\n  condition: 1 of s* and not (s)\n"))
	f.Add(bomb())
	f.Add("action: global\ntitle: x\n---\naction: repeat\n---\n")
	f.Add("title: T\ncorrelation: {type: temporal, rules: [a, b], group-by: [x], timespan: 1m, aliases: {x: {a: F}}}\n")
	f.Add("title: T\nlogsource: {product: linux}\nfilter: {rules: any, s: {F|re|i: '(a|b)+'}, condition: not s}\n")
	f.Add("title: T\nlogsource: {category: c}\ndetection: &a {s: *a, <<: *a, condition: s}\n")
	f.Add("\xef\xbb\xbftitle: T\r\n---\r\n\tx: [\r\n")
	f.Add(rule("  s:\n    F|windash|wide|base64offset|contains: '-a -b'\n    '|re': ['a{2,3}', '[a-c]x|y?z']\n    G|hour|gte: 3\n  condition: all of them\n"))
	f.Fuzz(func(t *testing.T, text string) {
		n := newNames()
		p := parser{names: n, placeholders: map[string][]string{"a": {"b", "*"}}, regexes: make(map[string]*regexp.Regexp)}
		parsed := p.parseFile("f.yml", []byte(text))
		for i := range parsed.problems {
			if q := &parsed.problems[i]; q.What == "" || q.Mend == "" || q.Line < 1 || q.Column < 1 {
				t.Fatalf("a problem without a place or a way to mend it: %+v", q)
			}
		}
		set := newSet(n, Options{AnyField: true}, []*file{parsed})
		m, c := set.NewMatcher(), set.NewCorrelator()
		event := &plainEvent{category: "c", fields: make(map[string][]*string)}
		for _, name := range []string{"F", "G", "Image"} {
			v := text[:min(len(text), 40)]
			event.fields[name] = []*string{&v, nil}
		}
		if len(parsed.rules) < 20 {
			sameVerdict(t, set, m, event)
		}
		var ev Event
		event.fill(set, &ev)
		c.Observe(at(0), &ev, m.Match(&ev, nil), nil)
	})
}
