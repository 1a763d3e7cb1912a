package sigma

import (
	"net/netip"
	"testing"
)

// TestOnlyEqualEventsAreTakenForOne: an event is known only when all is equal that
// rules can see of it.
func TestOnlyEqualEventsAreTakenForOne(t *testing.T) {
	set := parseText(t, `title: T
id: t
logsource: {category: network_connection}
detection:
  s:
    DestinationIp: nowhere
    DestinationPort: 1
    Image: x
    CommandLine: y
  condition: s
`)
	m := set.NewMatcher()
	ip := netip.MustParseAddr
	fills := map[string]func(ev *Event){
		"nothing":        func(*Event) {},
		"text":           func(ev *Event) { ev.Set(Image, "ab") },
		"another text":   func(ev *Event) { ev.Set(Image, "ac") },
		"another field":  func(ev *Event) { ev.Set(CommandLine, "ab") },
		"arguments":      func(ev *Event) { ev.SetArgs(CommandLine, "ab") },
		"no value":       func(ev *Event) { ev.setNull(Image) },
		"empty":          func(ev *Event) { ev.Set(Image, "") },
		"cut elsewhere":  func(ev *Event) { ev.Set(Image, "a"); ev.Set(Image, "b") },
		"other order":    func(ev *Event) { ev.Set(Image, "b"); ev.Set(Image, "a") },
		"number":         func(ev *Event) { ev.SetInt(DestinationPort, 80) },
		"another number": func(ev *Event) { ev.SetInt(DestinationPort, 81) },
		"number as text": func(ev *Event) { ev.Set(DestinationPort, "80") },
		"address":        func(ev *Event) { ev.SetAddr(DestinationIP, ip("1.2.3.4")) },
		"mapped":         func(ev *Event) { ev.SetAddr(DestinationIP, ip("::ffff:1.2.3.4")) },
		"next address":   func(ev *Event) { ev.SetAddr(DestinationIP, ip("1.2.3.5")) },
		"with a zone":    func(ev *Event) { ev.SetAddr(DestinationIP, ip("fe80::1%a")) },
		"other zone":     func(ev *Event) { ev.SetAddr(DestinationIP, ip("fe80::1%b")) },
	}
	seen := make(map[uint64]string)
	for name, fill := range fills {
		var ev Event
		ev.Reset(NetworkConnection)
		fill(&ev)
		if m.Match(&ev, nil) != nil {
			t.Fatalf("%s matches", name)
		}
		key := m.key(&ev)
		if other, ok := seen[key]; ok {
			t.Errorf("%q is taken for %q", name, other)
		}
		seen[key] = name
		if !m.misses.has(key) {
			t.Errorf("%q is not remembered", name)
		}
		ev.SetInt(ProcessID, 7)
		ev.Set(User, "root")
		if m.key(&ev) != key {
			t.Errorf("%q: fields that no rule speaks of tell events apart", name)
		}
	}
}

// TestAddressesMatchAsTheirText compares addresses with what their text gives.
func TestAddressesMatchAsTheirText(t *testing.T) {
	set := parseText(t, `title: exact
id: exact
logsource: {category: network_connection}
detection: {s: {DestinationIp: ['1.2.3.4', '::ffff:1.2.3.4', 'fe80::1%eth0']}, condition: s}
---
title: network
id: network
logsource: {category: network_connection}
detection: {s: {DestinationIp|cidr: ['1.2.0.0/16', 'fe80::/10']}, condition: s}
---
title: cut
id: cut
logsource: {category: network_connection}
detection: {s: {DestinationIp|startswith: '1.2'}, condition: s}
`)
	m := set.NewMatcher()
	for _, text := range []string{"1.2.3.4", "::ffff:1.2.3.4", "fe80::1%eth0", "fe80::1", "1.20.0.1", "::"} {
		var addr, plain Event
		addr.Reset(NetworkConnection)
		addr.SetAddr(DestinationIP, netip.MustParseAddr(text))
		plain.Reset(NetworkConnection)
		plain.Set(DestinationIP, text)
		got, want := m.Match(&addr, nil), m.Match(&plain, nil)
		if len(got) != len(want) {
			t.Errorf("%s matches %d rules, its text %d", text, len(got), len(want))
		}
	}
}
