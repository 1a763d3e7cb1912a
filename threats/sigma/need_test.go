package sigma

import (
	"bytes"
	"strings"
	"testing"
)

func TestNeeds(t *testing.T) {
	of := func(logsource, detection string) string {
		return "title: T\nid: r\nlogsource: {" + logsource + "}\ndetection:\n" + detection
	}
	linux := "category: process_creation, product: linux"
	tests := []struct{ name, text, want string }{
		{"fields at hand", of(linux, "  s: {Image: a, CommandLine: b, ParentImage: c, ParentCommandLine: d, User: e, CurrentDirectory: f, LogonId: 1, ProcessId: 1, ParentProcessId: 1}\n  condition: s\n"), "yes"},
		{"connections", of("category: network_connection", "  s: {Image: a, User: b, Protocol: tcp, Initiated: true, SourceIp: a, SourcePort: 1, DestinationIp: a, DestinationPort: 1}\n  condition: s\n"), "yes"},
		{"files", of("category: file_event, product: linux", "  s: {TargetFilename: a}\n  condition: s\n"), "yes"},
		{"missing field", of(linux, "  s: {Image: a, Hashes: b}\n  condition: s\n"), "not evaluable: needs field Hashes"},
		{"missing in one of several", of(linux, "  s: {Image: a}\n  t: {OriginalFileName: b}\n  condition: 1 of them\n"), "yes, without OriginalFileName"},
		{"missing in a filter", of(linux, "  s: {Image: a}\n  f: {IntegrityLevel: b}\n  condition: s and not f\n"), "yes, without IntegrityLevel"},
		{"missing asked for to be absent", of(linux, "  s: {Image: a, OriginalFileName: null}\n  condition: s\n"), "yes, without OriginalFileName"},
		{"missing excluded from being absent", of(linux, "  s: {Image: a}\n  f: {OriginalFileName: null}\n  condition: s and not f\n"), "not evaluable: needs field OriginalFileName"},
		{"missing by reference", of(linux, "  s: {'Image|fieldref': Hashes}\n  condition: s\n"), "not evaluable: needs field Hashes"},
		{"field of another category", of("category: network_connection, product: linux", "  s: {DestinationHostname: a}\n  condition: s\n"), "not evaluable: needs field DestinationHostname"},
		{"other category", of("category: dns_query", "  s: {a: b}\n  condition: s\n"), "not evaluable: needs logsource category dns_query"},
		{"other product", of("category: process_creation, product: windows", "  s: {Image: b}\n  condition: s\n"), "not evaluable: needs logsource product windows"},
		{"service", of("product: linux, service: auditd", "  s: {Image: b}\n  condition: s\n"), "not evaluable: needs logsource service auditd"},
		{"taxonomy", "taxonomy: own\n" + of(linux, "  s: {Image: b}\n  condition: s\n"), "not evaluable: needs taxonomy own"},
		{"keywords in everything", of("product: linux", "  s: [a, b]\n  condition: s\n"), "yes"},
	}
	for _, tt := range tests {
		set := parseWith(t, Options{}, tt.text)
		if got := set.Entries()[0].Verdict(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	var out bytes.Buffer
	if err := List(&out, parseWith(t, Options{}, tests[3].text)); err != nil || !strings.Contains(out.String(), "needs field Hashes") {
		t.Errorf("a rule that is not evaluable is not listed: %s", out.String())
	}
}

func TestCorrelationNeeds(t *testing.T) {
	set := parseWith(t, Options{}, "title: A\nid: a\nlogsource: {category: process_creation}\ndetection: {s: {Hashes: x}, condition: s}\n---\n"+
		"title: B\nid: b\nlogsource: {category: process_creation}\ndetection: {s: {Image: x}, condition: s}\n---\n"+
		"title: C\nid: c\ncorrelation: {type: temporal, rules: [a, b], timespan: 1m}\n---\n"+
		"title: D\nid: d\ncorrelation: {type: event_count, rules: [a, b], timespan: 1m, condition: {gte: 2}}\n---\n"+
		"title: E\nid: e\ncorrelation: {type: event_count, rules: [b], group-by: [Hashes], timespan: 1m, condition: {gte: 2}}\n")
	want := map[string]string{"c": "not evaluable: needs rule a", "d": "yes", "e": "not evaluable: needs field Hashes"}
	for _, e := range set.Entries() {
		if w := want[e.ID]; w != "" && e.Verdict() != w {
			t.Errorf("%s: %s, want %s", e.ID, e.Verdict(), w)
		}
	}
}
