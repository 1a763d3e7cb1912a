package ui

import (
	"bufio"
	"bytes"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/smoothtask/smoothtask/internal/safetext"
)

// exportWriter writes a sheet row by row: what ten thousand rows take is never in
// memory at once.
type exportWriter struct {
	out         *bufio.Writer
	line        []byte // of the row that is written
	value, safe []byte // of the cell
}

func newExportWriter(w io.Writer) *exportWriter {
	return &exportWriter{out: bufio.NewWriterSize(w, 32<<10)}
}

// flush returns the first error of all writing.
func (w *exportWriter) flush() error { return w.out.Flush() }

// raw is a value of a row, cleaned where it is text. It is only lent.
func (w *exportWriter) raw(s *sheet, row int32, col int) ([]byte, rawKind) {
	var kind rawKind
	w.value, kind = s.rows.raw(w.value[:0], row, col)
	if kind != rawText {
		return w.value, kind
	}
	return w.clean(w.value), kind
}

func (w *exportWriter) clean(b []byte) []byte {
	if !bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' || r > '~' }) {
		return b
	}
	w.safe = safetext.Append(w.safe[:0], string(b))
	return w.safe
}

func (w *exportWriter) endLine() {
	w.line = append(w.line, '\n')
	_, _ = w.out.Write(w.line) // an error stays in the writer
	w.line = w.line[:0]
}

// csv writes as RFC 4180 says, with lines that end as lines do here.
func (w *exportWriter) csv(s *sheet) {
	for k, col := range s.columns {
		w.field(k, []byte(s.rows.rawName(col)), rawText)
	}
	w.endLine()
	for _, row := range s.order {
		for k, col := range s.columns {
			v, kind := w.raw(s, row, col)
			w.field(k, v, kind)
		}
		w.endLine()
	}
}

// field writes the k-th field of a line.
func (w *exportWriter) field(k int, v []byte, kind rawKind) {
	if k > 0 {
		w.line = append(w.line, ',')
	}
	if kind == rawUnknown {
		return
	}
	formula := kind == rawText && len(v) > 1 && bytes.IndexByte([]byte("=+-@"), v[0]) >= 0
	quoted := bytes.ContainsAny(v, "\",") || len(v) > 0 && v[0] == ' '
	if quoted {
		w.line = append(w.line, '"')
	}
	if formula {
		w.line = append(w.line, '\'') // a spreadsheet would take it for a formula
	}
	for _, c := range v {
		if c == '"' {
			w.line = append(w.line, '"')
		}
		w.line = append(w.line, c)
	}
	if quoted {
		w.line = append(w.line, '"')
	}
}

// json writes a list of objects, one a line. What is not known is left out.
func (w *exportWriter) json(s *sheet) {
	w.line = append(w.line, '[')
	for at, row := range s.order {
		if at > 0 {
			w.line = append(w.line, ',')
		}
		w.endLine()
		w.line = append(w.line, '{')
		first := true
		for _, col := range s.columns {
			v, kind := w.raw(s, row, col)
			if kind == rawUnknown {
				continue
			}
			if !first {
				w.line = append(w.line, ',')
			}
			first = false
			w.line = append(append(append(w.line, '"'), s.rows.rawName(col)...), '"', ':')
			if kind == rawNumber {
				w.line = append(w.line, v...)
				continue
			}
			w.line = append(w.line, '"')
			for _, c := range v { // it is clean: there are no controls in it
				if c == '"' || c == '\\' {
					w.line = append(w.line, '\\')
				}
				w.line = append(w.line, c)
			}
			w.line = append(w.line, '"')
		}
		w.line = append(w.line, '}')
	}
	w.endLine()
	w.line = append(w.line, ']')
	w.endLine()
}

// text writes the cells of the screen. The widths are known after a first pass.
func (w *exportWriter) text(s *sheet) {
	all := s.rows.columns()
	widths := make([]int, len(s.columns))
	cell := func(row int32, col int) []byte {
		w.value, _ = s.rows.cell(w.value[:0], row, col)
		return w.clean(w.value)
	}
	for k, col := range s.columns {
		widths[k] = safetext.Width(all[col].title)
		for _, row := range s.order {
			widths[k] = max(widths[k], width(cell(row, col)))
		}
	}
	for k, col := range s.columns {
		w.pad(k, widths, []byte(all[col].title), all[col].right)
	}
	w.endLine()
	for _, row := range s.order {
		for k, col := range s.columns {
			w.pad(k, widths, cell(row, col), all[col].right)
		}
		w.endLine()
	}
}

// pad writes the k-th text of a line in its width.
func (w *exportWriter) pad(k int, widths []int, v []byte, right bool) {
	if k > 0 {
		w.line = append(w.line, ' ', ' ')
	}
	room := widths[k] - width(v)
	if right {
		w.spaces(room)
	}
	w.line = append(w.line, v...)
	if !right && k < len(widths)-1 {
		w.spaces(room)
	}
}

func (w *exportWriter) spaces(n int) {
	for range n {
		w.line = append(w.line, ' ')
	}
}

// width is the cells that clean text takes.
func width(b []byte) int {
	if !bytes.ContainsFunc(b, func(r rune) bool { return r > '~' }) {
		return len(b)
	}
	return safetext.Width(string(b))
}

// The values of exports, as the JSON report writes them.

func rawInt[T int8 | int32 | int | uint16 | uint32 | uint64](dst []byte, v T) ([]byte, rawKind) {
	if v < 0 {
		return strconv.AppendInt(dst, int64(v), 10), rawNumber
	}
	return strconv.AppendUint(dst, uint64(v), 10), rawNumber
}

// rawFloat writes three decimals at the most.
func rawFloat(dst []byte, v float64) ([]byte, rawKind) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return dst, rawUnknown
	}
	if r := math.Round(v * 1000); math.Abs(r) < 1<<53 {
		v = r / 1000
	}
	return strconv.AppendFloat(dst, v, 'f', -1, 64), rawNumber
}

func rawString(dst []byte, s string) ([]byte, rawKind) {
	if s == "" {
		return dst, rawUnknown
	}
	return append(dst, s...), rawText
}

func rawTime(dst []byte, t time.Time) ([]byte, rawKind) {
	if t.IsZero() {
		return dst, rawUnknown
	}
	return t.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z07:00"), rawText
}

// rawIf leaves a value out that is not known.
func rawIf(known bool, b []byte, kind rawKind) ([]byte, rawKind) {
	if !known {
		return b, rawUnknown
	}
	return b, kind
}
