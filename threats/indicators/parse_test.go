package indicators

import (
	"net/netip"
	"strings"
	"testing"
)

const (
	sumA = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	sumB = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
)

func load(t *testing.T, text string) *list {
	t.Helper()
	l, err := parse("list", strings.NewReader(text), 1000)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestParse(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		find string // an address, address:port or sum
		want Match  // zero: no match
	}{
		"address":             {"192.0.2.7\n", "192.0.2.7", Match{Line: 1, Text: "192.0.2.7"}},
		"another address":     {"192.0.2.7\n", "192.0.2.8", Match{}},
		"network":             {"\n# x\n198.51.100.0/24\n", "198.51.100.255", Match{Line: 3, Text: "198.51.100.0/24"}},
		"bits of the host":    {"198.51.100.77/24", "198.51.100.1", Match{Line: 1, Text: "198.51.100.0/24"}},
		"IPv6":                {"2001:db8::/32", "2001:db8::1", Match{Line: 1, Text: "2001:db8::/32"}},
		"IPv6 in brackets":    {"[2001:db8::1]:443", "[2001:db8::1]:443", Match{Line: 1, Text: "[2001:db8::1]:443"}},
		"mapped":              {"::ffff:192.0.2.7\n", "192.0.2.7", Match{Line: 1, Text: "192.0.2.7"}},
		"mapped network":      {"::ffff:192.0.2.0/120\n", "192.0.2.7", Match{Line: 1, Text: "192.0.2.0/24"}},
		"looked up as mapped": {"192.0.2.7\n", "::ffff:192.0.2.7", Match{Line: 1, Text: "192.0.2.7"}},
		"the narrowest wins":  {"192.0.0.0/16 wide\n192.0.2.0/24 narrow\n", "192.0.2.1", Match{Line: 2, Text: "192.0.2.0/24", Note: "narrow"}},
		"port":                {"192.0.2.7:8080", "192.0.2.7:8080", Match{Line: 1, Text: "192.0.2.7:8080"}},
		"another port":        {"192.0.2.7:8080", "192.0.2.7:443", Match{}},
		"second port":         {"192.0.2.7:1\n192.0.2.7:2\n192.0.2.7:3", "192.0.2.7:2", Match{Line: 2, Text: "192.0.2.7:2"}},
		"port, then network":  {"192.0.2.7:1\n192.0.2.0/24", "192.0.2.7:9", Match{Line: 2, Text: "192.0.2.0/24"}},
		"sum":                 {strings.ToUpper(sumA) + "  evil.elf", sumA, Match{Line: 1, Text: sumA, Note: "evil.elf"}},
		"another sum":         {sumA, sumB, Match{}},
		"comment behind":      {"192.0.2.7 # seen, in May", "192.0.2.7", Match{Line: 1, Text: "192.0.2.7", Note: "seen, in May"}},
		"Windows line ends":   {"192.0.2.6\r\n192.0.2.7\r\n", "192.0.2.7", Match{Line: 2, Text: "192.0.2.7"}},
		"byte order mark":     {"\ufeff192.0.2.7", "192.0.2.7", Match{Line: 1, Text: "192.0.2.7"}},
		"semicolon":           {"; drop list\n192.0.2.0/24 ; SBL1\n", "192.0.2.7", Match{Line: 2, Text: "192.0.2.0/24", Note: "SBL1"}},
		"CSV without header":  {"2026-01-01 10:00:00,192.0.2.7,botnet\n", "192.0.2.7", Match{Line: 1, Text: "192.0.2.7", Note: "botnet"}},
		"CSV with header":     {"Date,IP,Comment\n2026-01-01,192.0.2.7,\"say \"\"hi\"\", x\"\n", "192.0.2.7", Match{Line: 2, Text: "192.0.2.7", Note: `say "hi", x`}},
		"header in a comment": {"# a list of addresses\n# \"first_seen\",\"dst_ip\",\"dst_port\",\"malware\"\n\"2026-01-01\",\"192.0.2.7\",\"443\",\"X\"\n",
			"192.0.2.7", Match{Line: 3, Text: "192.0.2.7", Note: "X"}},
		"both kinds in a line": {"ip\tsha256\tnote\n192.0.2.7\t" + sumA + "\tz\n", sumA, Match{Line: 2, Text: sumA, Note: "z"}},
		"one column":           {"ip\n192.0.2.7\n", "192.0.2.7", Match{Line: 2, Text: "192.0.2.7"}},
		"a comment like a header": {"# ip addresses of last week\n2026-01-01,192.0.2.7\n",
			"192.0.2.7", Match{Line: 2, Text: "192.0.2.7"}},
		"empty": {"", "192.0.2.7", Match{}},
	} {
		t.Run(name, func(t *testing.T) {
			l := load(t, tt.text)
			got := lookup(l, tt.find)
			if tt.want != (Match{}) {
				tt.want.File = "list"
			}
			if got != tt.want {
				t.Errorf("%s: %+v, want %+v", tt.find, got, tt.want)
			}
		})
	}
}

