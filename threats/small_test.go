package threats

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCut(t *testing.T) {
	if s := strings.Repeat("x", MaxEvidence); Cut(s) != s {
		t.Error("cut what fits")
	}
	long := Cut(strings.Repeat("é", MaxEvidence))
	if len(long) > MaxEvidence || !utf8.ValidString(long) || !strings.HasSuffix(long, "é…") {
		t.Errorf("Cut = %d bytes %q", len(long), long[len(long)-8:])
	}
	if s := Cut(strings.Repeat("\x80", 2*MaxEvidence)); len(s) > MaxEvidence {
		t.Errorf("Cut of rubbish = %d bytes", len(s))
	}
}

func TestPublic(t *testing.T) {
	for addr, want := range map[string]bool{
		"8.8.8.8": true, "::ffff:8.8.8.8": true, "2606:4700::1111": true, "172.32.0.1": true,
		"10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "127.0.0.1": false, "::1": false,
		"169.254.1.1": false, "fe80::1": false, "fd00::1": false, "100.64.0.1": false, "0.0.0.0": false,
		"224.0.0.1": false, "ff02::1": false, "255.255.255.255": false, "203.0.113.9": false, "2001:db8::1": false,
	} {
		if got := Public(netip.MustParseAddr(addr)); got != want {
			t.Errorf("Public(%s) = %v", addr, got)
		}
	}
	if Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestTechniqueOf(t *testing.T) {
	for id, want := range map[string]string{
		"T1036.004": "T1036.004", "t1562.004": "T1686", "T1562": "T1685", "T1562.001": "T1685",
		"T1070.002": "T1685.006", "T1562.003": "T1690", "T1059.999": "T1059", "TA0011": "TA0011",
	} {
		if got, ok := TechniqueOf(id); !ok || got.ID != want {
			t.Errorf("TechniqueOf(%s) = %v, %v, want %s", id, got, ok, want)
		}
	}
	if _, ok := TechniqueOf("T9999.001"); ok {
		t.Error("found T9999.001")
	}
}

func TestTechniquesAreSortedAndUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, x := range Techniques() {
		for _, id := range append(slices.Clone(x.Aliases), x.ID) {
			if seen[id] {
				t.Errorf("%s is there twice", id)
			}
			seen[id] = true
		}
		if x.Name == "" || x.Tactic == "" {
			t.Errorf("%s lacks its name or tactic", x.ID)
		}
	}
	if !slices.IsSortedFunc(techniques, func(a, b Technique) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("not sorted")
	}
}
