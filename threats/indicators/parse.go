package indicators

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"unicode/utf8"
)

const (
	maxLine = 64 << 10 // bytes
	maxNote = 200      // bytes
	maxShow = 80       // bytes of a line in an error
)

// columns that hold an indicator, and columns that say something of it, by the
// names that published lists give them.
var (
	valueColumns = words("ip ip_address ipaddress address addr dst_ip dest_ip src_ip ioc ioc_value indicator value network netblock cidr prefix subnet sha256 sha256_hash hash file_hash")
	noteColumns  = words("comment comments description note notes reason malware malware_printable threat threat_type signature tags tag title name")
)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// parser reads one file.
type parser struct {
	list    *list
	limit   int // entries
	line    int
	noteIDs map[string]uint32

	values []int // columns of the header that hold indicators; nil without a header
	note   int   // column of the note; -1 without one
	fields []string
}

// parse reads a list: one indicator a line, or comma-separated values with or
// without a header. Empty lines and those that begin with # or ; are left out; but
// a comment may hold the header.
func parse(file string, r io.Reader, limit int) (*list, error) {
	p := &parser{list: &list{file: file, notes: []string{""}}, limit: limit, noteIDs: map[string]uint32{"": 0}, note: -1}
	scan := bufio.NewScanner(r)
	scan.Buffer(make([]byte, 0, 4096), maxLine)
	for scan.Scan() {
		p.line++
		text := scan.Text()
		if p.line == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		if err := p.parseLine(strings.TrimSpace(text)); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, p.line, err)
		}
	}
	if err := scan.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("a line of more than %d bytes; it is no list of indicators", maxLine)
		}
		return nil, fmt.Errorf("%s:%d: %w", file, p.line+1, err)
	}
	p.list.finish()
	return p.list, nil
}

func (p *parser) parseLine(text string) error {
	if text == "" {
		return nil
	}
	if text[0] == '#' || text[0] == ';' {
		if text = strings.TrimSpace(strings.TrimLeft(text, "#;")); p.values == nil && separator(text) != 0 {
			p.header(text)
		}
		return nil
	}
	p.fields = split(text, p.fields[:0])
	if p.values != nil {
		return p.record()
	}
	for i, f := range p.fields {
		ok, err := p.add(f, p.after(i))
		if ok || err != nil {
			return err
		}
	}
	if len(p.list.entries) == 0 && p.header(text) {
		return nil
	}
	return unknown(text)
}

// header takes a line for the header when it names a column of indicators.
func (p *parser) header(text string) bool {
	var values []int
	note := -1
	for i, f := range split(text, nil) {
		f = strings.ToLower(f)
		switch {
		case valueColumns[f]:
			values = append(values, i)
		case note < 0 && noteColumns[f]:
			note = i
		}
	}
	if values == nil {
		return false
	}
	p.values, p.note = values, note
	return true
}

// record takes the indicators from the columns that the header names.
func (p *parser) record() error {
	note, found := "", false
	if p.note >= 0 && p.note < len(p.fields) {
		note = p.fields[p.note]
	}
	for _, c := range p.values {
		if c >= len(p.fields) || p.fields[c] == "" {
			continue
		}
		ok, err := p.add(p.fields[c], note)
		if err != nil {
			return err
		}
		if !ok {
			return unknown(p.fields[c])
		}
		found = true
	}
	if !found {
		return errors.New("the columns that the header names for indicators are empty")
	}
	return nil
}

// after is what follows field i, to serve as its note.
func (p *parser) after(i int) string {
	if i+1 < len(p.fields) {
		return strings.TrimSpace(strings.TrimLeft(p.fields[i+1], "#"))
	}
	return ""
}

func unknown(text string) error {
	return fmt.Errorf("found %q; allowed: an address, a network in CIDR form or a SHA-256 sum", bounded(text, maxShow))
}

// add adds the indicator that text is; false when it is none.
func (p *parser) add(text, note string) (bool, error) {
	e := entry{line: uint32(p.line)}
	var net netip.Prefix
	var hash [32]byte
	switch {
	case len(text) == 64:
		if _, err := hex.Decode(hash[:], []byte(text)); err != nil {
			return false, nil
		}
	case strings.IndexByte(text, '/') >= 0:
		n, err := netip.ParsePrefix(text)
		if err != nil {
			return false, nil
		}
		if n.Bits() == 0 {
			return false, fmt.Errorf("%s holds every address; name a narrower network", text)
		}
		net = unmap(n)
	default:
		a, err := netip.ParseAddr(strings.Trim(text, "[]"))
		if err != nil {
			ap, err := netip.ParseAddrPort(text)
			if err != nil {
				return false, nil
			}
			a, e.port = ap.Addr(), ap.Port()
		}
		if a.Zone() != "" {
			return false, nil
		}
		net = unmap(netip.PrefixFrom(a, a.BitLen()))
	}
	if len(p.list.entries) >= p.limit {
		return false, fmt.Errorf("more than %d indicators; leave out what is old", p.limit)
	}
	e.note = p.noteID(bounded(note, maxNote))
	if net.IsValid() {
		p.list.addNet(net, e)
	} else {
		p.list.addSum(hash, e)
	}
	return true, nil
}

// unmap writes an IPv4 network that is given in IPv6 form as the former, and
// clears the bits of the host.
func unmap(n netip.Prefix) netip.Prefix {
	if a := n.Addr(); a.Is4In6() && n.Bits() >= 96 {
		n = netip.PrefixFrom(a.Unmap(), n.Bits()-96)
	}
	return n.Masked()
}

// noteID keeps each note once: lists have few different ones.
func (p *parser) noteID(note string) uint32 {
	id, ok := p.noteIDs[note]
	if !ok {
		note = strings.Clone(note) // not the whole line
		id = uint32(len(p.list.notes))
		p.list.notes = append(p.list.notes, note)
		p.noteIDs[note] = id
	}
	return id
}

func bounded(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// split splits a line at the first of comma, semicolon and tab that it has, or
// at its first blank, and takes off quotation marks. A comment at the end is a
// field of its own.
func split(line string, dst []string) []string {
	sep := separator(line)
	if sep == 0 {
		first, rest, _ := strings.Cut(line, " ")
		dst = append(dst, strings.Trim(first, `"`))
		if rest = strings.TrimSpace(rest); rest != "" {
			dst = append(dst, rest)
		}
		return dst
	}
	for {
		field, rest, more := cutField(line, sep)
		dst = append(dst, field)
		if !more {
			return dst
		}
		line = rest
	}
}

// separator is the character that parts the fields of a line; 0 when there is
// none before a comment.
func separator(line string) byte {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ',' || c == ';' || c == '\t':
			return c
		case c == '#':
			return 0
		}
	}
	return 0
}

// cutField cuts the first field off a line; two quotation marks within quotation
// marks are one, RFC 4180.
func cutField(line string, sep byte) (field, rest string, more bool) {
	line = strings.TrimLeft(line, " ")
	if !strings.HasPrefix(line, `"`) {
		i := strings.IndexByte(line, sep)
		if i < 0 {
			return strings.TrimSpace(line), "", false
		}
		return strings.TrimSpace(line[:i]), line[i+1:], true
	}
	line = line[1:]
	for i := 0; i < len(line); i++ {
		if line[i] != '"' {
			continue
		}
		if i+1 < len(line) && line[i+1] == '"' {
			i++
			continue
		}
		field = strings.ReplaceAll(line[:i], `""`, `"`)
		_, rest, more = strings.Cut(line[i+1:], string(sep))
		return strings.TrimSpace(field), rest, more
	}
	return strings.TrimSpace(line), "", false // the mark is never closed
}
