package detectors

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"runtime"
	"time"
)

// Binary logs hold records of utmp(5): btmp the failed logins, wtmp the others.
const (
	utmpUserProcess  = 7
	utmpLoginProcess = 6
)

const goarch = runtime.GOARCH

// utmpSize is the size of a record: session and time are 64 bits wide on arm64,
// which never had programs of 32 bits to agree with.
func utmpSize(arch string) int {
	if arch == "arm64" {
		return 400
	}
	return 384
}

// utmpLogin is one record about a login.
type utmpLogin struct {
	at         time.Time
	user, line string
	source     netip.Addr
}

// parseUtmp reads a record; false when it is not about a login.
func parseUtmp(b []byte) (l utmpLogin, ok bool) { return parseUtmpAs(b, goarch) }

func parseUtmpAs(b []byte, arch string) (l utmpLogin, ok bool) {
	if len(b) < utmpSize(arch) {
		return l, false
	}
	if kind := binary.LittleEndian.Uint16(b); kind != utmpUserProcess && kind != utmpLoginProcess {
		return l, false
	}
	seconds, addr := int64(int32(binary.LittleEndian.Uint32(b[340:]))), b[348:364]
	if arch == "arm64" {
		seconds, addr = int64(binary.LittleEndian.Uint64(b[344:])), b[360:376]
	}
	if seconds <= 0 || seconds > 1<<33 {
		return l, false
	}
	l.at = time.Unix(seconds, 0)
	l.line, l.user = terminated(b[8:40]), terminated(b[44:76])
	if a, err := netip.ParseAddr(terminated(b[76:332])); err == nil {
		l.source = a.Unmap().WithZone("")
	} else if [12]byte(addr[4:]) == [12]byte{} { // IPv4 takes the first word
		l.source = netip.AddrFrom4([4]byte(addr[:4]))
	} else {
		l.source = netip.AddrFrom16([16]byte(addr)).Unmap()
	}
	return l, l.source.IsValid() && !l.source.IsUnspecified()
}

func terminated(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}
