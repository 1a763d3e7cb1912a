package detectors

import (
	"bytes"
	"strconv"
	"time"
)

// syslogLine is one line of a system log.
type syslogLine struct {
	at      time.Time
	host    []byte
	tag     []byte // name of the program, without its pid
	pid     int32
	message []byte
}

// parseSyslog parts a line as syslog daemons write it: "Nov 23 06:41:02 host
// sshd[123]: message", or with a time as of RFC 3339. The first form tells neither
// year nor zone: it is the latest such time that is not in the future. The slices
// are those of the line.
func parseSyslog(line []byte, now time.Time) (l syslogLine, ok bool) {
	if len(line) < 20 {
		return l, false
	}
	var rest []byte
	if line[0] >= '0' && line[0] <= '9' {
		end := bytes.IndexByte(line, ' ')
		if end < 20 || end > 40 {
			return l, false
		}
		at, err := time.Parse(time.RFC3339Nano, string(line[:end]))
		if err != nil {
			return l, false
		}
		l.at, rest = at, line[end+1:]
	} else {
		if l.at, ok = parseStamp(line[:15], now); !ok || line[15] != ' ' {
			return l, false
		}
		rest = line[16:]
	}
	l.host, rest, ok = bytes.Cut(rest, []byte{' '})
	if !ok {
		return l, false
	}
	l.tag, l.message, ok = bytes.Cut(rest, []byte(": "))
	if !ok || bytes.IndexByte(l.tag, ' ') >= 0 {
		return l, false
	}
	if i := bytes.IndexByte(l.tag, '['); i >= 0 {
		n, _ := strconv.ParseInt(string(bytes.TrimSuffix(l.tag[i+1:], []byte{']'})), 10, 32)
		l.tag, l.pid = l.tag[:i], int32(n)
	}
	return l, true
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// parseStamp reads "Jan _2 15:04:05".
func parseStamp(b []byte, now time.Time) (time.Time, bool) {
	m := bytes.Index([]byte(months), b[:3])
	if m < 0 || m%3 != 0 || b[3] != ' ' || b[6] != ' ' || b[9] != ':' || b[12] != ':' {
		return time.Time{}, false
	}
	day, ok1 := twoDigits(b[4:6])
	hour, ok2 := twoDigits(b[7:9])
	minute, ok3 := twoDigits(b[10:12])
	second, ok4 := twoDigits(b[13:15])
	if !ok1 || !ok2 || !ok3 || !ok4 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 {
		return time.Time{}, false
	}
	at := time.Date(now.Year(), time.Month(m/3+1), day, hour, minute, second, 0, now.Location())
	if at.After(now.Add(24 * time.Hour)) {
		at = at.AddDate(-1, 0, 0)
	}
	return at, true
}

func twoDigits(b []byte) (int, bool) {
	if b[0] == ' ' {
		b = []byte{'0', b[1]}
	}
	if b[0] < '0' || b[0] > '9' || b[1] < '0' || b[1] > '9' {
		return 0, false
	}
	return int(b[0]-'0')*10 + int(b[1]-'0'), true
}
