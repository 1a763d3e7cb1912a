package report

import (
	"io"
	"math"
	"net/netip"
	"strconv"
	"time"
	"unicode/utf8"
)

// writer appends JSON to a buffer and hands it on in pieces, so that a frame of
// ten thousand processes never stands in memory as text. It keeps commas right:
// open and key say when one is due. The first error of the underlying writer is
// kept and ends the output.
type writer struct {
	w     io.Writer
	buf   []byte
	comma bool
	err   error
}

const flushAt = 32 << 10

func newWriter(w io.Writer) *writer { return &writer{w: w, buf: make([]byte, 0, flushAt+8<<10)} }

func (w *writer) flush() {
	if w.err == nil && len(w.buf) > 0 {
		_, w.err = w.w.Write(w.buf)
	}
	w.buf = w.buf[:0]
}

func (w *writer) sep() {
	if w.comma {
		w.buf = append(w.buf, ',')
	}
	w.comma = true
}

// open begins an object or array as the next element.
func (w *writer) open(c byte) {
	w.sep()
	w.buf = append(w.buf, c)
	w.comma = false
}

func (w *writer) close(c byte) {
	w.buf = append(w.buf, c)
	w.comma = true
	if len(w.buf) >= flushAt {
		w.flush()
	}
}

// endLine closes an object that is a line of its own.
func (w *writer) endLine() {
	w.buf = append(w.buf, '}', '\n')
	w.comma = false
	if len(w.buf) >= flushAt {
		w.flush()
	}
}

// key writes the name of a member; names are our own and need no escape.
func (w *writer) key(name string) {
	w.sep()
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, name...)
	w.buf = append(w.buf, '"', ':')
	w.comma = false
}

func (w *writer) object(name string) { w.key(name); w.open('{') }
func (w *writer) array(name string)  { w.key(name); w.open('[') }

func (w *writer) str(name, v string) {
	w.key(name)
	w.string(v)
}

// text writes a member unless the value is empty.
func (w *writer) text(name, v string) {
	if v != "" {
		w.str(name, v)
	}
}

func (w *writer) string(v string) {
	w.sep()
	w.buf = appendString(w.buf, v)
}

func (w *writer) uint(name string, v uint64) {
	w.key(name)
	w.buf = strconv.AppendUint(w.buf, v, 10)
	w.comma = true
}

func (w *writer) int(name string, v int64) {
	w.key(name)
	w.buf = strconv.AppendInt(w.buf, v, 10)
	w.comma = true
}

// positive writes a member unless it is 0: for counts that mostly are.
func (w *writer) positive(name string, v uint64) {
	if v != 0 {
		w.uint(name, v)
	}
}

func (w *writer) bool(name string, v bool) {
	w.key(name)
	w.buf = strconv.AppendBool(w.buf, v)
	w.comma = true
}

// flag writes a member that is true, and nothing when it is false.
func (w *writer) flag(name string, v bool) {
	if v {
		w.bool(name, v)
	}
}

func (w *writer) float(name string, v float64) {
	w.key(name)
	w.number(v)
}

// number writes a float with three decimals at the most; JSON has no infinity.
func (w *writer) number(v float64) {
	w.sep()
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	if r := math.Round(v * 1000); math.Abs(r) < 1<<53 {
		v = r / 1000
	}
	if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		w.buf = strconv.AppendInt(w.buf, int64(v), 10)
		return
	}
	w.buf = strconv.AppendFloat(w.buf, v, 'f', -1, 64)
}

func (w *writer) millis(name string, d time.Duration) {
	w.float(name, float64(d)/float64(time.Millisecond))
}

// address writes an IP address and a port as two members.
func (w *writer) address(addr, port string, v netip.AddrPort) {
	w.key(addr)
	w.buf = append(w.buf, '"')
	w.buf = v.Addr().AppendTo(w.buf)
	w.buf = append(w.buf, '"')
	w.comma = true
	w.uint(port, uint64(v.Port()))
}

// time writes a time as RFC 3339 with milliseconds, in UTC.
func (w *writer) time(name string, t time.Time) {
	if t.IsZero() {
		return
	}
	w.key(name)
	w.buf = append(w.buf, '"')
	w.buf = t.UTC().AppendFormat(w.buf, "2006-01-02T15:04:05.000Z07:00")
	w.buf = append(w.buf, '"')
	w.comma = true
}

func (w *writer) strings(name string, v []string) {
	w.array(name)
	for _, s := range v {
		w.string(s)
	}
	w.close(']')
}

const hex = "0123456789abcdef"

// appendString appends v as a JSON string, RFC 8259. Bytes that are not UTF-8
// become U+FFFD; controls, also those of C1 and DEL, and the separators that
// scripts trip over are escaped, so that a terminal which shows the document is safe.
func appendString(dst []byte, v string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(v); {
		if c := v[i]; c >= 0x20 && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(v[i:])
		if r >= 0xa0 && !(r == utf8.RuneError && n == 1) && !bidi(r) {
			i += n
			continue
		}
		dst = append(dst, v[from:i]...)
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		}
		i += n
		from = i
	}
	return append(append(dst, v[from:]...), '"')
}

// bidi reports whether a character turns the direction of text or ends a line.
func bidi(r rune) bool {
	return r == 0x61c || r == 0x200e || r == 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