func lookup(l *list, what string) (m Match) {
	s := &Set{}
	s.state.Store(&state{lists: []*list{l}})
	if ap, err := netip.ParseAddrPort(what); err == nil {
		m, _ = s.Address(ap.Addr(), ap.Port())
	} else if a, err := netip.ParseAddr(what); err == nil {
		m, _ = s.Address(a, 0)
	} else {
		m, _ = s.Hash(what)
	}
	return m
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1\nexample.org\n":               `list:2: found "example.org"; allowed: an address`,
		"192.0.2.1\n\n0.0.0.0/0":                 "list:3: 0.0.0.0/0 holds every address",
		"::/0":                                   "list:1: ::/0 holds every address",
		"192.0.2.256":                            "list:1: found",
		"fe80::1%eth0":                           "list:1: found",
		"d41d8cd98f00b204e9800998ecf8427e":       "list:1: found",
		strings.Replace(sumA, "e", "g", 1):       "list:1: found",
		"ip,note\nexample.org,x":                 `list:2: found "example.org"`,
		"ip,note\n,x":                            "list:2: the columns that the header names for indicators are empty",
		"\x00\x01\xff\n":                         "list:1: found",
		"192.0.2.1\n" + strings.Repeat("a", 1e5): "list:2: a line of more than 65536 bytes",
	} {
		l, err := parse("list", strings.NewReader(text), 1000)
		if err == nil || !strings.Contains(err.Error(), want) || l != nil {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
		if err != nil && len(err.Error()) > 400 {
			t.Errorf("%.40q: an error of %d bytes", text, len(err.Error()))
		}
	}
	if _, err := parse("list", strings.NewReader("192.0.2.1\n192.0.2.2\n192.0.2.3"), 2); err == nil || !strings.Contains(err.Error(), "list:3: more than 2 indicators") {
		t.Errorf("too many: %v", err)
	}
}

func TestNotesAreBoundedAndKeptOnce(t *testing.T) {
	long := strings.Repeat("é", maxNote)
	l := load(t, "192.0.2.1,"+long+"\n192.0.2.2,"+long+"\n192.0.2.3,other\n")
	if len(l.notes) != 3 {
		t.Errorf("%d notes: %.60q", len(l.notes), l.notes)
	}
	m := lookup(l, "192.0.2.2")
	if len(m.Note) > maxNote || !strings.HasPrefix(long, m.Note) || len(m.Note) < maxNote-1 {
		t.Errorf("a note of %d bytes", len(m.Note))
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"192.0.2.1 # x\n", "ip,comment\n192.0.2.1,\"a\"\"b\"\n", "# \"ip\",\"x\"\n\"1.2.3.4\"", sumA + "\n", "[::1]:1;x\n", "::ffff:1.2.3.4/97\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := parse("list", strings.NewReader(text), 100)
		if (l == nil) == (err == nil) {
			t.Fatalf("list %v, error %v", l, err)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "list:") {
				t.Fatalf("an error without a line: %v", err)
			}
			return
		}
		if len(l.entries) > 100 {
			t.Fatalf("%d entries", len(l.entries))
		}
		for p := range l.nets.All() { // what was read is found again
			if m, ok := l.address(p.Addr(), 0); ok && (m.Line < 1 || m.Text == "") {
				t.Fatalf("%s: %+v", p, m)
			}
			first, _ := l.nets.Get(p)
			if _, ok := l.address(p.Addr(), l.entries[first].port); !ok {
				t.Fatalf("%s is not found", p)
			}
		}
		for _, s := range l.sums {
			if _, ok := l.hash(s.hash); !ok {
				t.Fatalf("%x is not found", s.hash)
			}
		}
	})
}
