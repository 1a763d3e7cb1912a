package sigma

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func at(seconds int) time.Time { return time.Unix(1_700_000_000+int64(seconds), 0) }

const baseRules = `title: A
id: a
name: rule_a
logsource: {category: process_creation}
detection: {s: {F: a}, condition: s}
---
title: B
id: b
name: rule_b
logsource: {category: process_creation}
detection: {s: {F: b}, condition: s}
---
`

// step is an event: seconds, and fields as "F=a User=x"; want are the ids reported.
type step struct {
	at     int
	fields string
	want   string
}

func TestCorrelations(t *testing.T) {
	tests := []struct {
		name, rule string
		steps      []step
	}{
		{"event_count", "type: event_count\n  rules: [rule_a]\n  group-by: [User]\n  timespan: 10s\n  condition: {gte: 3}", []step{
			{0, "F=a User=x", ""}, {1, "F=a User=y", ""}, {2, "F=a User=X", ""}, {5, "F=b User=x", "b"}, {9, "F=a User=x", "c"}, {11, "F=a User=x", "c"}, {30, "F=a User=x", ""}}},
		{"event_count of two rules", "type: event_count\n  rules: [rule_a, b]\n  timespan: 1m\n  condition: {gt: 1}", []step{
			{0, "F=a", ""}, {1, "F=b", "c"}}},
		{"event_count within bounds", "type: event_count\n  rules: [a]\n  timespan: 1m\n  condition: {gte: 2, lt: 4}", []step{
			{0, "F=a", ""}, {1, "F=a", "c"}, {2, "F=a", "c"}, {3, "F=a", ""}, {4, "F=a", ""}}},
		{"event_count equal", "type: event_count\n  rules: [a]\n  timespan: 1m\n  condition: {eq: 2}", []step{
			{0, "F=a", ""}, {1, "F=a", "c"}, {2, "F=a", ""}}},
		{"generate", "type: event_count\n  rules: [a]\n  timespan: 1m\n  generate: true\n  condition: {gte: 2}", []step{
			{0, "F=a", "a"}, {1, "F=a", "a c"}}},
		{"value_count", "type: value_count\n  rules: [a]\n  group-by: [User]\n  timespan: 10s\n  condition: {field: G, gte: 2}", []step{
			{0, "F=a User=x G=1", ""}, {1, "F=a User=x G=1", ""}, {2, "F=a User=y G=2", ""}, {3, "F=a User=x G=2", "c"}, {14, "F=a User=x G=3", ""}}},
		{"temporal", "type: temporal\n  rules: [a, b]\n  group-by: [User]\n  timespan: 10s", []step{
			{0, "F=b User=x", ""}, {1, "F=a User=y", ""}, {5, "F=a User=x", "c"}, {20, "F=b User=x", ""}}},
		{"temporal_ordered", "type: temporal_ordered\n  rules: [a, b]\n  timespan: 10s", []step{
			{0, "F=b", ""}, {1, "F=a", ""}, {2, "F=b", "c"}, {11, "F=b", "c"}, {12, "F=b", ""}, {13, "F=a", ""}, {14, "F=a", ""}, {24, "F=b", "c"}}},
		{"aliases", "type: temporal\n  rules: [rule_a, rule_b]\n  group-by: [ip]\n  timespan: 10s\n  aliases:\n    ip:\n      rule_a: Src\n      rule_b: Dst", []step{
			{0, "F=a Src=1", ""}, {1, "F=b Src=1 Dst=2", ""}, {2, "F=b Dst=1", "c"}}},
		{"chain", "type: temporal_ordered\n  rules: [many, b]\n  timespan: 1m\n---\ntitle: Many\nid: m\nname: many\ncorrelation:\n  type: event_count\n  rules: [a]\n  timespan: 10s\n  condition: {gte: 2}", []step{
			{0, "F=b", ""}, {1, "F=a", ""}, {2, "F=b", ""}, {3, "F=a", ""}, {4, "F=b", "c"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set := parseText(t, baseRules+"title: C\nid: c\ncorrelation:\n  "+tt.rule+"\n")
			m, c := set.NewMatcher(), set.NewCorrelator()
			var ev Event
			for i, s := range tt.steps {
				ev.Reset(ProcessCreation)
				for _, pair := range strings.Fields(s.fields) {
					name, v, _ := strings.Cut(pair, "=")
					ev.Set(set.Field(name), v)
				}
				var got []string
				for _, e := range c.Observe(at(s.at), &ev, m.Match(&ev, nil), nil) {
					got = append(got, e.ID)
				}
				slices.Sort(got)
				if strings.Join(got, " ") != s.want {
					t.Errorf("step %d, %s: got %v, want %q", i, s.fields, got, s.want)
				}
			}
		})
	}
}

func TestCorrelationEvidence(t *testing.T) {
	set := parseText(t, baseRules+"title: C\nid: c\ncorrelation: {type: temporal, rules: [rule_a, rule_b], group-by: [User, ip], timespan: 1m, aliases: {ip: {rule_a: Src, rule_b: Dst}}}\n")
	m := set.NewMatcher()
	var ev Event
	ev.Set(User, "Alice")
	ev.Set(set.Field("Dst"), "192.0.2.1")
	m.Match(&ev, nil)
	got := fmt.Sprint(m.Evidence(set.Entries()[2], nil))
	if want := "[{group-by User Alice} {group-by Dst 192.0.2.1}]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestCorrelationReferences(t *testing.T) {
	text := baseRules + `title: C
id: c
correlation: {type: temporal, rules: [a, nowhere], timespan: 1m}
---
title: D
id: d
correlation: {type: temporal, rules: [e, a], timespan: 1m}
---
title: E
id: e
correlation: {type: temporal, rules: [d, b], timespan: 1m}
`
	n := newNames()
	p := parser{names: n, regexes: make(map[string]*regexp.Regexp)}
	f := p.parseFile("f.yml", []byte(text))
	set := newSet(n, Options{AnyField: true}, []*file{f})
	var all []string
	for _, q := range set.Problems() {
		all = append(all, q.Error())
	}
	got := strings.Join(all, "\n")
	for _, want := range []string{`f.yml:15:42: the correlation refers to the rule "nowhere"`, "the correlation refers to itself by way of"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nlacks %s", got, want)
		}
	}
	for _, e := range set.Entries() {
		if e.Correlates() == e.Evaluable() {
			t.Errorf("%s: %s", e.ID, e.Verdict())
		}
	}
}

// TestCorrelatorMemory feeds a Correlator more groups and events than it may keep.
func TestCorrelatorMemory(t *testing.T) {
	set := parseText(t, baseRules+"title: C\nid: c\ncorrelation: {type: event_count, rules: [a], group-by: [User], timespan: 1h, condition: {gte: 5000}}\n")
	m, c := set.NewMatcher(), set.NewCorrelator()
	var ev Event
	for i := range 200_000 {
		ev.Reset(ProcessCreation)
		ev.Set(set.Field("F"), "a")
		if i%2 == 0 {
			ev.Set(User, fmt.Sprint(i))
		} else {
			ev.Set(User, fmt.Sprint(i%40))
		}
		c.Observe(at(i/1000), &ev, m.Match(&ev, nil), nil)
		if len(c.groups) > maxCorrelatorGroups || c.recent.Len() != len(c.groups) || c.marks > maxCorrelatorMarks {
			t.Fatalf("after %d events: %d groups, %d in the list, %d marks", i, len(c.groups), c.recent.Len(), c.marks)
		}
	}
	marks := 0
	for _, el := range c.groups {
		marks += len(el.Value.(*group).marks)
	}
	if marks != c.marks {
		t.Errorf("%d marks are counted as %d", marks, c.marks)
	}
}
