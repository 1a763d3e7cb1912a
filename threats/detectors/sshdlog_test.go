package detectors

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"
)

func TestParseSSHD(t *testing.T) {
	for _, c := range []struct {
		message, user, source, method string
		count                         int
		preauth                       bool
	}{
		{"Failed password for root from 192.0.2.1 port 50514 ssh2", "root", "192.0.2.1", "", 1, false},
		{"Failed password for invalid user admin from 2001:db8::1 port 1 ssh2", "admin", "2001:db8::1", "", 1, false},
		{"Failed password for invalid user x from 10.0.0.9 port 1 from 192.0.2.1 port 50514 ssh2", "x from 10.0.0.9 port 1", "192.0.2.1", "", 1, false},
		{"Failed keyboard-interactive/pam for root from ::ffff:192.0.2.1 port 2 ssh2", "root", "192.0.2.1", "", 1, false},
		{"message repeated 5 times: [ Failed password for root from 192.0.2.1 port 22 ssh2]", "root", "192.0.2.1", "", 5, false},
		{"message repeated 99999999 times: [ Failed password for root from 192.0.2.1 port 22 ssh2]", "root", "192.0.2.1", "", maxRepeated, false},
		{"Invalid user oracle from 192.0.2.1 port 4", "oracle", "192.0.2.1", "", 1, true},
		{"Invalid user  from 192.0.2.1 port 4", "", "192.0.2.1", "", 1, true},
		{"Connection closed by authenticating user root 192.0.2.1 port 4 [preauth]", "root", "192.0.2.1", "", 1, true},
		{"Disconnected from invalid user a b 192.0.2.1 port 4 [preauth]", "a b", "192.0.2.1", "", 1, true},
		{"Accepted publickey for ann from 192.0.2.1 port 5 ssh2: ED25519 SHA256:abc", "ann", "192.0.2.1", "publickey", 0, false},
		{"Accepted password for ann from fe80::1%eth0 port 5 ssh2", "ann", "fe80::1", "password", 0, false},
	} {
		e, ok := parseSSHD([]byte(c.message))
		if !ok || e.user != c.user || e.source.String() != c.source || e.method != c.method || e.count != c.count || e.preauth != c.preauth {
			t.Errorf("%s\n  gives %+v, %v", c.message, e, ok)
		}
	}
	for _, m := range []string{
		"", "Failed", "Failed password", "Failed password for root", "Failed password for root from", "Failed password for root from host port 1",
		"Failed none for root from 192.0.2.1 port 1 ssh2", "Failed publickey for root from 192.0.2.1 port 1 ssh2: RSA SHA256:x",
		"Connection closed by 192.0.2.1 port 4 [preauth]", "Connection closed by authenticating user root [preauth]", "message repeated x times: [", "message repeated -1 times: [ Failed password for root from 192.0.2.1 port 1 ssh2]",
		"pam_unix(sshd:session): session opened for user root", "Received disconnect from 192.0.2.1 port 1:11: bye", "\x00\xff",
		"error: maximum authentication attempts exceeded for root from 192.0.2.1 port 1 ssh2 [preauth]",
	} {
		if e, ok := parseSSHD([]byte(m)); ok {
			t.Errorf("%q gives %+v", m, e)
		}
	}
}

func TestParseSyslog(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		line, tag, message string
		pid                int32
		at                 time.Time
	}{
		{"Jan  2 11:59:58 host sshd[812]: Failed x: y", "sshd", "Failed x: y", 812, time.Date(2026, 1, 2, 11, 59, 58, 0, time.UTC)},
		{"Dec 31 23:59:59 host sshd[1]: x", "sshd", "x", 1, time.Date(2025, 12, 31, 23, 59, 59, 0, time.UTC)},
		{"2026-01-02T11:59:58.123456+01:00 host sshd-session[812]: x", "sshd-session", "x", 812, time.Date(2026, 1, 2, 10, 59, 58, 123456000, time.UTC)},
		{"2026-01-02T11:59:58Z host sudo: x", "sudo", "x", 0, time.Date(2026, 1, 2, 11, 59, 58, 0, time.UTC)},
		{"Jan  2 11:59:58 host sshd[x]: y", "sshd", "y", 0, time.Date(2026, 1, 2, 11, 59, 58, 0, time.UTC)},
	} {
		l, ok := parseSyslog([]byte(c.line), now)
		if !ok || string(l.tag) != c.tag || string(l.message) != c.message || l.pid != c.pid || !l.at.Equal(c.at) {
			t.Errorf("%s\n  gives %+v %q %q, %v", c.line, l.at, l.tag, l.message, ok)
		}
	}
	for _, line := range []string{
		"", "x", "Jan  2 11:59:58", "Jan  2 11:59:58 host", "Jan  2 11:59:58 host no colon here", "Foo  2 11:59:58 host sshd[1]: x", "Jan 32 11:59:58 host sshd[1]: x",
		"Jan  2 25:59:58 host sshd[1]: x", "2026-99-02T11:59:58Z host sshd[1]: x", "anF  2 11:59:58 host sshd[1]: x", "Jan  2 11:59:58 host last message from sshd: x",
		"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14",
	} {
		if l, ok := parseSyslog([]byte(line), now); ok {
			t.Errorf("%q gives %+v %q", line, l.at, l.tag)
		}
	}
}

