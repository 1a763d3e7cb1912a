package sigma

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// maxEventLine bounds one line of input to Eval.
const maxEventLine = 4 << 20

// Eval reads events, one JSON object a line:
//
//	{"category": "process_creation", "event": {"Image": "/bin/sh"}, "time": "2026-01-02T15:04:05Z"}
//
// and writes for each, in order, the sorted ids of the rules that match it:
//
//	{"match": ["id"]}
//
// A value may be a text, a number, true, false, null or a list of these, which
// makes the field multi-valued. Fields within fields are named a.b. The time is
// optional, and counts for correlation rules only: an event without one happens
// at the time of the one before. A line that is no event gives {"match": [],
// "error": "..."}; Eval goes on and returns an error at the end that says how
// many there were.
func Eval(r io.Reader, w io.Writer, set *Set) error {
	in, out := bufio.NewReaderSize(r, 64<<10), bufio.NewWriter(w)
	e := evaluation{set: set, matcher: set.NewMatcher(), correlator: set.NewCorrelator()}
	for line, bad := 1, 0; ; line++ {
		text, long, err := readLine(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return errors.Join(fmt.Errorf("read events: %w", err), out.Flush())
		}
		if len(bytes.TrimSpace(text)) > 0 || long {
			result := e.line(text, long)
			if result.Error != "" {
				bad++
			}
			encoded, err := json.Marshal(result)
			if err != nil {
				return err
			}
			out.Write(encoded)
			if err := out.WriteByte('\n'); err != nil {
				return fmt.Errorf("write results: %w", err)
			}
		}
		if err != nil {
			if err := out.Flush(); err != nil {
				return fmt.Errorf("write results: %w", err)
			}
			if bad > 0 {
				return fmt.Errorf("%d lines are not events: see the errors in their results", bad)
			}
			return nil
		}
		if in.Buffered() == 0 { // somebody may be waiting at the other end
			if err := out.Flush(); err != nil {
				return fmt.Errorf("write results: %w", err)
			}
		}
	}
}

// readLine reads one line without its end. Of a line that is too long it
// returns nothing but that.
func readLine(in *bufio.Reader) (line []byte, long bool, err error) {
	for {
		piece, err := in.ReadSlice('\n')
		if long = long || len(line)+len(piece) > maxEventLine; long {
			line = nil
		} else {
			line = append(line, piece...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, long, err
		}
	}
}

// evaluation is the state of one Eval.
type evaluation struct {
	set        *Set
	matcher    *Matcher
	correlator *Correlator
	event      Event
	at         time.Time
	matched    []*Entry
	reported   []*Entry
}

type evalLine struct {
	Category string         `json:"category"`
	Event    map[string]any `json:"event"`
	Time     *time.Time     `json:"time"`
}

type evalResult struct {
	Match []string `json:"match"`
	Error string   `json:"error,omitempty"`
}

func (e *evaluation) line(text []byte, long bool) evalResult {
	bad := func(what string) evalResult { return evalResult{Match: []string{}, Error: what} }
	if long {
		return bad(fmt.Sprintf("the line is longer than %d bytes", maxEventLine))
	}
	var in evalLine
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&in); err != nil {
		return bad("not a JSON object of category and event: " + err.Error())
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return bad("more than one JSON value on the line")
	}
	if in.Event == nil {
		return bad(`the key "event" is missing`)
	}
	if in.Time != nil && in.Time.After(e.at) {
		e.at = *in.Time
	}
	e.event.Reset(e.set.Category(in.Category))
	for name, v := range in.Event {
		e.fill(name, v, 0)
	}
	e.matched = e.matcher.Match(&e.event, e.matched[:0])
	e.reported = e.correlator.Observe(e.at, &e.event, e.matched, e.reported[:0])
	out := evalResult{Match: make([]string, 0, len(e.reported))}
	for _, r := range e.reported {
		out.Match = append(out.Match, r.ID)
	}
	slices.Sort(out.Match)
	out.Match = slices.Compact(out.Match)
	return out
}

// fill gives the event one field of the JSON object.
func (e *evaluation) fill(name string, v any, depth int) {
	f := e.set.Field(name)
	switch v := v.(type) {
	case nil:
		e.event.setNull(f)
	case string:
		e.event.Set(f, v)
	case json.Number:
		e.event.Set(f, v.String())
	case bool:
		e.event.Set(f, fmt.Sprint(v))
	case []any:
		for _, one := range v {
			if depth < maxDepth {
				e.fill(name, one, depth+1)
			}
		}
	case map[string]any:
		for inner, one := range v {
			if depth < maxDepth {
				e.fill(name+"."+inner, one, depth+1)
			}
		}
	}
}