// utmpOf is a record as login(1) or sshd writes it.
func utmpOf(arch string, kind uint16, at time.Time, line, user, host string) []byte {
	b := make([]byte, utmpSize(arch))
	binary.LittleEndian.PutUint16(b, kind)
	copy(b[8:40], line)
	copy(b[44:76], user)
	copy(b[76:332], host)
	if arch == "arm64" {
		binary.LittleEndian.PutUint64(b[344:], uint64(at.Unix()))
	} else {
		binary.LittleEndian.PutUint32(b[340:], uint32(at.Unix()))
	}
	return b
}

func TestParseUtmp(t *testing.T) {
	at := time.Unix(1770000000, 0)
	for _, arch := range []string{"amd64", "arm64"} {
		l, ok := parseUtmpAs(utmpOf(arch, utmpLoginProcess, at, "ssh:notty", "root", "192.0.2.1"), arch)
		if !ok || l.user != "root" || l.line != "ssh:notty" || l.source.String() != "192.0.2.1" || !l.at.Equal(at) {
			t.Errorf("%s: %+v, %v", arch, l, ok)
		}
		b := utmpOf(arch, utmpUserProcess, at, "pts/0", "ann", "laptop.example.org")
		copy(b[map[string]int{"amd64": 348, "arm64": 360}[arch]:], []byte{198, 51, 100, 7})
		if l, ok := parseUtmpAs(b, arch); !ok || l.source.String() != "198.51.100.7" {
			t.Errorf("%s: a name with an address beside it: %+v, %v", arch, l, ok)
		}
	}
	for what, b := range map[string][]byte{
		"short":   make([]byte, 100),
		"boot":    utmpOf("amd64", 2, at, "~", "reboot", "6.1"),
		"local":   utmpOf("amd64", utmpUserProcess, at, "tty1", "ann", ""),
		"rubbish": bytes.Repeat([]byte{0xff}, 384),
		"no time": utmpOf("amd64", utmpUserProcess, time.Unix(0, 0), "pts/0", "ann", "192.0.2.1"),
	} {
		if l, ok := parseUtmpAs(b, "amd64"); ok {
			t.Errorf("%s gives %+v", what, l)
		}
	}
}

func FuzzLogLines(f *testing.F) {
	f.Add([]byte("Jan  2 11:59:58 host sshd[812]: Failed password for root from 192.0.2.1 port 22 ssh2"))
	f.Add([]byte("2026-01-02T11:59:58Z host sshd[1]: message repeated 2 times: [ Invalid user x from ::1 port 1]"))
	f.Add([]byte(`{"__CURSOR":"s=1","__REALTIME_TIMESTAMP":"1770000000000000","_PID":"1","MESSAGE":[70,97]}`))
	f.Add(bytes.Repeat([]byte{7, 0, 0xff}, 200))
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, ok := parseSyslog(b, time.Unix(1770000000, 0)); ok {
			if e, ok := parseSSHD(l.message); ok && (!e.source.IsValid() || len(e.user) > 64 || e.count < 0 || e.count > maxRepeated) {
				t.Errorf("%+v", e)
			}
		}
		parseSSHD(b)
		parseJournal(b)
		if c := cursorOf(b); bytes.ContainsRune([]byte(c), '"') {
			t.Errorf("cursor %q", c)
		}
		parseUtmpAs(b, "amd64")
		parseUtmpAs(b, "arm64")
	})
}
